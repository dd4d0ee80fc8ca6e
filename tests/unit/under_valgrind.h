/* Leaving out, visibly, what cannot be tested under valgrind: it makes system calls of its own and
 * answers those about limits and capabilities itself. */
#pragma once

#include "testing.h"

/* Does valgrind run this program? */
static inline bool under_valgrind(void)
{
    return str_has(str_of(getenv("LD_PRELOAD")), STR("/vgpreload_"));
}

/* Ends the program as skipped when valgrind runs it. */
static inline void skip_under_valgrind(void)
{
    if (!under_valgrind())
        return;
    print_message("skipped: valgrind makes system calls of its own\n");
    exit(77);
}
