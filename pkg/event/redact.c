/* Finds many secrets in one pass. Every form has at least SECRET_MIN_LEN = 6 bytes, so its first
 * six are its key: a text is read through a window of six bytes that is looked up in a hash table,
 * which makes the time independent of the number of secrets. Knows nothing of events. */
#include "redact.h"

#include "forms.h"

struct form {
    char *ptr;
    size_t len;
    uint64_t key;  /* the first SECRET_MIN_LEN bytes */
    uint32_t next; /* index + 1 of the next form in the same slot; 0: the last */
};

struct redactor {
    struct form *forms;
    size_t count, cap;
    uint32_t *slots; /* index + 1 of the first form; 0: none */
    unsigned slot_bits;
};

enum { FIRST_SLOT_BITS = 6 };
#define WINDOW_MASK ((UINT64_C(1) << (8 * SECRET_MIN_LEN)) - 1)

struct redactor *redactor_new(void)
{
    struct redactor *r = xcalloc(1, sizeof(*r));
    r->slot_bits = FIRST_SLOT_BITS;
    r->slots = xcalloc((size_t)1 << r->slot_bits, sizeof(*r->slots));
    return r;
}

void redactor_free(struct redactor *r)
{
    if (r == NULL)
        return;
    for (size_t i = 0; i < r->count; i++) {
        secret_wipe(r->forms[i].ptr, r->forms[i].len);
        free(r->forms[i].ptr);
    }
    free(r->forms);
    free(r->slots);
    free(r);
}

static uint64_t slide(uint64_t window, char byte)
{
    return (window << 8 | (unsigned char)byte) & WINDOW_MASK;
}

static uint64_t key_of(struct str form)
{
    uint64_t key = 0;
    for (size_t i = 0; i < SECRET_MIN_LEN; i++)
        key = slide(key, form.ptr[i]);
    return key;
}

static uint32_t *slot_of(const struct redactor *r, uint64_t key)
{
    static const uint64_t GOLDEN = UINT64_C(0x9E3779B97F4A7C15); /* Fibonacci hashing */
    return &r->slots[(key * GOLDEN) >> (64 - r->slot_bits)];
}

static void enter(struct redactor *r, size_t index)
{
    uint32_t *slot = slot_of(r, r->forms[index].key);
    r->forms[index].next = *slot;
    *slot = (uint32_t)(index + 1);
}

static void widen(struct redactor *r)
{
    if (r->count < (size_t)1 << r->slot_bits)
        return;
    free(r->slots);
    r->slot_bits++;
    r->slots = xcalloc((size_t)1 << r->slot_bits, sizeof(*r->slots));
    for (size_t i = 0; i < r->count; i++)
        enter(r, i);
}

/* Length of the longest form at the start of text, whose first bytes are `key`; 0 when none. */
static size_t longest_at(const struct redactor *r, uint64_t key, struct str text)
{
    size_t best = 0;
    for (uint32_t at = *slot_of(r, key); at != 0; at = r->forms[at - 1].next) {
        const struct form *form = &r->forms[at - 1];
        if (form->key == key && form->len > best && str_starts(text, str_n(form->ptr, form->len)))
            best = form->len;
    }
    return best;
}

static bool known(const struct redactor *r, struct str form)
{
    return longest_at(r, key_of(form), form) == form.len;
}

struct adding {
    struct redactor *redactor;
    void (*found)(void *ctx, struct str form);
    void *ctx;
};

static void add_form(void *ctx, struct str form)
{
    struct adding *adding = ctx;
    struct redactor *r = adding->redactor;
    if (form.len < SECRET_MIN_LEN || known(r, form))
        return;
    r->forms = array_grow(r->forms, &r->cap, r->count + 1, sizeof(*r->forms));
    r->forms[r->count] = (struct form){
        .ptr = xstrndup(form.ptr, form.len),
        .len = form.len,
        .key = key_of(form),
    };
    enter(r, r->count++);
    widen(r);
    if (adding->found != NULL)
        adding->found(adding->ctx, form);
}

void redactor_add(struct redactor *r, struct str value, void (*found)(void *ctx, struct str form),
                  void *ctx)
{
    struct adding adding = {.redactor = r, .found = found, .ctx = ctx};
    forms_each(value, add_form, &adding);
}

void redactor_each(const struct redactor *r, void (*found)(void *ctx, struct str form), void *ctx)
{
    for (size_t i = 0; i < r->count; i++)
        found(ctx, str_n(r->forms[i].ptr, r->forms[i].len));
}

/* The next stretch of text at or after `from` that is covered by forms (overlapping ones make one
 * stretch): returns where it begins and sets *ret_end; text.len when there is none. */
static size_t next_secret(const struct redactor *r, struct str text, size_t from, size_t *ret_end)
{
    size_t begin = text.len, end = text.len;
    uint64_t window = 0;
    for (size_t i = from; i < text.len && (begin == text.len || i < end + SECRET_MIN_LEN - 1);
         i++) {
        window = slide(window, text.ptr[i]);
        if (i + 1 < from + SECRET_MIN_LEN)
            continue;
        size_t start = i + 1 - SECRET_MIN_LEN;
        size_t len = longest_at(r, window, str_sub(text, start, SIZE_MAX));
        if (len == 0)
            continue;
        if (begin == text.len)
            begin = end = start;
        end = start + len > end ? start + len : end;
    }
    *ret_end = end;
    return begin;
}

void redactor_clean(const struct redactor *r, struct str text, struct buf *out)
{
    size_t at = 0;
    while (at < text.len) {
        size_t end = text.len;
        size_t begin = r->count > 0 ? next_secret(r, text, at, &end) : text.len;
        buf_add(out, str_sub(text, at, begin - at));
        if (begin == text.len)
            return;
        buf_adds(out, "***");
        at = end;
    }
}

bool redactor_matches(const struct redactor *r, struct str text)
{
    size_t end = 0;
    return r->count > 0 && next_secret(r, text, 0, &end) < text.len;
}
