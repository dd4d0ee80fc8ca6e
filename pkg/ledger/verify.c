/* The chain against its rendering: finds what is wrong, and in which of the two. */
#include "internal.h"

static bool differ(const char *name, const struct ledger_row *told,
                   const struct ledger_row *true_row, enum ledger_column column, struct error *err)
{
    return err_set(err, ERR_VERIFY, "%s:%d: %s is '%s', but event %llu says '%s'", name, told->line,
                   ledger_column_title(column), told->cells[column],
                   (unsigned long long)true_row->seq, true_row->cells[column]);
}

static bool compare_rows(const char *name, const struct ledger_row *told,
                         const struct ledger_row *true_row, struct error *err)
{
    for (int column = 0; column < LEDGER_COLUMN_COUNT; column++) {
        if (strcmp(told->cells[column], true_row->cells[column]) != 0)
            return differ(name, told, true_row, (enum ledger_column)column, err);
    }
    return true;
}

static bool compare(const char *name, const struct ledger *told, const struct ledger *truth,
                    struct error *err)
{
    if (told->count != truth->count)
        return err_set(err, ERR_VERIFY, "%s: it has %zu rows, but the chain tells %zu", name,
                       told->count, truth->count);
    for (size_t i = 0; i < told->count; i++)
        TRY(compare_rows(name, &told->rows[i], &truth->rows[i], err));
    return true;
}

/* Where the file's head is in the chain: how many events it has told; SIZE_MAX when nowhere. */
static size_t find_head(const struct chain *chain, const char *head)
{
    struct chain part = *chain;
    for (part.count = chain->count;; part.count--) {
        if (strcmp(chain_head(&part), head) == 0)
            return part.count;
        if (part.count == 0)
            return SIZE_MAX;
    }
}

static bool say_foreign_head(const struct chain *chain, const struct ledger *told, const char *name,
                             struct error *err)
{
    if (told->events > chain->count)
        return err_set(err, ERR_VERIFY,
                       "the store has lost events: %s tells %llu of them, the store has %zu", name,
                       (unsigned long long)told->events, chain->count);
    return err_set(err, ERR_VERIFY,
                   "%s: its head %.12s… is no event of the store: one of both was changed", name,
                   told->head);
}

/* A byte outside the table, or one that reads the same. */
static bool compare_bytes(const struct chain *chain, struct str text, const char *name,
                          struct error *err)
{
    cleanup_buf struct buf rendered = buf_make(LEDGER_SIZE_MAX);
    TRY(ledger_render(chain, &rendered, err));
    struct str wanted = buf_str(&rendered), want, line;
    if (str_eq(text, wanted))
        return true;
    for (int number = 1; wanted.len > 0 || text.len > 0; number++) {
        bool more = str_next_line(&wanted, &want), told = str_next_line(&text, &line);
        if (more != told || (more && !str_eq(want, line)))
            return err_set(err, ERR_VERIFY, "%s:%d: this line was changed", name, number);
    }
    return err_set(err, ERR_VERIFY, "%s: its line ends were changed", name);
}

bool ledger_verify(const struct chain *chain, struct str text, const char *name, struct error *err)
{
    struct ledger told, truth;
    cleanup_arena struct arena a = {0};
    TRY(chain_verify(chain, err));
    TRY(ledger_parse(text, name, &a, &told, err));
    size_t known = find_head(chain, told.head);
    if (known == SIZE_MAX)
        return say_foreign_head(chain, &told, name, err);
    struct chain part = {.items = chain->items, .count = known};
    TRY(ledger_derive(&part, &a, &truth, err));
    if (told.events != truth.events)
        return err_set(err, ERR_VERIFY, "%s: it claims %llu events, but its head is event %zu",
                       name, (unsigned long long)told.events, known);
    TRY(compare(name, &told, &truth, err));
    TRY(compare_bytes(&part, text, name, err));
    if (known < chain->count)
        return err_set(err, ERR_VERIFY,
                       "%s is behind: it tells %zu events and the store has %zu; the next "
                       "deployment writes it anew",
                       name, known, chain->count);
    return true;
}
