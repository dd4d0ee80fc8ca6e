/* The supervisor's own upgrade: it executes another program, which goes on with its listener, its
 * lock and its children (exec keeps the process). The keeper stays the old one until the new
 * program answers: when that cannot go on, the old program takes over again. */
#include <unistd.h>

#include "server.h"

enum { EXIT_NOT_BECOME = 70 };

_Noreturn void server_become(struct server *s)
{
    struct error err;
    struct settings settings = s->settings;
    struct transport_passed passed = keeper_hand_over(s);
    if (!settings_read(s->dir, &settings, &err))
        log_event(&s->log, NULL, "the settings cannot be read: %s", err.msg);
    const char *argv[] = {settings.exe, "supervise", "--dir", s->dir, NULL};
    log_event(&s->log, NULL, "supervisor %d becomes %s", (int)getpid(), settings.exe);
    server_save_or_log(s);
    if (transport_pass_to_exec(&passed, &err))
        execv(settings.exe, (char *const *)(uintptr_t)argv);
    _exit(EXIT_NOT_BECOME);
}
