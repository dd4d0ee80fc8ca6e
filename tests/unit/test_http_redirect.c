/* Redirects: what is followed, and what never travels to another origin. */
#include "http_kit.h"

static const struct http_header SECRETS[] = {
    {{"Authorization", 13}, {"Bearer t0ken", 12}}, {{"Cookie", 6}, {"session=1", 9}},
    {{"X-Api-Secret", 12}, {"hidden", 6}},         {{"Accept", 6}, {"text/plain", 10}},
    {{"Content-Type", 12}, {"text/x-body", 11}},
};

#define REDIRECT(to) "HTTP/1.1 302 X\r\nLocation: " to "\r\nContent-Length: 0\r\n\r\n"

struct pair {
    struct kit here;
    struct server there;
    char location[512];
};

static void pair_release(struct pair *p)
{
    kit_release(&p->here);
    server_stop(&p->there);
}

/* Two servers; the first redirects with `status` to the second one's path "/there". */
static void pair_open(struct pair *p, const char *status, const struct reply *replies, size_t count)
{
    char url[256];
    p->there = server_start(replies, count, NULL);
    snprintf(p->location, sizeof(p->location),
             "HTTP/1.1 %s X\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n", status,
             server_url(&p->there, "/there", url));
    const struct reply first[] = {{.path = "/back", .bytes = HTTP_OK("4") "\r\nback"},
                                  {.bytes = p->location}};
    kit_open(&p->here, first, 2);
}

static struct http_request with_secrets(struct http_request request)
{
    request.headers = SECRETS;
    request.header_count = ARRAY_LEN(SECRETS);
    request.redirects = 3;
    return request;
}

static const struct reply FINE[] = {{.bytes = HTTP_OK("5") "\r\nthere"}};

static void test_secrets_stay_behind(void **state unused_arg)
{
    static const char *const STATUSES[] = {"301", "302", "303", "307", "308"};
    for (size_t i = 0; i < ARRAY_LEN(STATUSES); i++) {
        cleanup(pair_release) struct pair p = {0};
        cleanup_http_response struct http_response answer = {0};
        struct error err;
        pair_open(&p, STATUSES[i], FINE, 1);
        struct http_request request = with_secrets(kit_get(&p.here, "/"));
        assert_ok(http_do(p.here.client, &request, &answer, &err), &err);
        assert_str(buf_str(&answer.body), "there");
        assert_int_equal(answer.redirects, 1);
        assert_non_null(strstr(answer.url, "/there"));
        const char *seen = server_record(&p.there, 0)->text;
        assert_null(strcasestr(seen, "authorization"));
        assert_null(strcasestr(seen, "cookie"));
        assert_null(strcasestr(seen, "secret"));
        assert_non_null(strstr(seen, "Accept: text/plain\r\n"));
        assert_non_null(strstr(server_record(&p.here.server, 0)->text, "Bearer t0ken"));
    }
}

static void test_secrets_stay_on_the_same_origin(void **state unused_arg)
{
    cleanup_kit struct kit kit = {0};
    cleanup_http_response struct http_response answer = {0};
    struct error err;
    const struct reply replies[] = {{.path = "/a", .bytes = REDIRECT("b?x=1#frag")},
                                    {.path = "/b", .bytes = HTTP_OK("0") "\r\n"}};
    kit_open(&kit, replies, 2);
    struct http_request request = with_secrets(kit_get(&kit, "/a"));
    assert_ok(http_do(kit.client, &request, &answer, &err), &err);
    assert_true(str_starts(str_of(server_record(&kit.server, 1)->text), STR("GET /b?x=1 HTTP")));
    assert_non_null(strstr(server_record(&kit.server, 1)->text, "Bearer t0ken"));
}

static bool count_signing(void *ctx, const struct http_signing *what unused_arg,
                          struct http_header_list *add, struct error *err unused_arg)
{
    (*(int *)ctx)++;
    http_header_add(add, "X-Signed", "yes");
    return true;
}

/* Away and back again: the stranger chose the address, so nothing of ours is sent there. */
static void test_no_secrets_on_the_way_back(void **state unused_arg)
{
    cleanup(pair_release) struct pair p = {0};
    cleanup_http_response struct http_response answer = {0};
    struct error err;
    int signed_hops = 0;
    char to_there[256], to_here[256], url[256];
    p.here.server = server_listen(NULL);
    p.there = server_listen(NULL);
    const struct reply here[] = {{.path = "/back", .bytes = HTTP_OK("4") "\r\nback"},
                                 {.bytes = to_there}};
    const struct reply there[] = {{.bytes = to_here}};
    snprintf(to_there, sizeof(to_there), REDIRECT("%s"), server_url(&p.there, "/", url));
    snprintf(to_here, sizeof(to_here), REDIRECT("%s"), server_url(&p.here.server, "/back", url));
    server_serve(&p.here.server, here, 2);
    server_serve(&p.there, there, 1);
    kit_open_with(&p.here, cap_observe(), (struct http_network){0});
    struct http_request request = with_secrets(kit_get(&p.here, "/"));
    request.sign = count_signing;
    request.sign_ctx = &signed_hops;
    assert_ok(http_do(p.here.client, &request, &answer, &err), &err);
    assert_str(buf_str(&answer.body), "back");
    const char *seen = server_record(&p.here.server, 1)->text;
    assert_null(strstr(seen, "Bearer"));
    assert_null(strstr(seen, "X-Signed"));
    assert_int_equal(signed_hops, 1);
}

static void test_methods(void **state unused_arg)
{
    static const struct {
        const char *status, *method, *expected;
    } CASES[] = {
        {"301", "POST", "GET /b"}, {"302", "POST", "GET /b"},  {"303", "POST", "GET /b"},
        {"303", "PUT", "GET /b"},  {"307", "POST", "POST /b"}, {"308", "POST", "POST /b"},
        {"301", "PUT", "PUT /b"},  {"303", "HEAD", "HEAD /b"}, {"302", "DELETE", "DELETE /b"}};
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        cleanup_kit struct kit kit = {0};
        cleanup_http_response struct http_response answer = {0};
        struct error err;
        char reply[128];
        snprintf(reply, sizeof(reply), "HTTP/1.1 %s X\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n",
                 CASES[i].status);
        const struct reply replies[] = {{.path = "/a", .bytes = reply},
                                        {.path = "/b", .bytes = HTTP_OK("0") "\r\n"}};
        kit_open(&kit, replies, 2);
        struct http_request request = with_secrets(kit_post(&kit, "/a", EFFECT_ONCE));
        request.method = CASES[i].method;
        if (strcmp(request.method, "HEAD") == 0)
            request.body = STR_EMPTY;
        assert_ok(http_do(kit.client, &request, &answer, &err), &err);
        const char *seen = server_record(&kit.server, 1)->text;
        bool body = strstr(seen, "payload") != NULL;
        assert_true(str_starts(str_of(seen), str_of(CASES[i].expected)));
        assert_int_equal(body, *CASES[i].expected == 'P' || *CASES[i].expected == 'D');
        assert_int_equal(strstr(seen, "text/x-body") != NULL,
                         body || strcmp(request.method, "HEAD") == 0);
    }
}

static void check_refused(const char *location, const char *method, const char *part)
{
    cleanup_kit struct kit kit = {0};
    cleanup_http_response struct http_response answer = {0};
    struct error err;
    cleanup_free char *reply =
        xasprintf("HTTP/1.1 307 X\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n", location);
    const struct reply replies[] = {{.bytes = reply}};
    kit_open(&kit, replies, 1);
    struct http_request request = with_secrets(kit_post(&kit, "/", EFFECT_IDEMPOTENT));
    request.method = method;
    request.body = strcmp(method, "GET") == 0 ? STR_EMPTY : request.body;
    assert_fails(http_do(kit.client, &request, &answer, &err), &err, ERR_FAILED, part);
}

static void test_redirects_refused(void **state unused_arg)
{
    check_refused("/", "GET", "more than 3 redirects");
    check_refused("http://127.0.0.2:1/?token=t", "POST",
                  "to 'http://127.0.0.2:1/?token=***': redirect of a POST to another origin");
    check_refused("file:///etc/passwd", "GET", "redirect");
    check_refused("ftp://127.0.0.1/", "GET", "redirect");
    check_refused("gopher://127.0.0.1:1/_x", "GET", "redirect");
    check_refused("http://", "GET", "redirect");
    check_refused("http://[::1", "GET", "redirect");
}

static void test_not_followed_unless_asked(void **state unused_arg)
{
    cleanup_kit struct kit kit = {0};
    cleanup_http_response struct http_response answer = {0};
    struct error err;
    const struct reply replies[] = {{.bytes = REDIRECT("/b")}};
    kit_open(&kit, replies, 1);
    struct http_request request = kit_get(&kit, "/");
    assert_ok(http_do(kit.client, &request, &answer, &err), &err);
    assert_int_equal(answer.status, 302);
    assert_str(http_header(&answer, "location"), "/b");
    assert_fails(http_expect(&answer, &err), &err, ERR_FAILED, "answered 302 Found");
}

/* A retry begins at the caller's address, not where the last attempt had got to. */
static void test_retry_starts_over(void **state unused_arg)
{
    cleanup_kit struct kit kit = {0};
    cleanup_http_response struct http_response answer = {0};
    struct error err;
    const struct reply replies[] = {
        {.path = "/a", .bytes = REDIRECT("/b")},
        {.path = "/b", .bytes = HTTP_STATUS("503") "\r\n", .once = true},
        {.path = "/b", .bytes = HTTP_OK("0") "\r\n"}};
    kit_open(&kit, replies, 3);
    struct http_request request = with_secrets(kit_get(&kit, "/a"));
    assert_ok(http_do(kit.client, &request, &answer, &err), &err);
    assert_int_equal(answer.attempts, 2);
    assert_int_equal(answer.redirects, 1);
    assert_int_equal(server_requests(&kit.server), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_secrets_stay_behind),
        cmocka_unit_test(test_secrets_stay_on_the_same_origin),
        cmocka_unit_test(test_no_secrets_on_the_way_back),
        cmocka_unit_test(test_methods),
        cmocka_unit_test(test_redirects_refused),
        cmocka_unit_test(test_not_followed_unless_asked),
        cmocka_unit_test(test_retry_starts_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
