/* One output of a child: what is kept of it, and its lines. Knows nothing of processes. */
#include <errno.h>
#include <unistd.h>

#include "internal.h"

enum { READ_SIZE = 64 * 1024 };

static void keep(struct stream *s, struct str bytes)
{
    size_t room = s->want.max - s->kept.len;
    if (bytes.len > room)
        s->cut = true;
    buf_add(&s->kept, str_sub(bytes, 0, room));
}

static void give_line(struct stream *s)
{
    struct str line = buf_str(&s->line);
    if (line.len > 0 && line.ptr[line.len - 1] == '\r')
        line.len--;
    s->want.on_line(s->want.line_ctx, line, s->line_cut);
    buf_clear(&s->line);
    s->line_cut = false;
}

static void add_to_line(struct stream *s, struct str part)
{
    size_t room = PROC_LINE_MAX - s->line.len;
    if (part.len > room)
        s->line_cut = true;
    buf_add(&s->line, str_sub(part, 0, room));
}

static void split_lines(struct stream *s, struct str bytes)
{
    while (bytes.len > 0) {
        bool ended = false;
        add_to_line(s, str_cut(bytes, '\n', &bytes, &ended));
        if (ended)
            give_line(s);
    }
}

static void take(struct stream *s, struct str bytes)
{
    if (s->want.kind == PROC_CAPTURE)
        keep(s, bytes);
    if (s->want.on_line != NULL)
        split_lines(s, bytes);
}

void stream_read(struct stream *s)
{
    char bytes[READ_SIZE];
    ssize_t len = read(s->fd, bytes, sizeof(bytes));
    if (len > 0)
        take(s, str_n(bytes, (size_t)len));
    else if (len == 0 || (errno != EAGAIN && errno != EINTR))
        stream_end(s);
}

void stream_end(struct stream *s)
{
    if (s->fd < 0)
        return;
    mem_close_at(&s->fd);
    s->fd = -1;
    if (s->want.on_line != NULL && (s->line.len > 0 || s->line_cut))
        give_line(s);
}

void stream_release(struct stream *s)
{
    mem_close_at(&s->fd);
    s->fd = -1;
    buf_release(&s->kept);
    buf_release(&s->line);
}
