/* `teerexctl version`: what this binary is. */
#include "app.h"
#include "buildinfo.h"

static bool run(struct app *app, void *context, struct error *err)
{
    char built[TIME_TEXT_MAX];
    cleanup_buf struct buf text = buf_make(BUF_LINE);
    cleanup_buf struct buf json = buf_make(BUF_LINE);
    (void)context;
    time_format_utc(BUILDINFO.build_time_s * 1000, built);
    buf_addf(&text, "%s %s\ncommit %s\nbuilt  %s\n", app->program->name, BUILDINFO.version,
             BUILDINFO.git_sha, built);
    buf_addf(&json, "{\"name\":\"%s\",\"version\":\"%s\",\"commit\":\"%s\",\"built\":\"%s\"}",
             app->program->name, BUILDINFO.version, BUILDINFO.git_sha, built);
    return app_result(app, buf_str(&text), buf_str(&json), err);
}

const struct cli_command command_version = {
    .path = "version",
    .summary = "show version, commit and time of the build",
    .details = "The time is that of the commit, so that two builds of one commit are equal.",
    .examples = {{"teerexctl version", "for people"},
                 {"teerexctl version --format json", "for programs"},
                 {"teerexctl --version", "one line, without touching anything"}},
    .run = run,
};
