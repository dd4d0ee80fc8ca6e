/* The semver module for its counterpart, npm's package of that name.
 *
 *     semver_tool answer     questions on stdin: a letter, then two texts, each after its length in
 *                            two bytes; for each question a byte. 'c' compares: < = > or ? when
 *                            one is no version. 's' asks whether the first satisfies the second:
 *                            '0' plus 1 if so, 2 if so counting all prereleases, 4 if it is a
 * range, 8 if it is one counting all prereleases semver_tool max RANGE  versions on stdin, a line
 * each: the highest in the range semver_tool sort       versions on stdin, a line each: sorted;
 * milliseconds on stderr
 */
#include <unistd.h>

#include "semver/semver.h"

enum { INPUT_MAX = 1024 * 1024 * 1024, CHUNK = 1024 * 1024 };

static char compare(struct str a, struct str b)
{
    struct semver one, other;
    if (!semver_parse_npm(a, &one) || !semver_parse_npm(b, &other))
        return '?';
    int order = semver_compare(&one, &other);
    return order < 0 ? '<' : order > 0 ? '>' : '=';
}

static char satisfies(struct str version, struct str range)
{
    struct semver_range r;
    int bits = 0;
    bits |= semver_satisfies(version, range, SEMVER_NAMED_PRERELEASES);
    bits |= semver_satisfies(version, range, SEMVER_ALL_PRERELEASES) << 1;
    bits |= semver_range_parse(range, SEMVER_NAMED_PRERELEASES, &r) << 2;
    bits |= semver_range_parse(range, SEMVER_ALL_PRERELEASES, &r) << 3;
    return (char)('0' + bits);
}

static bool read_text(struct buf *text)
{
    unsigned char head[2];
    buf_clear(text);
    if (fread(head, 1, sizeof(head), stdin) != sizeof(head))
        return false;
    size_t len = (size_t)head[0] << 8 | head[1];
    char *room = buf_reserve(text, len);
    if (room == NULL || fread(room, 1, len, stdin) != len)
        return false;
    buf_commit(text, len);
    return true;
}

static int answer(void)
{
    cleanup_buf struct buf a = buf_make(BUF_LINE + 1), b = buf_make(BUF_LINE + 1);
    for (int kind = getchar(); kind != EOF; kind = getchar()) {
        if (!read_text(&a) || !read_text(&b))
            return 1;
        putchar(kind == 'c' ? compare(buf_str(&a), buf_str(&b))
                            : satisfies(buf_str(&a), buf_str(&b)));
    }
    return fflush(stdout) == 0 ? 0 : 1;
}

struct lines {
    struct buf input;
    struct str *items;
    size_t count, cap;
};

static void lines_release(struct lines *l)
{
    buf_release(&l->input);
    free(l->items);
}

static bool read_lines(struct lines *l)
{
    size_t got = 1;
    while (got > 0) {
        char *room = buf_reserve(&l->input, CHUNK);
        if (room == NULL)
            return false;
        got = fread(room, 1, CHUNK, stdin);
        buf_commit(&l->input, got);
    }
    struct str rest = buf_str(&l->input), line;
    while (str_next_line(&rest, &line)) {
        l->items = array_grow(l->items, &l->cap, l->count + 1, sizeof(*l->items));
        l->items[l->count++] = line;
    }
    return true;
}

static int max(const struct lines *l, const char *text)
{
    struct semver_range range;
    if (!semver_range_parse(str_of(text), SEMVER_NAMED_PRERELEASES, &range))
        return 1;
    size_t found = semver_max_satisfying(&range, l->items, l->count);
    if (found != SIZE_MAX)
        printf("%" PRIstr "\n", STR_ARG(l->items[found]));
    return 0;
}

static double ms_of(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int sort(const struct lines *l)
{
    cleanup_free struct semver *versions = xcalloc(l->count + 1, sizeof(*versions));
    double began = ms_of(CLOCK_MONOTONIC), worked = ms_of(CLOCK_PROCESS_CPUTIME_ID);
    for (size_t i = 0; i < l->count; i++)
        if (!semver_parse(l->items[i], &versions[i]))
            return 1;
    semver_sort(versions, l->count);
    fprintf(stderr, "%.3f %.3f\n", ms_of(CLOCK_MONOTONIC) - began,
            ms_of(CLOCK_PROCESS_CPUTIME_ID) - worked);
    for (size_t i = 0; i < l->count; i++)
        printf("%" PRIstr "\n", STR_ARG(versions[i].text));
    return 0;
}

int main(int argc, char **argv)
{
    cleanup(lines_release) struct lines lines = {.input = buf_make(INPUT_MAX)};
    if (argc == 2 && strcmp(argv[1], "answer") == 0)
        return answer();
    if (argc == 3 && strcmp(argv[1], "max") == 0 && read_lines(&lines))
        return max(&lines, argv[2]);
    if (argc == 2 && strcmp(argv[1], "sort") == 0 && read_lines(&lines))
        return sort(&lines);
    fputs("semver_tool: answer | max RANGE | sort\n", stderr);
    return 3;
}
