/* The open steps and their last lines. Knows neither sinks nor secrets: texts come redacted. */
#include "board.h"

static void tail_release(struct tail *t)
{
    for (size_t i = 0; i < STEP_TAIL_LINES; i++)
        free(t->lines[i]);
    *t = (struct tail){0};
}

static void step_release(struct open_step *step)
{
    free(step->host);
    free(step->name);
    free(step->progress);
    *step = (struct open_step){0};
}

void steps_release(struct steps *s)
{
    for (size_t i = 0; i < s->count; i++) {
        step_release(&s->open[i]);
        tail_release(&s->tails[i]);
    }
    free(s->open);
    free(s->tails);
    *s = (struct steps){0};
}

struct open_step *steps_find(const struct steps *s, step_id id)
{
    for (size_t i = 0; i < s->count; i++) {
        if (s->open[i].id == id)
            return &s->open[i];
    }
    return NULL;
}

void steps_open(struct steps *s, const struct open_step *step)
{
    s->open = array_grow(s->open, &s->open_cap, s->count + 1, sizeof(*s->open));
    s->tails = array_grow(s->tails, &s->tails_cap, s->count + 1, sizeof(*s->tails));
    s->open[s->count] = (struct open_step){
        .id = step->id,
        .host = xstrdup(step->host),
        .name = xstrdup(step->name),
        .progress = xstrdup(""),
        .begin_ms = step->begin_ms,
    };
    s->tails[s->count] = (struct tail){0};
    s->count++;
}

static char *bounded_copy(struct str text)
{
    return xstrndup(text.ptr, text.len < STEP_TAIL_WIDTH ? text.len : STEP_TAIL_WIDTH);
}

void steps_progress(struct steps *s, step_id id, struct str text)
{
    struct open_step *step = steps_find(s, id);
    if (step == NULL)
        return;
    free(step->progress);
    step->progress = bounded_copy(text);
}

void steps_add_line(struct steps *s, step_id id, struct str line)
{
    struct open_step *step = steps_find(s, id);
    if (step == NULL)
        return;
    struct tail *t = &s->tails[step - s->open];
    free(t->lines[t->next]);
    t->lines[t->next] = bounded_copy(line);
    t->next = (t->next + 1) % STEP_TAIL_LINES;
}

void steps_add_tail(const struct steps *s, step_id id, struct buf *out)
{
    const struct open_step *step = steps_find(s, id);
    if (step == NULL)
        return;
    const struct tail *t = &s->tails[step - s->open];
    for (size_t i = 0; i < STEP_TAIL_LINES; i++) {
        const char *line = t->lines[(t->next + i) % STEP_TAIL_LINES];
        if (line != NULL)
            buf_addf(out, "%s\n", line);
    }
}

void steps_close(struct steps *s, step_id id)
{
    struct open_step *step = steps_find(s, id);
    if (step == NULL)
        return;
    size_t at = (size_t)(step - s->open);
    size_t after = s->count - at - 1;
    step_release(step);
    tail_release(&s->tails[at]);
    memmove(&s->open[at], &s->open[at + 1], after * sizeof(*s->open));
    memmove(&s->tails[at], &s->tails[at + 1], after * sizeof(*s->tails));
    s->count--;
}
