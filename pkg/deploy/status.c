/* The state of an environment: what was deployed, what runs, who holds the lease. */
#include "back.h"
#include "data/data.h"

/* What the instance itself says; silence is a note. */
static void status_ask(struct deploy *d, const struct target *target,
                       struct deploy_status_host *host)
{
    struct spoken spoken;
    struct error why;
    const char *health = target->component->health;
    if (!ask_version(d, target, host->instance, &spoken, &why)) {
        host->note = arena_strdup(d->arena, str_of(why.msg));
        return;
    }
    host->version = spoken.version;
    host->digest = spoken.digest;
    host->boot_id = spoken.boot_id;
    host->healthy = health == NULL || ask_health(d, target, host->instance, health, &why);
    if (!host->healthy)
        host->note = arena_strdup(d->arena, str_of(why.msg));
}

static bool status_host(struct deploy *d, const struct target *target,
                        struct deploy_status_host *ret, struct error *err)
{
    struct sight sight;
    TRY(target_observe(d, target, &sight, err));
    const struct supervise_instance *active = sight_active(&sight);
    *ret = (struct deploy_status_host){
        .host = target->host->name,
        .address = target->component->listen,
        .state = "stopped",
        .instance = "",
        .version = sight.deployed.now.version,
        .digest = sight.deployed.now.digest,
        .boot_id = "",
        .note = sight.deployed.now.instance[0] ? "it does not run" : "it was never deployed",
    };
    if (active == NULL)
        return true;
    ret->state = supervise_state_name(active->state);
    ret->instance = active->id;
    ret->since_ms = active->started_ms;
    ret->restarts = active->restarts;
    ret->note = "";
    if (active->state == SUPERVISE_ACTIVE) {
        status_ask(d, target, ret);
    } else {
        char how[64];
        supervise_describe_exit(active, how, sizeof(how));
        ret->note = arena_strdup(d->arena, str_of(how));
    }
    return true;
}

/* What the record of the component's first host says about going back. */
static bool status_back(struct deploy *d, const struct target *target,
                        struct deploy_status_component *ret, struct error *err)
{
    struct sight sight;
    struct standing at = {0};
    TRY(target_observe(d, target, &sight, err));
    at.deployed = &sight.deployed;
    TRY(running_observe(d, target, &sight, &at.running, err));
    const struct deployment *previous = choose_last_good(&at);
    if (previous != NULL) {
        ret->previous_version = previous->version;
        ret->previous_digest = previous->digest;
    }
    ret->left = ARENA_ARRAY(d->arena, struct deploy_former, sight.deployed.bad_count + 1);
    for (size_t i = 0; i < sight.deployed.bad_count; i++) {
        const struct bad *bad = &sight.deployed.bad[i];
        ret->left[ret->left_count++] = (struct deploy_former){
            .component = target->component->name,
            .host = target->host->name,
            .version = bad->version,
            .digest = bad->digest,
            .run = bad->run,
            .time_ms = bad->time_ms,
            .left = true,
        };
    }
    return true;
}

/* Targets stand in the order of components, so those of one component are neighbours. */
static bool status_components(struct deploy *d, const struct targets *targets,
                              struct deploy_status *status, struct error *err)
{
    struct deploy_status_host *hosts =
        ARENA_ARRAY(d->arena, struct deploy_status_host, targets->count);
    struct deploy_status_component *component = NULL;
    status->components = ARENA_ARRAY(d->arena, struct deploy_status_component, targets->count);
    for (size_t i = 0; i < targets->count; i++) {
        const struct target *target = &targets->items[i];
        struct deployed deployed;
        TRY(status_host(d, target, &hosts[i], err));
        TRY(deployed_read(d, target, &deployed, err));
        if (component == NULL || strcmp(component->name, target->component->name) != 0) {
            component = &status->components[status->component_count++];
            *component = (struct deploy_status_component){
                .name = target->component->name,
                .version = deployed.now.version,
                .digest = deployed.now.digest,
                .hosts = &hosts[i],
            };
            TRY(status_back(d, target, component, err));
        }
        component->host_count++;
    }
    return true;
}

static bool status_run(struct deploy *d, struct deploy_status *status, struct error *err)
{
    struct run_list runs;
    const struct run_query query = {.lease = d->config->environment, .limit = 1};
    TRY(lease_read(d->store, d->config->environment, &status->lease, err));
    TRY(store_runs(d->store, &query, d->arena, &runs, err));
    if (runs.count > 0)
        status->last_run = runs.items[0];
    return true;
}

bool deploy_status(struct deploy *d, struct deploy_status *ret, struct error *err)
{
    struct targets targets;
    cleanup_store struct store *store = NULL;
    struct deploy_status status = {.environment = d->config->environment};
    TRY(open_for_reading(d, &store, err));
    bool ok = targets_describe(d, &targets, err) && status_components(d, &targets, &status, err) &&
              status_run(d, &status, err);
    d->store = NULL;
    if (ok)
        *ret = status;
    return ok;
}

static void write_host(struct json_writer *w, const struct deploy_status_host *host)
{
    char since[TIME_TEXT_MAX] = "";
    if (host->since_ms > 0)
        time_format_utc(host->since_ms, since);
    jw_object_begin(w);
    jw_member(w, "name", host->host);
    jw_member(w, "address", host->address);
    jw_member(w, "state", host->state);
    jw_member_bool(w, "healthy", host->healthy);
    jw_member(w, "version", host->version);
    jw_member(w, "digest", host->digest);
    jw_member(w, "boot_id", host->boot_id);
    jw_member(w, "instance", host->instance);
    jw_member(w, "since", since);
    jw_member_int(w, "restarts", host->restarts);
    jw_member(w, "note", host->note);
    jw_object_end(w);
}

static void write_back(struct json_writer *w, const struct deploy_status_component *component)
{
    jw_key(w, "previous");
    if (component->previous_digest != NULL) {
        jw_object_begin(w);
        jw_member(w, "version", component->previous_version);
        jw_member(w, "digest", component->previous_digest);
        jw_object_end(w);
    } else {
        jw_null(w);
    }
    jw_member_array(w, "rolled_back");
    for (size_t i = 0; i < component->left_count; i++) {
        char time[TIME_TEXT_MAX];
        const struct deploy_former *left = &component->left[i];
        time_format_utc(left->time_ms, time);
        jw_object_begin(w);
        jw_member(w, "version", left->version);
        jw_member(w, "digest", left->digest);
        jw_member(w, "time", time);
        jw_member(w, "run", left->run);
        jw_object_end(w);
    }
    jw_array_end(w);
}

static void write_lease(struct json_writer *w, const struct lease *lease)
{
    jw_key(w, "lease");
    if (!lease->held && !lease->frozen) {
        jw_null(w);
        return;
    }
    jw_object_begin(w);
    jw_member_bool(w, "held", lease->held);
    jw_member(w, "run", lease->owner.run_id);
    jw_member(w, "host", lease->owner.host);
    jw_member_int(w, "pid", lease->owner.ident.pid);
    jw_member(w, "reason", lease->owner.reason);
    jw_member_int(w, "fence", (int64_t)lease->fence);
    jw_member_bool(w, "frozen", lease->frozen);
    jw_object_end(w);
}

static void write_run(struct json_writer *w, const struct run *run)
{
    char started[TIME_TEXT_MAX];
    jw_key(w, "last_run");
    if (run->id == NULL) {
        jw_null(w);
        return;
    }
    time_format_utc(run->started_ms, started);
    jw_object_begin(w);
    jw_member(w, "id", run->id);
    jw_member(w, "started", started);
    jw_member_bool(w, "finished", run->finished);
    jw_member(w, "last_action", run->last_action);
    jw_object_end(w);
}

bool deploy_status_json(const struct deploy_status *status, struct buf *out, struct error *err)
{
    struct json_writer w = jw_make(out, JSON_COMPACT);
    jw_object_begin(&w);
    jw_member(&w, "environment", status->environment);
    jw_member_array(&w, "components");
    for (size_t i = 0; i < status->component_count; i++) {
        const struct deploy_status_component *component = &status->components[i];
        jw_object_begin(&w);
        jw_member(&w, "name", component->name);
        jw_member(&w, "version", component->version);
        jw_member(&w, "digest", component->digest);
        jw_member_array(&w, "hosts");
        for (size_t j = 0; j < component->host_count; j++)
            write_host(&w, &component->hosts[j]);
        jw_array_end(&w);
        write_back(&w, component);
        jw_object_end(&w);
    }
    jw_array_end(&w);
    write_lease(&w, &status->lease);
    write_run(&w, &status->last_run);
    jw_object_end(&w);
    return jw_finish(&w, "the status", err);
}
