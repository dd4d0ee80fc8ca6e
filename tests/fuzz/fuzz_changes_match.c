/* Patterns a line each, then paths: matching along a walk comes to what matching each path alone
 * does, and the last pattern that matches alone is the one that decides. */
#include <stdint.h>
#include <stdlib.h>

#include "changes/changes.h"

enum { PATTERNS_MAX = 8, PATHS_MAX = 8 };

static void must(bool holds)
{
    if (!holds)
        abort();
}

static struct changes_filters *compile(const char *const *patterns, size_t count)
{
    struct changes_filters *f = NULL;
    struct error err;
    const struct changes_filter filter = {.name = "f", .patterns = patterns, .count = count};
    return changes_compile(&filter, 1, &f, &err) ? f : NULL;
}

static size_t alone(const struct changes_filters *f, struct str path)
{
    cleanup_changes_matcher struct changes_matcher *m = changes_matcher_new(f);
    size_t rule = 0;
    changes_match(m, path, &rule);
    return rule;
}

static size_t last_of(const char *const *patterns, size_t count, struct str path)
{
    while (count-- > 0) {
        const char *plain = patterns[count] + (patterns[count][0] == '!');
        cleanup_changes_filters struct changes_filters *f = compile(&plain, 1);
        /* "!!x" takes out a name that begins with '!'; alone it would take nothing in. */
        if (f == NULL)
            return SIZE_MAX - 1;
        if (alone(f, path) == 0)
            return count;
    }
    return CHANGES_NO_RULE;
}

static void check(const char *const *patterns, size_t count, const struct str *paths,
                  size_t path_count)
{
    cleanup_changes_filters struct changes_filters *f = compile(patterns, count);
    if (f == NULL)
        return;
    cleanup_changes_matcher struct changes_matcher *m = changes_matcher_new(f);
    for (size_t i = 0; i < path_count; i++) {
        size_t rule = 0, last = last_of(patterns, count, paths[i]);
        changes_match(m, paths[i], &rule);
        must(rule == alone(f, paths[i]));
        must(last == SIZE_MAX - 1 || rule == last);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    struct str rest = str_n(data, size), line, paths[PATHS_MAX];
    const char *patterns[PATTERNS_MAX];
    size_t count = 0, path_count = 0;
    while (count < PATTERNS_MAX && str_next_line(&rest, &line) && line.len > 0)
        patterns[count++] = arena_strdup(&arena, line);
    while (path_count < PATHS_MAX && str_next_line(&rest, &line))
        paths[path_count++] = line;
    check(patterns, count, paths, path_count);
    arena_release(&arena);
    return 0;
}
