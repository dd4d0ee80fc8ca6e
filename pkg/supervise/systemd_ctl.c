/* Asking systemctl and the journal. Knows nothing of services of ours. */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proc/proc.h"
#include "systemd.h"

enum { ARGS_MAX = 12, CTL_MS = 60000, CTL_OUTPUT_MAX = 64 * 1024 };

bool supervise_systemd_usable(void)
{
    struct stat info;
    return geteuid() == 0 && lstat("/run/systemd/system", &info) == 0 && S_ISDIR(info.st_mode);
}

static bool run(const struct cap *cap, enum effect effect, const char *const *argv,
                struct proc_result *ret, struct error *err)
{
    struct proc_spec spec = {
        .argv = argv,
        .out = {.kind = PROC_CAPTURE, .max = CTL_OUTPUT_MAX},
        .errout = {.kind = PROC_CAPTURE, .max = CTL_OUTPUT_MAX},
        .timeout_ms = CTL_MS,
        .effect = effect,
        .cap = cap,
    };
    return proc_run_ok(&spec, ret, err);
}

bool systemctl(const struct cap *cap, const char *const *args, struct error *err)
{
    const char *argv[ARGS_MAX + 3] = {"systemctl", "--no-ask-password"};
    for (size_t i = 0; i < ARGS_MAX && args[i] != NULL; i++)
        argv[i + 2] = args[i];
    return run(cap, EFFECT_IDEMPOTENT, argv, NULL, err);
}

/* The properties we ask for: a text or a number of the view each. */
struct property {
    const char *name;
    bool number;
    size_t at;
};

#define TEXT(name, field)                              \
    {                                                  \
        name, false, offsetof(struct unit_view, field) \
    }
#define NUMBER(name, field)                           \
    {                                                 \
        name, true, offsetof(struct unit_view, field) \
    }
static const struct property PROPERTIES[] = {
    TEXT("ActiveState", active),
    TEXT("SubState", sub),
    TEXT("Result", result),
    NUMBER("MainPID", main_pid),
    NUMBER("NRestarts", restarts),
    NUMBER("ExecMainCode", exit_code),
    NUMBER("ExecMainStatus", exit_status),
};
#define ASKED "ActiveState,SubState,Result,MainPID,NRestarts,ExecMainCode,ExecMainStatus"

static void set_property(struct unit_view *view, const struct property *p, struct str value)
{
    char *field = (char *)view + p->at;
    int64_t number = 0;
    if (!p->number)
        snprintf(field, sizeof(view->active), "%" PRIstr, STR_ARG(value));
    else if (str_to_i64(value, &number))
        memcpy(field, &number, sizeof(number));
}

void unit_view_parse(struct str text, struct unit_view *ret)
{
    struct str line, value;
    *ret = (struct unit_view){0};
    while (str_next_line(&text, &line)) {
        struct str name = str_cut(line, '=', &value, NULL);
        for (size_t i = 0; i < ARRAY_LEN(PROPERTIES); i++) {
            if (str_is(name, PROPERTIES[i].name))
                set_property(ret, &PROPERTIES[i], value);
        }
    }
}

bool systemctl_show(const char *unit, struct unit_view *ret, struct error *err)
{
    const char *argv[] = {"systemctl", "show", "-p", ASKED, "--", unit, NULL};
    cleanup_proc_result struct proc_result result = {0};
    TRY(run(cap_observe(), EFFECT_READ, argv, &result, err));
    unit_view_parse(buf_str(&result.out), ret);
    return true;
}

void journal_tail(const char *unit, char *text, size_t size)
{
    const char *argv[] = {"journalctl", "-u", unit, "-n", "10", "-o", "cat", "--no-pager", NULL};
    cleanup_proc_result struct proc_result result = {0};
    struct error err;
    text[0] = '\0';
    if (!run(cap_observe(), EFFECT_READ, argv, &result, &err))
        return;
    struct str out = buf_str(&result.out);
    size_t cut = out.len >= size ? out.len - size + 1 : 0;
    snprintf(text, size, "%" PRIstr, STR_ARG(str_sub(out, cut, out.len)));
}
