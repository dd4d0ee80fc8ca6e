/* The pull reader of CBOR: heads, containers and keys. Knows no message. */
#include "cbor.h"

#include <stdarg.h>

enum { MAJOR_TAG = 6, MAJOR_SIMPLE = 7, INFO_INDEFINITE = 31 };

struct head {
    unsigned major; /* 0 to 6 are the first kinds of enum cbor_kind, by number */
    unsigned info;
    uint64_t value;
};

_Static_assert((int)CBOR_TAG == MAJOR_TAG, "major types are the first kinds");

static const char *const KIND_NAMES[] = {
    [CBOR_UINT] = "unsigned integer",
    [CBOR_NINT] = "negative integer",
    [CBOR_BYTES] = "byte string",
    [CBOR_TEXT] = "text",
    [CBOR_ARRAY] = "array",
    [CBOR_MAP] = "map",
    [CBOR_TAG] = "tag",
    [CBOR_SIMPLE] = "simple value",
    [CBOR_FLOAT] = "float",
    [CBOR_END] = "end of container",
    [CBOR_DONE] = "end",
};
_Static_assert(ARRAY_LEN(KIND_NAMES) == CBOR_KIND_COUNT, "a name for each kind");

const char *cbor_kind_name(enum cbor_kind kind)
{
    return KIND_NAMES[kind];
}

void cbor_reader_init(struct cbor_reader *reader, struct str bytes, unsigned flags)
{
    reader->bytes = bytes;
    reader->flags = flags;
    reader->at = 0;
    reader->depth = 0;
    reader->begun = reader->tagged = false;
}

bool cbor_fail(const struct cbor_reader *reader, struct error *err, const char *fmt, ...)
{
    cleanup_buf struct buf text = buf_make(ERR_MSG_MAX);
    va_list args;
    va_start(args, fmt);
    buf_vaddf(&text, fmt, args);
    va_end(args);
    return err_set(err, ERR_FAILED, "cbor: offset %zu: %s", reader->at, buf_cstr(&text));
}

static struct cbor_level *top(struct cbor_reader *reader)
{
    return reader->depth > 0 ? &reader->levels[reader->depth - 1] : NULL;
}

static bool canonical(const struct cbor_reader *reader)
{
    return (reader->flags & CBOR_CANONICAL) != 0;
}

/* The number behind an initial byte, 1, 2, 4 or 8 bytes of it. */
static bool read_argument(struct str bytes, size_t *at, struct head *head)
{
    size_t count = (size_t)1 << (head->info - 24);
    if (bytes.len - *at < count)
        return false;
    for (size_t i = 0; i < count; i++)
        head->value = head->value << 8 | (unsigned char)bytes.ptr[(*at)++];
    return true;
}

/* NULL, or what is wrong. */
static const char *read_head(struct str bytes, size_t *at, struct head *ret)
{
    if (*at >= bytes.len)
        return "the bytes end inside of an item";
    unsigned char first = (unsigned char)bytes.ptr[(*at)++];
    struct head head = {.major = first >> 5, .info = first & 31};
    if (head.info < 24)
        head.value = head.info;
    else if (head.info <= 27 && !read_argument(bytes, at, &head))
        return "the bytes end inside of a number";
    else if (head.info > 27 && head.info != INFO_INDEFINITE)
        return "a reserved initial byte";
    *ret = head;
    return NULL;
}

static bool is_shortest(const struct head *head)
{
    static const uint64_t LEAST[] = {24, 1 << 8, 1 << 16, (uint64_t)1 << 32};
    return head->info < 24 || head->info > 27 || head->value >= LEAST[head->info - 24];
}

static bool check_head(const struct cbor_reader *reader, const struct head *head, struct error *err)
{
    bool opens = head->major >= CBOR_BYTES && head->major <= CBOR_MAP;
    if (head->info == INFO_INDEFINITE && !opens)
        return cbor_fail(reader, err, "an indefinite %s", KIND_NAMES[head->major]);
    if (head->major == MAJOR_SIMPLE && head->info == 24 && head->value < 32)
        return cbor_fail(reader, err, "a simple value in two bytes that needs one");
    if (!canonical(reader))
        return true;
    if (head->info == INFO_INDEFINITE)
        return cbor_fail(reader, err, "an indefinite length is not canonical");
    if (head->major == MAJOR_SIMPLE ? head->info >= 25 : !is_shortest(head))
        return cbor_fail(reader, err, "not the canonical form of a number");
    return true;
}

static bool is_key(const struct cbor_level *level)
{
    return level != NULL && level->kind == CBOR_MAP && level->seen % 2 == 0;
}

/* May this stand here? Counts it. */
static bool take_place(struct cbor_reader *reader, const struct head *head, struct error *err)
{
    struct cbor_level *level = top(reader);
    bool definite = head->info != INFO_INDEFINITE;
    reader->tagged = head->major == MAJOR_TAG;
    if (level == NULL) {
        reader->begun = true;
        return true;
    }
    bool chunks = level->kind == CBOR_BYTES || level->kind == CBOR_TEXT;
    if (chunks && (head->major != (unsigned)level->kind || !definite))
        return cbor_fail(reader, err, "a chunk of another kind than its string");
    bool is_float = head->major == MAJOR_SIMPLE && head->info >= 25;
    if (is_key(level) &&
        (!definite || is_float || (head->major >= CBOR_ARRAY && head->major <= MAJOR_TAG)))
        return cbor_fail(reader, err, "a key that is not a plain value");
    level->seen += !reader->tagged;
    return true;
}

static bool read_string(struct cbor_reader *reader, struct cbor_item *item, struct error *err)
{
    if (item->value > reader->bytes.len - reader->at)
        return cbor_fail(reader, err, "a %s of %llu bytes passes the end", KIND_NAMES[item->kind],
                         (unsigned long long)item->value);
    item->bytes = str_n(reader->bytes.ptr + reader->at, (size_t)item->value);
    if (item->kind == CBOR_TEXT && !str_is_utf8(item->bytes))
        return cbor_fail(reader, err, "a text that is not UTF-8");
    reader->at += item->bytes.len;
    return true;
}

static bool open_level(struct cbor_reader *reader, const struct cbor_item *item, struct error *err)
{
    size_t left = reader->bytes.len - reader->at;
    uint64_t parts = item->kind == CBOR_MAP ? 2 : 1;
    if (reader->depth == CBOR_DEPTH_MAX)
        return cbor_fail(reader, err, "more than %d levels", CBOR_DEPTH_MAX);
    /* Every item takes a byte at least, so no count is believed that cannot be true. */
    if (!item->indefinite && item->value > left / parts)
        return cbor_fail(reader, err, "an %s of %llu passes the end", KIND_NAMES[item->kind],
                         (unsigned long long)item->value);
    struct cbor_level *level = &reader->levels[reader->depth++];
    level->kind = item->kind;
    level->indefinite = item->indefinite;
    level->total = item->indefinite ? UINT64_MAX : item->value * parts;
    level->seen = 0;
    level->key_count = 0;
    return true;
}

/* The scalar at an offset that was read before. */
static struct head key_at(struct str bytes, size_t at, struct str *ret_bytes, size_t *ret_end)
{
    struct head head = {0};
    (void)read_head(bytes, &at, &head);
    bool string = head.major == CBOR_BYTES || head.major == CBOR_TEXT;
    *ret_bytes = str_n(bytes.ptr + at, string ? (size_t)head.value : 0);
    *ret_end = at + ret_bytes->len;
    return head;
}

static bool same_key(struct str bytes, size_t one, size_t other)
{
    struct str a_bytes, b_bytes;
    size_t end;
    struct head a = key_at(bytes, one, &a_bytes, &end), b = key_at(bytes, other, &b_bytes, &end);
    return a.major == b.major && a.value == b.value && str_eq(a_bytes, b_bytes);
}

static bool in_order(struct str bytes, size_t before, size_t after)
{
    struct str unused;
    size_t before_end, after_end;
    key_at(bytes, before, &unused, &before_end);
    key_at(bytes, after, &unused, &after_end);
    return str_cmp(str_n(bytes.ptr + before, before_end - before),
                   str_n(bytes.ptr + after, after_end - after)) < 0;
}

static bool remember_key(struct cbor_reader *reader, struct cbor_level *level, size_t at,
                         struct error *err)
{
    if (level->key_count == CBOR_KEYS_MAX)
        return cbor_fail(reader, err, "a map of more than %d keys", CBOR_KEYS_MAX);
    for (unsigned i = 0; i < level->key_count; i++)
        if (same_key(reader->bytes, level->keys[i], at))
            return cbor_fail(reader, err, "a key that the map has already");
    if (canonical(reader) && level->key_count > 0 &&
        !in_order(reader->bytes, level->keys[level->key_count - 1], at))
        return cbor_fail(reader, err, "keys that are not in canonical order");
    level->keys[level->key_count++] = (uint32_t)at;
    return true;
}

static enum cbor_kind kind_of(const struct head *head)
{
    if (head->major < MAJOR_SIMPLE)
        return (enum cbor_kind)head->major;
    return head->info >= 25 ? CBOR_FLOAT : CBOR_SIMPLE;
}

static bool read_item(struct cbor_reader *reader, const struct head *head, struct cbor_item *item,
                      struct error *err)
{
    struct cbor_level *level = top(reader);
    bool key = is_key(level);
    TRY(check_head(reader, head, err));
    TRY(take_place(reader, head, err));
    item->kind = kind_of(head);
    item->value = head->value;
    item->indefinite = head->info == INFO_INDEFINITE;
    bool string = item->kind == CBOR_BYTES || item->kind == CBOR_TEXT;
    if (string && !item->indefinite)
        TRY(read_string(reader, item, err));
    if (item->kind == CBOR_ARRAY || item->kind == CBOR_MAP || item->indefinite)
        TRY(open_level(reader, item, err));
    return !key || remember_key(reader, level, item->begin, err);
}

static bool close_level(struct cbor_reader *reader, struct cbor_item *item)
{
    item->kind = CBOR_END;
    item->depth = --reader->depth;
    return true;
}

static bool read_break(struct cbor_reader *reader, struct cbor_item *item, struct error *err)
{
    const struct cbor_level *level = top(reader);
    if (level == NULL || !level->indefinite || reader->tagged)
        return cbor_fail(reader, err, "a break where no item of indefinite length ends");
    if (level->kind == CBOR_MAP && level->seen % 2 != 0)
        return cbor_fail(reader, err, "a key without a value");
    return close_level(reader, item);
}

static bool finish(struct cbor_reader *reader, struct cbor_item *item, struct error *err)
{
    if (reader->at != reader->bytes.len)
        return cbor_fail(reader, err, "bytes behind the end");
    item->kind = CBOR_DONE;
    return true;
}

/* Whether what comes next is no item but an end that has no bytes of its own. */
static bool is_whole(struct cbor_reader *reader)
{
    const struct cbor_level *level = top(reader);
    if (reader->tagged)
        return false;
    return level != NULL ? level->seen == level->total : reader->begun;
}

static bool read_next(struct cbor_reader *reader, struct cbor_item *item, struct error *err)
{
    struct head head;
    if (is_whole(reader))
        return reader->depth > 0 ? close_level(reader, item) : finish(reader, item, err);
    const char *wrong = read_head(reader->bytes, &reader->at, &head);
    if (wrong != NULL)
        return cbor_fail(reader, err, "%s", wrong);
    if (head.major == MAJOR_SIMPLE && head.info == INFO_INDEFINITE)
        return read_break(reader, item, err);
    return read_item(reader, &head, item, err);
}

bool cbor_at_end(const struct cbor_reader *reader)
{
    enum { BREAK = 0xff };
    if (reader->depth == 0)
        return false;
    const struct cbor_level *level = &reader->levels[reader->depth - 1];
    bool at_break =
        reader->at < reader->bytes.len && (unsigned char)reader->bytes.ptr[reader->at] == BREAK;
    return level->indefinite ? at_break : level->seen == level->total && !reader->tagged;
}

bool cbor_next(struct cbor_reader *reader, struct cbor_item *ret, struct error *err)
{
    struct cbor_item item = {.begin = reader->at, .depth = reader->depth};
    if (reader->bytes.len > CBOR_SIZE_MAX)
        return cbor_fail(reader, err, "more than %d bytes", CBOR_SIZE_MAX);
    TRY(read_next(reader, &item, err));
    *ret = item;
    return true;
}

bool cbor_take(struct cbor_reader *reader, enum cbor_kind kind, const char *what,
               struct cbor_item *ret, struct error *err)
{
    struct cbor_item item = {0};
    TRY(cbor_next(reader, &item, err));
    if (item.kind != kind)
        return cbor_fail(reader, err, "%s is of kind %s, not %s", what, KIND_NAMES[item.kind],
                         KIND_NAMES[kind]);
    if (item.indefinite && (kind == CBOR_BYTES || kind == CBOR_TEXT))
        return cbor_fail(reader, err, "%s comes in chunks", what);
    *ret = item;
    return true;
}

bool cbor_skip(struct cbor_reader *reader, const struct cbor_item *item, struct error *err)
{
    struct cbor_item inner = *item;
    while (inner.kind == CBOR_TAG || reader->depth > item->depth)
        TRY(cbor_next(reader, &inner, err));
    return true;
}
