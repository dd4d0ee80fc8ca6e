/* For tests of stories: a clock that stands still, randomness that counts, a file that listens. */
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include "event/event.h"
#include "testing.h"

struct still_clock {
    int64_t now_ms;
    struct clock clock;
};

static inline int64_t still_now(void *ctx)
{
    return ((struct still_clock *)ctx)->now_ms;
}

static inline void still_sleep(void *ctx, int64_t ms)
{
    ((struct still_clock *)ctx)->now_ms += ms;
}

static inline void counting_fill(void *ctx, void *bytes, size_t len)
{
    unsigned char *next = ctx;
    memset(bytes, (*next)++, len);
}

struct story_test {
    struct still_clock time;
    unsigned char next_random;
    struct rng rng;
    struct events *events;
    int fd;
};

static inline void story_open(struct story_test *t)
{
    *t = (struct story_test){.time = {.now_ms = 1767323045000}}; /* 2026-01-02T03:04:05Z */
    t->time.clock = (struct clock){still_now, still_now, still_sleep, &t->time};
    t->rng = (struct rng){counting_fill, &t->next_random};
    t->events = events_new(&t->time.clock, &t->rng);
    t->fd = memfd_create("story", MFD_CLOEXEC);
    assert_true(t->fd >= 0);
}

/* What the sinks wrote; the caller frees. */
static inline char *story_text(const struct story_test *t)
{
    off_t size = lseek(t->fd, 0, SEEK_END);
    char *text = xcalloc((size_t)size + 1, 1);
    assert_int_equal(pread(t->fd, text, (size_t)size, 0), size);
    return text;
}

static inline void story_close(struct story_test *t)
{
    events_free(t->events);
    close(t->fd);
}

/* Ends the story and compares. */
static inline void story_expect(struct story_test *t, const char *expected)
{
    events_free(steal_ptr(&t->events));
    cleanup_free char *text = story_text(t);
    assert_string_equal(text, expected);
    story_close(t);
}
