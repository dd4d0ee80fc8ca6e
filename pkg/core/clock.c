/* The machine's clock and random source, and times as text. */
#include "clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

static int64_t read_clock(clockid_t id)
{
    struct timespec now = {0};
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t system_now(void *ctx unused_arg)
{
    return read_clock(CLOCK_REALTIME);
}

static int64_t system_mono(void *ctx unused_arg)
{
    return read_clock(CLOCK_BOOTTIME);
}

static void system_sleep(void *ctx unused_arg, int64_t ms)
{
    struct timespec wait = {.tv_sec = ms / 1000, .tv_nsec = (ms % 1000) * 1000000};
    if (ms > 0)
        nanosleep(&wait, NULL);
}

const struct clock *clock_system(void)
{
    static const struct clock system = {system_now, system_mono, system_sleep, NULL};
    return &system;
}

static void system_random(void *ctx unused_arg, void *bytes, size_t len)
{
    unsigned char *at = bytes;
    while (len > 0) {
        ssize_t got = getrandom(at, len, 0);
        if (got <= 0)
            abort();
        at += got;
        len -= (size_t)got;
    }
}

const struct rng *rng_system(void)
{
    static const struct rng system = {system_random, NULL};
    return &system;
}

void rng_fill(const struct rng *r, void *bytes, size_t len)
{
    r->fill(r->ctx, bytes, len);
}

uint64_t rng_below(const struct rng *r, uint64_t bound)
{
    uint64_t value = 0;
    if (bound == 0)
        return 0;
    /* Values past the last whole multiple of bound would favour small results. */
    uint64_t last = UINT64_MAX - UINT64_MAX % bound;
    do
        rng_fill(r, &value, sizeof(value));
    while (value >= last);
    return value % bound;
}

void time_format_utc(int64_t now_ms, char ret_text[TIME_TEXT_MAX])
{
    time_t seconds = now_ms / 1000;
    struct tm parts = {0};
    ret_text[0] = '\0';
    if (gmtime_r(&seconds, &parts) != NULL)
        strftime(ret_text, TIME_TEXT_MAX, "%Y-%m-%dT%H:%M:%SZ", &parts);
}

/* `count` digits at *s, advancing; -1 when they are not there. */
static int take_digits(struct str *s, size_t count)
{
    uint64_t value = 0;
    if (s->len < count || !str_to_u64(str_n(s->ptr, count), &value))
        return -1;
    *s = str_sub(*s, count, s->len);
    return (int)value;
}

static bool take_char(struct str *s, char wanted)
{
    if (s->len == 0 || s->ptr[0] != wanted)
        return false;
    *s = str_sub(*s, 1, s->len);
    return true;
}

static bool in_range(int value, int low, int high)
{
    return value >= low && value <= high;
}

static bool take_date(struct str *s, struct tm *t)
{
    t->tm_year = take_digits(s, 4) - 1900;
    bool ok = t->tm_year >= 0 && take_char(s, '-');
    t->tm_mon = ok ? take_digits(s, 2) - 1 : -1;
    ok = in_range(t->tm_mon, 0, 11) && take_char(s, '-');
    t->tm_mday = ok ? take_digits(s, 2) : -1;
    return in_range(t->tm_mday, 1, 31);
}

static bool take_time(struct str *s, struct tm *t)
{
    t->tm_hour = take_digits(s, 2);
    bool ok = in_range(t->tm_hour, 0, 23) && take_char(s, ':');
    t->tm_min = ok ? take_digits(s, 2) : -1;
    ok = in_range(t->tm_min, 0, 59) && take_char(s, ':');
    t->tm_sec = ok ? take_digits(s, 2) : -1;
    return in_range(t->tm_sec, 0, 60);
}

/* ".123456" → 123; nothing → 0; -1 when a dot has no digit. */
static int take_fraction_ms(struct str *s)
{
    int ms = 0, scale = 100;
    if (!take_char(s, '.'))
        return 0;
    if (s->len == 0 || s->ptr[0] < '0' || s->ptr[0] > '9')
        return -1;
    while (s->len > 0 && s->ptr[0] >= '0' && s->ptr[0] <= '9') {
        ms += (s->ptr[0] - '0') * scale;
        scale /= 10;
        *s = str_sub(*s, 1, s->len);
    }
    return ms;
}

/* "Z" or "+hh:mm": seconds to subtract; false when neither. */
static bool take_offset(struct str *s, int *ret_seconds)
{
    *ret_seconds = 0;
    if (take_char(s, 'Z') || take_char(s, 'z'))
        return true;
    int sign = take_char(s, '-') ? -1 : take_char(s, '+') ? 1 : 0;
    int hours = take_digits(s, 2);
    bool ok = sign != 0 && in_range(hours, 0, 23) && take_char(s, ':');
    int minutes = ok ? take_digits(s, 2) : -1;
    *ret_seconds = sign * (hours * 3600 + minutes * 60);
    return in_range(minutes, 0, 59);
}

bool time_parse_utc(struct str text, int64_t *ret_ms)
{
    struct tm parts = {0};
    int offset = 0;
    if (!take_date(&text, &parts) || !(take_char(&text, 'T') || take_char(&text, 't')))
        return false;
    if (!take_time(&text, &parts))
        return false;
    int fraction = take_fraction_ms(&text);
    if (fraction < 0 || !take_offset(&text, &offset) || text.len != 0)
        return false;
    *ret_ms = ((int64_t)timegm(&parts) - offset) * 1000 + fraction;
    return true;
}

void duration_format(int64_t ms, char ret_text[DURATION_TEXT_MAX])
{
    enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE };
    if (ms < SECOND)
        snprintf(ret_text, DURATION_TEXT_MAX, "%d ms", (int)(ms < 0 ? 0 : ms));
    else if (ms < MINUTE)
        snprintf(ret_text, DURATION_TEXT_MAX, "%d.%d s", (int)(ms / SECOND),
                 (int)(ms % SECOND / 100));
    else if (ms < HOUR)
        snprintf(ret_text, DURATION_TEXT_MAX, "%d min %d s", (int)(ms / MINUTE),
                 (int)(ms % MINUTE / SECOND));
    else
        snprintf(ret_text, DURATION_TEXT_MAX, "%d h %d min", (int)(ms / HOUR % 1000000),
                 (int)(ms % HOUR / MINUTE));
}

void uuid_make(const struct rng *r, char ret_text[UUID_TEXT_MAX])
{
    unsigned char b[16];
    rng_fill(r, b, sizeof(b));
    b[6] = (unsigned char)((b[6] & 0x0F) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3F) | 0x80);
    snprintf(ret_text, UUID_TEXT_MAX,
             "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
             b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
             b[15]);
}
