/* Addresses as text: parsing and formatting. Knows no sockets. */
#include <stdio.h>

#include "transport/transport.h"

enum { PORT_MAX = 65535 };

static bool refuse(struct str text, const char *why, struct error *err)
{
    return err_set(err, ERR_CONFIG, "address '%.*s' %s", (int)(text.len > 200 ? 200 : text.len),
                   text.ptr, why);
}

static bool copy_name(struct str text, struct str name, struct transport_addr *ret,
                      struct error *err)
{
    if (name.len >= sizeof(ret->name))
        return refuse(text, "is too long", err);
    if (memchr(name.ptr, '\0', name.len) != NULL)
        return refuse(text, "holds a NUL", err);
    memcpy(ret->name, name.ptr, name.len);
    ret->name[name.len] = '\0';
    return true;
}

static bool parse_unix(struct str text, struct str path, struct transport_addr *ret,
                       struct error *err)
{
    struct transport_addr addr = {.kind = TRANSPORT_UNIX};
    if (path.len == 0)
        return refuse(text, "has no path after 'unix:'", err);
    TRY(copy_name(text, path, &addr, err));
    *ret = addr;
    return true;
}

static bool parse_u32(struct str text, uint32_t *ret)
{
    uint64_t value = 0;
    if (!str_to_u64(text, &value) || value > UINT32_MAX)
        return false;
    *ret = (uint32_t)value;
    return true;
}

static bool parse_vsock(struct str text, struct str rest, struct transport_addr *ret,
                        struct error *err)
{
    struct transport_addr addr = {.kind = TRANSPORT_VSOCK, .cid = UINT32_MAX};
    struct str port = STR_EMPTY;
    struct str cid = str_cut(rest, ':', &port, NULL);
    if (!str_eq(cid, STR("any")) && !parse_u32(cid, &addr.cid))
        return refuse(text, "has no context id: write vsock:CID:PORT", err);
    if (!parse_u32(port, &addr.port))
        return refuse(text, "has no port: write vsock:CID:PORT", err);
    *ret = addr;
    return true;
}

/* Splits HOST:PORT or [HOST]:PORT; false when there is no such shape. */
static bool split_host(struct str text, struct str *ret_host, struct str *ret_port)
{
    bool found = false;
    if (str_starts(text, STR("["))) {
        struct str rest = STR_EMPTY;
        *ret_host = str_cut(str_sub(text, 1, text.len), ']', &rest, &found);
        *ret_port = str_sub(rest, 1, rest.len);
        return found && str_starts(rest, STR(":"));
    }
    *ret_host = str_cut(text, ':', ret_port, &found);
    return found;
}

/* The characters of host names, IPv4, IPv6 and its zones. */
static bool host_ok(struct str host)
{
    for (size_t i = 0; i < host.len; i++) {
        char c = host.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && (c == '\0' || strchr(".-_:%", c) == NULL))
            return false;
    }
    return true;
}

static bool parse_tcp(struct str text, struct transport_addr *ret, struct error *err)
{
    struct transport_addr addr = {.kind = TRANSPORT_TCP};
    struct str host = STR_EMPTY, port = STR_EMPTY;
    if (!split_host(text, &host, &port))
        return refuse(text, "is not HOST:PORT, unix:PATH or vsock:CID:PORT", err);
    if (host.len == 0)
        return refuse(text, "has no host: write 127.0.0.1:PORT, or 0.0.0.0:PORT for all", err);
    if (!host_ok(host))
        return refuse(text, "has no host that can be understood", err);
    if (memchr(port.ptr, ':', port.len) != NULL)
        return refuse(text, "is ambiguous: write an IPv6 address as [ADDRESS]:PORT", err);
    if (!parse_u32(port, &addr.port) || addr.port > PORT_MAX)
        return refuse(text, "has no port between 0 and 65535", err);
    TRY(copy_name(text, host, &addr, err));
    *ret = addr;
    return true;
}

bool transport_parse(struct str text, struct transport_addr *ret, struct error *err)
{
    if (str_starts(text, STR("unix:")))
        return parse_unix(text, str_sub(text, 5, text.len), ret, err);
    if (str_starts(text, STR("vsock:")))
        return parse_vsock(text, str_sub(text, 6, text.len), ret, err);
    return parse_tcp(text, ret, err);
}

bool transport_unix_addr(const char *path, struct transport_addr *ret, struct error *err)
{
    return parse_unix(str_of(path), str_of(path), ret, err);
}

static void format_vsock(const struct transport_addr *addr, char ret_text[TRANSPORT_TEXT_MAX])
{
    if (addr->cid == UINT32_MAX)
        snprintf(ret_text, TRANSPORT_TEXT_MAX, "vsock:any:%u", addr->port);
    else
        snprintf(ret_text, TRANSPORT_TEXT_MAX, "vsock:%u:%u", addr->cid, addr->port);
}

static void format_tcp(const struct transport_addr *addr, char ret_text[TRANSPORT_TEXT_MAX])
{
    bool v6 = strchr(addr->name, ':') != NULL;
    snprintf(ret_text, TRANSPORT_TEXT_MAX, v6 ? "[%s]:%u" : "%s:%u", addr->name, addr->port);
}

void transport_format(const struct transport_addr *addr, char ret_text[TRANSPORT_TEXT_MAX])
{
    switch (addr->kind) {
    case TRANSPORT_TCP:
        format_tcp(addr, ret_text);
        return;
    case TRANSPORT_UNIX:
        snprintf(ret_text, TRANSPORT_TEXT_MAX, "unix:%s", addr->name);
        return;
    case TRANSPORT_VSOCK:
        format_vsock(addr, ret_text);
        return;
    case TRANSPORT_KIND_COUNT:
        break;
    }
    ret_text[0] = '\0';
}
