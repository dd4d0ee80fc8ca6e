/* Any bytes: what is shown is valid UTF-8 without control characters, is as wide as it was said to
 * be, is cut where asked, and survives as JSON; a secret in it does not survive. The input is
 * SECRET \0 TEXT. */
#include <stdint.h>
#include <stdlib.h>

#include "event/event.h"

static void must(bool holds)
{
    if (!holds)
        abort();
}

static bool has_control(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.ptr[i] < 0x20 || text.ptr[i] == 0x7F)
            return true;
    }
    return false;
}

static void check_shown(struct str text)
{
    cleanup_buf struct buf shown = buf_make(BUF_BODY);
    cleanup_buf struct buf again = buf_make(BUF_BODY);
    text_add_visible(&shown, text);
    must(str_is_utf8(buf_str(&shown)) && !has_control(buf_str(&shown)));
    must(text_width(text) == text_width(buf_str(&shown)));
    text_add_visible(&again, buf_str(&shown));
    must(str_eq(buf_str(&again), buf_str(&shown)));
}

static void check_cut(struct str text)
{
    for (size_t columns = 1; columns < 40; columns += 13) {
        cleanup_buf struct buf out = buf_make(BUF_BODY);
        text_add_cut(&out, text, columns, columns & 2);
        must(text_width(buf_str(&out)) <= columns);
    }
}

static void check_wrapped(struct str text)
{
    cleanup_buf struct buf out = buf_make(BUF_BODY);
    text_add_wrapped(&out, text, 24, 3);
    struct str rest = buf_str(&out), line;
    for (bool first = true; str_next_line(&rest, &line); first = false)
        must(text_width(line) <= (first ? 21U : 24U));
}

static void check_json(struct str text)
{
    cleanup_buf struct buf out = buf_make(BUF_BODY);
    text_add_json(&out, text);
    must(out.len >= 2 && str_is_utf8(buf_str(&out)) && !has_control(buf_str(&out)));
    must(!str_has(buf_str(&out), STR("##[")));
}

static void check_secret(struct str secret, struct str text)
{
    cleanup_events struct events *ev = events_new(clock_system(), rng_system());
    cleanup_buf struct buf with = buf_make(BUF_BODY);
    cleanup_buf struct buf clean = buf_make(BUF_BODY);
    events_add_secret(ev, secret);
    if (!events_has_secret(ev, secret))
        return;
    buf_add(&with, text);
    buf_add(&with, secret);
    buf_add(&with, text);
    events_redact(ev, buf_str(&with), &clean);
    must(str_has(buf_str(&clean), STR("***")));
    must(!str_has(buf_str(&clean), secret) || str_has(secret, STR("***")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = str_n(data, size);
    struct str secret = str_cut(text, '\0', &text, NULL);
    check_shown(text);
    check_cut(text);
    check_wrapped(text);
    check_json(text);
    check_secret(secret, text);
    return 0;
}
