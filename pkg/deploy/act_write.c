/* Writing down: the record of what is deployed, and the ledger. */
#include <unistd.h>

#include "act.h"
#include "fs/fs.h"
#include "ledger/ledger.h"

enum { RECORD_TEXT_MAX = 128 * 1024 };

static bool put(const struct doing *doing, const struct record_write *write, struct error *err)
{
    return record_put(doing->store, doing->hold, write, clock_now_ms(doing->clock), err);
}

bool put_release(const struct doing *doing, const struct target *target, struct error *err)
{
    struct record old;
    cleanup_buf struct buf text = buf_make(RECORD_TEXT_MAX);
    const struct release *release = &target->release;
    const struct deployed was = {.now = {.version = release->version,
                                         .digest = release->digest,
                                         .git_sha = release->git_sha}};
    const char *name = arena_printf(doing->arena, "release:%s", release->digest);
    TRY(record_get(doing->store, name, doing->arena, &old, err));
    if (old.version > 0)
        return true;
    TRY(deployed_render(&was, &text, err));
    const struct record_write write = {.name = name, .text = buf_str(&text)};
    return put(doing, &write, err);
}

/* What the action says is rolled back from; NULL when nothing is. */
static const struct deployment *left_of(const struct doing *doing)
{
    const struct pairs *params = &doing->action->params;
    const char *instance = pairs_get(params, "left_instance");
    const char *version = pairs_get(params, "left_version");
    const char *digest = pairs_get(params, "left_digest");
    if (instance == NULL || version == NULL || digest == NULL)
        return NULL;
    struct deployment *left = ARENA_NEW(doing->arena, struct deployment);
    *left = (struct deployment){.version = version, .digest = digest, .instance = instance};
    return left;
}

bool act_record(void *ctx, const struct doing *doing, struct buf *note unused_arg,
                struct error *err)
{
    struct acting *x = ctx;
    const struct target *target = NULL;
    struct deployed before;
    struct deployment now = {.run = x->run_id, .time_ms = clock_now_ms(doing->clock)};
    struct spoken spoken;
    cleanup_buf struct buf text = buf_make(RECORD_TEXT_MAX);
    TRY(acting_target(x, doing->action, &target, err));
    TRY(acting_param(doing->action, "instance", &now.instance, err));
    TRY(acting_param(doing->action, "version", &now.version, err));
    TRY(acting_param(doing->action, "digest", &now.digest, err));
    TRY(acting_param(doing->action, "git_sha", &now.git_sha, err));
    TRY(ask_version(x->d, target, now.instance, &spoken, err));
    now.boot_id = spoken.boot_id;
    now.spec = target->component;
    TRY(deployed_read(x->d, target, &before, err));
    const struct deployed after = deployed_after(&before, &now, left_of(doing), doing->arena);
    TRY(deployed_render(&after, &text, err));
    const struct record_write write = {
        .name = deployed_name(x->d, target),
        .text = buf_str(&text),
        .expected = before.record_version,
    };
    return put(doing, &write, err);
}

static char *ledger_path(struct acting *x)
{
    return fs_join(x->d->config->state_dir, "DEPLOYMENTS.md");
}

/* The file is only a rendering, but somebody may have written into it: that is said before it is
 * written anew. */
static void warn_of_changes(struct acting *x, const struct chain *chain, const char *path)
{
    struct error err;
    struct fs_info info;
    cleanup_buf struct buf text = buf_make(LEDGER_SIZE_MAX);
    if (!fs_info(path, &info, &err) || info.kind == FS_NONE)
        return;
    if (fs_read(path, &text, &err) && ledger_verify(chain, buf_str(&text), "DEPLOYMENTS.md", &err))
        return;
    events_warn(x->d->events, "%s; it is written anew from the chain of events", err.msg);
}

static bool render(struct acting *x, const struct cap *cap, struct store *store, const char *path,
                   struct error *err)
{
    struct chain chain;
    cleanup_buf struct buf text = buf_make(LEDGER_SIZE_MAX);
    TRY(chain_read(store, x->d->arena, &chain, err));
    TRY(ledger_render(&chain, &text, err));
    return fs_write(cap, path, buf_str(&text), 0644, err);
}

/* One event, then the file. A crash between the two is seen by the next observation. */
static bool append(struct acting *x, const struct cap *cap, struct actuator_view view,
                   const struct ledger_write *write, struct error *err)
{
    struct chain before;
    cleanup_free char *path = ledger_path(x);
    TRY(chain_read(view.store, x->d->arena, &before, err));
    warn_of_changes(x, &before, path);
    TRY(ledger_append(view.store, view.hold, write, clock_now_ms(x->d->clock), err));
    return render(x, cap, view.store, path, err);
}

static bool entry_of(struct acting *x, const struct target *target, struct ledger_entry *ret,
                     struct error *err)
{
    struct lease_owner self;
    TRY(lease_owner_self(x->run_id, NULL, NULL, &self, err));
    *ret = (struct ledger_entry){
        .component = target->component->name,
        .machine = arena_strdup(x->d->arena, str_of(self.host)),
        .version = target->release.version,
        .image_digest = arena_printf(x->d->arena, "sha256:%s", target->release.digest),
    };
    return true;
}

static bool is_told(const struct chain *chain, const char *env, enum chain_kind kind,
                    const char *instance)
{
    cleanup_free char *words = xasprintf("\"instance\":\"%s\"", instance);
    for (size_t i = 0; i < chain->count; i++)
        if (chain->items[i].kind == kind && strcmp(chain->items[i].env, env) == 0 &&
            strstr(chain->items[i].payload, words) != NULL)
            return true;
    return false;
}

/* What is left gets its row before what serves again gets a new one. */
static bool append_left(struct acting *x, const struct doing *doing, const struct target *target,
                        struct error *err)
{
    struct chain chain;
    const struct actuator_view view = {doing->store, doing->hold};
    const struct deployment *left = left_of(doing);
    struct ledger_write write = {.kind = CHAIN_ROLLED_BACK, .env = x->d->config->environment};
    if (left == NULL)
        return true;
    TRY(chain_read(doing->store, x->d->arena, &chain, err));
    if (is_told(&chain, write.env, CHAIN_ROLLED_BACK, left->instance))
        return true;
    TRY(entry_of(x, target, &write.entry, err));
    write.entry.instance = left->instance;
    write.entry.version = left->version;
    write.entry.image_digest = arena_printf(x->d->arena, "sha256:%s", left->digest);
    return append(x, doing->cap, view, &write, err);
}

bool act_ledger(void *ctx, const struct doing *doing, struct buf *note unused_arg,
                struct error *err)
{
    struct acting *x = ctx;
    const struct target *target = NULL;
    struct sight sight;
    struct ledger_write write = {.kind = CHAIN_DEPLOYED, .env = x->d->config->environment};
    const struct actuator_view view = {doing->store, doing->hold};
    TRY(acting_target(x, doing->action, &target, err));
    TRY(entry_of(x, target, &write.entry, err));
    TRY(acting_param(doing->action, "instance", &write.entry.instance, err));
    TRY(append_left(x, doing, target, err));
    TRY(target_observe(x->d, target, &sight, err));
    /* The event is there and only the file is behind: it is not told twice. */
    if (strcmp(sight.told, write.entry.instance) == 0) {
        cleanup_free char *path = ledger_path(x);
        return render(x, doing->cap, doing->store, path, err);
    }
    return append(x, doing->cap, view, &write, err);
}

void act_ledger_failed(struct acting *x, const struct target *target, struct actuator *act)
{
    struct error err;
    struct ledger_write write = {.kind = CHAIN_FAILED, .env = x->d->config->environment};
    const struct actuator_view view = {actuator_store(act), actuator_hold(act)};
    if (target == NULL || target->release.digest == NULL)
        return;
    if (!entry_of(x, target, &write.entry, &err) ||
        !append(x, actuator_cap(act), view, &write, &err))
        events_warn(x->d->events, "the failure is not in the ledger: %s", err.msg);
}
