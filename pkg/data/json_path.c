/* Paths into a JSON document: JSON pointers (RFC 6901) and the short form "a.b[0].c". */
#include "internal.h"

struct json_path json_path_make(const char *path)
{
    struct json_path out = {.rest = str_of(path)};
    out.pointer = out.rest.len > 0 && out.rest.ptr[0] == '/';
    return out;
}

static bool malformed(struct json_path *path)
{
    path->malformed = true;
    path->rest = STR_EMPTY;
    return false;
}

/* "~1" is a slash and "~0" a tilde. */
static bool unescape_pointer(struct str raw, struct json_step *ret)
{
    size_t len = 0;
    for (size_t i = 0; i < raw.len; i++, len++) {
        char next = byte_at(raw, i + 1);
        bool escape = raw.ptr[i] == '~';
        if (len >= sizeof(ret->bytes) || (escape && next != '0' && next != '1'))
            return false;
        ret->bytes[len] = raw.ptr[i];
        if (escape && next == '1')
            ret->bytes[len] = '/';
        i += escape;
    }
    ret->key = str_n(ret->bytes, len);
    return true;
}

static bool pointer_next(struct json_path *path, struct json_step *ret)
{
    struct str after = str_sub(path->rest, 1, path->rest.len);
    struct str rest = STR_EMPTY;
    bool more = false;
    struct str raw = str_cut(after, '/', &rest, &more);
    ret->index_only = false;
    if (!unescape_pointer(raw, ret))
        return malformed(path);
    /* Keep the slash: it opens the next step, which may be empty. */
    path->rest = more ? str_n(rest.ptr - 1, rest.len + 1) : STR_EMPTY;
    return true;
}

static bool bracket_next(struct json_path *path, struct json_step *ret)
{
    struct str rest = STR_EMPTY;
    bool closed = false;
    ret->key = str_cut(str_sub(path->rest, 1, path->rest.len), ']', &rest, &closed);
    ret->index_only = true;
    size_t index = 0;
    bool fits = rest.len == 0 || rest.ptr[0] == '[' || (rest.ptr[0] == '.' && rest.len > 1);
    if (!closed || !fits || !json_step_index(ret, &index))
        return malformed(path);
    path->rest = rest.len > 0 && rest.ptr[0] == '.' ? str_sub(rest, 1, rest.len) : rest;
    return true;
}

static bool dotted_next(struct json_path *path, struct json_step *ret)
{
    size_t end = 0;
    while (end < path->rest.len && path->rest.ptr[end] != '.' && path->rest.ptr[end] != '[')
        end++;
    bool dot = end < path->rest.len && path->rest.ptr[end] == '.';
    if (end == 0 || (dot && end + 1 == path->rest.len))
        return malformed(path);
    ret->key = str_n(path->rest.ptr, end);
    ret->index_only = false;
    path->rest = str_sub(path->rest, end + (dot ? 1 : 0), path->rest.len);
    return true;
}

bool json_path_next(struct json_path *path, struct json_step *ret)
{
    if (path->rest.len == 0)
        return false;
    if (path->pointer)
        return pointer_next(path, ret);
    return path->rest.ptr[0] == '[' ? bracket_next(path, ret) : dotted_next(path, ret);
}

bool json_step_index(const struct json_step *step, size_t *ret)
{
    uint64_t index = 0;
    bool padded = step->key.len > 1 && step->key.ptr[0] == '0';
    if (padded || !str_to_u64(step->key, &index) || index > SIZE_MAX)
        return false;
    *ret = (size_t)index;
    return true;
}

struct json json_child(struct json value, const struct json_step *step)
{
    size_t index = 0;
    if (json_kind(value) == JSON_ARRAY && json_step_index(step, &index))
        return json_at(value, index);
    if (step->index_only)
        return (struct json){NULL, 0};
    return json_get_str(value, step->key);
}

struct json json_find(struct json value, const char *path)
{
    struct json_path rest = json_path_make(path);
    struct json_step step;
    while (json_exists(value) && json_path_next(&rest, &step))
        value = json_child(value, &step);
    return rest.malformed ? (struct json){NULL, 0} : value;
}
