/* The newest version of a channel from a packument, for the benchmark.
 *
 *     npm_tool PATTERN     packument on stdin: the version; milliseconds on stderr
 */
#include <unistd.h>

#include "npm/npm.h"
#include "semver/semver.h"

#include <time.h>

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1000 + (double)t.tv_nsec / 1e6;
}

static bool read_all(struct buf *text)
{
    for (;;) {
        char *room = buf_reserve(text, BUF_LINE);
        ssize_t got = room != NULL ? read(STDIN_FILENO, room, BUF_LINE) : -1;
        if (got <= 0)
            return got == 0;
        buf_commit(text, (size_t)got);
    }
}

static bool newest(const char *text, struct str document, struct error *err)
{
    struct semver_pattern pattern;
    cleanup_npm_packument struct npm_packument packument = {0};
    double began = now_ms();
    TRY(semver_pattern_compile(str_of(text), &pattern, err));
    TRY(npm_packument_scan(document, "packument", &packument, err));
    size_t best =
        semver_pattern_newest(&pattern, packument.versions.items, packument.versions.count);
    fprintf(stderr, "%.2f\n", now_ms() - began);
    if (best != SIZE_MAX)
        printf("%" PRIstr "\n", STR_ARG(packument.versions.items[best]));
    return true;
}

int main(int argc, char **argv)
{
    struct error err;
    cleanup_buf struct buf text = buf_make(NPM_BODY_MAX);
    if (argc != 2 || !read_all(&text) || !newest(argv[1], buf_str(&text), &err))
        return 1;
    return 0;
}
