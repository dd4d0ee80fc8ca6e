/* Writing the log. */
#include "log.h"

#include <poll.h>
#include <unistd.h>

/* A pipe that polls writable takes this much without blocking. */
enum { ATOMIC_BYTES = 4096 };

static const char *const LEVELS[] = {
    [LOG_INFO] = "info", [LOG_WARN] = "warn", [LOG_ERROR] = "error"};

struct log log_make(const char *part, const struct clock *clock)
{
    return (struct log){
        .clock = clock, .part = part, .line = buf_make(BUF_LINE), .pending = buf_make(BUF_TEXT)};
}

void log_release(struct log *l)
{
    buf_release(&l->line);
    buf_release(&l->pending);
}

struct json_writer log_open(struct log *l, enum log_level level, const char *message)
{
    char now[TIME_TEXT_MAX];
    buf_clear(&l->line);
    struct json_writer w = jw_make(&l->line, JSON_COMPACT);
    time_format_utc(clock_now_ms(l->clock), now);
    jw_object_begin(&w);
    jw_member(&w, "time", now);
    jw_member(&w, "level", LEVELS[level]);
    jw_member(&w, "part", l->part);
    jw_member(&w, "msg", message);
    return w;
}

void log_close(struct log *l, struct json_writer *w)
{
    jw_object_end(w);
    buf_addc(&l->line, '\n');
    if (l->line.overflow || l->pending.len + l->line.len > l->pending.max)
        l->dropped++;
    else
        buf_add(&l->pending, buf_str(&l->line));
}

static bool can_write(void)
{
    struct pollfd out = {.fd = STDERR_FILENO, .events = POLLOUT};
    return poll(&out, 1, 0) == 1 && (out.revents & POLLOUT);
}

void log_flush(struct log *l)
{
    while (l->pending.len > 0 && can_write()) {
        size_t count = l->pending.len < ATOMIC_BYTES ? l->pending.len : ATOMIC_BYTES;
        ssize_t wrote = write(STDERR_FILENO, l->pending.ptr, count);
        if (wrote <= 0)
            return;
        buf_drop(&l->pending, (size_t)wrote);
    }
}

void log_say(struct log *l, enum log_level level, const char *fmt, ...)
{
    cleanup_buf struct buf text = buf_make(BUF_LINE);
    va_list args;
    va_start(args, fmt);
    buf_vaddf(&text, fmt, args);
    va_end(args);
    struct json_writer w = log_open(l, level, buf_cstr(&text));
    log_close(l, &w);
    log_flush(l);
}
