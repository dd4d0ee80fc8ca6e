/* Asking a person before something that matters is changed. */
#include <unistd.h>

#include "app.h"

static bool refuse(const char *environment, const char *why, struct error *err)
{
    return err_set(err, ERR_USAGE, "%s: changing it needs a confirmation: --yes=%s", why,
                   environment);
}

static bool somebody_is_there(void)
{
    return isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1;
}

static bool ask(const char *environment, struct error *err)
{
    char answer[256];
    fprintf(stderr, "This changes %s. Type its name to go on: ", environment);
    fflush(stderr);
    bool answered = fgets(answer, sizeof(answer), stdin) != NULL;
    TRY(signals_go_on(err));
    if (!answered)
        return refuse(environment, "no answer", err);
    if (!str_is(str_trim(str_of(answer)), environment))
        return refuse(environment, "the answer is another name", err);
    return true;
}

bool app_confirm(struct app *app, const char *environment, struct error *err)
{
    const char *given = app->globals->yes;
    if (given != NULL && strcmp(given, environment) == 0)
        return true;
    if (given != NULL)
        return err_set(err, ERR_USAGE, "--yes=%s does not confirm a change of %s", given,
                       environment);
    if (!somebody_is_there())
        return refuse(environment, "nobody is there to be asked", err);
    return ask(environment, err);
}

bool app_ask(struct app *app, const char *question, bool *ret_yes, struct error *err)
{
    char answer[16] = "";
    *ret_yes = true;
    if (app->globals->yes != NULL || !somebody_is_there())
        return true;
    fprintf(stderr, "%s [Y/n] ", question);
    fflush(stderr);
    bool answered = fgets(answer, sizeof(answer), stdin) != NULL;
    TRY(signals_go_on(err));
    *ret_yes = answered && answer[0] != 'n' && answer[0] != 'N';
    return true;
}
