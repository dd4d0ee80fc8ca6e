/* Routes, methods, request ids, the form of events. */
#include "testing.h"

#include "httpd/httpd.h"

static const struct httpd_route ROUTES[] = {
    {.path = "/", .methods = HTTPD_BIT(HTTPD_GET)},
    {.path = "/a", .methods = HTTPD_BIT(HTTPD_GET) | HTTPD_BIT(HTTPD_POST)},
    {.path = "/a/b", .methods = HTTPD_BIT(HTTPD_DELETE)},
};

static int find(const char *path)
{
    return httpd_route_find(ROUTES, ARRAY_LEN(ROUTES), str_of(path));
}

static void test_find(void **state unused_arg)
{
    assert_int_equal(find("/"), 0);
    assert_int_equal(find("/a"), 1);
    assert_int_equal(find("/a/b"), 2);
    assert_int_equal(find("/a/"), -1);
    assert_int_equal(find("/A"), -1);
    assert_int_equal(find("a"), -1);
    assert_int_equal(find(""), -1);
}

static void test_methods(void **state unused_arg)
{
    assert_int_equal(httpd_method_of(STR("GET")), HTTPD_GET);
    assert_int_equal(httpd_method_of(STR("OPTIONS")), HTTPD_OPTIONS);
    assert_int_equal(httpd_method_of(STR("get")), HTTPD_OTHER);
    assert_int_equal(httpd_method_of(STR("")), HTTPD_OTHER);
    assert_true(httpd_route_takes(&ROUTES[0], HTTPD_HEAD));
    assert_false(httpd_route_takes(&ROUTES[0], HTTPD_POST));
    assert_false(httpd_route_takes(&ROUTES[2], HTTPD_HEAD));
    assert_false(httpd_route_takes(&ROUTES[0], HTTPD_OTHER));
}

static void assert_allow(const struct httpd_route *route, const char *expected)
{
    cleanup_buf struct buf allow = buf_make(128);
    httpd_route_allow(route, &allow);
    assert_str(buf_str(&allow), expected);
}

static void test_allow(void **state unused_arg)
{
    assert_allow(&ROUTES[0], "GET, HEAD, OPTIONS");
    assert_allow(&ROUTES[1], "GET, HEAD, POST, OPTIONS");
    assert_allow(&ROUTES[2], "DELETE, OPTIONS");
}

static void test_request_ids(void **state unused_arg)
{
    char longest[HTTPD_REQUEST_ID_MAX + 1];
    memset(longest, 'x', sizeof longest);
    assert_true(httpd_request_id_valid(str_n(longest, HTTPD_REQUEST_ID_MAX)));
    assert_false(httpd_request_id_valid(str_n(longest, HTTPD_REQUEST_ID_MAX + 1)));
    assert_true(httpd_request_id_valid(STR("aZ09._-:")));
    static const char *const bad[] = {"", " ", "a b", "a\n", "a\"", "a/b", "\xc3\xa4", "a,b"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(httpd_request_id_valid(str_of(bad[i])));
}

static void test_events(void **state unused_arg)
{
    cleanup_buf struct buf out = buf_make(BUF_LINE);
    httpd_sse_format(&out, "step", STR("one\ntwo"));
    httpd_sse_format(&out, NULL, STR("three"));
    assert_str(buf_str(&out), "event: step\ndata: one\ndata: two\n\ndata: three\n\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),   cmocka_unit_test(test_methods),
        cmocka_unit_test(test_allow),  cmocka_unit_test(test_request_ids),
        cmocka_unit_test(test_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
