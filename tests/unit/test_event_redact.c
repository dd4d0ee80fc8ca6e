/* Redaction: every form of a secret, in every place, and what is too short to be one. */
#include "story.h"

static const char SECRET[] = "pa$$ w0rd/\"quoted\"+\\x";

static struct events *knowing(const char *secret)
{
    struct events *ev = events_new(clock_system(), rng_system());
    events_add_secret(ev, str_of(secret));
    return ev;
}

static void expect_clean(const char *secret, struct str text, const char *expected)
{
    cleanup_events struct events *ev = knowing(secret);
    cleanup_buf struct buf out = buf_make(BUF_TEXT);
    events_redact(ev, text, &out);
    assert_str(buf_str(&out), expected);
    assert_int_equal(events_has_secret(ev, text), strstr(expected, "***") != NULL);
}

static void test_plain(void **state)
{
    (void)state;
    expect_clean("swordfish", STR("the swordfish swims"), "the *** swims");
    expect_clean("swordfish", STR("swordfish"), "***");
    expect_clean("swordfish", STR("swordfis"), "swordfis");
    expect_clean("swordfish", STR("swordfishswordfish"), "******");
    expect_clean("swordfish", STR("sswordswordfishh"), "ssword***h");
    expect_clean("aaaaaa", STR("aaaaaaaaa"), "***");
    expect_clean("swordfish\n", STR("a swordfish"), "a ***");
    expect_clean("swordfish", STR_EMPTY, "");
}

static void test_too_short(void **state)
{
    (void)state;
    expect_clean("12345", STR("12345"), "12345");
    expect_clean("", STR("anything"), "anything");
    expect_clean("\n\n", STR("a\n\nb"), "a\n\nb");
}

static void test_lines(void **state)
{
    (void)state;
    static const char KEY[] = "-----BEGIN KEY-----\nMIIBVgIBADANBg\nx\n-----END KEY-----\n";
    expect_clean(KEY, STR("> MIIBVgIBADANBg <"), "> *** <");
    expect_clean(KEY, STR("x"), "x");
    expect_clean(KEY, STR("a -----END KEY----- b"), "a *** b");
}

/* The secret somewhere inside of what is encoded: nothing of its own characters may stay. */
static void expect_encoded_is_hidden(const char *before, const char *after)
{
    cleanup_events struct events *ev = knowing(SECRET);
    cleanup_buf struct buf whole = buf_make(BUF_TEXT);
    cleanup_buf struct buf text = buf_make(BUF_TEXT);
    cleanup_buf struct buf clean = buf_make(BUF_TEXT);
    buf_addf(&whole, "%s%s%s", before, SECRET, after);
    buf_add_base64(&text, buf_str(&whole));
    events_redact(ev, buf_str(&text), &clean);
    assert_true(str_has(buf_str(&clean), STR("***")));
    /* At most what the neighbours encode to, and one shared character at each side. */
    size_t neighbours = (strlen(before) + strlen(after)) * 4 / 3 + 2 * 4;
    assert_true(clean.len <= neighbours + 3);
}

static void test_base64(void **state)
{
    static const char *const PADDING[] = {"", "a", "ab", "abc", "user:"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(PADDING); i++) {
        for (size_t j = 0; j < ARRAY_LEN(PADDING); j++)
            expect_encoded_is_hidden(PADDING[i], PADDING[j]);
    }
}

static void test_base64_wrapped_and_url(void **state)
{
    cleanup_buf struct buf secret = buf_make(BUF_TEXT);
    cleanup_buf struct buf text = buf_make(BUF_TEXT);
    (void)state;
    for (int i = 0; i < 200; i++)
        buf_addc(&secret, (char)('!' + (i * 7) % 90));
    buf_add_base64(&text, buf_str(&secret));
    cleanup_events struct events *ev = knowing(buf_cstr(&secret));
    for (size_t at = 0; at < text.len; at += 76)
        assert_true(events_has_secret(ev, str_sub(buf_str(&text), at, 76)) ||
                    text.len - at < SECRET_MIN_LEN + 4);
    buf_clear(&text);
    buf_add_base64url(&text, buf_str(&secret));
    assert_true(events_has_secret(ev, buf_str(&text)));
}

static void test_url_and_json(void **state)
{
    (void)state;
    expect_clean(SECRET, STR("?p=pa%24%24%20w0rd%2F%22quoted%22%2B%5Cx&q"), "?p=***&q");
    expect_clean(SECRET, STR("?p=pa%24%24+w0rd%2F%22quoted%22%2B%5Cx&q"), "?p=***&q");
    expect_clean(SECRET, STR("?p=pa%24%24%20w0rd%2f%22quoted%22%2b%5cx&q"), "?p=***&q");
    expect_clean(SECRET, STR("{\"p\":\"pa$$ w0rd/\\\"quoted\\\"+\\\\x\"}"), "{\"p\":\"***\"}");
}

static void test_many(void **state)
{
    cleanup_events struct events *ev = events_new(clock_system(), rng_system());
    cleanup_buf struct buf text = buf_make(BUF_TEXT);
    cleanup_buf struct buf clean = buf_make(BUF_TEXT);
    cleanup_buf struct buf expected = buf_make(BUF_TEXT);
    (void)state;
    for (int i = 0; i < 500; i++) {
        cleanup_free char *secret = xasprintf("secret-%d!", i);
        events_add_secret(ev, str_of(secret));
        buf_addf(&text, "%s, ", secret);
        buf_adds(&expected, "***, ");
    }
    events_redact(ev, buf_str(&text), &clean);
    assert_string_equal(buf_cstr(&clean), buf_cstr(&expected));
}

/* Every text of every event goes through the redactor before the fan-out. */
static void test_every_text(void **state)
{
    struct story_test t;
    struct error err;
    (void)state;
    story_open(&t);
    events_add_sink(t.events, sink_jsonl(t.fd, "teerexctl", "0"));
    events_add_sink(t.events, sink_human(&(struct human_options){
                                  .fd = t.fd, .story = STORY_VERBOSE, .program = "teerexctl"}));
    events_add_secret(t.events, STR("swordfish"));
    const char *word = "swordfish";
    events_group(t.events, "%s", word);
    step_id step = events_step_begin(t.events, word, word);
    events_step_progress(t.events, step, "%s", word);
    events_step_retry(t.events, step, 1, 0, word);
    events_step_output(t.events, step, STR("sword\x1b[1mfish swordfish"));
    t.time.now_ms += HEARTBEAT_MS;
    events_tick(t.events);
    events_step_end(t.events, step, STEP_FAILED, "%s", word);
    events_verdict(t.events, word, word, VERDICT_FAIL, word);
    events_message(t.events, &(struct event_message){
                                 .level = EVENT_ERROR, .title = word, .file = word, .text = word});
    events_summary(t.events, str_of(word));
    events_left(t.events, "%s", word);
    events_next(t.events, "%s", word);
    err_set(&err, ERR_FAILED, "%s", word);
    events_finish(t.events, &(struct event_finish){
                                .err = &err, .hint = word, .json = STR("{\"a\":\"swordfish\"}")});
    cleanup_free char *text = story_text(&t);
    assert_null(strstr(text, "fish"));
    assert_non_null(strstr(text, "***"));
    story_close(&t);
}

static void test_output_collides(void **state)
{
    cleanup_events struct events *ev = knowing("swordfish");
    struct error err;
    (void)state;
    assert_fails(events_output(ev, "image", STR("x/swordfish:1"), &err), &err, ERR_FAILED, "image");
    assert_true(events_output(ev, "image", STR("sha256:12"), &err));
    static const char *const BAD[] = {"", "a=b", "a<<b", "1a", "a b", "-a", "a\nb"};
    for (size_t i = 0; i < ARRAY_LEN(BAD); i++)
        assert_fails(events_output(ev, BAD[i], STR("v"), &err), &err, ERR_BUG, "output");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_too_short),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_base64),
        cmocka_unit_test(test_base64_wrapped_and_url),
        cmocka_unit_test(test_url_and_json),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_every_text),
        cmocka_unit_test(test_output_collides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
