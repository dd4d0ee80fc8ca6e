/* The list of checks. Knows none of them. */
#include "report.h"

void report_release(struct report *report)
{
    arena_release(&report->arena);
    report->count = 0;
}

static void append(struct report *report, struct check check)
{
    if (report->count < CHECKS_MAX)
        report->checks[report->count++] = check;
}

void report_add(struct report *report, const char *name, const char *reason, const char *fmt, ...)
{
    cleanup_buf struct buf detail = buf_make(BUF_LINE);
    va_list args;
    va_start(args, fmt);
    buf_vaddf(&detail, fmt, args);
    va_end(args);
    append(report, (struct check){.name = name,
                                  .verdict = reason == NULL ? CHECK_PASS : CHECK_FAIL,
                                  .reason = reason == NULL ? "" : reason,
                                  .detail = arena_strdup(&report->arena, buf_str(&detail))});
}

void report_skip(struct report *report, const char *name, const char *why)
{
    append(report, (struct check){.name = name,
                                  .verdict = CHECK_SKIPPED,
                                  .reason = "",
                                  .detail = arena_strdup(&report->arena, str_of(why))});
}

static const struct check *first_failure(const struct report *report)
{
    for (size_t i = 0; i < report->count; i++)
        if (report->checks[i].verdict == CHECK_FAIL)
            return &report->checks[i];
    return NULL;
}

/* A full list has lost checks, so it proves nothing. */
bool report_holds(const struct report *report)
{
    return report->count > 0 && report->count < CHECKS_MAX && first_failure(report) == NULL;
}

const char *report_reason(const struct report *report)
{
    const struct check *failure = first_failure(report);
    return failure != NULL ? failure->reason : "";
}

const struct check *report_find(const struct report *report, const char *name)
{
    for (size_t i = 0; i < report->count; i++)
        if (strcmp(report->checks[i].name, name) == 0)
            return &report->checks[i];
    return NULL;
}

const char *check_verdict_name(enum check_verdict verdict)
{
    static const char *const NAMES[] = {"pass", "fail", "skipped"};
    return NAMES[verdict];
}
