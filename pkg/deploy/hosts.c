/* The leases of the hosts that an environment shares with others. */
#include "act.h"

/* A host is known by what it is, not by what an environment calls it: for `local`, this
 * installation of this machine and the deploy root. */
static const char *local_lease(struct deploy *d, const struct lease_owner *self)
{
    char digest[SHA256_HEX_MAX];
    const char *machine = self->machine[0] != '\0' ? self->machine : self->host;
    const char *root = arena_printf(d->arena, "%s\n%s", machine, d->config->state_dir);
    sha256_hex(str_of(root), digest);
    return arena_printf(d->arena, "host:%.16s", digest);
}

/* Others are known by their address until this version deploys to them. */
static const char *host_lease(struct deploy *d, const struct config_host *host,
                              const struct lease_owner *self)
{
    if (host->transport == CONFIG_LOCAL)
        return local_lease(d, self);
    const char *address = host->address != NULL ? host->address : host->instance;
    return arena_printf(d->arena, "host:%.100s", address != NULL ? address : host->name);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

bool deploy_host_leases(struct deploy *d, config_strings *ret, struct error *err)
{
    struct lease_owner self;
    const struct config_env *env = &d->config->env;
    config_strings names = {.items = ARENA_ARRAY(d->arena, const char *, env->hosts.count + 1)};
    TRY(lease_owner_self("", NULL, NULL, &self, err));
    for (size_t i = 0; i < env->hosts.count; i++)
        names.items[i] = host_lease(d, &env->hosts.items[i], &self);
    qsort(names.items, env->hosts.count, sizeof(names.items[0]), by_name);
    for (size_t i = 0; i < env->hosts.count; i++)
        if (i == 0 || strcmp(names.items[i], names.items[names.count - 1]) != 0)
            names.items[names.count++] = names.items[i];
    *ret = names;
    return true;
}
