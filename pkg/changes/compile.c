/* Patterns and lists of them, from text to what can be matched quickly. */
#include <stdlib.h>

#include "glob.h"

enum { BITS = 64, BYTES = 256 };

/* --- One pattern -------------------------------------------------------------------------- */

static bool check_text(struct str text, struct error *err)
{
    for (size_t i = 0; i < text.len; i++) {
        size_t end;
        char c = text.ptr[i];
        if (c == '{')
            return err_set(err, ERR_CONFIG,
                           "braces are not expanded: write a pattern for each, or \\{ for one");
        if (c == '\\' && ++i == text.len)
            return err_set(err, ERR_CONFIG, "it ends in a backslash");
        if (c != '[')
            continue;
        (void)class_matches(text, i, 0, &end);
        if (end == 0)
            return err_set(err, ERR_CONFIG, "'[' is never closed");
        i = end - 1;
    }
    return true;
}

static bool is_special(char c)
{
    return c == '*' || c == '?' || c == '[';
}

static bool is_plain(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (is_special(text.ptr[i]) || text.ptr[i] == '\\')
            return false;
    }
    return true;
}

static bool is_stars(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] != '*')
            return false;
    }
    return true;
}

/* The sort that is quickest to match. */
static struct segment segment_make(struct str text)
{
    struct str tail;
    bool star = false;
    if (is_stars(text))
        return (struct segment){.kind = text.len > 1 ? SEGMENT_DEEP : SEGMENT_ANY};
    struct str head = str_cut(text, '*', &tail, &star);
    if (!is_plain(head) || !is_plain(tail))
        return (struct segment){.kind = SEGMENT_GLOB, .head = text};
    return (struct segment){
        .kind = star ? SEGMENT_AFFIX : SEGMENT_LITERAL, .head = head, .tail = tail};
}

static bool add_segment(struct rule *r, struct segment s, struct error *err)
{
    bool deep = s.kind == SEGMENT_DEEP;
    if (deep && r->count > 0 && r->segments[r->count - 1].kind == SEGMENT_DEEP)
        return true;
    if (r->count == CHANGES_SEGMENTS_MAX)
        return err_set(err, ERR_CONFIG, "it has more than %d parts", CHANGES_SEGMENTS_MAX);
    r->deep |= deep ? bit(r->count) : 0;
    r->segments[r->count++] = s;
    return true;
}

static bool add_text(struct rule *r, struct str text, struct error *err)
{
    if (text.len == 0)
        return err_set(err, ERR_CONFIG, "nothing stands between two slashes");
    if (str_is(text, ".") || str_is(text, ".."))
        return err_set(err, ERR_CONFIG, "no path has a part '%" PRIstr "'", STR_ARG(text));
    TRY(check_text(text, err));
    return add_segment(r, segment_make(text), err);
}

/* What is behind a last "**" is in a directory, so it has a name. */
static bool end_rule(struct rule *r, struct error *err)
{
    if (r->segments[r->count - 1].kind != SEGMENT_DEEP)
        return true;
    return add_segment(r, (struct segment){.kind = SEGMENT_ANY}, err);
}

bool rule_compile(struct str pattern, struct arena *arena, struct rule *ret, struct error *err)
{
    struct rule r = {.takes = !str_starts(pattern, STR("!"))};
    struct str rest = arena_str(arena, str_sub(pattern, r.takes ? 0 : 1, SIZE_MAX));
    r.dir_only = str_ends(rest, STR("/"));
    rest = str_sub(rest, 0, rest.len - (r.dir_only ? 1 : 0));
    if (rest.len == 0)
        return err_set(err, ERR_CONFIG, "it is empty");
    r.segments = ARENA_ARRAY(arena, struct segment, CHANGES_SEGMENTS_MAX);
    if (!str_has(rest, STR("/")))
        TRY(add_segment(&r, (struct segment){.kind = SEGMENT_DEEP}, err));
    if (str_starts(rest, STR("/")))
        rest = str_sub(rest, 1, SIZE_MAX);
    for (bool more = true; more;) {
        struct str text = str_cut(rest, '/', &rest, &more);
        TRY(add_text(&r, text, err));
    }
    TRY(end_rule(&r, err));
    *ret = r;
    return true;
}

/* --- All filters -------------------------------------------------------------------------- */

static void allow_bytes(const struct changes_filters *f, uint64_t *table, int byte, size_t index)
{
    uint64_t mask = bit((unsigned)(index % BITS));
    for (size_t c = 0; c < BYTES; c++) {
        if (byte < 0 || c == (size_t)byte)
            table[c * f->words + index / BITS] |= mask;
    }
}

/* The first and the last byte of the names that the last segment matches; -1 when any will do. */
static void index_rule(struct changes_filters *f, size_t index)
{
    const struct rule *r = &f->rules[index];
    const struct segment *last = &r->segments[r->count - 1];
    bool plain = last->kind == SEGMENT_LITERAL || last->kind == SEGMENT_AFFIX;
    struct str tail = last->kind == SEGMENT_LITERAL ? last->head : last->tail;
    int begin = -1, end = -1;
    if (plain && last->head.len > 0)
        begin = (unsigned char)last->head.ptr[0];
    if (plain && tail.len > 0)
        end = (unsigned char)tail.ptr[tail.len - 1];
    allow_bytes(f, f->begins, begin, index);
    allow_bytes(f, f->ends, end, index);
}

static void lay_out(struct changes_filters *f, const struct changes_filter *filters)
{
    f->filters = ARENA_ARRAY(&f->arena, struct filter_rules, f->count + 1);
    for (size_t i = 0; i < f->count; i++) {
        size_t words = (filters[i].count + BITS - 1) / BITS;
        f->filters[i] = (struct filter_rules){
            .word = f->words, .words = words, .count = filters[i].count, .kinds = filters[i].kinds};
        f->words += words;
    }
    f->rules = ARENA_ARRAY(&f->arena, struct rule, f->words * BITS + 1);
    f->begins = ARENA_ARRAY(&f->arena, uint64_t, f->words * BYTES + 1);
    f->ends = ARENA_ARRAY(&f->arena, uint64_t, f->words * BYTES + 1);
}

static bool compile_filter(struct changes_filters *f, size_t index,
                           const struct changes_filter *filter, struct error *err)
{
    bool takes = false;
    for (size_t i = 0; i < filter->count; i++) {
        size_t at = f->filters[index].word * BITS + i;
        if (!rule_compile(str_of(filter->patterns[i]), &f->arena, &f->rules[at], err))
            return err_wrap(err, "filter '%s': pattern '%s'", filter->name, filter->patterns[i]);
        takes = takes || (i >= filter->shipped && f->rules[at].takes);
        index_rule(f, at);
    }
    if (!takes)
        return err_set(err, ERR_CONFIG,
                       "filter '%s' has no pattern that takes anything in: put what is meant "
                       "before the negations, such as '**'",
                       filter->name);
    return true;
}

bool changes_compile(const struct changes_filter *filters, size_t count,
                     struct changes_filters **ret, struct error *err)
{
    cleanup_changes_filters struct changes_filters *f = xcalloc(1, sizeof(*f));
    f->count = count;
    lay_out(f, filters);
    for (size_t i = 0; i < count; i++)
        TRY(compile_filter(f, i, &filters[i], err));
    *ret = steal_ptr(&f);
    return true;
}

void changes_filters_free(struct changes_filters *filters)
{
    if (filters == NULL)
        return;
    arena_release(&filters->arena);
    free(filters);
}

void changes_filters_free_at(struct changes_filters **filters)
{
    changes_filters_free(*filters);
}
