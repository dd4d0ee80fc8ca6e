/* The rules of the client that need no server: statuses, waits, redaction, refused requests. */
#include "http_kit.h"

static void test_classes(void **state unused_arg)
{
    static const int RETRIED[] = {408, 425, 429, 500, 502, 503, 504, 522, 524};
    size_t found = 0;
    for (int status = 100; status < 600; status++)
        found += http_class_retries(http_classify(status));
    assert_int_equal(found, ARRAY_LEN(RETRIED));
    for (size_t i = 0; i < ARRAY_LEN(RETRIED); i++)
        assert_true(http_class_retries(http_classify(RETRIED[i])));
    assert_int_equal(http_classify(429), HTTP_CLASS_THROTTLED);
    assert_int_equal(http_classify(404), HTTP_CLASS_CLIENT);
    assert_int_equal(http_classify(501), HTTP_CLASS_BROKEN);
    assert_int_equal(http_classify(599), HTTP_CLASS_BROKEN);
    assert_int_equal(http_classify(304), HTTP_CLASS_DONE);
}

static void test_kinds(void **state unused_arg)
{
    static const struct {
        int status;
        enum err_kind kind;
    } CASES[] = {{401, ERR_AUTH},     {403, ERR_AUTH},      {404, ERR_NOT_FOUND},
                 {409, ERR_CONFLICT}, {412, ERR_CONFLICT},  {429, ERR_TRANSIENT},
                 {418, ERR_FAILED},   {503, ERR_TRANSIENT}, {599, ERR_TRANSIENT},
                 {302, ERR_FAILED}};
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++)
        assert_int_equal(http_status_kind(CASES[i].status), CASES[i].kind);
}

static void check_retry_after(const char *text, bool ok, int64_t expected)
{
    int64_t ms = -7;
    assert_int_equal(http_retry_after_ms(str_of(text), (int64_t)KIT_NOW_S * 1000, &ms), ok);
    assert_int_equal(ms, ok ? expected : -7);
}

static void test_retry_after(void **state unused_arg)
{
    check_retry_after("0", true, 0);
    check_retry_after("120", true, 120000);
    check_retry_after("Wed, 21 Oct 2015 07:28:05 GMT", true, 5000);
    check_retry_after("Wed, 21 Oct 2015 07:00:00 GMT", true, 0);
    check_retry_after("999999999999999999", true, (int64_t)10 * 365 * 86400 * 1000);
    check_retry_after("99999999999999999999999", false, 0);
    check_retry_after("", false, 0);
    check_retry_after("-1", false, 0);
    check_retry_after("1.5", false, 0);
    check_retry_after("tomorrow", false, 0);
    check_retry_after("Wed, 99 Foo 2015 07:28:05 GMT", false, 0);
}

static void check_redacted(const char *url, const char *expected)
{
    char text[HTTP_URL_TEXT_MAX];
    http_redact_url(str_of(url), text);
    assert_string_equal(text, expected);
}

static void test_redaction(void **state unused_arg)
{
    check_redacted("https://host/a?b=c", "https://host/a?b=c");
    check_redacted("https://user:p@ss@host:1/a@b#frag", "https://host:1/a@b");
    check_redacted("https://u:p@host", "https://host");
    check_redacted("https://h/?X-Amz-Signature=abc&x=1&access_token=t",
                   "https://h/?X-Amz-Signature="
                   "***&x=1&access_token=***");
    check_redacted("http://h/?apiKey=1&flag&PASSWORD=2", "http://h/?apiKey=***&flag&PASSWORD=***");
    check_redacted("not a url \x1b[31m", "not?a?url??[31m");
    check_redacted("", "");
}

static void test_redaction_is_bounded(void **state unused_arg)
{
    cleanup_buf struct buf url = buf_make(BUF_TEXT);
    char text[HTTP_URL_TEXT_MAX];
    buf_adds(&url, "http://h/");
    for (int i = 0; i < 100000; i++)
        buf_addc(&url, 'a');
    http_redact_url(buf_str(&url), text);
    assert_true(strlen(text) < 310);
    assert_true(str_ends(str_of(text), STR("…")));
}

static void test_travelling_headers(void **state unused_arg)
{
    assert_true(http_request_header_travels(STR("accept")));
    assert_false(http_request_header_travels(STR("Authorization")));
    assert_false(http_request_header_travels(STR("Cookie")));
    assert_false(http_request_header_travels(STR("X-Anything-New")));
}

static void check_refused(struct http_request request, enum err_kind kind, const char *part)
{
    cleanup_kit struct kit kit = {0};
    cleanup_http_response struct http_response answer = {0};
    struct error err;
    kit_open_with(&kit, cap_observe(), (struct http_network){0});
    assert_fails(http_do(kit.client, &request, &answer, &err), &err, kind, part);
}

static const struct http_request PLAIN = {
    .method = "GET", .url = "http://localhost/", .max_body = 1};

static void test_requests_refused(void **state unused_arg)
{
    struct http_request q = PLAIN;
    q.max_body = 0;
    check_refused(q, ERR_BUG, "without a limit");
    q = PLAIN;
    q.method = "GET / HTTP/1.1\r\nX: y";
    check_refused(q, ERR_BUG, "without method");
    q = PLAIN;
    q.method = "DELETE";
    check_refused(q, ERR_BUG, "effect was forgotten");
    q.method = "POST";
    check_refused(q, ERR_BUG, "effect was forgotten");
    q = PLAIN;
    q.range = true;
    q.range_first = 5;
    q.range_last = 4;
    check_refused(q, ERR_BUG, "range");
}

static void test_addresses_refused(void **state unused_arg)
{
    static const char *const BAD[] = {
        "",           "nonsense",    "ftp://h/", "file:///etc/passwd", "http://", "http://h:99999/",
        "http://a b", "http://h/\n", "gopher:x", "http://[::1",        "//h/x"};
    for (size_t i = 0; i < ARRAY_LEN(BAD); i++) {
        struct http_request q = PLAIN;
        q.url = BAD[i];
        check_refused(q, ERR_CONFIG, "address");
    }
    struct http_request q = PLAIN;
    q.url = "http://user:hidden@localhost/";
    check_refused(q, ERR_CONFIG, "GET http://localhost/: an address must not hold");
}

static void test_headers_refused(void **state unused_arg)
{
    const struct http_header BAD[] = {
        {STR("X-Evil"), STR("a\r\nInjected: 1")},
        {STR("X-Evil"), STR("a\001b")},
        {STR("X Evil"), STR("a")},
        {STR(""), STR("a")},
        {STR("X-Evil:"), STR("a")},
        {STR("Host"), STR("elsewhere")},
        {STR("Content-Length"), STR("5")},
        {STR("Transfer-Encoding"), STR("chunked")},
    };
    for (size_t i = 0; i < ARRAY_LEN(BAD); i++) {
        struct http_request q = PLAIN;
        q.headers = &BAD[i];
        q.header_count = 1;
        check_refused(q, ERR_BUG, "header");
    }
}

static void test_observing_capability(void **state unused_arg)
{
    struct http_request q = PLAIN;
    q.method = "PUT";
    q.effect = EFFECT_IDEMPOTENT;
    check_refused(q, ERR_BUG, "PUT 'http://localhost/' was asked of code that may only observe");
}

static void test_network_from_env(void **state unused_arg)
{
    static const char *const NAMES[] = {"HTTPS_PROXY",   "https_proxy", "HTTP_PROXY",
                                        "http_proxy",    "NO_PROXY",    "CURL_CA_BUNDLE",
                                        "SSL_CERT_FILE", "no_proxy"};
    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++)
        unsetenv(NAMES[i]);
    setenv("HTTPS_PROXY", "http://upper:1", 1);
    setenv("https_proxy", "http://lower:1", 1);
    setenv("HTTP_PROXY", "", 1);
    setenv("SSL_CERT_FILE", "/one", 1);
    struct http_network net = http_network_from_env();
    assert_string_equal(net.https_proxy, "http://lower:1");
    assert_null(net.http_proxy);
    assert_string_equal(net.ca_file, "/one");
    setenv("CURL_CA_BUNDLE", "/two", 1);
    assert_string_equal(http_network_from_env().ca_file, "/two");
}

static void test_missing_certificates(void **state unused_arg)
{
    struct error err;
    struct http_client *client = NULL;
    struct http_client_options options = {.clock = clock_system(),
                                          .rng = rng_system(),
                                          .cap = cap_observe(),
                                          .network = {.ca_file = "/nonexistent/ca.pem"}};
    assert_fails(http_client_new(&options, &client, &err), &err, ERR_CONFIG, "/nonexistent/ca.pem");
    options.rng = NULL;
    assert_fails(http_client_new(&options, &client, &err), &err, ERR_BUG, "without");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_retry_after),
        cmocka_unit_test(test_redaction),
        cmocka_unit_test(test_redaction_is_bounded),
        cmocka_unit_test(test_travelling_headers),
        cmocka_unit_test(test_requests_refused),
        cmocka_unit_test(test_addresses_refused),
        cmocka_unit_test(test_headers_refused),
        cmocka_unit_test(test_observing_capability),
        cmocka_unit_test(test_network_from_env),
        cmocka_unit_test(test_missing_certificates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
