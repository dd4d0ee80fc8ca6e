/* Checks of an environment as a whole, and of two beside each other. */
#include "internal.h"

static void check_after(struct loading *l, const struct loaded_env *loaded)
{
    const struct node *after = node_get(loaded->root, "after");
    check_names(l->problems, after, "environment", &l->environments);
    node_each(item, after)
    {
        if (str_is(str_of(item->text), loaded->name))
            report(l->problems, item, "'%s' cannot come after itself", loaded->name);
    }
}

/* A trusted environment attests strictly or not at all. */
static void check_trust(struct loading *l, const struct loaded_env *loaded)
{
    if (loaded->env.profile != CONFIG_TRUSTED)
        return;
    node_each(knob, node_get(loaded->root, "attestation"))
    {
        if (!str_is(str_of(knob->text), "strict"))
            report(l->problems, knob, "'%s' must be strict where the profile is trusted",
                   knob->key);
    }
}

void check_environment(struct loading *l, struct loaded_env *loaded)
{
    const struct node *store = node_get(loaded->root, "store");
    check_after(l, loaded);
    check_trust(l, loaded);
    if (loaded->env.store.kind == CONFIG_STORE_DYNAMODB && loaded->env.store.table == NULL)
        report(l->problems, place_of(store, "kind"), "a dynamodb store needs a 'table'");
}

/* --- Two environments ------------------------------------------------------------------------ */

static bool same_text(const char *a, const char *b)
{
    return a != NULL && b != NULL && str_is(str_of(a), b);
}

/* Are these the same machine? By tags nobody can tell before asking. */
static bool same_machine(const struct config_host *a, const struct config_host *b)
{
    if (a->transport != b->transport)
        return false;
    switch (a->transport) {
    case CONFIG_LOCAL:
        return true;
    case CONFIG_SSH:
        return same_text(a->address, b->address);
    case CONFIG_SSM:
        return same_text(a->instance, b->instance);
    }
    return false;
}

static void check_shared(struct diags *problems, const struct loaded_env *a,
                         const struct config_host *host, const struct loaded_env *b)
{
    if (a->env.shares_hosts && b->env.shares_hosts)
        return;
    for (size_t i = 0; i < b->env.hosts.count; i++) {
        const struct config_host *other = &b->env.hosts.items[i];
        if (!same_machine(host, other))
            continue;
        report(problems, host->node,
               "host '%s' is host '%s' of environment '%s': both must declare 'shares_hosts: true'",
               host->name, other->name, b->name);
        return;
    }
}

void check_pair(struct diags *problems, const struct loaded_env *a, const struct loaded_env *b)
{
    for (size_t i = 0; i < a->env.hosts.count; i++)
        check_shared(problems, a, &a->env.hosts.items[i], b);
    if (same_text(a->env.url, b->env.url))
        report(problems, place_of(a->root, "url"), "'%s' is the address of environment '%s', too",
               a->env.url, b->name);
}
