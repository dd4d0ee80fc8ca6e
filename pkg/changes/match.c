/* Paths against all filters at once.
 *
 * What a directory decides is decided once for all files in it: for each rule how far it has been
 * matched, whether it matches everything below, and whether the name of a file may still matter. So
 * a file costs a look at the last set, narrowed by the first and the last byte of its name. */
#include <stdlib.h>

#include "glob.h"

enum { BITS = 64 };

/* A directory on the way down. Sets of rules are words of bits. */
struct level {
    size_t len;       /* of the path so far, with its last slash */
    uint64_t *states; /* of each rule, by bit */
    uint64_t *alive;  /* may still match below */
    uint64_t *always; /* matches all that is below */
    uint64_t *named;  /* matches a file here if its last segment does */
};

struct changes_matcher {
    const struct changes_filters *filters;
    struct level *levels;
    size_t depth, made; /* levels in use, levels with memory */
    size_t cap;
    char *dir; /* the path of the deepest level */
    size_t dir_cap;
};

static size_t level_words(const struct changes_filters *f)
{
    return f->words * (BITS + 3);
}

static struct level *next_level(struct changes_matcher *m)
{
    const struct changes_filters *f = m->filters;
    if (m->depth == m->made) {
        m->levels = array_grow(m->levels, &m->cap, m->made + 1, sizeof(*m->levels));
        uint64_t *words = xcalloc(level_words(f) + 1, sizeof(*words));
        m->levels[m->made++] = (struct level){.states = words,
                                              .alive = words + f->words * BITS,
                                              .always = words + f->words * (BITS + 1),
                                              .named = words + f->words * (BITS + 2)};
    }
    return &m->levels[m->depth++];
}

/* Writes down what the state of a rule means at this level. */
static void settle(const struct rule *r, struct level *level, size_t index, uint64_t state)
{
    uint64_t mask = bit((unsigned)(index % BITS));
    size_t word = index / BITS;
    level->states[index] = state;
    if (rule_done(r, state))
        level->always[word] |= mask;
    else if (state != 0)
        level->alive[word] |= mask;
    if (!r->dir_only && (state & bit(r->count - 1)) != 0)
        level->named[word] |= mask;
}

static void push_root(struct changes_matcher *m)
{
    const struct changes_filters *f = m->filters;
    struct level *root = next_level(m);
    for (size_t i = 0; i < f->count; i++) {
        size_t first = f->filters[i].word * BITS;
        for (size_t k = 0; k < f->filters[i].count; k++)
            settle(&f->rules[first + k], root, first + k, rule_close(&f->rules[first + k], 1));
    }
}

static void push_dir(struct changes_matcher *m, struct str name)
{
    const struct changes_filters *f = m->filters;
    struct level *level = next_level(m);
    const struct level *above = level - 1;
    level->len = above->len + name.len + 1;
    for (size_t word = 0; word < f->words; word++) {
        level->always[word] = above->always[word];
        level->alive[word] = level->named[word] = 0;
        for (uint64_t rest = above->alive[word]; rest != 0; rest &= rest - 1) {
            size_t index = word * BITS + (size_t)__builtin_ctzll(rest);
            const struct rule *r = &f->rules[index];
            settle(r, level, index, rule_step(r, above->states[index], name));
        }
    }
}

/* Length of the directory part, with its slash. */
static size_t dir_length(struct str path)
{
    size_t len = path.len;
    while (len > 0 && path.ptr[len - 1] != '/')
        len--;
    return len;
}

static bool is_below(const struct changes_matcher *m, struct str dir, size_t len)
{
    return len <= dir.len && (len == 0 || memcmp(dir.ptr, m->dir, len) == 0);
}

static void leave_to(struct changes_matcher *m, struct str dir)
{
    while (m->depth > 1) {
        if (is_below(m, dir, m->levels[m->depth - 1].len))
            return;
        m->depth--;
    }
}

static void go_to(struct changes_matcher *m, struct str dir)
{
    size_t len = m->levels[m->depth - 1].len;
    if (len == dir.len && is_below(m, dir, len))
        return;
    leave_to(m, dir);
    struct str rest = str_sub(dir, m->levels[m->depth - 1].len, SIZE_MAX);
    while (rest.len > 0) {
        struct str name = str_cut(rest, '/', &rest, NULL);
        push_dir(m, name);
    }
    m->dir = array_grow(m->dir, &m->dir_cap, dir.len, 1);
    memcpy(m->dir, dir.ptr, dir.len);
}

/* Of the candidates in a word the last one that matches; SIZE_MAX: none. */
static size_t last_match(const struct rule *rules, uint64_t candidates, uint64_t always,
                         struct str name)
{
    while (candidates != 0) {
        unsigned top = BITS - 1 - (unsigned)__builtin_clzll(candidates);
        const struct rule *r = &rules[top];
        if ((always & bit(top)) != 0 || segment_matches(&r->segments[r->count - 1], name))
            return top;
        candidates ^= bit(top);
    }
    return SIZE_MAX;
}

/* A name is not empty: git has no such paths, and one of ours that ends in a slash matches as if
 * it ended in "/\0". */
void changes_match(struct changes_matcher *m, struct str path, size_t *ret_rules)
{
    const struct changes_filters *f = m->filters;
    size_t cut = dir_length(path);
    struct str name = str_sub(path, cut, SIZE_MAX);
    go_to(m, str_sub(path, 0, cut));
    const struct level *here = &m->levels[m->depth - 1];
    unsigned char first = name.len > 0 ? (unsigned char)name.ptr[0] : 0;
    unsigned char last = name.len > 0 ? (unsigned char)name.ptr[name.len - 1] : 0;
    const uint64_t *begins = f->begins + first * f->words, *ends = f->ends + last * f->words;
    for (size_t i = 0; i < f->count; i++) {
        size_t word = f->filters[i].word, found = SIZE_MAX, k = f->filters[i].words;
        while (k-- > 0 && found == SIZE_MAX) {
            size_t at = word + k;
            uint64_t always = here->always[at];
            found = last_match(&f->rules[at * BITS],
                               (here->named[at] & begins[at] & ends[at]) | always, always, name);
            found = found == SIZE_MAX ? SIZE_MAX : found + k * BITS;
        }
        ret_rules[i] = found;
    }
}

bool changes_takes(const struct changes_filters *filters, size_t filter, size_t rule)
{
    return rule != CHANGES_NO_RULE &&
           filters->rules[filters->filters[filter].word * BITS + rule].takes;
}

static void judge_path(struct changes_matcher *m, struct str path, struct changes_verdict *ret,
                       size_t *rules)
{
    const struct changes_filters *f = m->filters;
    changes_match(m, path, rules);
    for (size_t i = 0; i < f->count; i++) {
        bool takes = changes_takes(f, i, rules[i]);
        if (ret[i].rule == CHANGES_NO_RULE || takes)
            ret[i].rule = rules[i];
        ret[i].selected = ret[i].selected || takes;
    }
}

void changes_judge(struct changes_matcher *m, const struct git_change *change,
                   struct changes_verdict *ret)
{
    const struct changes_filters *f = m->filters;
    cleanup_free size_t *rules = xcalloc(f->count + 1, sizeof(*rules));
    for (size_t i = 0; i < f->count; i++)
        ret[i] = (struct changes_verdict){.rule = CHANGES_NO_RULE};
    judge_path(m, change->path, ret, rules);
    if (change->kind == GIT_RENAMED)
        judge_path(m, change->old_path, ret, rules);
    for (size_t i = 0; i < f->count; i++) {
        unsigned kinds = f->filters[i].kinds;
        bool counts = kinds == 0 || (kinds & 1U << change->kind) != 0;
        ret[i].other_kind = ret[i].selected && !counts;
        ret[i].selected = ret[i].selected && counts;
    }
}

struct changes_matcher *changes_matcher_new(const struct changes_filters *filters)
{
    struct changes_matcher *m = xcalloc(1, sizeof(*m));
    m->filters = filters;
    push_root(m);
    return m;
}

void changes_matcher_free(struct changes_matcher *m)
{
    if (m == NULL)
        return;
    for (size_t i = 0; i < m->made; i++)
        free(m->levels[i].states);
    free(m->levels);
    free(m->dir);
    free(m);
}

void changes_matcher_free_at(struct changes_matcher **m)
{
    changes_matcher_free(*m);
}
