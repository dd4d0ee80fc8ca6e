/* The commits between two, as git tells them. */
#include <stdlib.h>

#include "internal.h"

/* Four fields a commit, each ended by NUL; what the configuration may add is switched off. */
#define LOG_FORMAT "--format=%H%x00%D%x00%ct%x00%B"

void git_log_release(struct git_log *log)
{
    free(log->items);
    buf_release(&log->text);
    *log = (struct git_log){0};
}

static bool is_name(struct str sha)
{
    for (size_t i = 0; i < sha.len; i++) {
        if (sha.ptr[i] == '\0' || strchr("0123456789abcdef", sha.ptr[i]) == NULL)
            return false;
    }
    return sha.len >= 40 && sha.len < GIT_SHA_MAX;
}

static bool take_entry(struct str *rest, struct git_log_entry *ret)
{
    bool found = false;
    struct str seconds;
    ret->sha = str_cut(*rest, '\0', rest, NULL);
    ret->tags = str_cut(*rest, '\0', rest, NULL);
    seconds = str_cut(*rest, '\0', rest, NULL);
    ret->message = str_cut(*rest, '\0', rest, &found);
    if (!found || !str_to_i64(seconds, &ret->time_ms) ||
        __builtin_mul_overflow(ret->time_ms, 1000, &ret->time_ms))
        return false;
    return is_name(ret->sha);
}

bool git_parse_log(struct str text, struct git_log *into, struct error *err)
{
    while (text.len > 0) {
        struct git_log_entry entry;
        if (!take_entry(&text, &entry))
            return err_set(err, ERR_FAILED, "git tells its log in a way that is not known here");
        into->items = array_grow(into->items, &into->cap, into->count + 1, sizeof(*into->items));
        into->items[into->count++] = entry;
    }
    return true;
}

bool git_log(const char *dir, const struct git_log_query *query, struct git_log *ret,
             struct error *err)
{
    cleanup_free char *range =
        query->from != NULL ? xasprintf("%s..%s", query->from, query->to) : xstrdup(query->to);
    cleanup_free char *path = xasprintf(":(top,literal)%s", query->path != NULL ? query->path : "");
    const char *const args[] = {"-c",
                                "log.showSignature=false",
                                "--no-literal-pathspecs",
                                "log",
                                "-z",
                                "--no-merges",
                                "--no-color",
                                "--decorate=full",
                                "--encoding=UTF-8",
                                LOG_FORMAT,
                                range,
                                "--",
                                query->path != NULL ? path : NULL,
                                NULL};
    const struct git_call call = {.dir = dir, .args = args, .doing = "log", .max = BUF_BODY};
    cleanup_git_log struct git_log log = {0};
    TRY(git_run(&call, &log.text, NULL, err));
    TRY(git_parse_log(buf_str(&log.text), &log, err));
    *ret = log;
    log = (struct git_log){0};
    return true;
}
