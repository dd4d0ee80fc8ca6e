/* Looking at a target: its staged release, its supervisor, its record and its last ledger event.
 * Decides nothing and changes nothing. */
#include "data/data.h"
#include "fs/fs.h"
#include "ledger/ledger.h"
#include "world.h"

static bool observe_supervisor(struct deploy *d, const struct target *target, struct sight *sight,
                               struct error *err)
{
    cleanup_supervise struct supervise *keeper = NULL;
    if (!supervise_connect(target->service_dir, d->clock, &keeper, err))
        return err->kind == ERR_NOT_FOUND || err_wrap(err, "%s", target->name);
    struct supervise_status *status = ARENA_NEW(d->arena, struct supervise_status);
    if (!supervise_status(keeper, status, err))
        return err_wrap(err, "%s", target->name);
    sight->supervised = true;
    sight->status = status;
    return true;
}

static bool observe_link(struct deploy *d, const struct target *target, struct sight *sight,
                         struct error *err)
{
    cleanup_free char *current = fs_join(target->service_dir, "current");
    cleanup_free char *text = NULL;
    struct fs_info info;
    sight->linked = "";
    TRY(fs_info(current, &info, err));
    if (info.kind != FS_LINK)
        return true;
    TRY(fs_read_link(current, &text, err));
    sight->linked = arena_strdup(d->arena, str_of(fs_base_name(text)));
    return true;
}

const char *deployed_name(struct deploy *d, const struct target *target)
{
    return arena_printf(d->arena, "deployed:%s:%s", d->config->environment, target->name);
}

bool deployed_read(struct deploy *d, const struct target *target, struct deployed *ret,
                   struct error *err)
{
    struct record record;
    TRY(record_get(d->store, deployed_name(d, target), d->arena, &record, err));
    if (!deployed_parse(str_of(record.text), d->arena, ret, err))
        return err_wrap(err, "record of %s", target->name);
    ret->record_version = record.version;
    if (ret->now.time_ms == 0)
        ret->now.time_ms = record.time_ms;
    return true;
}

/* Is `event` about this target? Then *ret_instance is its instance. */
static bool read_event(struct deploy *d, const struct target *target,
                       const struct chain_event *event, const char **ret_instance,
                       struct error *err)
{
    cleanup_json_doc struct json_doc doc = {0};
    *ret_instance = "";
    if (event->kind != CHAIN_DEPLOYED || strcmp(event->env, d->config->environment) != 0)
        return true;
    if (!json_parse(str_of(event->payload), NULL, &doc, err))
        return err_wrap(err, "event %llu", (unsigned long long)event->seq);
    if (json_is(json_get(json_root(&doc), "component"), target->component->name))
        *ret_instance = json_cstr(json_get(json_root(&doc), "instance"), d->arena);
    if (*ret_instance == NULL)
        *ret_instance = "";
    return true;
}

/* Does DEPLOYMENTS.md end where the chain ends? */
static bool file_tells(struct deploy *d, const struct chain *chain)
{
    struct error err;
    struct ledger ledger;
    cleanup_buf struct buf text = buf_make(LEDGER_SIZE_MAX);
    cleanup_free char *path = fs_join(d->config->state_dir, "DEPLOYMENTS.md");
    return fs_read(path, &text, &err) &&
           ledger_parse(buf_str(&text), path, d->arena, &ledger, &err) &&
           strcmp(ledger.head, chain_head(chain)) == 0;
}

static bool observe_ledger(struct deploy *d, const struct target *target, struct sight *sight,
                           struct error *err)
{
    struct chain chain;
    sight->told = "";
    TRY(chain_read(d->store, d->arena, &chain, err));
    for (size_t i = chain.count; i-- > 0 && sight->told[0] == '\0';)
        TRY(read_event(d, target, &chain.items[i], &sight->told, err));
    sight->written = sight->told[0] != '\0' && file_tells(d, &chain) ? sight->told : "";
    return true;
}

/* Whoever plans under the lease holds it already; who came before had a smaller fence. */
static bool observe_fence(struct deploy *d, struct sight *sight, struct error *err)
{
    struct lease lease;
    TRY(lease_read(d->store, d->config->environment, &lease, err));
    sight->fence = lease.held ? lease.fence - 1 : lease.fence;
    return true;
}

bool target_observe(struct deploy *d, const struct target *target, struct sight *ret,
                    struct error *err)
{
    struct sight sight = {0};
    TRY(release_look(target, &sight.staged, err));
    TRY(observe_supervisor(d, target, &sight, err));
    TRY(deployed_read(d, target, &sight.deployed, err));
    TRY(observe_link(d, target, &sight, err));
    TRY(observe_ledger(d, target, &sight, err));
    TRY(observe_fence(d, &sight, err));
    *ret = sight;
    return true;
}

const struct supervise_instance *sight_active(const struct sight *sight)
{
    if (sight->status == NULL || sight->status->active[0] == '\0')
        return NULL;
    return supervise_find(sight->status, sight->status->active);
}
