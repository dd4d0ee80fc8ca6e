/* What may be done with a terminal: the table of environments, on a real pseudo-terminal and on a
 * pipe. */
#include <fcntl.h>
#include <unistd.h>

#include "event/event.h"
#include "testing.h"

/* The environment of a case: "NAME=value" words; looked up without the real one. The test is one
 * process and one thread, so the case being asked about may stand in a variable. */
static const char *const *environment;

static char *env(const char *name)
{
    size_t len = strlen(name);
    for (const char *const *at = environment; *at != NULL; at++) {
        if (strncmp(*at, name, len) == 0 && (*at)[len] == '=')
            return (char *)(uintptr_t)(*at + len + 1);
    }
    return NULL;
}

struct look_case {
    const char *env[6];
    bool terminal, plain, no_color;
    struct look expected;
};

static const struct look_case CASES[] = {
    {{"TERM=xterm", "LANG=de_DE.UTF-8"}, true, false, false, {true, true, true, LOOK_ASK}},
    {{"TERM=xterm", "LANG=C"}, true, false, false, {true, true, false, LOOK_ASK}},
    {{"TERM=xterm", "LANG=de_DE.UTF-8", "LC_ALL=C"},
     true,
     false,
     false,
     {true, true, false, LOOK_ASK}},
    {{"TERM=xterm", "LC_CTYPE=C.utf8"}, true, false, false, {true, true, true, LOOK_ASK}},
    {{"TERM=xterm", "LC_ALL=", "LANG=C.UTF-8"}, true, false, false, {true, true, true, LOOK_ASK}},
    {{"TERM=dumb", "LANG=C.UTF-8"}, true, false, false, {false, false, true, LOOK_ASK}},
    {{"LANG=C.UTF-8"}, true, false, false, {false, false, true, LOOK_ASK}},
    {{"TERM=xterm", "NO_COLOR=1"}, true, false, false, {true, false, false, LOOK_ASK}},
    {{"TERM=xterm", "NO_COLOR="}, true, false, false, {true, true, false, LOOK_ASK}},
    {{"TERM=xterm", "CI=true"}, true, false, false, {false, true, false, LOOK_ASK}},
    {{"TERM=xterm", "CI=false"}, true, false, false, {true, true, false, LOOK_ASK}},
    {{"TERM=xterm", "COLUMNS=100"}, true, false, false, {true, true, false, 100}},
    {{"TERM=xterm", "COLUMNS=many"}, true, false, false, {true, true, false, LOOK_ASK}},
    {{"TERM=xterm", "LANG=C.UTF-8"}, true, true, false, {false, false, false, LOOK_ASK}},
    {{"TERM=xterm"}, true, false, true, {true, false, false, LOOK_ASK}},
    {{"TERM=xterm", "COLUMNS=100"}, false, false, false, {false, false, false, 0}},
    {{"TERM=xterm", "CLICOLOR_FORCE=1"}, false, false, false, {false, true, false, 0}},
    {{"TERM=xterm", "CLICOLOR_FORCE=0"}, false, false, false, {false, false, false, 0}},
    {{"CLICOLOR_FORCE=1", "NO_COLOR=1"}, false, false, false, {false, false, false, 0}},
    {{"CLICOLOR_FORCE=1"}, false, true, false, {false, false, false, 0}},
};

static void test_cases(void **state)
{
    int ends[2];
    (void)state;
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    int terminal = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(terminal >= 0);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        const struct look_case *c = &CASES[i];
        environment = c->env;
        struct look look = look_detect(
            &(struct look_request){c->terminal ? terminal : ends[1], c->plain, c->no_color, env});
        if (look.live != c->expected.live || look.color != c->expected.color ||
            look.utf8 != c->expected.utf8 || look.columns != c->expected.columns)
            fail_msg("case %zu (%s …): live %d, color %d, utf8 %d, columns %u", i, c->env[0],
                     look.live, look.color, look.utf8, look.columns);
    }
    close(terminal);
    close(master);
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_cases)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
