/* One channel, judged from the anchor's packument: which version, and whether to go there. Pure. */
#include "internal.h"

static const char *const STATES[] = {
    [UPGRADE_CURRENT] = "current", [UPGRADE_AVAILABLE] = "available",
    [UPGRADE_NONE] = "none",       [UPGRADE_ELSEWHERE] = "elsewhere",
    [UPGRADE_ASTRAY] = "astray",   [UPGRADE_OLDER] = "older",
    [UPGRADE_COOLING] = "cooling", [UPGRADE_INCOHERENT] = "incoherent",
};
_Static_assert(ARRAY_LEN(STATES) == UPGRADE_STATE_COUNT, "a name for every state");

const char *upgrade_state_name(enum upgrade_state state)
{
    return STATES[state];
}

struct judging {
    const struct upgrade_channel *channel;
    const struct upgrade_evidence *evidence;
    struct arena *arena;
    struct upgrade_verdict *verdict;
};

static void step(struct judging *j, const char *text)
{
    if (j->verdict->step_count < UPGRADE_STEPS_MAX)
        j->verdict->steps[j->verdict->step_count++] = text;
}

static void end(struct judging *j, enum upgrade_state state, const char *reason)
{
    j->verdict->state = state;
    j->verdict->reason = reason;
    step(j, reason);
}

/* --- Which version ------------------------------------------------------------------------ */

/* Has it been out for long enough? What the registry does not say, or says of the future, is no. */
static bool has_cooled(const struct judging *j, struct str version)
{
    int64_t at;
    if (j->channel->cooldown_ms == 0)
        return true;
    return npm_published(j->evidence->packument, version, &at) &&
           at <= j->evidence->now_ms - j->channel->cooldown_ms;
}

/* Of those that have cooled, or of all when there is none: then the reason can name it. */
static struct str newest(struct judging *j, bool only_cooled)
{
    const struct npm_strings *all = &j->evidence->packument->versions;
    cleanup_free struct str *some = xcalloc(all->count + 1, sizeof(*some));
    size_t count = 0;
    for (size_t i = 0; i < all->count; i++) {
        if (!only_cooled || has_cooled(j, all->items[i]))
            some[count++] = all->items[i];
    }
    size_t best = semver_pattern_newest(&j->channel->line.pattern, some, count);
    return best == SIZE_MAX ? STR_EMPTY : some[best];
}

static struct str by_pattern(struct judging *j)
{
    struct str found = newest(j, true);
    if (found.len == 0)
        found = newest(j, false);
    if (found.len > 0)
        step(j, arena_printf(j->arena, "the newest of the pattern is %" PRIstr, STR_ARG(found)));
    return found;
}

static struct str candidate(struct judging *j)
{
    struct str tagged;
    const char *tag = j->channel->dist_tag;
    if (tag == NULL || !npm_tag(j->evidence->packument, tag, &tagged)) {
        if (tag != NULL)
            step(j, arena_printf(j->arena, "upstream has no dist-tag '%s'", tag));
        return by_pattern(j);
    }
    step(j, arena_printf(j->arena, "the dist-tag '%s' names %" PRIstr, tag, STR_ARG(tagged)));
    return tagged;
}

/* --- Whether to go there ------------------------------------------------------------------ */

static bool may_enter(struct judging *j)
{
    return j->evidence->moving && semver_channel_takes(&j->channel->line, j->evidence->current);
}

/* Ends with a verdict when there is no going there, whatever its age. */
static bool leads_up(struct judging *j, struct str to)
{
    switch (semver_step_of(&j->channel->line.pattern, j->evidence->current, to)) {
    case SEMVER_STEP_UP:
        return true;
    case SEMVER_STEP_SAME:
        end(j, UPGRADE_CURRENT, "up to date");
        return false;
    case SEMVER_STEP_DOWN:
        end(j, UPGRADE_OLDER,
            arena_printf(j->arena, "%" PRIstr " is older than what is in use", STR_ARG(to)));
        return false;
    case SEMVER_STEP_ASTRAY:
        end(j, UPGRADE_ASTRAY,
            arena_printf(j->arena, "%" PRIstr " is not a version of this channel", STR_ARG(to)));
        return false;
    case SEMVER_STEP_ENTER:
        if (may_enter(j))
            return true;
        end(j, UPGRADE_ELSEWHERE,
            j->evidence->moving
                ? "what is in use may not be replaced by this channel (see `from`)"
                : "what is in use is of another line; name the channel to move to it");
        return false;
    }
    return false;
}

static void judge_age(struct judging *j, struct str to)
{
    char when[TIME_TEXT_MAX];
    struct upgrade_verdict *v = j->verdict;
    if (has_cooled(j, to)) {
        end(j, UPGRADE_AVAILABLE, "an update is available");
        return;
    }
    if (!v->has_published) {
        end(j, UPGRADE_COOLING, "the registry does not say when it was published");
        return;
    }
    if (v->published_ms > j->evidence->now_ms) {
        end(j, UPGRADE_COOLING, "the registry says that it was published in the future");
        return;
    }
    time_format_utc(v->published_ms + j->channel->cooldown_ms, when);
    end(j, UPGRADE_COOLING, arena_printf(j->arena, "too young: it cools until %s", when));
}

static void judge(struct judging *j)
{
    struct str to = candidate(j);
    if (to.len == 0) {
        end(j, UPGRADE_NONE, "upstream has no version of this channel");
        return;
    }
    j->verdict->latest = arena_strdup(j->arena, to);
    j->verdict->has_published =
        npm_published(j->evidence->packument, to, &j->verdict->published_ms);
    if (!npm_has_version(j->evidence->packument, to)) {
        end(j, UPGRADE_ASTRAY,
            arena_printf(j->arena, "%" PRIstr " is tagged but not published", STR_ARG(to)));
        return;
    }
    if (leads_up(j, to))
        judge_age(j, to);
}

void upgrade_judge(const struct upgrade_channel *channel, const struct upgrade_evidence *evidence,
                   struct arena *arena, struct upgrade_verdict *ret)
{
    struct judging j = {channel, evidence, arena, ret};
    *ret = (struct upgrade_verdict){.channel = channel->line.name,
                                    .current = arena_strdup(arena, evidence->current)};
    step(&j, arena_printf(arena, "%s is in use", ret->current));
    judge(&j);
}
