/* Secrets are references until somebody needs them; here they become values in locked memory. */
#include <stdlib.h>

#include "internal.h"

static bool from_environ(void *ctx, const char *name, struct secret *ret, struct error *err)
{
    const char *const *environ = (const char *const *)ctx;
    const char *value = environ_get(environ, name);
    struct secret secret = {0};
    if (value == NULL)
        return err_set(err, ERR_CONFIG, "the environment variable %s is not set", name);
    TRY(secret_new(strlen(value), &secret, NULL, err));
    memcpy(secret.ptr, value, secret.len);
    *ret = secret;
    return true;
}

struct config_secret_source config_secret_env(const char *const *environ)
{
    union {
        const char *const *list;
        void *ctx;
    } as = {.list = environ};
    return (struct config_secret_source){.scheme = "env", .get = from_environ, .ctx = as.ctx};
}

void config_secret_values_release(struct config_secret_values *values)
{
    for (size_t i = 0; i < values->count; i++)
        secret_release(&values->items[i].value);
    free(values->items);
    *values = (struct config_secret_values){0};
}

static void move(struct config_secret_values *from, struct config_secret_values *to)
{
    *to = *from;
    *from = (struct config_secret_values){0};
}

static bool resolve(const struct config_secret_source *sources, size_t count,
                    struct config_secret_value *value, struct error *err)
{
    struct str name = STR_EMPTY;
    struct str scheme = str_cut(str_of(value->reference), ':', &name, NULL);
    for (size_t i = 0; i < count; i++) {
        if (str_is(scheme, sources[i].scheme))
            return sources[i].get(sources[i].ctx, name.ptr, &value->value, err);
    }
    return err_set(err, ERR_CONFIG, "nothing here reads '%s'", value->reference);
}

static size_t count_secrets(const struct config *config)
{
    size_t count = 0;
    for (size_t i = 0; i < config->env.components.count; i++)
        count += config->env.components.items[i].secrets.count;
    return count;
}

static void add_failure(struct buf *failures, const struct config_secret_value *value,
                        const struct error *one, struct error *all)
{
    if (failures->len == 0)
        all->kind = one->kind;
    buf_addf(failures, "%s%s of '%s': %s", failures->len ? "; " : "", value->name, value->component,
             one->msg);
}

bool config_resolve_secrets(const struct config *config, const struct config_secret_source *sources,
                            size_t source_count, struct config_secret_values *ret,
                            struct error *err)
{
    cleanup_secret_values struct config_secret_values values = {0};
    cleanup_buf struct buf failures = buf_make(ERR_MSG_MAX);
    struct error all = {0}, one = {0};
    values.items = xcalloc(count_secrets(config) + 1, sizeof(*values.items));
    for (size_t i = 0; i < config->env.components.count; i++) {
        const struct config_component *c = &config->env.components.items[i];
        for (size_t j = 0; j < c->secrets.count; j++) {
            struct config_secret_value *value = &values.items[values.count++];
            value->component = c->name;
            value->name = c->secrets.items[j].name;
            value->reference = c->secrets.items[j].reference;
            if (!resolve(sources, source_count, value, &one))
                add_failure(&failures, value, &one, &all);
        }
    }
    if (failures.len > 0)
        return err_set(err, all.kind, "%s", buf_cstr(&failures));
    move(&values, ret);
    return true;
}
