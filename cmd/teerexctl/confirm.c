/* Asking a person before something that matters is changed. */
#include <unistd.h>

#include "app.h"

static bool refuse(const char *environment, const char *why, struct error *err)
{
    return err_set(err, ERR_USAGE, "%s: changing it needs a confirmation: --yes=%s", why,
                   environment);
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
    if (isatty(STDIN_FILENO) != 1 || isatty(STDERR_FILENO) != 1)
        return refuse(environment, "nobody is there to be asked", err);
    return ask(environment, err);
}
