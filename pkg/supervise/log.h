/* The service's log file with rotation, and the pipes through which its instances fill it. */
#pragma once

#include "core/core.h"
#include "supervise/supervise.h"

/* log/NAME.log; the older ones are NAME.log.1 (newest) to NAME.log.N. */
struct log {
    const struct cap *cap;
    const struct clock *clock;
    char path[SUPERVISE_ID_MAX + 16];
    int fd;        /* -1: could not be opened */
    uint64_t size; /* of the current file */
    uint64_t size_max;
    int64_t files;
    uint64_t lost; /* bytes that could not be written since the last time that worked */
};

/* Opens log/NAME.log below the working directory, which must hold log/. When that fails it is tried
 * again with each line: a service is kept also without a log. */
void log_open(struct log *log, const char *name);
void log_close(struct log *log);
/* Whole lines. A disk that is full costs the lines, never the service: what was lost is counted,
 * and said once writing works again. */
void log_write(struct log *log, struct str lines);
/* A line of the supervisor's own, as JSON: time, source, instance (may be NULL), message. */
void log_event(struct log *log, const char *instance, const char *fmt, ...) printf_like(3, 4);

enum {
    LOG_LINE_MAX = 16 * 1024,   /* of an instance's line; the rest of a longer one is dropped */
    LOG_PIPE_SIZE = 1024 * 1024 /* what waits while nobody reads */
};

/* The output of one instance. It is a named pipe that the instance holds open both ways and without
 * blocking: a supervisor that dies neither breaks it (SIGPIPE) nor stalls it, and the next one
 * goes on reading where the last one ended. A line that finds the pipe full is lost. */
struct log_source {
    int fd;                        /* -1: closed */
    struct buf line;               /* what has come of a line that is not complete */
    bool skipping;                 /* the rest of a line that was too long */
    char tail[SUPERVISE_LOG_TAIL]; /* the last whole lines, NUL-terminated */
    size_t tail_len;
};

struct log_source log_source_make(void);
void log_source_release(struct log_source *source);
/* Opens our end of the pipe at `path`, making it first when it is not there. */
bool log_source_open(const struct cap *cap, struct log_source *source, const char *path,
                     struct error *err) must_use;
/* The instance's end of the pipe, for its stdout and stderr. */
bool log_source_writer(const char *path, int *ret_fd, struct error *err) must_use;
/* Reads what is there, boundedly, into the log. False when the other side has closed it. */
bool log_source_pump(struct log_source *source, struct log *log);
/* All that is left, after the instance has ended. */
void log_source_finish(struct log_source *source, struct log *log);
