/* The end of a deployment, for people and for programs. */
#include "outcome.h"

#include "data/data.h"
#include "gate/gate.h"
#include "ledger/ledger.h"
#include "plan/plan.h"

static void add_gates(struct site *site, const struct deploy_report *report, struct buf *out)
{
    if (report == NULL || report->gates.count == 0)
        return;
    buf_addc(out, '\n');
    gate_results_render(&report->gates, site->app->stdout_look.columns, site->app->stdout_look.utf8,
                        out);
}

static void add_hosts(const struct deploy_status *status, struct buf *out)
{
    for (size_t i = 0; i < status->component_count; i++) {
        const struct deploy_status_component *component = &status->components[i];
        for (size_t j = 0; j < component->host_count; j++) {
            const struct deploy_status_host *host = &component->hosts[j];
            const char *state = strcmp(host->state, "active") != 0 ? host->state
                                : host->healthy                    ? "healthy"
                                                                   : "unhealthy";
            buf_addf(out, "%s@%s  http://%s  %s  %.12s  %s\n", component->name, host->host,
                     host->address, host->version[0] ? host->version : "-", host->digest, state);
        }
    }
}

static bool was_written(const struct deploy_report *report)
{
    for (size_t i = 0; report != NULL && i < report->plan.count; i++)
        if (report->plan.actions[i].kind == ACTION_LEDGER_APPEND)
            return true;
    return false;
}

/* The newest row of the ledger, as DEPLOYMENTS.md shows it. */
static bool add_ledger(struct site *site, struct buf *out, struct error *err)
{
    const char *path = NULL;
    struct chain chain;
    struct ledger ledger;
    struct arena *arena = &site->app->arena;
    cleanup_store struct store *store = NULL;
    TRY(deploy_store_path(&site->deploy, &path, err));
    TRY(store_open_read(path, &store, err));
    TRY(chain_read(store, arena, &chain, err));
    TRY(ledger_derive(&chain, arena, &ledger, err));
    if (ledger.count == 0)
        return true;
    const char *const *cells = ledger.rows[0].cells;
    buf_addf(out, "\nLedger  %s  %s  %s  %s  %.19s  %s\n        %s/DEPLOYMENTS.md\n",
             cells[LEDGER_TIMESTAMP], cells[LEDGER_VERSION], cells[LEDGER_ENVIRONMENT],
             cells[LEDGER_MACHINE], cells[LEDGER_IMAGE_DIGEST], cells[LEDGER_STATUS],
             site->config.state_dir);
    return true;
}

/* A newcomer's next steps, with the address that really answers. */
static void add_next(const struct site *site, const struct deploy_status *status, struct buf *out)
{
    const struct deploy_status_component *first = status->components;
    const char *self = site->deploy.self;
    if (status->component_count == 0 || !first->hosts[0].healthy)
        return;
    buf_addf(out,
             "\nTry next:\n"
             "  curl http://%s/version\n"
             "  %s status %s\n"
             "  %s history %s --verify\n"
             "  %s down %s\n",
             first->hosts[0].address, self, status->environment, self, status->environment, self,
             status->environment);
}

static bool write_json(const struct deploy_report *report, const struct deploy_status *status,
                       struct buf *out, struct error *err)
{
    cleanup_buf struct buf inner = buf_make(BUF_DOCUMENT), plan = buf_make(BUF_DOCUMENT);
    struct json_writer w = jw_make(out, JSON_COMPACT);
    TRY(deploy_status_json(status, &inner, err));
    jw_object_begin(&w);
    jw_member(&w, "environment", status->environment);
    jw_member_bool(&w, "changed", report != NULL && report->plan.count > 0);
    jw_key(&w, "status");
    jw_raw(&w, buf_str(&inner));
    if (report != NULL) {
        TRY(plan_write_result(&report->plan, &plan, err));
        jw_key(&w, "plan");
        jw_raw(&w, buf_str(&plan));
        jw_key(&w, "gates");
        gate_results_write(&report->gates, &w);
    }
    jw_object_end(&w);
    return jw_finish(&w, "the result", err);
}

/* What a workflow reads: is anything different now, and what is it? */
static bool put_outputs(struct site *site, const struct deploy_report *report,
                        const struct deploy_status *status, struct error *err)
{
    struct events *events = site->app->events;
    bool changed = report != NULL && report->plan.count > 0;
    TRY(events_output(events, "environment", str_of(status->environment), err));
    TRY(events_output(events, "changed", changed ? STR("true") : STR("false"), err));
    if (status->component_count == 0)
        return true;
    TRY(events_output(events, "version", str_of(status->components[0].version), err));
    return events_output(events, "digest", str_of(status->components[0].digest), err);
}

static void put_summary(struct site *site, const struct deploy_report *report, struct str text)
{
    cleanup_buf struct buf out = buf_make(BUF_TEXT);
    buf_addf(&out, "### %s: %s\n\n```\n%" PRIstr "```\n", site->config.environment,
             report != NULL && report->plan.count > 0 ? "deployed" : "nothing to do",
             STR_ARG(text));
    events_summary(site->app->events, buf_str(&out));
}

bool outcome_result(struct site *site, const struct deploy_report *report, struct error *err)
{
    struct deploy_status status;
    cleanup_buf struct buf text = buf_make(BUF_DOCUMENT), json = buf_make(BUF_DOCUMENT);
    bool idle = report == NULL || report->plan.count == 0;
    TRY(deploy_status(&site->deploy, &status, err));
    if (idle)
        buf_addf(&text, "%s: nothing to do\n\n", status.environment);
    add_hosts(&status, &text);
    add_gates(site, report, &text);
    if (was_written(report))
        TRY(add_ledger(site, &text, err));
    add_next(site, &status, &text);
    TRY(write_json(report, &status, &json, err));
    TRY(put_outputs(site, report, &status, err));
    put_summary(site, report, buf_str(&text));
    return app_result(site->app, buf_str(&text), buf_str(&json), err);
}
