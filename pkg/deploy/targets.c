/* Targets: one component on one host, and everything about it that follows from the
 * configuration alone. */
#include "data/data.h"
#include "fs/fs.h"
#include "world.h"

enum { SPEC_TEXT_MAX = 256 * 1024, STANDING_ARGS = 16 };

static const char *env_name(const struct deploy *d)
{
    return d->config->environment;
}

/* The value of a component's secret; resolved before, so it is there. */
static const struct config_secret_value *secret_of(const struct config_secret_values *secrets,
                                                   const char *component, const char *name)
{
    for (size_t i = 0; secrets != NULL && i < secrets->count; i++) {
        const struct config_secret_value *value = &secrets->items[i];
        if (strcmp(value->component, component) == 0 && strcmp(value->name, name) == 0)
            return value;
    }
    return NULL;
}

const char *const *target_make_env(struct deploy *d, const struct config_component *component,
                                   const struct config_secret_values *secrets)
{
    enum { BASE = 2 };
    size_t count = 0;
    const char **env = ARENA_ARRAY(d->arena, const char *,
                                   component->settings.count + component->secrets.count + BASE + 1);
    env[count++] = "PATH=/usr/local/bin:/usr/bin:/bin";
    env[count++] = "LANG=C.UTF-8";
    for (size_t i = 0; i < component->settings.count; i++)
        env[count++] = arena_printf(d->arena, "%s=%s", component->settings.items[i].name,
                                    component->settings.items[i].value);
    for (size_t i = 0; i < component->secrets.count; i++) {
        const char *name = component->secrets.items[i].name;
        const struct config_secret_value *secret = secret_of(secrets, component->name, name);
        if (secret != NULL)
            env[count++] =
                arena_printf(d->arena, "%s=%" PRIstr, name, STR_ARG(secret_str(&secret->value)));
    }
    return env;
}

/* Secrets count by reference only: a digest of their values would let a reader try values. */
bool target_digest_spec(struct target *t, struct error *err)
{
    cleanup_buf struct buf text = buf_make(SPEC_TEXT_MAX);
    struct json_writer w = jw_make(&text, JSON_COMPACT);
    jw_object_begin(&w);
    jw_member(&w, "release", t->release.digest);
    spec_write(&w, t->component);
    jw_object_end(&w);
    TRY(jw_finish(&w, "the description of an instance", err));
    sha256_hex(buf_str(&text), t->spec);
    return true;
}

/* All that is known without looking at the component's files. */
static bool describe_one(struct deploy *d, const struct config_component *component,
                         const struct config_host *host, struct target *t, struct error *err)
{
    *t = (struct target){.component = component, .host = host, .release_dir = ""};
    if (host->transport != CONFIG_LOCAL)
        return err_set(err, ERR_CONFIG,
                       "host '%s': this version deploys to hosts of transport local only",
                       host->name);
    if (component->listen == NULL)
        return err_set(err, ERR_CONFIG, "component '%s' has no address to listen on (listen)",
                       component->name);
    t->name = arena_printf(d->arena, "%s@%s", component->name, host->name);
    t->service = arena_printf(d->arena, "%s-%s", env_name(d), component->name);
    t->service_dir = arena_printf(d->arena, "%s/services/%s", d->config->state_dir, t->service);
    return true;
}

static size_t count_targets(const struct config_env *env)
{
    size_t count = 0;
    for (size_t i = 0; i < env->components.count; i++)
        count += env->components.items[i].hosts.count;
    return count;
}

bool targets_describe(struct deploy *d, struct targets *ret, struct error *err)
{
    struct targets out = {0};
    struct config_step *steps = NULL;
    size_t count = 0;
    TRY(config_order(d->config, d->arena, &steps, &count, err));
    out.items = ARENA_ARRAY(d->arena, struct target, count_targets(&d->config->env));
    for (size_t i = 0; i < count; i++) {
        const struct config_component *component = steps[i].component;
        for (size_t j = 0; component != NULL && j < component->hosts.count; j++) {
            const struct config_host *host = config_host(d->config, component->hosts.items[j]);
            TRY(describe_one(d, component, host, &out.items[out.count++], err));
        }
    }
    *ret = out;
    return true;
}

static bool recall_releases(struct deploy *d, struct targets *targets, struct error *err)
{
    for (size_t i = 0; i < targets->count; i++) {
        struct deployed deployed;
        TRY(deployed_read(d, &targets->items[i], &deployed, err));
        targets->items[i].release.version = deployed.now.version;
        targets->items[i].release.digest = deployed.now.digest;
    }
    return true;
}

bool targets_recorded(struct deploy *d, struct targets *ret, struct error *err)
{
    struct targets out;
    TRY(targets_describe(d, &out, err));
    TRY(recall_releases(d, &out, err));
    *ret = out;
    return true;
}

bool targets_resolve(struct deploy *d, struct targets *ret, struct error *err)
{
    struct targets out;
    TRY(targets_describe(d, &out, err));
    for (size_t i = 0; i < out.count; i++) {
        struct target *t = &out.items[i];
        TRY(release_resolve(d, t->component, &t->release, err));
        t->release_dir =
            arena_printf(d->arena, "%s/releases/%s", d->config->state_dir, t->release.digest);
        t->env = target_make_env(d, t->component, d->secrets);
        TRY(target_digest_spec(t, err));
    }
    *ret = out;
    return true;
}

const struct target *targets_find(const struct targets *targets, const char *name)
{
    for (size_t i = 0; i < targets->count; i++)
        if (strcmp(targets->items[i].name, name) == 0)
            return &targets->items[i];
    return NULL;
}

bool target_argv(struct deploy *d, const struct target *target, const char *instance,
                 const char *const **ret_argv, struct error *err)
{
    const struct config_component *c = target->component;
    char socket[SUPERVISE_PATH_MAX];
    size_t count = 0;
    TRY(supervise_check_socket(target->service_dir, instance, socket, err));
    const char *const standing[] = {
        "--hold",
        "--check-socket",
        arena_strdup(d->arena, str_of(socket)),
        "--environment",
        env_name(d),
        "--instance-id",
        instance,
        "--release-version",
        target->release.version,
        "--release-digest",
        target->release.digest,
        "--drain-idle",
        arena_printf(d->arena, "%lldms", (long long)c->drain.idle_ms),
        "--drain-max",
        arena_printf(d->arena, "%lldms", (long long)c->drain.max_ms),
    };
    _Static_assert(ARRAY_LEN(standing) <= STANDING_ARGS, "room for every standing option");
    const char **argv = ARENA_ARRAY(d->arena, const char *, c->command.count + STANDING_ARGS + 1);
    argv[count++] = arena_printf(d->arena, "%s/%s", target->release_dir, c->command.items[0]);
    for (size_t i = 1; i < c->command.count; i++)
        argv[count++] = c->command.items[i];
    for (size_t i = 0; i < ARRAY_LEN(standing); i++)
        argv[count++] = standing[i];
    *ret_argv = argv;
    return true;
}

/* The number behind the last dash of an instance's name; 0 when there is none. */
static uint64_t generation_of(const char *instance)
{
    uint64_t number = 0;
    const char *dash = strrchr(instance, '-');
    return dash != NULL && str_to_u64(str_of(dash + 1), &number) ? number : 0;
}

const char *target_instance(struct deploy *d, const struct target *target,
                            const struct sight *sight)
{
    uint64_t newest = generation_of(sight->deployed.now.instance);
    newest = sight->fence > newest ? sight->fence : newest;
    for (size_t i = 0; sight->status != NULL && i < sight->status->count; i++) {
        uint64_t number = generation_of(sight->status->instances[i].id);
        newest = number > newest ? number : newest;
    }
    return arena_printf(d->arena, "%.*s-%llu", SPEC_LEN, target->spec,
                        (unsigned long long)newest + 1);
}

bool target_is_instance(const struct target *target, const char *instance)
{
    return strlen(instance) > SPEC_LEN && instance[SPEC_LEN] == '-' &&
           strncmp(instance, target->spec, SPEC_LEN) == 0;
}
