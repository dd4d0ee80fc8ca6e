/* The service's log: one JSON object a line on standard error, of every part alike. A reader that
 * does not keep up loses lines, counted, and never stops the service. Never bodies, never keys. */
#pragma once

#include "core/core.h"
#include "data/data.h"

enum log_level { LOG_INFO, LOG_WARN, LOG_ERROR };

struct log {
    const struct clock *clock;
    const char *part; /* "front" */
    struct buf line, pending;
    uint64_t dropped;
};

struct log log_make(const char *part, const struct clock *clock);
void log_release(struct log *l);
#define cleanup_log cleanup(log_release)

/* One line: open, add members, close. It is written by the next log_flush. */
struct json_writer log_open(struct log *l, enum log_level level, const char *message);
void log_close(struct log *l, struct json_writer *w);
/* Writes what waits. */
void log_flush(struct log *l);
/* A whole line of text, written at once. */
void log_say(struct log *l, enum log_level level, const char *fmt, ...) printf_like(3, 4);
