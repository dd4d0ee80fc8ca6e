/* What a verification found: every check by its name, whether it held, and why not. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/core.h"

enum check_verdict {
    CHECK_PASS,
    CHECK_FAIL,
    CHECK_SKIPPED /* not looked at; never counted as passed */
};

struct check {
    const char *name; /* "chain": what was looked at */
    enum check_verdict verdict;
    const char *reason; /* of a failure, for programs: "certificate_expired"; else "" */
    const char *detail; /* for people */
};

enum { CHECKS_MAX = 64 };

struct report {
    struct arena arena;
    struct check checks[CHECKS_MAX];
    size_t count;
};

/* Frees the texts; the report is empty. */
void report_release(struct report *report);
/* Appends a check. `reason` NULL: it held. Name and reason are borrowed; the detail is made
 * here. */
void report_add(struct report *report, const char *name, const char *reason, const char *fmt, ...)
    printf_like(4, 5);
void report_skip(struct report *report, const char *name, const char *why);
/* Something was looked at, and nothing failed. */
bool report_holds(const struct report *report);
/* The reason of the first failure; "" when all holds. */
const char *report_reason(const struct report *report);
/* The check of that name, or NULL. */
const struct check *report_find(const struct report *report, const char *name);
/* "pass", "fail", "skipped". */
const char *check_verdict_name(enum check_verdict verdict);
