/* Removing releases that nobody needs: looks at the host and the records, plans, and carries out.
 * Which they are is decided in surplus.c. */
#include "act.h"
#include "fs/fs.h"
#include "surplus.h"

enum { RECORD_TEXT_MAX = 128 * 1024 };

/* ---- looking ------------------------------------------------------------------------------ */

static void need(struct deploy *d, config_strings *list, const char *digest)
{
    const char **grown = ARENA_ARRAY(d->arena, const char *, list->count + 1);
    if (list->count > 0)
        memcpy(grown, list->items, list->count * sizeof(*grown));
    grown[list->count] = arena_strdup(d->arena, str_of(digest));
    list->items = grown;
    list->count++;
}

static void need_record(struct deploy *d, config_strings *list, const struct deployed *deployed)
{
    if (deployed->now.digest[0] != '\0')
        need(d, list, deployed->now.digest);
    for (size_t i = 0; i < deployed->past_count; i++)
        need(d, list, deployed->past[i].digest);
}

static bool is_own(struct deploy *d, const struct targets *targets, const char *record)
{
    for (size_t i = 0; i < targets->count; i++)
        if (strcmp(deployed_name(d, &targets->items[i]), record) == 0)
            return true;
    return false;
}

/* What the records of other environments name, and of targets that the configuration no longer
 * has. */
static bool need_other_records(struct deploy *d, const struct targets *targets,
                               config_strings *list, struct error *err)
{
    struct record_list records;
    TRY(record_list(d->store, "deployed:", d->arena, &records, err));
    for (size_t i = 0; i < records.count; i++) {
        struct deployed deployed;
        if (is_own(d, targets, records.items[i].name))
            continue;
        if (!deployed_parse(str_of(records.items[i].text), d->arena, &deployed, err))
            return err_wrap(err, "record %s", records.items[i].name);
        need_record(d, list, &deployed);
    }
    return true;
}

/* What the instances of a service run, draining ones too, and what its `current` names. */
static bool need_service(struct deploy *d, const char *dir, config_strings *list, struct error *err)
{
    struct supervise_status status;
    struct fs_info info;
    cleanup_supervise struct supervise *keeper = NULL;
    cleanup_free char *current = fs_join(dir, "current");
    cleanup_free char *to = NULL;
    TRY(fs_info(current, &info, err));
    if (info.kind == FS_LINK) {
        TRY(fs_read_link(current, &to, err));
        need(d, list, fs_base_name(to));
    }
    if (!supervise_connect(dir, d->clock, &keeper, err))
        return err->kind == ERR_NOT_FOUND;
    TRY(supervise_status(keeper, &status, err));
    for (size_t i = 0; i < status.count; i++)
        if (status.instances[i].state != SUPERVISE_EXITED)
            need(d, list, fs_base_name(status.instances[i].release_dir));
    return true;
}

static bool need_services(struct deploy *d, config_strings *list, struct error *err)
{
    cleanup_fs_list struct fs_list services = {0};
    cleanup_free char *root = fs_join(d->config->state_dir, "services");
    if (!fs_list(root, &services, err))
        return err->kind == ERR_NOT_FOUND;
    for (size_t i = 0; i < services.count; i++) {
        cleanup_free char *dir = fs_join(root, services.names[i]);
        TRY(need_service(d, dir, list, err));
    }
    return true;
}

static bool find_needs(struct deploy *d, const struct targets *targets, int64_t keep,
                       struct needs *ret, struct error *err)
{
    struct deployed *own = ARENA_ARRAY(d->arena, struct deployed, targets->count);
    for (size_t i = 0; i < targets->count; i++)
        TRY(deployed_read(d, &targets->items[i], &own[i], err));
    *ret = (struct needs){.own = own, .own_count = targets->count, .keep = keep};
    TRY(need_other_records(d, targets, &ret->others, err));
    return need_services(d, &ret->others, err);
}

static bool is_digest(const char *name)
{
    return strlen(name) == SHA256_HEX_MAX - 1 &&
           strspn(name, "0123456789abcdef") == SHA256_HEX_MAX - 1;
}

/* ---- planning ----------------------------------------------------------------------------- */

static void plan_one(struct deploy *d, const char *digest, struct plan *plan)
{
    const struct action_spec spec = {
        .kind = ACTION_RELEASE_PRUNE,
        .ids_name = arena_printf(d->arena, "%.12s", digest),
        .reason = "neither live nor among those kept to go back to",
    };
    struct action *action = plan_add(plan, d->arena, &spec);
    pairs_set(&action->params, d->arena, "digest", digest);
}

static bool plan_surplus(struct deploy *d, const struct needs *needs, struct plan *plan,
                         struct error *err)
{
    cleanup_fs_list struct fs_list list = {0};
    cleanup_free char *root = fs_join(d->config->state_dir, "releases");
    if (!fs_list(root, &list, err))
        return err->kind == ERR_NOT_FOUND;
    for (size_t i = 0; i < list.count; i++) {
        struct fs_info info;
        cleanup_free char *path = fs_join(root, list.names[i]);
        if (!is_digest(list.names[i]))
            continue;
        TRY(fs_info(path, &info, err));
        const struct staged_release staged = {.digest = list.names[i],
                                              .age_ms = clock_now_ms(d->clock) - info.mtime_ms};
        if (is_surplus(needs, &staged))
            plan_one(d, staged.digest, plan);
    }
    return true;
}

bool plan_prune(struct deploy *d, struct targets *ret_targets, struct plan *ret, struct error *err)
{
    struct needs needs;
    TRY(targets_describe(d, ret_targets, err));
    TRY(find_needs(d, ret_targets, d->policy.keep, &needs, err));
    *ret = plan_new(d);
    return plan_surplus(d, &needs, ret, err);
}

/* The records as they will be. */
static struct deployed *records_after(struct deploy *d, const struct targets *targets,
                                      const struct sight *sights)
{
    struct deployed *own = ARENA_ARRAY(d->arena, struct deployed, targets->count);
    for (size_t i = 0; i < targets->count; i++) {
        const struct target *t = &targets->items[i];
        const struct deployment now = {
            .digest = t->release.digest,
            .instance = arena_printf(d->arena, "%.*s-0", SPEC_LEN, t->spec),
            .spec = t->component,
        };
        bool stays = same_spec(sights[i].deployed.now.instance, now.instance);
        own[i] =
            stays ? sights[i].deployed : deployed_after(&sights[i].deployed, &now, NULL, d->arena);
    }
    return own;
}

void add_pruning_after(struct deploy *d, const struct targets *targets, const struct sight *sights,
                       struct plan *plan)
{
    struct error err;
    struct needs needs;
    if (find_needs(d, targets, d->config->env.retention.releases, &needs, &err)) {
        needs.own = records_after(d, targets, sights);
        if (plan_surplus(d, &needs, plan, &err))
            return;
    }
    events_warn(d->events, "old releases stay: %s", err.msg);
}

/* ---- carrying out ------------------------------------------------------------------------- */

/* Records first: what a record names must be there. */
static bool forget(struct acting *x, const struct doing *doing, const struct target *target,
                   const char *digest, struct error *err)
{
    struct deployed deployed;
    cleanup_buf struct buf text = buf_make(RECORD_TEXT_MAX);
    TRY(deployed_read(x->d, target, &deployed, err));
    uint64_t version = deployed.record_version;
    if (!deployed_forget(&deployed, digest))
        return true;
    TRY(deployed_render(&deployed, &text, err));
    const struct record_write write = {
        .name = deployed_name(x->d, target), .text = buf_str(&text), .expected = version};
    return record_put(doing->store, doing->hold, &write, clock_now_ms(doing->clock), err);
}

/* Under another name at once, so that half a release never stands under its own. */
static bool remove_release(struct acting *x, const struct doing *doing, const char *digest,
                           struct error *err)
{
    struct fs_info info;
    const char *root = arena_printf(doing->arena, "%s/releases", x->d->config->state_dir);
    const char *path = arena_printf(doing->arena, "%s/%s", root, digest);
    const char *gone = arena_printf(doing->arena, "%s/.pruned-%s", root, digest);
    TRY(fs_info(path, &info, err));
    if (info.kind != FS_NONE) {
        TRY(fs_remove_tree(doing->cap, gone, err));
        TRY(fs_rename(doing->cap, path, gone, err));
    }
    return fs_remove_tree(doing->cap, gone, err);
}

bool act_prune(void *ctx, const struct doing *doing, struct buf *note, struct error *err)
{
    struct acting *x = ctx;
    struct needs needs;
    const char *digest = NULL;
    TRY(acting_param(doing->action, "digest", &digest, err));
    if (!is_digest(digest))
        return err_set(err, ERR_STALE, "'%s' names no release", digest);
    TRY(find_needs(x->d, &x->targets, 0, &needs, err));
    /* It was old enough when it was planned; it must still be nobody's. */
    const struct staged_release staged = {.digest = digest, .age_ms = INT64_MAX};
    if (!is_surplus(&needs, &staged)) {
        buf_adds(note, "\"kept: it is needed again\"");
        return true;
    }
    for (size_t i = 0; i < x->targets.count; i++)
        TRY(forget(x, doing, &x->targets.items[i], digest, err));
    return remove_release(x, doing, digest, err);
}
