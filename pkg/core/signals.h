/* SIGINT, SIGTERM and SIGHUP as something to ask about and to poll on, never as a surprise. */
#pragma once

#include <stdbool.h>

#include "attr.h"
#include "error.h"

/* Installs handlers (without SA_RESTART) that remember the first signal and write to a pipe;
 * ignores SIGPIPE. A second SIGINT ends the process at once with status 130. Call once, from
 * main. */
bool signals_install(struct error *err) must_use;
/* Readable once a signal has arrived; for poll. -1 before signals_install. */
int signals_fd(void);
/* The first signal that arrived, 0 when none did. */
int signals_caught(void);
/* True while nothing arrived; otherwise ERR_INTERRUPTED. Asked between steps. */
bool signals_go_on(struct error *err) must_use;
/* In a forked child: default handlers again, nothing caught, the pipe closed. */
void signals_reset_child(void);
