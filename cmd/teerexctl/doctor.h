/* What the checks of `teerexctl doctor` find. */
#pragma once

#include "app.h"
#include "config/config.h"

enum health { HEALTH_OK, HEALTH_WARN, HEALTH_FAIL };

struct finding {
    enum health health;
    const char *name;   /* what was looked at */
    const char *detail; /* what is so */
    const char *fix;    /* what to do about it; "" when ok */
};

struct doctor {
    struct app *app;
    const char *environment; /* NULL: all */
    struct finding *findings;
    size_t count, cap;
};

/* Everything that is looked at, in order. Changes nothing. */
void doctor_run(struct doctor *d);
