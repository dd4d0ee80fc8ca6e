/* Who really asks: addresses, networks, and the walk along X-Forwarded-For. Knows no sockets and
 * no requests. */
#include "httpd/httpd.h"

#include <arpa/inet.h>
#include <netinet/in.h>

static const unsigned char V4_PREFIX[12] = {[10] = 0xff, [11] = 0xff};

static struct httpd_addr addr_of_v4(const void *four)
{
    struct httpd_addr out = {0};
    memcpy(out.bytes, V4_PREFIX, sizeof V4_PREFIX);
    memcpy(out.bytes + 12, four, 4);
    return out;
}

static bool is_v4(const struct httpd_addr *a)
{
    return memcmp(a->bytes, V4_PREFIX, sizeof V4_PREFIX) == 0;
}

struct httpd_addr httpd_addr_of(const struct sockaddr *sa)
{
    struct httpd_addr out = {0};
    if (sa->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, sa, sizeof v4);
        return addr_of_v4(&v4.sin_addr);
    }
    if (sa->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, sa, sizeof v6);
        memcpy(out.bytes, &v6.sin6_addr, sizeof out.bytes);
        return out;
    }
    out.local = true;
    return out;
}

static bool parse_bare(struct str text, struct httpd_addr *ret)
{
    char name[INET6_ADDRSTRLEN];
    if (text.len == 0 || text.len >= sizeof name || memchr(text.ptr, 0, text.len))
        return false;
    memcpy(name, text.ptr, text.len);
    name[text.len] = 0;
    unsigned char bytes[16];
    struct httpd_addr out = {0};
    if (inet_pton(AF_INET, name, bytes) == 1)
        out = addr_of_v4(bytes);
    else if (inet_pton(AF_INET6, name, bytes) == 1)
        memcpy(out.bytes, bytes, sizeof bytes);
    else
        return false;
    *ret = out;
    return true;
}

static bool port_valid(struct str text)
{
    uint64_t port = 0;
    return str_to_u64(text, &port) && port <= 65535;
}

bool httpd_addr_parse(struct str text, struct httpd_addr *ret)
{
    if (text.len >= 2 && text.ptr[0] == '"' && text.ptr[text.len - 1] == '"')
        text = str_sub(text, 1, text.len - 2);
    if (parse_bare(text, ret))
        return true;
    struct str rest;
    bool found = false;
    if (!str_starts(text, STR("["))) {
        struct str host = str_cut(text, ':', &rest, &found);
        return found && port_valid(rest) && parse_bare(host, ret);
    }
    struct str host = str_cut(str_sub(text, 1, text.len), ']', &rest, &found);
    bool tail_ok = rest.len == 0 || (rest.ptr[0] == ':' && port_valid(str_sub(rest, 1, rest.len)));
    return found && tail_ok && parse_bare(host, ret);
}

void httpd_addr_format(const struct httpd_addr *addr, char ret[HTTPD_ADDR_TEXT_MAX])
{
    if (addr->local)
        memcpy(ret, "local", sizeof "local");
    else if (is_v4(addr))
        inet_ntop(AF_INET, addr->bytes + 12, ret, HTTPD_ADDR_TEXT_MAX);
    else
        inet_ntop(AF_INET6, addr->bytes, ret, HTTPD_ADDR_TEXT_MAX);
}

bool httpd_addr_is_loopback(const struct httpd_addr *addr)
{
    static const unsigned char v6_loopback[16] = {[15] = 1};
    if (addr->local)
        return true;
    return is_v4(addr) ? addr->bytes[12] == 127 : memcmp(addr->bytes, v6_loopback, 16) == 0;
}

static bool bits_equal(const unsigned char *a, const unsigned char *b, unsigned bits)
{
    unsigned whole = bits / 8, left = bits % 8;
    if (memcmp(a, b, whole) != 0)
        return false;
    return left == 0 || ((a[whole] ^ b[whole]) >> (8 - left)) == 0;
}

static bool low_bits_zero(const unsigned char *bytes, unsigned prefix)
{
    for (unsigned bit = prefix; bit < 128; bit++)
        if (bytes[bit / 8] & (0x80u >> (bit % 8)))
            return false;
    return true;
}

bool httpd_cidr_parse(struct str text, struct httpd_cidr *ret)
{
    struct str bits;
    bool found = false;
    struct httpd_cidr out = {.prefix = 128};
    if (!parse_bare(str_cut(text, '/', &bits, &found), &out.base))
        return false;
    if (found) {
        unsigned most = is_v4(&out.base) ? 32 : 128;
        uint64_t prefix = 0;
        if (!str_to_u64(bits, &prefix) || prefix > most)
            return false;
        out.prefix = 128 - most + (unsigned)prefix;
    }
    if (!low_bits_zero(out.base.bytes, out.prefix))
        return false;
    *ret = out;
    return true;
}

bool httpd_cidr_has(const struct httpd_cidr *cidr, const struct httpd_addr *addr)
{
    return !addr->local && bits_equal(cidr->base.bytes, addr->bytes, cidr->prefix);
}

static bool is_trusted(const struct httpd_addr *a, const struct httpd_cidr *trusted, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (httpd_cidr_has(&trusted[i], a))
            return true;
    return false;
}

/* Cuts the last hop off *list. */
static struct str last_hop(struct str *list)
{
    size_t at = list->len;
    while (at > 0 && list->ptr[at - 1] != ',')
        at--;
    struct str hop = str_trim(str_sub(*list, at, list->len));
    list->len = at > 0 ? at - 1 : 0;
    return hop;
}

struct httpd_client httpd_client_of(const struct httpd_addr *peer, struct str forwarded,
                                    const struct httpd_cidr *trusted, size_t trusted_count)
{
    bool absent = forwarded.len == 0;
    struct httpd_client out = {.addr = *peer, .exempt = absent && httpd_addr_is_loopback(peer)};
    while (forwarded.len > 0 && is_trusted(&out.addr, trusted, trusted_count)) {
        struct httpd_addr hop;
        if (!httpd_addr_parse(last_hop(&forwarded), &hop))
            break;
        out.addr = hop;
    }
    return out;
}
