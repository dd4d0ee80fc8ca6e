/* The changes module for its counterparts, git and picomatch.
 *
 *     changes_tool decide FILE   a pattern a line in FILE, paths on stdin, each ended by NUL: for
 *                                each a line, the number of the pattern that decides, from 1, or 0
 *     changes_tool valid FILE    a pattern a line: for each a line, 1 when it can be compiled
 *     changes_tool count FILE    filters in FILE, blank lines between them: how many paths each
 *                                selects; milliseconds of matching alone on stderr
 */
#include <stdlib.h>

#include "changes/changes.h"

enum { INPUT_MAX = 1024 * 1024 * 1024, CHUNK = 1024 * 1024, PATTERNS_MAX = 1024, FILTERS_MAX = 64 };

struct lists {
    const char *patterns[PATTERNS_MAX];
    size_t count;
    struct changes_filter filters[FILTERS_MAX];
    size_t filter_count;
};

static bool read_all(FILE *from, struct buf *text)
{
    for (;;) {
        char *room = buf_reserve(text, CHUNK);
        size_t len = room != NULL ? fread(room, 1, CHUNK, from) : 0;
        if (len == 0)
            return room != NULL && !ferror(from);
        buf_commit(text, len);
    }
}

static bool read_lists(const char *path, struct arena *arena, struct lists *ret)
{
    cleanup_file FILE *file = fopen(path, "rb");
    cleanup_buf struct buf text = buf_make(INPUT_MAX);
    struct str line;
    size_t begin = 0;
    if (file == NULL || !read_all(file, &text))
        return false;
    for (struct str rest = buf_str(&text); str_next_line(&rest, &line) || begin < ret->count;) {
        if (line.len > 0 && ret->count < PATTERNS_MAX) {
            ret->patterns[ret->count++] = arena_strdup(arena, line);
            line = STR_EMPTY;
            continue;
        }
        if (ret->filter_count == FILTERS_MAX)
            return false;
        ret->filters[ret->filter_count++] = (struct changes_filter){
            .name = "f", .patterns = &ret->patterns[begin], .count = ret->count - begin};
        begin = ret->count;
    }
    return true;
}

static int fail(const struct error *err)
{
    fprintf(stderr, "%s\n", err->msg);
    return 1;
}

static int decide(const struct lists *lists, struct str paths)
{
    cleanup_changes_filters struct changes_filters *f = NULL;
    struct error err;
    if (!changes_compile(lists->filters, 1, &f, &err))
        return fail(&err);
    cleanup_changes_matcher struct changes_matcher *m = changes_matcher_new(f);
    while (paths.len > 0) {
        size_t rule = 0;
        changes_match(m, str_cut(paths, '\0', &paths, NULL), &rule);
        printf("%zu\n", rule == CHANGES_NO_RULE ? 0 : rule + 1);
    }
    return 0;
}

static int valid(const struct lists *lists)
{
    for (size_t i = 0; i < lists->count; i++) {
        cleanup_changes_filters struct changes_filters *f = NULL;
        struct error err;
        const struct changes_filter filter = {
            .name = "f", .patterns = &lists->patterns[i], .count = 1};
        printf("%d\n", changes_compile(&filter, 1, &f, &err));
    }
    return 0;
}

static double now_ms(clockid_t clock)
{
    struct timespec at;
    clock_gettime(clock, &at);
    return (double)at.tv_sec * 1e3 + (double)at.tv_nsec / 1e6;
}

/* As the verb does: all filters over all changes, compiling included. */
static int count(const struct lists *lists, struct str text)
{
    size_t counts[FILTERS_MAX] = {0}, path_count = 0, cap = 0;
    cleanup_free struct git_change *changes = NULL;
    cleanup_changes_filters struct changes_filters *f = NULL;
    struct changes_verdict verdicts[FILTERS_MAX];
    struct error err;
    while (text.len > 0) {
        changes = array_grow(changes, &cap, path_count + 1, sizeof(*changes));
        changes[path_count++] =
            (struct git_change){GIT_MODIFIED, str_cut(text, '\0', &text, NULL), STR_EMPTY};
    }
    double wall = now_ms(CLOCK_MONOTONIC), cpu = now_ms(CLOCK_PROCESS_CPUTIME_ID);
    if (!changes_compile(lists->filters, lists->filter_count, &f, &err))
        return fail(&err);
    cleanup_changes_matcher struct changes_matcher *m = changes_matcher_new(f);
    for (size_t i = 0; i < path_count; i++) {
        changes_judge(m, &changes[i], verdicts);
        for (size_t k = 0; k < lists->filter_count; k++)
            counts[k] += verdicts[k].selected;
    }
    fprintf(stderr, "%.3f %.3f\n", now_ms(CLOCK_MONOTONIC) - wall,
            now_ms(CLOCK_PROCESS_CPUTIME_ID) - cpu);
    for (size_t k = 0; k < lists->filter_count; k++)
        printf("%zu\n", counts[k]);
    return 0;
}

int main(int argc, char **argv)
{
    struct arena arena = {0};
    cleanup_buf struct buf text = buf_make(INPUT_MAX);
    cleanup_free struct lists *lists = xcalloc(1, sizeof(*lists));
    int status = 2;
    if (argc == 3 && read_lists(argv[2], &arena, lists)) {
        if (strcmp(argv[1], "valid") == 0)
            status = valid(lists);
        else if (lists->filter_count == 0 || !read_all(stdin, &text))
            status = 2;
        else if (strcmp(argv[1], "decide") == 0)
            status = decide(lists, buf_str(&text));
        else if (strcmp(argv[1], "count") == 0)
            status = count(lists, buf_str(&text));
    }
    arena_release(&arena);
    return status;
}
