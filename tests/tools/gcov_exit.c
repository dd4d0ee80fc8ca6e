/* In coverage builds alone: what a child counted is written even when it ends with _exit, which
 * skips libgcov's own hook. The linker sends every _exit here (--wrap). */
#include <stdlib.h>
#include <unistd.h>

void __gcov_dump(void);
__attribute__((noreturn)) void __real__exit(int status);
__attribute__((noreturn)) void __wrap__exit(int status);

void __wrap__exit(int status)
{
    setenv("GCOV_ERROR_FILE", "/dev/null", 1); /* whoever lost its rights may not write */
    __gcov_dump();
    __real__exit(status);
}
