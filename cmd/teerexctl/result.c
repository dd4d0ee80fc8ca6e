/* Results: to stdout in the asked format, to --json-into, and the question whether the bytes really
 * arrived. */
#include <errno.h>
#include <unistd.h>

#include "app.h"

static bool put_text(struct app *app, struct str text, struct error *err)
{
    cleanup_buf struct buf clean = buf_make(BUF_BODY);
    cleanup_buf struct buf disarmed = buf_make(BUF_BODY);
    events_redact(app->events, text, &clean);
    if (app->actions)
        text_add_disarmed(&disarmed, buf_str(&clean));
    const struct buf *shown = app->actions ? &disarmed : &clean;
    TRY(buf_check(shown, "the result", err));
    fwrite(buf_cstr(shown), 1, shown->len, stdout);
    return true;
}

static bool write_file(int fd, struct str bytes, struct error *err)
{
    while (bytes.len > 0) {
        ssize_t wrote = write(fd, bytes.ptr, bytes.len);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            return err_sys(err, ERR_FAILED, errno, "write the file of --json-into");
        bytes = str_sub(bytes, (size_t)wrote, SIZE_MAX);
    }
    return true;
}

bool app_put_json(struct app *app, struct str json, struct error *err)
{
    cleanup_buf struct buf line = buf_make(BUF_BODY);
    buf_add(&line, json);
    buf_addc(&line, '\n');
    TRY(buf_check(&line, "the result", err));
    if (app->globals->format == CLI_JSON)
        fwrite(line.ptr, 1, line.len, stdout);
    return app->json_into < 0 || write_file(app->json_into, buf_str(&line), err);
}

bool app_result(struct app *app, struct str text, struct str json, struct error *err)
{
    app->has_result = true;
    events_redact(app->events, json, &app->json);
    TRY(buf_check(&app->json, "the result", err));
    if (app->globals->format == CLI_TEXT)
        TRY(put_text(app, text, err));
    bool streams = app->call->command->flags & CLI_STREAMS;
    return streams || app_put_json(app, buf_str(&app->json), err);
}

bool app_flush_stdout(struct error *err)
{
    errno = 0;
    bool failed = ferror(stdout) != 0;
    int sys = errno;
    if (fflush(stdout) != 0 || failed)
        return err_sys(err, ERR_FAILED, errno ? errno : sys ? sys : EIO, "write to stdout");
    /* Some file systems tell only now that they are full. */
    int copy = dup(STDOUT_FILENO);
    if (copy >= 0 && close(copy) != 0)
        return err_sys(err, ERR_FAILED, errno, "write to stdout");
    return true;
}

int app_print(const struct cli_program *program, struct str text)
{
    struct error err;
    fwrite(text.ptr, 1, text.len, stdout);
    if (app_flush_stdout(&err))
        return 0;
    if (err.sys == EPIPE)
        return APP_STATUS_EPIPE;
    fprintf(stderr, "%s: %s\n", program->name, err.msg);
    return err_exit_status(&err);
}
