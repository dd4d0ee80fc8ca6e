/* Leaving out, visibly, what cannot be tested under valgrind: it makes system calls of its own and
 * answers those about limits and capabilities itself. */
#pragma once

#include "testing.h"

/* Ends the program as skipped when valgrind runs it. */
static inline void skip_under_valgrind(void)
{
    if (!str_has(str_of(getenv("LD_PRELOAD")), STR("/vgpreload_")))
        return;
    print_message("skipped: valgrind makes system calls of its own\n");
    exit(77);
}
