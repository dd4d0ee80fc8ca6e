/* Addresses: what is read, what is refused, and that text and value are the same thing. */
#include "testing.h"

#include "transport/transport.h"

struct good_case {
    const char *text;
    enum transport_kind kind;
    const char *name;
    uint32_t port;
};

static void reads_what_it_writes(void **state)
{
    static const struct good_case CASES[] = {
        {"127.0.0.1:4000", TRANSPORT_TCP, "127.0.0.1", 4000},
        {"[::1]:80", TRANSPORT_TCP, "::1", 80},
        {"[::]:0", TRANSPORT_TCP, "::", 0},
        {"localhost:65535", TRANSPORT_TCP, "localhost", 65535},
        {"unix:/run/x.sock", TRANSPORT_UNIX, "/run/x.sock", 0},
        {"unix:relative:with:colons", TRANSPORT_UNIX, "relative:with:colons", 0},
        {"vsock:16:5005", TRANSPORT_VSOCK, "", 5005},
        {"vsock:any:4294967295", TRANSPORT_VSOCK, "", UINT32_MAX},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct transport_addr addr;
        struct error err;
        char text[TRANSPORT_TEXT_MAX];
        assert_ok(transport_parse(str_of(CASES[i].text), &addr, &err), &err);
        assert_int_equal(addr.kind, CASES[i].kind);
        assert_string_equal(addr.name, CASES[i].name);
        assert_int_equal(addr.port, CASES[i].port);
        transport_format(&addr, text);
        assert_string_equal(text, CASES[i].text);
    }
}

static void refuses_and_says_why(void **state)
{
    static const char *const CASES[][2] = {
        {"", "is not HOST:PORT"},
        {"localhost", "is not HOST:PORT"},
        {":4000", "has no host"},
        {"[]:4000", "has no host"},
        {"::1:80", "has no host"},
        {"fe80::1:80", "ambiguous"},
        {"[::1]", "is not HOST:PORT"},
        {"[::1]80", "is not HOST:PORT"},
        {"[[]:80", "can be understood"},
        {"local host:80", "can be understood"},
        {"localhost:", "has no port"},
        {"localhost:65536", "has no port"},
        {"localhost:-1", "has no port"},
        {"localhost:+80", "has no port"},
        {"localhost:80 ", "has no port"},
        {"localhost:0x50", "has no port"},
        {"unix:", "has no path"},
        {"vsock:5005", "has no port"},
        {"vsock::5005", "has no context id"},
        {"vsock:4294967296:1", "has no context id"},
        {"vsock:3:1:1", "has no port"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct transport_addr addr;
        struct error err;
        assert_fails(transport_parse(str_of(CASES[i][0]), &addr, &err), &err, ERR_CONFIG,
                     CASES[i][1]);
    }
}

static void bounds_names(void **state)
{
    struct transport_addr addr;
    struct error err;
    char path[TRANSPORT_NAME_MAX + 1];
    (void)state;
    memset(path, 'a', sizeof(path));
    path[TRANSPORT_NAME_MAX] = '\0';
    assert_fails(transport_unix_addr(path, &addr, &err), &err, ERR_CONFIG, "too long");
    path[TRANSPORT_NAME_MAX - 1] = '\0';
    assert_ok(transport_unix_addr(path, &addr, &err), &err);
    assert_fails(transport_unix_addr("", &addr, &err), &err, ERR_CONFIG, "no path");
    assert_fails(transport_parse(str_n("unix:/a\0b", 9), &addr, &err), &err, ERR_CONFIG, "NUL");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_it_writes),
        cmocka_unit_test(refuses_and_says_why),
        cmocka_unit_test(bounds_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
