/* A service kept by systemd: units instead of processes of ours. Names, files, and systemctl. */
#pragma once

#include "client.h"
#include "roster.h"

/* Enough for "teerex-NAME@ID.service". */
enum { UNIT_NAME_MAX = 2 * SUPERVISE_ID_MAX + 32 };

/* "teerex-local-prover": the beginning of every unit's name. */
void unit_base(const struct settings *settings, char out[UNIT_NAME_MAX]);
void unit_of(const struct settings *settings, const char *id, char out[UNIT_NAME_MAX]);

/* ---- systemd_units.c: the files below /etc/systemd/system ---- */

/* The socket, what it starts when there is no instance, and the template of the instances. */
bool units_write_base(const struct cap *cap, const char *dir, const struct settings *settings,
                      struct error *err) must_use;
/* What an instance runs. */
bool units_write_command(const struct cap *cap, const struct settings *settings,
                         const struct supervise_start *what, struct error *err) must_use;
/* That it is the one that serves: accepts at once, is started again. */
bool units_write_promoted(const struct cap *cap, const struct settings *settings, const char *id,
                          struct error *err) must_use;
/* Removes the marks of promotion; `all`: the command too. */
bool units_remove(const struct cap *cap, const struct settings *settings, const char *id, bool all,
                  struct error *err) must_use;
/* Appends one word as it is written in ExecStart= and Environment=. */
void units_quote(struct buf *out, const char *word);

/* ---- systemd_ctl.c ---- */

/* Runs `systemctl ARGS…` (NULL-terminated); fails with what it wrote. */
bool systemctl(const struct cap *cap, const char *const *args, struct error *err) must_use;
#define SYSTEMCTL(cap, err, ...) systemctl((cap), (const char *const[]){__VA_ARGS__, NULL}, (err))

/* What systemd says of one unit. */
struct unit_view {
    char active[24]; /* "active", "activating", "deactivating", "inactive", "failed" */
    char sub[24];    /* "auto-restart", "running", … */
    char result[24]; /* "success", "exit-code", "signal", "timeout", … */
    int64_t main_pid;
    int64_t restarts;
    int64_t exit_code;   /* ExecMainCode: 1 exited, 2 killed, 3 dumped; 0 runs still or never ran */
    int64_t exit_status; /* status or signal */
};
bool systemctl_show(const char *unit, struct unit_view *ret, struct error *err) must_use;
/* The same from the text `systemctl show` prints; what is absent is empty. */
void unit_view_parse(struct str text, struct unit_view *ret);
/* The unit's last lines in the journal; empty when they cannot be read. */
void journal_tail(const char *unit, char *text, size_t size);
