/* Compiler attributes under names that read as intent. */
#pragma once

#define never_null __attribute__((returns_nonnull))
#define must_use __attribute__((warn_unused_result))
#define printf_like(fmt_index, args_index) __attribute__((format(printf, fmt_index, args_index)))
#define unused_arg __attribute__((unused))
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
