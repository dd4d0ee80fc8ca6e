/* `teerexctl doctor`: is everything there that a deployment needs? */
#include "doctor.h"

#include "data/data.h"

static const struct {
    const char *name; /* in JSON */
    const char *word;
    const char *sgr;
} HEALTH[] = {
    [HEALTH_OK] = {"ok", "ok", "32"},
    [HEALTH_WARN] = {"warn", "warn", "33"},
    [HEALTH_FAIL] = {"fail", "FAIL", "1;31"},
};

enum { NAME_COLUMN = 8, DETAIL_COLUMN = 28 };

static void write_finding(const struct app *app, const struct finding *f, struct buf *out)
{
    cleanup_buf struct buf text = buf_make(BUF_TEXT);
    bool color = app->stdout_look.color;
    buf_addf(out, "  %s%s%s%s%s%*s%-*s", color ? "\033[" : "", color ? HEALTH[f->health].sgr : "",
             color ? "m" : "", HEALTH[f->health].word, color ? "\033[0m" : "",
             (int)(NAME_COLUMN - 2 - strlen(HEALTH[f->health].word)), "",
             DETAIL_COLUMN - NAME_COLUMN, f->name);
    buf_addf(&text, "%s%s%s", f->detail, f->fix[0] ? "; " : "", f->fix);
    text_add_wrapped(out, buf_str(&text), app->stdout_look.columns, DETAIL_COLUMN);
    buf_addc(out, '\n');
}

static size_t count_of(const struct doctor *d, enum health health)
{
    size_t count = 0;
    for (size_t i = 0; i < d->count; i++)
        count += d->findings[i].health == health;
    return count;
}

static void write_text(const struct doctor *d, struct buf *out)
{
    for (size_t i = 0; i < d->count; i++)
        write_finding(d->app, &d->findings[i], out);
    buf_addf(out, "%zu ok, %zu to look at, %zu failed\n", count_of(d, HEALTH_OK),
             count_of(d, HEALTH_WARN), count_of(d, HEALTH_FAIL));
}

static bool write_json(const struct doctor *d, struct buf *out, struct error *err)
{
    struct json_writer w = jw_make(out, JSON_COMPACT);
    jw_object_begin(&w);
    jw_member_bool(&w, "ok", count_of(d, HEALTH_FAIL) == 0);
    jw_member_array(&w, "checks");
    for (size_t i = 0; i < d->count; i++) {
        jw_object_begin(&w);
        jw_member(&w, "name", d->findings[i].name);
        jw_member(&w, "status", HEALTH[d->findings[i].health].name);
        jw_member(&w, "detail", d->findings[i].detail);
        jw_member(&w, "fix", d->findings[i].fix);
        jw_object_end(&w);
    }
    jw_array_end(&w);
    jw_object_end(&w);
    return jw_finish(&w, "the findings", err);
}

struct doctor_options {
    const char *environment;
};

static bool report(const struct doctor *d, struct error *err)
{
    cleanup_buf struct buf text = buf_make(BUF_TEXT);
    cleanup_buf struct buf json = buf_make(BUF_TEXT);
    size_t failed = count_of(d, HEALTH_FAIL);
    write_text(d, &text);
    TRY(write_json(d, &json, err));
    TRY(app_result(d->app, buf_str(&text), buf_str(&json), err));
    if (failed > 0)
        return err_set(err, ERR_FAILED, "%zu of %zu checks failed", failed, d->count);
    return true;
}

static bool run(struct app *app, void *context, struct error *err)
{
    const struct doctor_options *options = context;
    struct doctor doctor = {.app = app, .environment = options->environment};
    doctor_run(&doctor);
    bool ok = report(&doctor, err);
    free(doctor.findings);
    return ok;
}

const struct cli_command command_doctor = {
    .path = "doctor",
    .summary = "check that everything needed is there",
    .details = "Looks at programs, the configuration, the state directory, the store and the "
               "addresses to listen on, and says what to do about what is missing. Changes "
               "nothing. What is only worth a look does not fail.",
    .positionals =
        (const struct cli_option[]){
            {CLI_ENVIRONMENT(struct doctor_options, environment), .optional = true},
            {.name = NULL},
        },
    .examples = {{"teerexctl doctor", "everything, for all environments"},
                 {"teerexctl doctor local", "one environment"},
                 {"teerexctl doctor --format json", "for programs"}},
    .context_size = sizeof(struct doctor_options),
    .run = run,
};
