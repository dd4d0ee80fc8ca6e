/* Where a connection goes: unix sockets with paths of any length, proxies. */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "http_kit.h"

/* A directory of its own with a path that is as long as asked for; removed by the caller. */
static char *make_dir(size_t length)
{
    char base[] = "/tmp/teerex-http-XXXXXX";
    cleanup_buf struct buf path = buf_make(BUF_LINE);
    assert_non_null(mkdtemp(base));
    buf_adds(&path, base);
    while (path.len < length) {
        buf_adds(&path, "/d23456789");
        assert_int_equal(mkdir(buf_cstr(&path), 0700), 0);
    }
    return buf_detach(&path);
}

static void remove_dir(char *dir)
{
    while (strcmp(dir, "/tmp") != 0 && rmdir(dir) == 0)
        *strrchr(dir, '/') = '\0';
    free(dir);
}

static const struct reply UNIX_REPLY[] = {{.bytes = HTTP_OK("4") "\r\nunix"}};

static void check_unix_socket(size_t length)
{
    char *dir = make_dir(length), here[64];
    cleanup_kit struct kit kit = {0};
    cleanup_free char *path = xasprintf("%s/s.sock", dir);
    struct http_network proxied = {.http_proxy = "http://127.0.0.1:1"};
    struct error err;
    /* bind() has the same limit: go there. */
    assert_non_null(getcwd(here, sizeof(here)));
    assert_int_equal(chdir(dir), 0);
    kit.server = server_start(UNIX_REPLY, 1, "s.sock");
    assert_int_equal(chdir(here), 0);
    kit_open_with(&kit, cap_observe(), proxied);
    struct http_request request = {.method = "GET",
                                   .url = "http://localhost/a",
                                   .max_body = 100,
                                   .unix_socket = path,
                                   .retry = {.attempts = 1}};
    for (int i = 0; i < 2; i++) {
        cleanup_http_response struct http_response answer = {0};
        assert_ok(http_do(kit.client, &request, &answer, &err), &err);
        assert_str(buf_str(&answer.body), "unix");
    }
    assert_int_equal(server_connections(&kit.server), 1);
    assert_int_equal(unlink(path), 0);
    remove_dir(dir);
}

static void test_unix_sockets(void **state unused_arg)
{
    check_unix_socket(30);
    check_unix_socket(98); /* 105 bytes and more: around the limit */
    check_unix_socket(150);
    check_unix_socket(600);
}

static void test_unix_socket_missing(void **state unused_arg)
{
    cleanup_one struct one one = {0};
    char *dir = make_dir(150);
    cleanup_free char *path = xasprintf("%s/none.sock", dir);
    one_open(&one, "");
    one.request.unix_socket = path;
    assert_fails(one_do(&one), &one.err, ERR_TRANSIENT, "onnect");
    assert_int_equal(one.err.sys, ENOENT);
    one.request.unix_socket = "/tmp/teerex-nothing-here.sock";
    assert_fails(one_do(&one), &one.err, ERR_TRANSIENT, "onnect");
    assert_int_equal(one.err.sys, ENOENT);
    remove_dir(dir);
    one.request.unix_socket = path; /* its directory is still open, and empty */
    assert_fails(one_do(&one), &one.err, ERR_TRANSIENT, "");
}

static void test_proxy(void **state unused_arg)
{
    cleanup_kit struct kit kit = {0};
    cleanup_http_response struct http_response answer = {0};
    struct error err;
    char proxy[256];
    const struct reply replies[] = {{.bytes = HTTP_OK("5") "\r\nproxy"}};
    kit.server = server_start(replies, 1, NULL);
    snprintf(proxy, sizeof(proxy), "http://user:pass@127.0.0.1:%d", kit.server.port);
    kit_open_with(&kit, cap_observe(),
                  (struct http_network){.http_proxy = proxy, .no_proxy = "127.0.0.0/8,.internal"});
    struct http_request request = {
        .method = "GET", .url = "http://far.example/x", .max_body = 100, .retry = {.attempts = 1}};
    assert_ok(http_do(kit.client, &request, &answer, &err), &err);
    assert_str(buf_str(&answer.body), "proxy");
    const char *text = server_record(&kit.server, 0)->text;
    assert_true(str_starts(str_of(text), STR("GET http://far.example/x HTTP/1.1\r\n")));
    assert_non_null(strstr(text, "Proxy-Authorization: Basic dXNlcjpwYXNz\r\n"));
    cleanup_free char *direct = xasprintf("http://127.0.0.1:%d/direct", kit.server.port);
    request.url = direct;
    assert_ok(http_do(kit.client, &request, &answer, &err), &err);
    assert_true(str_starts(str_of(server_record(&kit.server, 1)->text), STR("GET /direct HTTP")));
}

/* Variables that nobody handed over do not count, whatever libcurl would make of them. */
static void test_environment_is_an_argument(void **state unused_arg)
{
    cleanup_one struct one one = {0};
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
    one_open(&one, HTTP_OK("0") "\r\n");
    assert_ok(one_do(&one), &one.err);
    unsetenv("http_proxy");
    unsetenv("ALL_PROXY");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unix_sockets),
        cmocka_unit_test(test_unix_socket_missing),
        cmocka_unit_test(test_proxy),
        cmocka_unit_test(test_environment_is_an_argument),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
