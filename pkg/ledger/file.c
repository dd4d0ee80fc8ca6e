/* DEPLOYMENTS.md: written, and read back. */
#include "internal.h"

void ledger_add_header(struct buf *out)
{
    for (int column = 0; column < LEDGER_COLUMN_COUNT; column++)
        buf_addf(out, "| %s ", ledger_column_title((enum ledger_column)column));
    buf_adds(out, "|\n");
    for (int column = 0; column < LEDGER_COLUMN_COUNT; column++)
        buf_adds(out, "| --- ");
    buf_adds(out, "|\n");
}

void ledger_add_row(struct buf *out, const struct ledger_row *row)
{
    for (int column = 0; column < LEDGER_COLUMN_COUNT; column++) {
        buf_adds(out, "| ");
        cell_add(out, str_of(row->cells[column]));
        buf_addc(out, ' ');
    }
    buf_adds(out, "|\n");
}

bool ledger_render(const struct chain *chain, struct buf *out, struct error *err)
{
    struct ledger ledger;
    cleanup_arena struct arena a = {0};
    TRY(ledger_derive(chain, &a, &ledger, err));
    buf_adds(out, LEDGER_TITLE "\n\n"
                               "Written by `teerexctl` from its chain of events, newest first; "
                               "`teerexctl history --verify` checks it.\n\n");
    buf_addf(out, LEDGER_MARK "%llu" LEDGER_MARK_HEAD "%s" LEDGER_MARK_END "\n\n",
             (unsigned long long)ledger.events, ledger.head);
    ledger_add_header(out);
    for (size_t i = 0; i < ledger.count; i++)
        ledger_add_row(out, &ledger.rows[i]);
    return buf_check(out, "the ledger", err);
}

/* ---- reading ------------------------------------------------------------------------------ */

/* The text, line by line. */
struct reader {
    const char *name;
    struct str rest;
    int line; /* of the last one read */
};

static bool bad(const struct reader *r, const char *what, struct error *err)
{
    return err_set(err, ERR_VERIFY, "%s:%d: %s", r->name, r->line, what);
}

static bool next_line(struct reader *r, struct str *ret)
{
    r->line++;
    return str_next_line(&r->rest, ret);
}

/* Takes `prefix` off the front. */
static bool skip_prefix(struct str *text, struct str prefix)
{
    if (!str_starts(*text, prefix))
        return false;
    *text = str_sub(*text, prefix.len, SIZE_MAX);
    return true;
}

static bool parse_mark(struct str line, struct ledger *ledger)
{
    unsigned char head[SHA256_LEN];
    if (!skip_prefix(&line, STR(LEDGER_MARK)))
        return false;
    size_t digits = str_find(line, STR(LEDGER_MARK_HEAD));
    if (digits == SIZE_MAX || !str_to_u64(str_sub(line, 0, digits), &ledger->events))
        return false;
    line = str_sub(line, digits + strlen(LEDGER_MARK_HEAD), SIZE_MAX);
    if (!hex_decode(str_sub(line, 0, SHA256_HEX_MAX - 1), head, sizeof(head)) ||
        !str_is(str_sub(line, SHA256_HEX_MAX - 1, SIZE_MAX), LEDGER_MARK_END))
        return false;
    hex_encode(head, sizeof(head), ledger->head);
    return true;
}

static bool find_mark(struct reader *r, struct ledger *ledger, struct error *err)
{
    struct str line;
    while (next_line(r, &line)) {
        if (!str_starts(line, STR("<!-- teerex-ledger ")))
            continue;
        if (!parse_mark(line, ledger))
            return bad(r, "the head of the chain cannot be read", err);
        return true;
    }
    return bad(r, "there is no head of the chain in this file", err);
}

static bool read_header(struct reader *r, struct error *err)
{
    struct str line;
    cleanup_buf struct buf header = buf_make(BUF_LINE);
    ledger_add_header(&header);
    struct str wanted = buf_str(&header), want;
    if (!next_line(r, &line) || line.len != 0)
        return bad(r, "expected an empty line after the head of the chain", err);
    while (str_next_line(&wanted, &want)) {
        if (!next_line(r, &line) || !str_eq(line, want))
            return bad(r, "the header of the table was changed", err);
    }
    return true;
}

/* The end of the cell that starts at `from`: its unescaped " |". */
static size_t cell_end(struct str line, size_t from)
{
    for (size_t i = from; i + 1 < line.len; i++) {
        if (line.ptr[i] == '\\')
            i++;
        else if (line.ptr[i] == ' ' && line.ptr[i + 1] == '|')
            return i;
    }
    return SIZE_MAX;
}

static bool parse_row(struct reader *r, struct str line, struct arena *a, struct ledger_row *row,
                      struct error *err)
{
    *row = (struct ledger_row){.component = "", .instance = "", .run = "", .line = r->line};
    for (int column = 0; column < LEDGER_COLUMN_COUNT; column++) {
        if (!skip_prefix(&line, column == 0 ? STR("| ") : STR(" ")))
            return bad(r, column == 0 ? "expected a row of the table" : "a row has too few columns",
                       err);
        size_t end = cell_end(line, 0);
        if (end == SIZE_MAX)
            return bad(r, "a row has too few columns", err);
        if (!cell_parse(str_sub(line, 0, end), a, &row->cells[column]))
            return bad(r, "a cell cannot be read", err);
        line = str_sub(line, end + strlen(" |"), SIZE_MAX);
    }
    return line.len == 0 || bad(r, "a row has too many columns", err);
}

/* Upper bound of the rows that are still to come. */
static size_t count_lines(struct str text)
{
    size_t count = 1;
    for (size_t i = 0; i < text.len; i++)
        count += text.ptr[i] == '\n';
    return count;
}

bool ledger_parse(struct str text, const char *name, struct arena *a, struct ledger *ret,
                  struct error *err)
{
    struct reader r = {.name = name, .rest = text};
    struct ledger ledger = {0};
    struct str line;
    if (text.len > LEDGER_SIZE_MAX)
        return bad(&r, "the ledger is larger than 8 MiB", err);
    TRY(find_mark(&r, &ledger, err));
    TRY(read_header(&r, err));
    ledger.rows = ARENA_ARRAY(a, struct ledger_row, count_lines(r.rest));
    while (next_line(&r, &line))
        TRY(parse_row(&r, line, a, &ledger.rows[ledger.count++], err));
    *ret = ledger;
    return true;
}
