/* Reading the body of POST /prove with the pull scanner: a hostile text costs time in proportion to
 * its length, and no memory. */
#include "prove_body.h"

#include "data/data.h"

enum { DEPTH_MAX = 16, VERSION_MAX = 64 };

struct found {
    struct json_event value; /* of the last "data" */
    bool any;
};

static bool is_data_key(const struct json_scan *scan, const struct json_event *key)
{
    return str_is(str_sub(scan->src.text, key->begin, key->end - key->begin), "\"data\"");
}

/* Walks the whole text, so that what follows "data" is JSON as well. */
static bool walk(struct json_scan *scan, struct found *found, struct error *err)
{
    struct json_event e;
    bool wanted = false;
    unsigned depth = 0;
    do {
        TRY(json_scan_next(scan, &e, err));
        depth -= e.event == JSON_EV_CLOSE;
        if (wanted && e.event != JSON_EV_KEY)
            *found = (struct found){.value = e, .any = true};
        wanted = depth == 1 && e.event == JSON_EV_KEY && is_data_key(scan, &e);
        if (depth == 0 && e.event == JSON_EV_SCALAR)
            return err_set(err, ERR_FAILED, "body: not an object");
        if (depth == 0 && e.event == JSON_EV_BEGIN && e.kind != JSON_OBJECT)
            return err_set(err, ERR_FAILED, "body: not an object");
        depth += e.event == JSON_EV_BEGIN;
    } while (e.event != JSON_EV_END);
    return true;
}

static bool decode(struct str text, bool escaped, struct buf *message)
{
    struct error err = {0};
    if (!escaped)
        return buf_add_base64_decoded(message, str_sub(text, 1, text.len - 2), false);
    cleanup_json_doc struct json_doc doc = {0};
    return json_parse(text, NULL, &doc, &err) &&
           buf_add_base64_decoded(message, json_str(json_root(&doc)), false);
}

enum prove_fault prove_body_read(struct str body, struct buf *message, struct error *why)
{
    const struct source src = {.name = "body", .text = body};
    struct json_scan scan = json_scan_make(src, DEPTH_MAX);
    struct found found = {.any = false};
    if (!walk(&scan, &found, why))
        return PROVE_BAD_JSON;
    struct str text = str_sub(body, found.value.begin, found.value.end - found.value.begin);
    if (!found.any || found.value.kind != JSON_STRING || text.len <= 2) {
        err_set(why, ERR_FAILED, "body: \"data\" must be a string that is not empty");
        return PROVE_NO_DATA;
    }
    if (!decode(text, found.value.escaped, message)) {
        err_set(why, ERR_FAILED, "body: \"data\" is not base64");
        return PROVE_BAD_BASE64;
    }
    return PROVE_FINE;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_identifier_char(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}

static bool is_number(struct str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!is_digit(s.ptr[i]))
            return false;
    return s.len > 0;
}

static bool is_plain_number(struct str s)
{
    return is_number(s) && (s.len == 1 || s.ptr[0] != '0');
}

/* Identifiers joined by dots; numbers among them have no leading zero before a "+". */
static bool identifiers_valid(struct str list, bool zeros_allowed)
{
    bool more = true;
    while (more) {
        struct str one = str_cut(list, '.', &list, &more);
        for (size_t i = 0; i < one.len; i++)
            if (!is_identifier_char(one.ptr[i]))
                return false;
        if (one.len == 0 || (!zeros_allowed && is_number(one) && !is_plain_number(one)))
            return false;
    }
    return true;
}

static bool core_valid(struct str core)
{
    bool minor = false, patch = false;
    struct str rest;
    struct str first = str_cut(core, '.', &rest, &minor);
    struct str second = str_cut(rest, '.', &rest, &patch);
    return minor && patch && is_plain_number(first) && is_plain_number(second) &&
           is_plain_number(rest);
}

bool prove_version_valid(struct str version)
{
    bool has_build = false, has_pre = false;
    struct str build, pre;
    if (version.len > VERSION_MAX)
        return false;
    struct str core = str_cut(str_cut(version, '+', &build, &has_build), '-', &pre, &has_pre);
    return core_valid(core) && (!has_pre || identifiers_valid(pre, false)) &&
           (!has_build || identifiers_valid(build, true));
}
