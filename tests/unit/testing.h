/* What every unit test includes: cmocka in the order it wants, and a few assertions of ours. */
#pragma once

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "core/core.h"

#define assert_str(actual, expected) assert_str_at((actual), (expected), __FILE__, __LINE__)
static inline void assert_str_at(struct str actual, const char *expected, const char *file,
                                 int line)
{
    if (str_is(actual, expected))
        return;
    print_error("expected \"%s\", got \"%" PRIstr "\"\n", expected, STR_ARG(actual));
    _fail(file, line);
}

/* The call must succeed; its error is printed when it does not. */
#define assert_ok(call, err) assert_ok_at((call), (err), #call, __FILE__, __LINE__)
static inline void assert_ok_at(bool ok, const struct error *err, const char *text,
                                const char *file, int line)
{
    if (ok)
        return;
    print_error("%s failed: %s\n", text, err->msg);
    _fail(file, line);
}

/* The call must fail with this kind and with `part` in its message. */
#define assert_fails(call, err, kind, part) \
    assert_fails_at((call), (err), (kind), (part), __FILE__, __LINE__)
static inline void assert_fails_at(bool ok, const struct error *err, enum err_kind kind,
                                   const char *part, const char *file, int line)
{
    if (!ok && err->kind == kind && strstr(err->msg, part) != NULL)
        return;
    print_error("expected failure %d with \"%s\", got %s %d \"%s\"\n", kind, part,
                ok ? "success" : "failure", ok ? 0 : (int)err->kind, ok ? "" : err->msg);
    _fail(file, line);
}
