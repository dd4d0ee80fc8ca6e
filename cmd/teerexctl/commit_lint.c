/* `teerexctl commit lint`: whether messages of commits can be read by `changelog`. */
#include "app.h"
#include "changelog/changelog.h"
#include "data/data.h"
#include "fs/fs.h"
#include "git/git.h"

#include <stdio.h>
#include <unistd.h>

struct lint_options {
    const char *range, *message;
    struct cli_strings types;
};

/* One message at a time. */
struct lint_run {
    struct app *app;
    const char *file;  /* of the message; NULL: a commit */
    struct str commit; /* its name */
    struct json_writer *w;
    size_t messages, complaints;
};

static void complain(void *ctx, unsigned line, const char *text)
{
    struct lint_run *run = ctx;
    const char *where =
        run->file != NULL ? run->file : arena_printf(&run->app->arena, "%.12s", run->commit.ptr);
    events_message(run->app->events,
                   &(struct event_message){
                       .level = EVENT_ERROR,
                       .title = "commit message",
                       .file = run->file,
                       .line = run->file != NULL ? (int)line : 0,
                       .text = arena_printf(&run->app->arena, "%s:%u: %s", where, line, text)});
    run->complaints++;
    jw_object_begin(run->w);
    jw_member(run->w, "file", run->file);
    jw_key(run->w, "commit");
    if (run->file == NULL)
        jw_str(run->w, run->commit);
    else
        jw_null(run->w);
    jw_member_uint(run->w, "line", line);
    jw_member(run->w, "text", text);
    jw_object_end(run->w);
}

static void lint(struct lint_run *run, const struct lint_options *options, struct str message)
{
    run->messages++;
    changelog_lint(message, options->types.items, options->types.count, complain, run);
}

/* As git takes it from an editor: lines that begin with '#' are comments. */
static void drop_comments(struct str text, struct buf *out)
{
    struct str line;
    while (str_next_line(&text, &line)) {
        if (str_starts(line, STR("#")))
            continue;
        buf_add(out, line);
        buf_addc(out, '\n');
    }
}

static bool lint_file(struct lint_run *run, const struct lint_options *options, struct error *err)
{
    cleanup_buf struct buf text = buf_make(BUF_TEXT), message = buf_make(BUF_TEXT + 1);
    bool input = strcmp(options->message, "-") == 0;
    run->file = input ? "stdin" : options->message;
    TRY(input ? fs_read_fd(STDIN_FILENO, "stdin", &text, err)
              : fs_read(options->message, &text, err));
    drop_comments(buf_str(&text), &message);
    lint(run, options, buf_str(&message));
    return true;
}

/* "A..B" and "A..": the commits between; "A": that one. */
static bool read_query(struct app *app, const char *dir, const char *text, char from[GIT_SHA_MAX],
                       char to[GIT_SHA_MAX], struct error *err)
{
    struct str all = str_of(text);
    size_t dots = str_find(all, STR(".."));
    const char *first = arena_strdup(&app->arena, str_sub(all, 0, dots));
    const char *last =
        dots == SIZE_MAX ? first : arena_strdup(&app->arena, str_sub(all, dots + 2, SIZE_MAX));
    const char *parent = arena_printf(&app->arena, "%s~1", first);
    TRY(git_resolve(dir, last[0] != '\0' ? last : "HEAD", to, err));
    if (dots != SIZE_MAX)
        return git_resolve(dir, first, from, err);
    /* The first commit has no parent; then it is all there is. */
    if (!git_resolve(dir, parent, from, err))
        from[0] = '\0';
    return from[0] != '\0' || err->kind == ERR_NOT_FOUND;
}

static bool lint_commits(struct lint_run *run, const struct lint_options *options,
                         struct error *err)
{
    cleanup_git_log struct git_log log = {0};
    char from[GIT_SHA_MAX] = "", to[GIT_SHA_MAX] = "";
    const char *dir = run->app->globals->project != NULL ? run->app->globals->project : ".";
    TRY(read_query(run->app, dir, options->range != NULL ? options->range : "HEAD", from, to, err));
    const struct git_log_query query = {.from = from[0] != '\0' ? from : NULL, .to = to};
    TRY(git_log(dir, &query, &log, err));
    for (size_t i = 0; i < log.count; i++) {
        run->commit = log.items[i].sha;
        lint(run, options, log.items[i].message);
    }
    return true;
}

static bool run(struct app *app, void *context, struct error *err)
{
    const struct lint_options *options = context;
    cleanup_buf struct buf json = buf_make(BUF_BODY), text = buf_make(BUF_LINE);
    struct json_writer w = jw_make(&json, JSON_COMPACT);
    struct lint_run lint_run = {.app = app, .w = &w};
    if (options->message != NULL && options->range != NULL)
        return err_set(err, ERR_USAGE, "a range or --message, not both");
    jw_object_begin(&w);
    jw_member_array(&w, "problems");
    TRY(options->message != NULL ? lint_file(&lint_run, options, err)
                                 : lint_commits(&lint_run, options, err));
    jw_array_end(&w);
    jw_member_uint(&w, "messages", lint_run.messages);
    jw_object_end(&w);
    TRY(jw_finish(&w, "what was found", err));
    if (lint_run.complaints == 0)
        buf_addf(&text, "%zu message%s in order\n", lint_run.messages,
                 lint_run.messages == 1 ? "" : "s");
    TRY(app_result(app, buf_str(&text), buf_str(&json), err));
    return lint_run.complaints == 0 ||
           err_set(err, ERR_FAILED, "%zu problem%s in %zu message%s", lint_run.complaints,
                   lint_run.complaints == 1 ? "" : "s", lint_run.messages,
                   lint_run.messages == 1 ? "" : "s");
}

static const struct cli_option POSITIONALS[] = {
    {CLI_ARGUMENT(struct lint_options, range, "RANGE", "FROM..TO, or one commit; HEAD by default"),
     .optional = true},
    {0},
};

static const struct cli_option OPTIONS[] = {
    {CLI_STRING(struct lint_options, message, "message", 'm', "FILE",
                "a message in a file, as a commit-msg hook gets it; - is stdin"),
     .complete = CLI_COMPLETE_FILE},
    {CLI_STRINGS(struct lint_options, types, "type", 't', "TYPE",
                 "a type beside the usual ones; may be repeated")},
    {0},
};

const struct cli_command command_commit_lint = {
    .path = "commit lint",
    .summary = "check commit messages",
    .details = "Messages are to be conventional commits, which `changelog` can read: "
               "'type(scope): subject', a blank line, a body, footers. Merges and git's own "
               "reverts are in order.",
    .positionals = POSITIONALS,
    .options = OPTIONS,
    .examples = {{"teerexctl commit lint", "the last commit"},
                 {"teerexctl commit lint origin/main..HEAD", "those of this branch"},
                 {"teerexctl commit lint --message .git/COMMIT_EDITMSG", "in a commit-msg hook"}},
    .context_size = sizeof(struct lint_options),
    .run = run,
};
