/* Gates: questions asked of what was just deployed, each answered with pass, fail or inconclusive.
 * Gates are data (config.h); this module asks them, again if need be, and says what came of it. It
 * changes nothing and decides nothing about what follows from a verdict.
 *
 * The rule: what proves the service wrong is a fail, what only says that we could not find out is
 * inconclusive. A gate that was not asked is skipped, and skipped is never passed.
 *
 *   http     as expected in status, JSON and latency         pass
 *            another status, other JSON, no JSON, too slow,  fail
 *            too large, not HTTP, a connection that breaks
 *            nobody listens (refused, no such socket)        fail
 *            the certificate does not hold                   fail: clients are refused, too
 *            429, 407; no such name, no route, no connection inconclusive
 *            in time
 *            no answer in time                               fail when the gate bounds the latency
 *                                                            or asks a private socket (there is no
 *                                                            network to blame), else inconclusive
 *   release  /version on several new connections: all name   pass
 *            the version, digest, boot id and instance that
 *            were deployed
 *            one of them names another, or none              fail
 *            nothing is known to compare with                inconclusive
 *            everything else as http
 *   command  exit 0                                          pass
 *            exit 7 or 75                                    inconclusive
 *            another exit status                             fail
 *            a signal, the time-out, cannot be started       inconclusive
 *   any      the process that is asked has ended             fail, at once
 *            a gate it needs did not pass                    by `fallback`: skipped, or that gate's
 *                                                            verdict (inconclusive if skipped)
 *
 * What did not pass is asked again, `retries` times after `interval`; the last answer counts. */
#pragma once

#include "config/config.h"
#include "core/core.h"
#include "data/data.h"
#include "event/event.h"
#include "http/http.h"

/* What must answer; NULL or empty: not known, not compared. */
struct gate_expect {
    const char *version;
    const char *digest; /* "sha256:…" of the release, or the bare digits: either form matches */
    const char *boot_id;
    const char *instance;
};

/* One component on one host, as it may be asked. Everything is borrowed. */
struct gate_target {
    const char *component;
    const char *host;        /* for people; NULL: none */
    const char *address;     /* "http://127.0.0.1:4000", without a slash at its end */
    const char *unix_socket; /* what begins with `address` is asked there instead; NULL: over TCP */
    struct gate_expect expect;
    /* False when the process has ended, with how in `why`. NULL: nobody knows. */
    bool (*alive)(void *ctx, struct buf *why);
    void *alive_ctx;
};

/* Who asks, and whom. Templates of a gate may name {{address}} {{component}} {{host}}
 * {{environment}} {{version}} {{digest}} {{instance}} {{boot_id}}; what is not known is empty. */
struct gate_context {
    struct http_client *http;
    const struct clock *clock;
    struct events *events; /* hears every verdict; NULL: nobody */
    step_id step;          /* whose progress tells the attempts; 0: none */
    const char *environment;
    const char *dir; /* where commands run; NULL: here */
    const struct gate_target *targets;
    size_t target_count;
};

/* What a gate said of one target. Strings are never NULL and live in the results' arena; reason and
 * evidence are redacted, printable and short. */
struct gate_result {
    const char *name;
    enum config_gate_kind kind;
    const char *component; /* "" when the gate is of none */
    const char *host;
    enum gate_verdict verdict;
    const char *reason;   /* why; "" when it passed */
    const char *evidence; /* what was seen: "200 OK, status = \"ok\"" */
    int64_t latency_ms;   /* of the last attempt; 0 when not asked */
    int attempts;
};

/* In the order of asking. Zero-initialise; release afterwards. */
struct gate_results {
    struct arena arena;
    struct gate_result *items;
    size_t count, cap;
};
void gate_results_release(struct gate_results *results);
#define cleanup_gate_results cleanup(gate_results_release)

/* Asks the gates, each after those it needs and of every target of its component, and appends what
 * they said. A needed gate that is not among `gates` is looked for in `results` (a run may ask in
 * several calls); one that is in neither has not passed. True however the verdicts are; fails with
 * ERR_CONFIG for a circle of needs, before anything is asked, and with ERR_INTERRUPTED. */
bool gate_run_all(const struct gate_context *context, const struct config_gate *const *gates,
                  size_t count, struct gate_results *results, struct error *err) must_use;

/* The gates named, with all they need, in the order of the configuration; all gates when `names` is
 * NULL or empty. ERR_USAGE for an unknown name, with the nearest. */
bool gate_select(const struct config *config, const config_strings *names, struct arena *arena,
                 const struct config_gate *const **ret_gates, size_t *ret_count,
                 struct error *err) must_use;

/* Fail before inconclusive before pass; skipped counts as inconclusive, and so does no result. */
enum gate_verdict gate_results_verdict(const struct gate_results *results);
/* True when all passed. ERR_GATE names the first that failed, ERR_INCONCLUSIVE the first that could
 * not say, and both how many others did not pass. */
bool gate_results_check(const struct gate_results *results, struct error *err) must_use;

/* [{name, kind, component, host, verdict, reason, evidence, latency_ms, attempts}]. */
void gate_results_write(const struct gate_results *results, struct json_writer *w);
/* A table for people, `columns` wide (0: as wide as need be). */
void gate_results_render(const struct gate_results *results, unsigned columns, bool utf8,
                         struct buf *out);
