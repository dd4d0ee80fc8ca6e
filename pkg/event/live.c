/* The lines at the bottom of a terminal that are drawn again and again: one for each open step. */
#include <sys/ioctl.h>

#include "human.h"

enum { ROWS_DEFAULT = 24, ROWS_SPARED = 2 };

/* Rows that the region may take: it must fit on the screen to be erased again. */
static size_t rows_of(const struct human *h)
{
    struct winsize size = {0};
    bool known = ioctl(h->fd, TIOCGWINSZ, &size) == 0 && size.ws_row > 0;
    size_t rows = known ? size.ws_row : ROWS_DEFAULT;
    return rows > ROWS_SPARED ? rows - ROWS_SPARED : 1;
}

static const char *spinner(const struct human *h)
{
    static const char *const BRAILLE[] = {"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"};
    static const char *const ASCII[] = {"|", "/", "-", "\\"};
    size_t frame = (size_t)h->frame;
    return h->look.utf8 ? BRAILLE[frame % ARRAY_LEN(BRAILLE)] : ASCII[frame % ARRAY_LEN(ASCII)];
}

bool live_is_due(const struct human *h, const struct board *board)
{
    return h->look.live && board->mono_ms / LIVE_FRAME_MS != h->frame;
}

void live_erase(struct human *h, struct buf *out)
{
    if (h->live_rows > 0)
        buf_addf(out, "\r\033[%zuA\033[J", h->live_rows);
    h->live_rows = 0;
}

/* Whole seconds: tenths would flicker. Nothing at all for the first one. */
static void add_age(struct line *line, int64_t ms)
{
    char age[DURATION_TEXT_MAX];
    duration_format(ms, age);
    if (ms >= 60000)
        line_addf(line, STYLE_DIM, "%s", age);
    else if (ms >= 1000)
        line_addf(line, STYLE_DIM, "%d s", (int)(ms / 1000));
}

static void draw_step(const struct human *h, const struct open_step *step, int64_t mono_ms,
                      struct buf *out)
{
    struct line line = line_begin(out, &h->look, look_columns(&h->look, h->fd));
    line_addf(&line, STYLE_PLAIN, "  ");
    line_add(&line, STYLE_HOST, str_of(spinner(h)));
    line_addf(&line, STYLE_PLAIN, " ");
    human_add_step(&line, h, str_of(step->host), str_of(step->name));
    add_age(&line, mono_ms - step->begin_ms);
    if (step->progress[0] != '\0')
        line_addf(&line, STYLE_DIM, "  %s", step->progress);
    line_end(&line);
}

void live_draw(struct human *h, const struct board *board, struct buf *out)
{
    size_t shown = board->count, room = rows_of(h);
    if (!h->look.live || h->story == STORY_QUIET)
        return;
    h->frame = board->mono_ms / LIVE_FRAME_MS;
    if (shown > room)
        shown = room > 1 ? room - 1 : 0;
    for (size_t i = 0; i < shown; i++)
        draw_step(h, &board->steps[i], board->mono_ms, out);
    h->live_rows = shown;
    if (shown < board->count) {
        buf_addf(out, "  and %zu more\n", board->count - shown);
        h->live_rows++;
    }
}
