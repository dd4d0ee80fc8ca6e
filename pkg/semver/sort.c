/* Sorts versions by keys: bytes whose order under memcmp is the order of the versions, so that each
 * version is taken apart once and not at every comparison. */
#include "internal.h"

/* Marks of a key, in their order. A list of identifiers ends with END, a name with NAME_END; both
 * are below every byte that may follow in another key. */
enum { END = 0, NAME_END = 0, NUMBER = 1, NAME = 2, NO_PRERELEASE = 3 };

struct entry {
    uint64_t head;    /* the first eight bytes of the key, as a number */
    const char *rest; /* the others */
    uint32_t rest_len;
    uint32_t index; /* of its version */
};

struct keys {
    char *bytes;
    size_t len;
};

static void add_byte(struct keys *k, size_t byte)
{
    k->bytes[k->len++] = (char)byte;
}

static void add_text(struct keys *k, struct str s)
{
    memcpy(k->bytes + k->len, s.ptr, s.len);
    k->len += s.len;
}

/* Without leading zeros, which build metadata may have: the longer number is the larger. */
static void add_number(struct keys *k, struct str digits)
{
    while (digits.len > 1 && digits.ptr[0] == '0')
        digits = str_n(digits.ptr + 1, digits.len - 1);
    add_byte(k, digits.len);
    add_text(k, digits);
}

static void add_identifiers(struct keys *k, struct str list)
{
    while (list.len > 0) {
        struct str id = str_cut(list, '.', &list, NULL);
        bool number = is_number(id);
        add_byte(k, number ? NUMBER : NAME);
        if (number) {
            add_number(k, id);
        } else {
            add_text(k, id);
            add_byte(k, NAME_END);
        }
    }
    add_byte(k, END);
}

static void add_core(struct keys *k, const struct semver *v)
{
    struct str rest = v->text;
    for (size_t i = 0; i < 3; i++) {
        struct str number = str_n(rest.ptr, count_digits(rest));
        add_number(k, number);
        rest = str_sub(rest, number.len + 1, rest.len);
    }
}

static void add_key(struct keys *k, const struct semver *v)
{
    add_core(k, v);
    if (v->prerelease.len == 0)
        add_byte(k, NO_PRERELEASE);
    else
        add_identifiers(k, v->prerelease);
    add_identifiers(k, v->build);
}

/* Bytes that add_key writes at most: two more than its text for every identifier. */
static size_t key_room(const struct semver *v)
{
    return 3 * v->text.len + sizeof(uint64_t);
}

static struct entry make_entry(struct keys *k, const struct semver *v, size_t index)
{
    size_t at = k->len;
    add_key(k, v);
    while (k->len - at < sizeof(uint64_t))
        add_byte(k, END);
    struct entry e = {.rest = k->bytes + at + sizeof(uint64_t),
                      .rest_len = (uint32_t)(k->len - at - sizeof(uint64_t)),
                      .index = (uint32_t)index};
    for (size_t i = 0; i < sizeof(uint64_t); i++)
        e.head = e.head << 8 | (unsigned char)k->bytes[at + i];
    return e;
}

static bool comes_after(const struct entry *a, const struct entry *b)
{
    if (a->head != b->head)
        return a->head > b->head;
    return str_cmp(str_n(a->rest, a->rest_len), str_n(b->rest, b->rest_len)) > 0;
}

static void merge(const struct entry *from, struct entry *to, size_t middle, size_t end)
{
    size_t left = 0, right = middle;
    for (size_t i = 0; i < end; i++) {
        bool take_right = left == middle || (right < end && comes_after(&from[left], &from[right]));
        to[i] = from[take_right ? right++ : left++];
    }
}

/* Bottom-up merge sort: stable, no recursion, no bad case. Returns whichever array holds the
 * result. */
static const struct entry *merge_sort(struct entry *from, struct entry *to, size_t count)
{
    for (size_t width = 1; width < count; width *= 2) {
        for (size_t at = 0; at < count; at += 2 * width) {
            size_t left = count - at;
            merge(from + at, to + at, left < width ? left : width,
                  left < 2 * width ? left : 2 * width);
        }
        struct entry *swap = from;
        from = to;
        to = swap;
    }
    return from;
}

void semver_sort(struct semver *versions, size_t count)
{
    size_t room = 0;
    for (size_t i = 0; i < count; i++)
        room += key_room(&versions[i]);
    cleanup_free char *bytes = xmalloc(room + 1);
    cleanup_free struct entry *entries = xcalloc(2 * count + 1, sizeof(*entries));
    cleanup_free struct semver *given = xcalloc(count + 1, sizeof(*given));
    struct keys keys = {.bytes = bytes};
    for (size_t i = 0; i < count; i++) {
        given[i] = versions[i];
        entries[i] = make_entry(&keys, &given[i], i);
    }
    const struct entry *sorted = merge_sort(entries, entries + count, count);
    for (size_t i = 0; i < count; i++)
        versions[i] = given[sorted[i].index];
}
