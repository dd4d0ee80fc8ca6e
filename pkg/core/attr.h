/* Compiler attributes under names that read as intent. */
#pragma once

/* Of a function: it never returns NULL; its result, which tells of success or is owned, must be
 * looked at; its arguments are checked as printf's. Of a parameter: a signature demands it. */
#define never_null __attribute__((returns_nonnull))
#define must_use __attribute__((warn_unused_result))
#define printf_like(fmt_index, args_index) __attribute__((format(printf, fmt_index, args_index)))
#define unused_arg __attribute__((unused))
/* How many items an array has; not for pointers. */
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
