/* The table of results for people. */
#include "internal.h"

enum { GATE, HOST, VERDICT, TOOK, SEEN, CELL_COUNT };
enum { GAP = 2, BELOW = 4 };

struct row {
    const char *cell[CELL_COUNT];
    char took[DURATION_TEXT_MAX];
};

struct layout {
    size_t width[SEEN]; /* 0: no such column */
    size_t columns;     /* of the whole; 0: as many as need be */
    size_t indent;      /* where the last column begins */
    bool below;         /* no room is left for it: it stands on a line of its own */
    bool utf8;
};

static void fill_row(const struct gate_result *r, struct row *row)
{
    row->took[0] = '\0';
    if (r->attempts > 0)
        duration_format(r->latency_ms, row->took);
    row->cell[GATE] = r->name;
    row->cell[HOST] = r->host;
    row->cell[VERDICT] = gate_verdict_name(r->verdict);
    row->cell[TOOK] = row->took;
    row->cell[SEEN] = *r->reason ? r->reason : r->evidence;
}

static void widen(struct layout *layout, const struct row *row)
{
    static const size_t MAX[SEEN] = {[GATE] = 28, [HOST] = 16, [VERDICT] = 12, [TOOK] = 12};
    for (size_t i = 0; i < SEEN; i++) {
        size_t width = text_width(str_of(row->cell[i]));
        width = width < MAX[i] ? width : MAX[i];
        layout->width[i] = width > layout->width[i] ? width : layout->width[i];
    }
}

static const struct row HEAD = {{"GATE", "HOST", "VERDICT", "TOOK", "SEEN"}, ""};

static struct layout lay_out(const struct gate_results *results, unsigned columns, bool utf8)
{
    struct layout layout = {.columns = columns, .utf8 = utf8};
    struct row row;
    for (size_t i = 0; i < results->count; i++) {
        fill_row(&results->items[i], &row);
        widen(&layout, &row);
    }
    bool hosts = layout.width[HOST] > 0;
    widen(&layout, &HEAD);
    layout.width[HOST] = hosts ? layout.width[HOST] : 0;
    for (size_t i = 0; i < SEEN; i++)
        layout.indent += layout.width[i] > 0 ? layout.width[i] + GAP : 0;
    layout.below = columns > 0 && 2 * layout.indent >= columns;
    return layout;
}

static void add_cell(struct buf *out, const char *text, size_t width, bool utf8)
{
    size_t before = out->len;
    text_add_cut(out, str_of(text), width, utf8);
    size_t used = text_width(str_sub(buf_str(out), before, out->len));
    for (size_t i = used; i < width + GAP; i++)
        buf_addc(out, ' ');
}

static void trim_end(struct buf *out)
{
    while (out->len > 0 && out->ptr[out->len - 1] == ' ')
        out->len--;
}

static void add_row(struct buf *out, const struct layout *layout, const struct row *row)
{
    for (size_t i = 0; i < SEEN; i++)
        if (layout->width[i] > 0)
            add_cell(out, row->cell[i], layout->width[i], layout->utf8);
    if (layout->below) {
        trim_end(out);
        buf_addf(out, "\n%*s", BELOW, "");
    }
    text_add_wrapped(out, str_of(row->cell[SEEN]), layout->columns,
                     layout->below ? BELOW : layout->indent);
    trim_end(out);
    buf_addc(out, '\n');
}

void gate_results_render(const struct gate_results *results, unsigned columns, bool utf8,
                         struct buf *out)
{
    struct layout layout = lay_out(results, columns, utf8);
    struct row row;
    add_row(out, &layout, &HEAD);
    for (size_t i = 0; i < results->count; i++) {
        fill_row(&results->items[i], &row);
        add_row(out, &layout, &row);
    }
}
