/* The inside of a story, for the files that tell it. */
#pragma once

#include "board.h"
#include "event/event.h"
#include "redact.h"

struct events {
    const struct clock *clock;
    const struct rng *rng;
    struct sink *sinks;
    size_t sink_count, sink_cap;
    struct redactor *redactor;
    struct steps steps;
    step_id last_id;
    int64_t begun_ms; /* monotonic */
    int64_t told_ms;  /* monotonic: when something was told last */
    struct buf left;  /* one thing a line */
    struct buf next;  /* the command to go on with */
    bool group_open;
};

/* Stamps the event, redacts its texts, notes it on the board and hands it to every sink. */
void hub_emit(struct events *ev, struct event e);
