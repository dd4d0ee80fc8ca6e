/* The one way git is run, and its complaints in words that say what to do. */
#include "internal.h"
#include "proc/proc.h"

enum { ARGS_MAX = 64, TIMEOUT_MS = 60 * 1000, COMPLAINT_MAX = 64 * 1024 };

/* A user's own configuration belongs to him; a surrounding hook's repository does not. */
static const char *const ENVIRONMENT[] = {
    "LC_ALL=C",
    "GIT_TERMINAL_PROMPT=0",
    "GIT_OPTIONAL_LOCKS=0",
    "GIT_LITERAL_PATHSPECS=1",
    "GIT_PAGER=cat",
    "GIT_EDITOR=true",
    "XDG_CONFIG_HOME",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_AUTHOR_NAME",
    "GIT_AUTHOR_EMAIL",
    "GIT_AUTHOR_DATE",
    "GIT_COMMITTER_NAME",
    "GIT_COMMITTER_EMAIL",
    "GIT_COMMITTER_DATE",
    "GNUPGHOME",
    "SSH_AUTH_SOCK",
    NULL,
};

/* What git says (in English, which LC_ALL=C sees to) and what it means here; %s is the directory.
 */
static const struct complaint {
    const char *says;
    enum err_kind kind;
    const char *means;
} COMPLAINTS[] = {
    {"not a git repository", ERR_NOT_FOUND, "it is not inside a git repository"},
    {"must be run in a work tree", ERR_NOT_FOUND, "it is a bare repository, without files"},
    {"cannot change to", ERR_NOT_FOUND, "there is no such directory"},
    {"dubious ownership", ERR_AUTH,
     "it belongs to another user, so git does not trust it: run 'git config --global --add "
     "safe.directory DIRECTORY' if you do"},
    {"index.lock': File exists", ERR_TRANSIENT,
     "another git is at work there (or was killed: then remove .git/index.lock)"},
    {"tell me who you are", ERR_CONFIG,
     "git knows no author: set user.name and user.email, or GIT_AUTHOR_NAME and GIT_AUTHOR_EMAIL"},
    {"empty ident name", ERR_CONFIG, "git knows no author: set user.name and user.email"},
    {"during a merge", ERR_CONFLICT, "a merge is not finished"},
    {"No names found", ERR_NOT_FOUND, "no tag leads there"},
    {"No tags can describe", ERR_NOT_FOUND, "no tag leads there"},
    {"No such remote", ERR_NOT_FOUND, "there is no such remote"},
    {"is not a valid tag name", ERR_USAGE, "git does not accept that name"},
    {"cannot lock ref", ERR_TRANSIENT, "another git is at work on that name"},
};

static bool explain(const struct git_call *call, const struct proc_result *r, struct error *err)
{
    for (size_t i = 0; i < ARRAY_LEN(COMPLAINTS); i++) {
        const struct complaint *c = &COMPLAINTS[i];
        if (str_has(buf_str(&r->errout), str_of(c->says)))
            return err_set(err, c->kind, "git %s in '%s': %s", call->doing, call->dir, c->means);
    }
    bool ok = proc_check(r, "git", err);
    return ok || err_wrap(err, "git %s in '%s'", call->doing, call->dir);
}

static bool start_error(struct error *err)
{
    if (err->kind == ERR_NOT_FOUND)
        return err_set(err, ERR_NOT_FOUND, "git is not installed: install the package 'git'");
    return false;
}

static bool fill_argv(const struct git_call *call, const char *argv[ARGS_MAX], struct error *err)
{
    size_t count = 0;
    argv[count++] = "git";
    argv[count++] = "-C";
    argv[count++] = call->dir;
    for (size_t i = 0; call->args[i] != NULL; i++) {
        if (count == ARGS_MAX - 1)
            return err_set(err, ERR_BUG, "git %s with too many arguments", call->doing);
        argv[count++] = call->args[i];
    }
    argv[count] = NULL;
    return true;
}

bool git_run(const struct git_call *call, struct buf *ret_out, bool *ret_yes, struct error *err)
{
    const char *argv[ARGS_MAX];
    size_t max = call->max != 0 ? call->max : BUF_DOCUMENT;
    cleanup_proc_result struct proc_result r = {0};
    struct proc_spec spec = {
        .argv = argv,
        .env = ENVIRONMENT,
        .stdin_text = call->input,
        .out.max = max,
        .errout.max = COMPLAINT_MAX,
        .timeout_ms = TIMEOUT_MS,
        .effect = call->effect,
        .cap = call->cap,
    };
    TRY(fill_argv(call, argv, err));
    if (!proc_run(&spec, &r, err))
        return start_error(err);
    if (r.status != 0 && !(call->may_say_no && r.status == 1))
        return explain(call, &r, err);
    if (r.out_cut)
        return err_set(err, ERR_FAILED, "git %s in '%s' says more than %zu bytes", call->doing,
                       call->dir, max);
    if (ret_yes != NULL)
        *ret_yes = r.status == 0;
    if (ret_out != NULL) {
        *ret_out = r.out;
        r.out = buf_make(1);
    }
    return true;
}
