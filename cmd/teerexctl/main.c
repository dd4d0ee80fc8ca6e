/* The entry of teerexctl: reads the command line, and lets the app do the rest. Help and version
 * answer before anything else is touched. */
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "app.h"
#include "buildinfo.h"

/* With 0, 1 or 2 closed, the next file opened would take its number, and a message would end up in
 * it. stdout gets a descriptor that cannot be written, so that the loss of a result shows. */
static void reserve_standard_descriptors(void)
{
    static const int MODES[] = {O_RDONLY, O_RDONLY, O_WRONLY};
    for (int fd = 0; fd < (int)ARRAY_LEN(MODES); fd++) {
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", MODES[fd]) != fd)
            abort();
    }
}

/* Our memory holds secrets, and so does that of what we start. */
static void forbid_core_dumps(void)
{
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
}

static int print_version(const struct cli_program *program)
{
    cleanup_buf struct buf text = buf_make(BUF_LINE);
    buf_addf(&text, "%s %s (%.12s%s)\n", program->name, program->version, BUILDINFO.git_sha,
             strstr(BUILDINFO.git_sha, "-dirty") ? "-dirty" : "");
    return app_print(program, buf_str(&text));
}

static int print_help(const struct cli_program *program, const struct cli_call *call)
{
    struct error err;
    cleanup_buf struct buf text = buf_make(BUF_TEXT);
    const struct look look = look_detect(&(struct look_request){
        .fd = STDOUT_FILENO,
        .plain = call->globals.plain,
        .no_color = call->globals.no_color,
        .env = getenv,
    });
    if (!cli_help(program, call->topic, look.color, &text, &err))
        return err_exit_status(&err);
    return app_print(program, buf_str(&text));
}

static int run(const struct cli_program *program, const struct cli_call *call, bool parsed,
               struct error *err)
{
    struct app app;
    bool opened = app_open(&app, program, call, parsed ? err : &(struct error){.kind = ERR_NONE});
    bool ok = opened && parsed && app_run(&app, err);
    return app_close(&app, ok ? NULL : err);
}

int main(int argc, char **argv)
{
    struct error err = {.kind = ERR_NONE};
    char built[TIME_TEXT_MAX];
    cleanup_cli_call struct cli_call call = {.action = CLI_RUN};
    struct cli_program program = app_program;
    reserve_standard_descriptors();
    forbid_core_dumps();
    time_format_utc(BUILDINFO.build_time_s * 1000, built);
    program.version = BUILDINFO.version;
    program.built = built;
    bool parsed = cli_parse(&program, argc, argv, &call, &err);
    if (parsed && call.action == CLI_VERSION)
        return print_version(&program);
    if (parsed && call.action == CLI_HELP)
        return print_help(&program, &call);
    return run(&program, &call, parsed, &err);
}
