/* Asking before and after the switch: the new instance on its private socket, then the gates. */
#include "act.h"
#include "gate/gate.h"

enum { CHECK_TIMEOUT_MS = 5000, CHECK_RETRIES = 40, CHECK_INTERVAL_MS = 250 };

/* An instance that is asked, and how to find out that it has ended. */
struct asked {
    struct deploy *d;
    const struct target *target;
    const char *instance;
    uint32_t restarts; /* of it when asking began */
};

/* Fail fast: nobody waits for an answer of a process that is gone, and one that its supervisor had
 * to start again is not well, whatever it answers. */
static bool is_alive(void *ctx, struct buf *why)
{
    const struct asked *asked = ctx;
    struct error err;
    struct supervise_status status;
    cleanup_supervise struct supervise *keeper = NULL;
    char how[64];
    if (!supervise_connect(asked->target->service_dir, asked->d->clock, &keeper, &err) ||
        !supervise_status(keeper, &status, &err))
        return true;
    const struct supervise_instance *instance = supervise_find(&status, asked->instance);
    if (instance == NULL || (instance->pid != 0 && instance->restarts == asked->restarts))
        return true;
    if (instance->pid != 0) {
        buf_addf(why, "%s ended and was started again", asked->instance);
        return false;
    }
    supervise_describe_exit(instance, how, sizeof(how));
    buf_addf(why, "%s %s", asked->instance, how);
    return false;
}

/* Where a client on this machine reaches the component. */
static const char *client_address(struct deploy *d, const struct target *target,
                                  const char **ret_socket)
{
    struct str listen = str_of(target->component->listen);
    *ret_socket = NULL;
    if (str_starts(listen, STR("unix:"))) {
        *ret_socket = listen.ptr + 5;
        return "http://localhost";
    }
    if (str_starts(listen, STR("0.0.0.0:")))
        return arena_printf(d->arena, "http://127.0.0.1:%s", listen.ptr + 8);
    if (str_starts(listen, STR("[::]:")))
        return arena_printf(d->arena, "http://[::1]:%s", listen.ptr + 5);
    return arena_printf(d->arena, "http://%s", listen.ptr);
}

static struct gate_context context_of(struct acting *x, const struct doing *doing,
                                      const struct gate_target *targets, size_t count)
{
    return (struct gate_context){
        .http = x->d->http,
        .clock = doing->clock,
        .events = doing->events,
        .step = doing->step,
        .environment = x->d->config->environment,
        .dir = x->d->config->project_dir,
        .targets = targets,
        .target_count = count,
    };
}

static bool note_results(const struct gate_results *results, struct buf *note, struct error *err)
{
    struct json_writer w = jw_make(note, JSON_COMPACT);
    gate_results_write(results, &w);
    return jw_finish(&w, "the gates' results", err);
}

/* What every instance must answer before it takes a request: that it is well, and that it is the
 * one that was started. */
static bool run_checks(const struct gate_context *context, const struct target *target,
                       struct gate_results *results, struct error *err)
{
    const struct config_gate health = {
        .name = "health",
        .kind = CONFIG_GATE_HTTP,
        .component = target->component->name,
        .url = arena_printf(&results->arena, "{{address}}%s",
                            target->component->health ? target->component->health : ""),
        .expect = {.status = 200},
        .timeout_ms = CHECK_TIMEOUT_MS,
        .retries = CHECK_RETRIES,
        .interval_ms = CHECK_INTERVAL_MS,
    };
    const struct config_gate release = {
        .name = "identity",
        .kind = CONFIG_GATE_RELEASE,
        .component = target->component->name,
        .timeout_ms = CHECK_TIMEOUT_MS,
        .retries = 0,
    };
    const struct config_gate *gates[] = {&health, &release};
    bool asks_health = target->component->health != NULL;
    return gate_run_all(context, asks_health ? gates : gates + 1, asks_health ? 2 : 1, results,
                        err);
}

bool act_check(void *ctx, const struct doing *doing, struct buf *note, struct error *err)
{
    struct acting *x = ctx;
    struct asked asked = {.d = x->d};
    char socket[SUPERVISE_PATH_MAX];
    cleanup_gate_results struct gate_results results = {0};
    TRY(acting_target(x, doing->action, &asked.target, err));
    TRY(acting_param(doing->action, "instance", &asked.instance, err));
    TRY(supervise_check_socket(asked.target->service_dir, asked.instance, socket, err));
    const struct gate_target target = {
        .component = asked.target->component->name,
        .host = asked.target->host->name,
        .address = "http://instance",
        .unix_socket = socket,
        .expect = {.version = asked.target->release.version,
                   .digest = asked.target->release.digest,
                   .instance = asked.instance},
        .alive = is_alive,
        .alive_ctx = &asked,
    };
    const struct gate_context context = context_of(x, doing, &target, 1);
    TRY(run_checks(&context, asked.target, &results, err));
    TRY(note_results(&results, note, err));
    return gate_results_check(&results, err);
}

/* Everything known about the instances that take requests now; what is not known is not compared,
 * and a release gate says so. */
static void describe_public(struct acting *x, const struct target *target, struct asked *asked,
                            struct gate_target *ret)
{
    struct error err;
    struct sight sight;
    struct spoken spoken = {0};
    *ret = (struct gate_target){
        .component = target->component->name,
        .host = target->host->name,
        .expect = {.version = target->release.version, .digest = target->release.digest},
    };
    ret->address = client_address(x->d, target, &ret->unix_socket);
    if (!target_observe(x->d, target, &sight, &err) || sight_active(&sight) == NULL)
        return;
    const struct supervise_instance *active = sight_active(&sight);
    *asked = (struct asked){x->d, target, active->id, active->restarts};
    ret->alive = is_alive;
    ret->alive_ctx = asked;
    ret->expect.instance = asked->instance;
    if (ask_version(x->d, target, asked->instance, &spoken, &err))
        ret->expect.boot_id = spoken.boot_id;
}

/* The gates that the action names, a word each, with what they need. */
static bool gates_of(struct acting *x, const struct action *action,
                     const struct config_gate *const **ret_gates, size_t *ret_count,
                     struct error *err)
{
    const char *text = NULL;
    config_strings names = {0};
    TRY(acting_param(action, "gates", &text, err));
    names.items = ARENA_ARRAY(x->d->arena, const char *, strlen(text) + 1);
    for (struct str rest = str_of(text); rest.len > 0;)
        names.items[names.count++] = arena_strdup(x->d->arena, str_cut(rest, ' ', &rest, NULL));
    return gate_select(x->d->config, &names, x->d->arena, ret_gates, ret_count, err);
}

static bool ask_all(struct acting *x, const struct doing *doing,
                    const struct config_gate *const *gates, size_t count, struct error *err)
{
    struct gate_target *targets = ARENA_ARRAY(x->d->arena, struct gate_target, x->targets.count);
    struct asked *asked = ARENA_ARRAY(x->d->arena, struct asked, x->targets.count);
    for (size_t i = 0; i < x->targets.count; i++)
        describe_public(x, &x->targets.items[i], &asked[i], &targets[i]);
    const struct gate_context context = context_of(x, doing, targets, x->targets.count);
    return gate_run_all(&context, gates, count, x->gates, err);
}

bool act_gates(void *ctx, const struct doing *doing, struct buf *note, struct error *err)
{
    struct acting *x = ctx;
    size_t count = 0;
    const struct config_gate *const *gates = NULL;
    TRY(gates_of(x, doing->action, &gates, &count, err));
    TRY(ask_all(x, doing, gates, count, err));
    TRY(note_results(x->gates, note, err));
    return gate_results_check(x->gates, err);
}

static bool ask_gates(struct acting *x, const config_strings *names, struct error *err)
{
    size_t gate_count = 0;
    const struct config_gate *const *gates = NULL;
    const struct doing doing = {.clock = x->d->clock, .events = x->d->events};
    TRY(gate_select(x->d->config, names, x->d->arena, &gates, &gate_count, err));
    TRY(targets_recorded(x->d, &x->targets, err));
    return ask_all(x, &doing, gates, gate_count, err);
}

bool deploy_gates(struct deploy *d, const config_strings *names, struct gate_results *results,
                  struct error *err)
{
    struct acting x = {.d = d, .gates = results};
    cleanup_store struct store *store = NULL;
    TRY(open_for_reading(d, &store, err));
    bool ok = ask_gates(&x, names, err);
    d->store = NULL;
    return ok;
}
