/* The steps that are open, and the last lines that each of them wrote. */
#pragma once

#include "event/event.h"

/* The last STEP_TAIL_LINES lines of a step; a ring. */
struct tail {
    char *lines[STEP_TAIL_LINES];
    size_t next; /* where the next line goes */
};

struct steps {
    struct open_step *open;
    struct tail *tails; /* beside `open`, same index */
    size_t count;
    size_t open_cap, tails_cap;
};

/* Closes all. */
void steps_release(struct steps *s);
/* NULL when no such step is open. */
struct open_step *steps_find(const struct steps *s, step_id id);
/* Copies the host's and the step's name. */
void steps_open(struct steps *s, const struct open_step *step);
/* These two keep STEP_TAIL_WIDTH bytes of the text, and do nothing for a step that is not open. */
void steps_progress(struct steps *s, step_id id, struct str text);
void steps_add_line(struct steps *s, step_id id, struct str line);
/* The kept lines in order, each with its line end. */
void steps_add_tail(const struct steps *s, step_id id, struct buf *out);
/* Forgets the step and its lines. */
void steps_close(struct steps *s, step_id id);
