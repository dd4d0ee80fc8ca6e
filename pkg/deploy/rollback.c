/* The way back: looks at what runs and at the records, checks that everything needed still exists,
 * and plans. Chooses nothing itself (choose.c) and writes nothing. */
#include "back.h"
#include "fs/fs.h"

/* ---- looking ------------------------------------------------------------------------------ */

/* What a release was, from the record that promoting it left. */
static bool recall_release(struct deploy *d, struct deployment *one, struct error *err)
{
    struct record record;
    struct deployed was;
    TRY(record_get(d->store, arena_printf(d->arena, "release:%s", one->digest), d->arena, &record,
                   err));
    TRY(deployed_parse(str_of(record.text), d->arena, &was, err));
    one->version = was.now.version;
    one->git_sha = was.now.git_sha;
    return true;
}

bool running_observe(struct deploy *d, const struct target *target unused_arg,
                     const struct sight *sight, const struct deployment **ret, struct error *err)
{
    const struct supervise_instance *active = sight_active(sight);
    const struct deployment *recorded = &sight->deployed.now;
    *ret = NULL;
    if (active == NULL)
        return true;
    struct deployment *one = ARENA_NEW(d->arena, struct deployment);
    *one = (struct deployment){.version = "", .git_sha = "", .boot_id = "", .run = ""};
    one->instance = active->id;
    one->digest = arena_strdup(d->arena, str_of(fs_base_name(active->release_dir)));
    one->time_ms = active->started_ms;
    if (same_spec(active->id, recorded->instance))
        *one = *recorded;
    else
        TRY(recall_release(d, one, err));
    *ret = one;
    return true;
}

/* Every target with what was seen of it, before it is known where any of them goes. */
struct scene {
    struct targets targets;
    struct sight *sights;
    struct standing *at;
};

static bool look_around(struct deploy *d, struct scene *ret, struct error *err)
{
    struct scene s;
    TRY(targets_describe(d, &s.targets, err));
    s.sights = ARENA_ARRAY(d->arena, struct sight, s.targets.count);
    s.at = ARENA_ARRAY(d->arena, struct standing, s.targets.count);
    for (size_t i = 0; i < s.targets.count; i++) {
        const struct target *target = &s.targets.items[i];
        TRY(target_observe(d, target, &s.sights[i], err));
        s.at[i].deployed = &s.sights[i].deployed;
        TRY(running_observe(d, target, &s.sights[i], &s.at[i].running, err));
    }
    *ret = s;
    return true;
}

/* ---- choosing ----------------------------------------------------------------------------- */

static bool find_way(const struct target *target, const struct standing *at, const char *name,
                     struct back *ret, struct error *err)
{
    if (name != NULL) {
        if (!choose_named(at, name, &ret->to, err))
            return err_wrap(err, "%s", target->name);
    } else {
        ret->to = choose_last_good(at);
    }
    if (ret->to == NULL)
        return err_set(err, ERR_USAGE, "%s: there is no good release to go back to", target->name);
    ret->leaves = choose_left(at, ret->to, &ret->left);
    return true;
}

static bool find_ways(struct deploy *d, const struct scene *s, const struct back_wish *wish,
                      struct back **ret, struct error *err)
{
    size_t count = s->targets.count, going = 0;
    struct back *ways = ARENA_ARRAY(d->arena, struct back, count);
    bool *chosen = ARENA_ARRAY(d->arena, bool, count);
    if (wish->chosen != NULL)
        memcpy(chosen, wish->chosen, count * sizeof(*chosen));
    else
        choose_targets(s->at, count, chosen);
    for (size_t i = 0; i < count; i++) {
        if (!chosen[i])
            continue;
        TRY(find_way(&s->targets.items[i], &s->at[i], wish->to, &ways[i], err));
        going++;
    }
    if (going == 0)
        return err_set(err, ERR_USAGE, "nothing was deployed to '%s' yet", d->config->environment);
    *ret = ways;
    return true;
}

/* ---- preflight ---------------------------------------------------------------------------- */

static void add_missing(struct buf *missing, enum err_kind *kind, enum err_kind other,
                        const char *text)
{
    buf_addf(missing, "%s%s", missing->len > 0 ? "; " : "", text);
    if (*kind == ERR_NONE)
        *kind = other;
}

/* Is everything there that starting it again needs? Names all that is not. */
static bool check_way(struct deploy *d, struct target *target, const struct deployment *to,
                      struct buf *missing, enum err_kind *kind, struct error *err)
{
    enum staged staged = STAGED_ABSENT;
    struct error why;
    TRY(release_look(target, &staged, err));
    const char *what =
        arena_printf(d->arena, "%s: release %.12s (%s)", target->name, to->digest, to->version);
    if (staged != STAGED_PRESENT)
        add_missing(missing, kind, ERR_NOT_FOUND,
                    arena_printf(d->arena, "%s %s on the host", what,
                                 staged == STAGED_ABSENT ? "is no longer" : "is damaged"));
    if (to->spec == NULL)
        add_missing(missing, kind, ERR_NOT_FOUND,
                    arena_printf(d->arena,
                                 "%s: its record is of an older format and does not tell how it "
                                 "was started",
                                 what));
    else if (!target_equip(d, target, &why))
        add_missing(missing, kind, why.kind, arena_printf(d->arena, "%s: %s", what, why.msg));
    return true;
}

static bool prepare(struct deploy *d, struct scene *s, const struct back *ways, struct error *err)
{
    cleanup_buf struct buf missing = buf_make(ERR_MSG_MAX);
    enum err_kind kind = ERR_NONE;
    for (size_t i = 0; i < s->targets.count; i++) {
        struct target *target = &s->targets.items[i];
        const struct deployment *to = ways[i].to != NULL ? ways[i].to : &s->at[i].deployed->now;
        TRY(target_recall(d, target, to, err));
        if (ways[i].to != NULL)
            TRY(check_way(d, target, to, &missing, &kind, err));
        TRY(release_look(target, &s->sights[i].staged, err));
    }
    return missing.len == 0 || err_set(err, kind, "nothing was touched: %s", buf_cstr(&missing));
}

/* ---- planning ----------------------------------------------------------------------------- */

static struct plan_release release_of(struct deploy *d, const struct back *ways, size_t count)
{
    struct plan_release release = {.version = "", .digest = "", .git_sha = ""};
    for (size_t i = count; i-- > 0;)
        if (ways[i].to != NULL)
            release = (struct plan_release){
                .version = ways[i].to->version,
                .digest = arena_printf(d->arena, "sha256:%s", ways[i].to->digest),
                .git_sha = ways[i].to->git_sha,
            };
    return release;
}

bool plan_back(struct deploy *d, const struct back_wish *wish, struct targets *ret_targets,
               struct plan *ret, struct error *err)
{
    struct scene s;
    struct back *ways = NULL;
    TRY(look_around(d, &s, err));
    TRY(find_ways(d, &s, wish, &ways, err));
    TRY(prepare(d, &s, ways, err));
    *ret = plan_new(d);
    ret->release = release_of(d, ways, s.targets.count);
    *ret_targets = s.targets;
    decide_back(d, &s.targets, s.sights, ways, ret);
    return true;
}

/* ---- what was rolled back from ------------------------------------------------------------ */

bool refuse_rolled_back(struct deploy *d, const struct targets *targets, const struct sight *sights,
                        struct error *err)
{
    for (size_t i = 0; i < targets->count && !d->policy.again; i++) {
        const struct target *t = &targets->items[i];
        const struct supervise_instance *active = sight_active(&sights[i]);
        const struct bad *bad = deployed_bad(&sights[i].deployed, t->release.digest, t->spec);
        char time[TIME_TEXT_MAX] = "";
        if (bad == NULL || (active != NULL && target_is_instance(t, active->id)))
            continue;
        time_format_utc(bad->time_ms, time);
        return err_set(err, ERR_GATE,
                       "%s: %s (%.12s) was rolled back from by run %s at %s%s; deploy another "
                       "build, or this one with --again",
                       t->name, t->release.version, t->release.digest, bad->run, time,
                       bad->spec[0] != '\0' ? " (with these settings)" : "");
    }
    return true;
}

/* ---- the list ----------------------------------------------------------------------------- */

static bool add_former(struct deploy *d, const struct target *target, const struct standing *at,
                       const struct deployment *one, struct deploy_formers *list, struct error *err)
{
    enum staged staged = STAGED_ABSENT;
    struct target then = *target;
    TRY(target_recall(d, &then, one, err));
    TRY(release_look(&then, &staged, err));
    list->items[list->count++] = (struct deploy_former){
        .component = target->component->name,
        .host = target->host->name,
        .version = one->version,
        .digest = one->digest,
        .run = one->run,
        .time_ms = one->time_ms,
        .staged = staged == STAGED_PRESENT,
        .last_good = one == choose_last_good(at),
        .left = deployed_bad(at->deployed, one->digest, one->instance) != NULL,
        .restorable = one->spec != NULL,
    };
    return true;
}

static bool list_formers(struct deploy *d, struct deploy_formers *ret, struct error *err)
{
    struct scene s;
    TRY(look_around(d, &s, err));
    ret->items = ARENA_ARRAY(d->arena, struct deploy_former, s.targets.count * (PAST_MAX + 1) + 1);
    for (size_t i = 0; i < s.targets.count; i++) {
        const struct deployment *one = NULL;
        for (size_t at = 0; (one = choose_next(&s.at[i], &at)) != NULL && at <= PAST_MAX + 1;)
            TRY(add_former(d, &s.targets.items[i], &s.at[i], one, ret, err));
    }
    return true;
}

bool deploy_formers(struct deploy *d, struct deploy_formers *ret, struct error *err)
{
    struct deploy_formers list = {0};
    cleanup_store struct store *store = NULL;
    TRY(open_for_reading(d, &store, err));
    bool ok = list_formers(d, &list, err);
    d->store = NULL;
    if (ok)
        *ret = list;
    return ok;
}
