/* Addresses, networks, and who is taken for the client. */
#include "testing.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include "httpd/httpd.h"

static struct httpd_addr addr(const char *text)
{
    struct httpd_addr out;
    assert_true(httpd_addr_parse(str_of(text), &out));
    return out;
}

static void assert_addr(const struct httpd_addr *a, const char *expected)
{
    char text[HTTPD_ADDR_TEXT_MAX];
    httpd_addr_format(a, text);
    assert_string_equal(text, expected);
}

static void test_addresses(void **state unused_arg)
{
    static const struct {
        const char *text, *expected; /* NULL: refused */
    } rows[] = {
        {"192.0.2.1", "192.0.2.1"},
        {"192.0.2.1:8080", "192.0.2.1"},
        {"2001:DB8::1", "2001:db8::1"},
        {"[2001:db8::1]", "2001:db8::1"},
        {"[2001:db8::1]:443", "2001:db8::1"},
        {"\"[2001:db8::1]:443\"", "2001:db8::1"},
        {"::ffff:192.0.2.1", "192.0.2.1"},
        {"::1", "::1"},
        {"", NULL},
        {"\"\"", NULL},
        {"\"", NULL},
        {"unknown", NULL},
        {"_hidden", NULL},
        {"192.0.2", NULL},
        {"192.0.2.256", NULL},
        {"192.0.2.1:", NULL},
        {"192.0.2.1:65536", NULL},
        {"192.0.2.1:x", NULL},
        {"192.0.2.1 ", NULL},
        {"[2001:db8::1", NULL},
        {"[2001:db8::1]x", NULL},
        {"[2001:db8::1]:99999", NULL},
        {"[]", NULL},
        {"fe80::1%eth0", NULL},
        {"1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc", NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct httpd_addr out;
        bool ok = httpd_addr_parse(str_of(rows[i].text), &out);
        assert_int_equal(ok, rows[i].expected != NULL);
        if (ok)
            assert_addr(&out, rows[i].expected);
    }
    struct httpd_addr out;
    assert_false(httpd_addr_parse(str_n("192.0.2.1\0x", 11), &out));
}

static void test_socket_addresses(void **state unused_arg)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0xC0000201)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    struct httpd_addr a = httpd_addr_of((const struct sockaddr *)&v4);
    assert_addr(&a, "192.0.2.1");
    assert_false(httpd_addr_is_loopback(&a));
    a = httpd_addr_of((const struct sockaddr *)&v6);
    assert_addr(&a, "::1");
    assert_true(httpd_addr_is_loopback(&a));
    a = httpd_addr_of((const struct sockaddr *)&local);
    assert_addr(&a, "local");
    assert_true(httpd_addr_is_loopback(&a));
}

static void test_networks(void **state unused_arg)
{
    static const struct {
        const char *network, *address;
        bool inside;
    } rows[] = {
        {"10.0.0.0/8", "10.255.0.1", true},
        {"10.0.0.0/8", "11.0.0.1", false},
        {"192.0.2.128/25", "192.0.2.129", true},
        {"192.0.2.128/25", "192.0.2.127", false},
        {"192.0.2.1", "192.0.2.1", true},
        {"192.0.2.1", "192.0.2.2", false},
        {"0.0.0.0/0", "203.0.113.9", true},
        {"0.0.0.0/0", "2001:db8::1", false},
        {"2001:db8::/32", "2001:db8:1::1", true},
        {"2001:db8::/32", "2001:db9::1", false},
        {"::/0", "192.0.2.1", true},
        {"2001:db8::1/128", "2001:db8::1", true},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct httpd_cidr cidr;
        struct httpd_addr a = addr(rows[i].address);
        assert_true(httpd_cidr_parse(str_of(rows[i].network), &cidr));
        assert_int_equal(httpd_cidr_has(&cidr, &a), rows[i].inside);
    }
    static const char *const bad[] = {"",           "10.0.0.0/33", "10.0.0.1/8",     "10.0.0.0/",
                                      "10.0.0.0/x", "10/8",        "2001:db8::/129", "::1/0"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct httpd_cidr cidr;
        assert_false(httpd_cidr_parse(str_of(bad[i]), &cidr));
    }
}

/* The proxies are 10.0.0.0/8 and, as CloudFront might be, 203.0.113.0/24. */
static void test_clients(void **state unused_arg)
{
    static const struct {
        const char *peer, *forwarded, *client;
        bool exempt;
    } rows[] = {
        /* Without a trusted peer the header says nothing. */
        {"192.0.2.1", "", "192.0.2.1", false},
        {"192.0.2.1", "198.51.100.1", "192.0.2.1", false},
        {"192.0.2.1", "127.0.0.1", "192.0.2.1", false},
        /* The rightmost hop that is no proxy of ours; what stands left of it is hearsay. */
        {"10.0.0.1", "198.51.100.1", "198.51.100.1", false},
        {"10.0.0.1", "127.0.0.1, 198.51.100.1", "198.51.100.1", false},
        {"10.0.0.1", "198.51.100.1, 203.0.113.7", "198.51.100.1", false},
        {"10.0.0.1", "198.51.100.1,203.0.113.7,10.9.9.9", "198.51.100.1", false},
        {"10.0.0.1", "6.6.6.6, 198.51.100.1, 203.0.113.7", "198.51.100.1", false},
        {"10.0.0.1", "[2001:db8::1]:4711", "2001:db8::1", false},
        /* Only proxies: the first of them asked. */
        {"10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3", false},
        {"10.0.0.1", "", "10.0.0.1", false},
        /* A hop that is no address ends the walk where it was reported. */
        {"10.0.0.1", "unknown", "10.0.0.1", false},
        {"10.0.0.1", "198.51.100.1, unknown, 203.0.113.7", "203.0.113.7", false},
        {"10.0.0.1", "198.51.100.1,", "10.0.0.1", false},
        {"10.0.0.1", ",,,,", "10.0.0.1", false},
        /* This machine, and nobody else through it. */
        {"127.0.0.1", "", "127.0.0.1", true},
        {"::1", "", "::1", true},
        {"127.0.0.1", "198.51.100.1", "127.0.0.1", false},
        {"10.0.0.1", "127.0.0.1", "127.0.0.1", false},
    };
    struct httpd_cidr trusted[2];
    assert_true(httpd_cidr_parse(STR("10.0.0.0/8"), &trusted[0]));
    assert_true(httpd_cidr_parse(STR("203.0.113.0/24"), &trusted[1]));
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct httpd_addr peer = addr(rows[i].peer);
        struct httpd_client c = httpd_client_of(&peer, str_of(rows[i].forwarded), trusted, 2);
        assert_addr(&c.addr, rows[i].client);
        assert_int_equal(c.exempt, rows[i].exempt);
    }
}

/* Without a list there is no trusted peer, not every peer. */
static void test_nobody_is_trusted(void **state unused_arg)
{
    struct httpd_addr peer = addr("10.0.0.1");
    struct httpd_client c = httpd_client_of(&peer, STR("198.51.100.1"), NULL, 0);
    assert_addr(&c.addr, "10.0.0.1");
    assert_false(c.exempt);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses),         cmocka_unit_test(test_socket_addresses),
        cmocka_unit_test(test_networks),          cmocka_unit_test(test_clients),
        cmocka_unit_test(test_nobody_is_trusted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
