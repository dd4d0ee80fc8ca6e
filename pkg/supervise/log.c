/* The log file: appending, rotating, and surviving a full disk. */
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/data.h"
#include "fs/fs.h"

static bool open_file(struct log *log, struct error *err)
{
    struct stat info;
    TRY(cap_allow(log->cap, EFFECT_IDEMPOTENT, "write", log->path, err));
    log->fd = open(log->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (log->fd < 0)
        return err_sys(err, ERR_FAILED, errno, "open '%s'", log->path);
    log->size = fstat(log->fd, &info) == 0 ? (uint64_t)info.st_size : 0;
    return true;
}

void log_open(struct log *log, const char *name)
{
    struct error err;
    snprintf(log->path, sizeof(log->path), "log/%s.log", name);
    if (!open_file(log, &err))
        log->fd = -1;
}

void log_close(struct log *log)
{
    mem_close_at(&log->fd);
    log->fd = -1;
}

/* The name of the file that is `age` rotations old; 0 is the current one. */
static void aged_name(const struct log *log, int64_t age, char *out, size_t size)
{
    if (age == 0)
        snprintf(out, size, "%s", log->path);
    else
        snprintf(out, size, "%s.%lld", log->path, (long long)age);
}

/* What cannot be renamed is left: the log goes on in whatever file opens. */
static void rotate(struct log *log)
{
    char from[SUPERVISE_ID_MAX + 48], to[SUPERVISE_ID_MAX + 48];
    struct error err;
    log_close(log);
    for (int64_t age = log->files; age > 0; age--) {
        aged_name(log, age - 1, from, sizeof(from));
        aged_name(log, age, to, sizeof(to));
        rename(from, to);
    }
    if (!open_file(log, &err))
        log->fd = -1;
}

static bool write_all(struct log *log, struct str bytes)
{
    while (bytes.len > 0) {
        ssize_t len = write(log->fd, bytes.ptr, bytes.len);
        if (len < 0 && errno != EINTR)
            return false;
        size_t done = len < 0 ? 0 : (size_t)len;
        bytes = str_sub(bytes, done, bytes.len);
        log->size += done;
    }
    return true;
}

static void say_lost(struct log *log)
{
    uint64_t lost = log->lost;
    log->lost = 0;
    log_event(log, NULL, "%llu bytes of the log could not be written and are lost",
              (unsigned long long)lost);
}

void log_write(struct log *log, struct str lines)
{
    struct error err;
    if (log->fd < 0 && !open_file(log, &err)) {
        log->lost += lines.len;
        return;
    }
    if (log->size > 0 && log->size + lines.len > log->size_max)
        rotate(log);
    if (log->fd < 0 || !write_all(log, lines))
        log->lost += lines.len;
    else if (log->lost > 0)
        say_lost(log);
}

void log_event(struct log *log, const char *instance, const char *fmt, ...)
{
    char when[TIME_TEXT_MAX];
    struct error err;
    va_list args;
    cleanup_buf struct buf message = buf_make(BUF_LINE);
    cleanup_buf struct buf line = buf_make((size_t)2 * BUF_LINE);
    va_start(args, fmt);
    buf_vaddf(&message, fmt, args);
    va_end(args);
    time_format_utc(clock_now_ms(log->clock), when);
    struct json_writer w = jw_make(&line, JSON_COMPACT);
    jw_object_begin(&w);
    jw_member(&w, "time", when);
    jw_member(&w, "source", "supervisor");
    if (instance != NULL)
        jw_member(&w, "instance", instance);
    jw_member_str(&w, "message", buf_str(&message));
    jw_object_end(&w);
    if (!jw_finish(&w, "a log line", &err))
        return;
    buf_addc(&line, '\n');
    log_write(log, buf_str(&line));
}
