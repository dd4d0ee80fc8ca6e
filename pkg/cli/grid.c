/* Results as tables. Knows no terminal: the width is an argument. */
#include "cli/cli.h"
#include "event/event.h"

enum { GRID_GAP = 2, GRID_NARROWEST = 6, GRID_COLUMNS_MAX = 32 };

struct grid {
    const struct cli_table *table;
    size_t widths[GRID_COLUMNS_MAX];
    bool utf8;
};

static struct str cell_at(const struct cli_table *t, size_t row, size_t column)
{
    const char *cell = t->cells[row * t->column_count + column];
    return cell ? str_of(cell) : STR("-");
}

static void measure(struct grid *g)
{
    const struct cli_table *t = g->table;
    for (size_t c = 0; c < t->column_count; c++) {
        g->widths[c] = text_width(str_of(t->columns[c].title));
        for (size_t r = 0; r < t->row_count; r++) {
            size_t width = text_width(cell_at(t, r, c));
            g->widths[c] = width > g->widths[c] ? width : g->widths[c];
        }
    }
}

static size_t total_width(const struct grid *g)
{
    size_t total = 0;
    for (size_t c = 0; c < g->table->column_count; c++)
        total += g->widths[c] + (c > 0 ? GRID_GAP : 0);
    return total;
}

/* The widest column that may shrink; SIZE_MAX when none is left. */
static size_t widest_shrinking(const struct grid *g)
{
    size_t widest = SIZE_MAX;
    for (size_t c = 0; c < g->table->column_count; c++) {
        bool may = g->table->columns[c].shrink && g->widths[c] > GRID_NARROWEST;
        if (may && (widest == SIZE_MAX || g->widths[c] > g->widths[widest]))
            widest = c;
    }
    return widest;
}

static void shrink_to(struct grid *g, size_t width)
{
    while (width > 0 && total_width(g) > width) {
        size_t widest = widest_shrinking(g);
        if (widest == SIZE_MAX)
            return;
        g->widths[widest]--;
    }
}

static void add_cell(const struct grid *g, size_t column, struct str text, struct buf *out)
{
    bool last = column + 1 == g->table->column_count;
    size_t width = text_width(text);
    int blanks = width < g->widths[column] ? (int)(g->widths[column] - width) : 0;
    if (column > 0)
        buf_addf(out, "%*s", GRID_GAP, "");
    if (g->table->columns[column].right)
        buf_addf(out, "%*s", blanks, "");
    text_add_cut(out, text, g->widths[column], g->utf8);
    if (!g->table->columns[column].right && !last)
        buf_addf(out, "%*s", blanks, "");
}

void cli_table_add(const struct cli_table *table, size_t width, bool utf8, struct buf *out)
{
    struct grid g = {.table = table, .utf8 = utf8};
    if (table->column_count > GRID_COLUMNS_MAX)
        abort();
    measure(&g);
    shrink_to(&g, width);
    for (size_t c = 0; c < table->column_count; c++)
        add_cell(&g, c, str_of(table->columns[c].title), out);
    buf_addc(out, '\n');
    for (size_t r = 0; r < table->row_count; r++) {
        for (size_t c = 0; c < table->column_count; c++)
            add_cell(&g, c, cell_at(table, r, c), out);
        buf_addc(out, '\n');
    }
}
