/* What the live region and the plain lines share. */
#pragma once

#include "line.h"

struct human {
    int fd;
    struct look look;
    enum story story;
    const char *program;
    size_t host_width; /* of the widest host and step so far: the columns line up */
    size_t name_width;
    size_t live_rows; /* how many lines of the live region are on the screen */
    int64_t frame;    /* of the spinner, when it was drawn last */
};

/* Widens the columns for this host and step, within reason. */
void human_measure(struct human *h, struct str host, struct str name);
/* The left part of a step's line: host and name, padded. */
void human_add_step(struct line *line, const struct human *h, struct str host, struct str name);

/* One that says plain lines of any length. */
struct human human_plain(const char *program, enum story story);
/* Appends the lines of an event; none when the story leaves it out. */
void human_say(struct human *h, const struct event *e, struct buf *out);

/* Takes the live region off the screen; what is written next stands in its place. */
void live_erase(struct human *h, struct buf *out);
/* Draws a line for each open step, and remembers how many. */
void live_draw(struct human *h, const struct board *board, struct buf *out);
/* Has the spinner moved since the last drawing? */
bool live_is_due(const struct human *h, const struct board *board);
enum { LIVE_FRAME_MS = 100 };
