/* From an instance's pipe into the log: whole lines, none longer than a bound. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"

enum { CHUNK = 64 * 1024, CHUNKS_A_TURN = 16 };

struct log_source log_source_make(void)
{
    /* One byte for the line's end, a few for the mark of a cut. */
    return (struct log_source){.fd = -1, .line = buf_make(LOG_LINE_MAX + 16)};
}

void log_source_release(struct log_source *source)
{
    mem_close_at(&source->fd);
    source->fd = -1;
    buf_release(&source->line);
}

bool log_source_open(const struct cap *cap, struct log_source *source, const char *path,
                     struct error *err)
{
    if (source->fd >= 0)
        return true;
    TRY(cap_allow(cap, EFFECT_IDEMPOTENT, "make the pipe", path, err));
    if (mkfifo(path, 0600) != 0 && errno != EEXIST)
        return err_sys(err, ERR_FAILED, errno, "make the pipe '%s'", path);
    source->fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
    if (source->fd < 0)
        return err_sys(err, ERR_FAILED, errno, "open the pipe '%s'", path);
    fcntl(source->fd, F_SETPIPE_SZ, LOG_PIPE_SIZE);
    return true;
}

bool log_source_writer(const char *path, int *ret_fd, struct error *err)
{
    int fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return err_sys(err, ERR_FAILED, errno, "open the pipe '%s'", path);
    *ret_fd = fd;
    return true;
}

static void remember(struct log_source *source, struct str lines)
{
    size_t room = sizeof(source->tail) - 1;
    if (lines.len > room)
        lines = str_sub(lines, lines.len - room, room);
    size_t keep = source->tail_len + lines.len > room ? room - lines.len : source->tail_len;
    memmove(source->tail, source->tail + source->tail_len - keep, keep);
    memcpy(source->tail + keep, lines.ptr, lines.len);
    source->tail_len = keep + lines.len;
    source->tail[source->tail_len] = '\0';
}

static void give(struct log_source *source, struct log *log, struct str lines)
{
    if (lines.len == 0)
        return;
    log_write(log, lines);
    remember(source, lines);
}

static void end_line(struct log_source *source, struct log *log, const char *end)
{
    buf_adds(&source->line, end);
    give(source, log, buf_str(&source->line));
    buf_clear(&source->line);
}

/* The beginning of a line, or more of one, without its end. */
static void hold(struct log_source *source, struct log *log, struct str part)
{
    size_t room = LOG_LINE_MAX - source->line.len;
    if (source->skipping)
        return;
    buf_add(&source->line, str_sub(part, 0, room));
    if (part.len <= room)
        return;
    source->skipping = true;
    end_line(source, log, "…\n");
}

/* Ends the line that was begun in an earlier chunk. */
static void finish_held(struct log_source *source, struct log *log, struct str part)
{
    hold(source, log, part);
    if (!source->skipping)
        end_line(source, log, "\n");
    source->skipping = false;
}

/* How many bytes from the start are whole lines that need no care: none cut, none too long. */
static size_t plain_run(struct str chunk)
{
    size_t run = 0;
    for (;;) {
        const char *end = memchr(chunk.ptr + run, '\n', chunk.len - run);
        size_t len = end == NULL ? 0 : (size_t)(end - chunk.ptr) - run;
        if (end == NULL || len > LOG_LINE_MAX)
            return run;
        run += len + 1;
    }
}

/* One line with its end, or what has come of it. */
static size_t take_careful(struct log_source *source, struct log *log, struct str chunk)
{
    size_t end = str_find(chunk, STR("\n"));
    if (end == SIZE_MAX) {
        hold(source, log, chunk);
        return chunk.len;
    }
    finish_held(source, log, str_sub(chunk, 0, end));
    return end + 1;
}

/* Whole lines go to the log together: a write for each would cost more than the lines do. */
static void take_chunk(struct log_source *source, struct log *log, struct str chunk)
{
    while (chunk.len > 0) {
        bool begun = source->line.len > 0 || source->skipping;
        size_t run = begun ? 0 : plain_run(chunk);
        give(source, log, str_sub(chunk, 0, run));
        if (run == 0)
            run = take_careful(source, log, chunk);
        chunk = str_sub(chunk, run, chunk.len);
    }
}

bool log_source_pump(struct log_source *source, struct log *log)
{
    char chunk[CHUNK];
    for (int turn = 0; turn < CHUNKS_A_TURN; turn++) {
        ssize_t len = read(source->fd, chunk, sizeof(chunk));
        if (len == 0)
            return false;
        if (len < 0)
            return errno == EAGAIN || errno == EINTR;
        take_chunk(source, log, str_n(chunk, (size_t)len));
    }
    return true;
}

void log_source_finish(struct log_source *source, struct log *log)
{
    if (source->fd < 0)
        return;
    /* What is there now is at most a full pipe; others that still write are not waited for. */
    log_source_pump(source, log);
    if (source->line.len > 0)
        end_line(source, log, "\n");
}
