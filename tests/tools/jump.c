/* A shared object to preload: a wall clock that jumps. The real time goes on; what it is called
 * moves by JUMP_SECONDS after JUMP_AFTER readings. The monotonic clocks stay what they are. */
#include <dlfcn.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

static long number(const char *name)
{
    const char *text = getenv(name);
    return text != NULL ? strtol(text, NULL, 10) : 0;
}

int clock_gettime(clockid_t id, struct timespec *now)
{
    static atomic_long readings;
    __typeof__(&clock_gettime) real = (__typeof__(&clock_gettime))dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(id, now);
    if (result == 0 && id == CLOCK_REALTIME &&
        atomic_fetch_add(&readings, 1) >= number("JUMP_AFTER"))
        now->tv_sec += number("JUMP_SECONDS");
    return result;
}
