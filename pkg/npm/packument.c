/* Reading a packument: one pass of the pull scanner, no tree, whatever its size. Knows no registry
 * and trusts none. */
#include <stdlib.h>

#include "internal.h"

/* A document being read. */
struct reading {
    struct json_scan scan;
    struct npm_packument *packument;
    bool seen_versions, seen_tags, seen_times;
};

static bool wrong(struct reading *r, size_t at, struct error *err, const char *what)
{
    source_fail(&r->scan.src, source_pos(&r->scan.src, at), err, "%s", what);
    err->kind = ERR_FAILED; /* it is the registry's document, not our configuration */
    return false;
}

/* Between the quotes. Escapes stay as they are: no version and no tag has any. */
static struct str inside(const struct reading *r, const struct json_event *e)
{
    return str_sub(r->scan.src.text, e->begin + 1, e->end - e->begin - 2);
}

/* Past the value that comes next, however deep. */
static bool skip(struct reading *r, struct json_event *ret, struct error *err)
{
    struct json_event e;
    size_t depth = 0;
    do {
        TRY(json_scan_next(&r->scan, &e, err));
        if (e.event == JSON_EV_BEGIN)
            depth++;
        else if (e.event == JSON_EV_CLOSE)
            depth--;
    } while (depth > 0);
    *ret = e;
    return true;
}

static bool begin_object(struct reading *r, const char *what, bool *seen, struct error *err)
{
    struct json_event e;
    TRY(json_scan_next(&r->scan, &e, err));
    if (e.event != JSON_EV_BEGIN || e.kind != JSON_OBJECT)
        return wrong(r, e.begin, err, what);
    if (*seen)
        return wrong(r, e.begin, err, "the same member twice");
    *seen = true;
    return true;
}

static bool read_versions(struct reading *r, struct error *err)
{
    struct npm_strings *versions = &r->packument->versions;
    struct json_event key, value;
    TRY(begin_object(r, "versions should be an object", &r->seen_versions, err));
    for (;;) {
        TRY(json_scan_next(&r->scan, &key, err));
        if (key.event == JSON_EV_CLOSE)
            return true;
        TRY(skip(r, &value, err));
        if (value.event != JSON_EV_CLOSE)
            return wrong(r, key.begin, err, "a version should be an object");
        if (versions->count == NPM_VERSIONS_MAX)
            return wrong(r, key.begin, err, "too many versions");
        versions->items = array_grow(versions->items, &versions->cap, versions->count + 1,
                                     sizeof(*versions->items));
        versions->items[versions->count++] = inside(r, &key);
    }
}

static bool read_pair(struct reading *r, struct json_event *key, struct npm_pairs *pairs,
                      struct error *err)
{
    struct json_event value;
    TRY(skip(r, &value, err));
    /* What is no string says nothing: `time.unpublished` is an object. */
    if (value.event != JSON_EV_SCALAR || value.kind != JSON_STRING)
        return true;
    if (pairs->count == NPM_VERSIONS_MAX)
        return wrong(r, key->begin, err, "too many entries");
    pairs->items = array_grow(pairs->items, &pairs->cap, pairs->count + 1, sizeof(*pairs->items));
    pairs->items[pairs->count++] = (struct npm_pair){inside(r, key), inside(r, &value)};
    return true;
}

static bool read_pairs(struct reading *r, struct npm_pairs *pairs, struct error *err)
{
    struct json_event key;
    for (;;) {
        TRY(json_scan_next(&r->scan, &key, err));
        if (key.event == JSON_EV_CLOSE)
            return true;
        TRY(read_pair(r, &key, pairs, err));
    }
}

static bool read_name(struct reading *r, struct error *err)
{
    struct json_event value;
    TRY(skip(r, &value, err));
    if (value.event != JSON_EV_SCALAR || value.kind != JSON_STRING)
        return wrong(r, value.begin, err, "name should be a string");
    r->packument->name = inside(r, &value);
    return true;
}

static bool read_member(struct reading *r, struct str key, struct error *err)
{
    struct json_event unused;
    if (str_is(key, "versions"))
        return read_versions(r, err);
    if (str_is(key, "name"))
        return read_name(r, err);
    if (str_is(key, "dist-tags"))
        return begin_object(r, "dist-tags should be an object", &r->seen_tags, err) &&
               read_pairs(r, &r->packument->tags, err);
    if (str_is(key, "time"))
        return begin_object(r, "time should be an object", &r->seen_times, err) &&
               read_pairs(r, &r->packument->times, err);
    return skip(r, &unused, err);
}

static bool read_document(struct reading *r, struct error *err)
{
    struct json_event e;
    TRY(json_scan_next(&r->scan, &e, err));
    if (e.event != JSON_EV_BEGIN || e.kind != JSON_OBJECT)
        return wrong(r, e.begin, err, "a packument should be an object");
    for (;;) {
        TRY(json_scan_next(&r->scan, &e, err));
        if (e.event == JSON_EV_CLOSE)
            return json_scan_next(&r->scan, &e, err);
        TRY(read_member(r, inside(r, &e), err));
    }
}

/* --- Order -------------------------------------------------------------------------------- */

static int compare_strings(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static int compare_pairs(const void *a, const void *b)
{
    return str_cmp(((const struct npm_pair *)a)->key, ((const struct npm_pair *)b)->key);
}

/* Two answers to one question are no answer. */
static bool twice(struct reading *r, struct str key, struct error *err)
{
    return wrong(r, (size_t)(key.ptr - r->scan.src.text.ptr), err, "the same key twice");
}

static bool sort_strings(struct reading *r, struct npm_strings *strings, struct error *err)
{
    if (strings->count > 0)
        qsort(strings->items, strings->count, sizeof(*strings->items), compare_strings);
    for (size_t i = 1; i < strings->count; i++) {
        if (str_eq(strings->items[i - 1], strings->items[i]))
            return twice(r, strings->items[i], err);
    }
    return true;
}

static bool sort_pairs(struct reading *r, struct npm_pairs *pairs, struct error *err)
{
    if (pairs->count > 0)
        qsort(pairs->items, pairs->count, sizeof(*pairs->items), compare_pairs);
    for (size_t i = 1; i < pairs->count; i++) {
        if (str_eq(pairs->items[i - 1].key, pairs->items[i].key))
            return twice(r, pairs->items[i].key, err);
    }
    return true;
}

static bool finish(struct reading *r, struct error *err)
{
    TRY(sort_strings(r, &r->packument->versions, err));
    TRY(sort_pairs(r, &r->packument->tags, err));
    return sort_pairs(r, &r->packument->times, err);
}

bool npm_packument_scan(struct str text, const char *name, struct npm_packument *ret,
                        struct error *err)
{
    cleanup_npm_packument struct npm_packument packument = {0};
    struct reading reading = {.scan = json_scan_make((struct source){name, text}, 0),
                              .packument = &packument};
    TRY(read_document(&reading, err));
    TRY(finish(&reading, err));
    packument.has_times = reading.seen_times;
    *ret = packument;
    packument = (struct npm_packument){0};
    return true;
}

void npm_packument_release(struct npm_packument *packument)
{
    buf_release(&packument->text);
    mem_free_at(&packument->versions.items);
    mem_free_at(&packument->tags.items);
    mem_free_at(&packument->times.items);
    *packument = (struct npm_packument){0};
}

/* --- Asking what was read ----------------------------------------------------------------- */

bool npm_has_version(const struct npm_packument *packument, struct str version)
{
    const struct npm_strings *versions = &packument->versions;
    return versions->count > 0 && bsearch(&version, versions->items, versions->count,
                                          sizeof(*versions->items), compare_strings) != NULL;
}

static bool pair_find(const struct npm_pairs *pairs, struct str key, struct str *ret)
{
    const struct npm_pair wanted = {.key = key};
    const struct npm_pair *found = pairs->count == 0 ? NULL
                                                     : bsearch(&wanted, pairs->items, pairs->count,
                                                               sizeof(wanted), compare_pairs);
    if (found != NULL)
        *ret = found->value;
    return found != NULL;
}

bool npm_tag(const struct npm_packument *packument, const char *tag, struct str *ret_version)
{
    return pair_find(&packument->tags, str_of(tag), ret_version);
}

bool npm_published(const struct npm_packument *packument, struct str version, int64_t *ret_ms)
{
    struct str text;
    return pair_find(&packument->times, version, &text) && time_parse_utc(text, ret_ms);
}

static bool name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("-_.~", c) != NULL);
}

static bool part_is_right(struct str part)
{
    if (part.len == 0 || part.ptr[0] == '.')
        return false;
    for (size_t i = 0; i < part.len; i++) {
        if (!name_char(part.ptr[i]))
            return false;
    }
    return true;
}

bool npm_name_check(const char *name, struct error *err)
{
    struct str rest = STR_EMPTY, whole = str_of(name);
    bool scoped = name[0] == '@', parted = false;
    struct str first = str_cut(str_sub(whole, scoped, SIZE_MAX), '/', &rest, &parted);
    if (whole.len <= NPM_NAME_MAX && parted == scoped && part_is_right(first) &&
        (!scoped || part_is_right(rest)))
        return true;
    return err_set(err, ERR_USAGE, "'%s' is no name of a package", name);
}
