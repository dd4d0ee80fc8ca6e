/* Asking upstream: the anchor for what is newest, every package in use whether it is there. */
#include <stdlib.h>

#include "internal.h"

static bool needs_times(const struct upgrade_question *q)
{
    for (size_t i = 0; i < q->channel_count; i++) {
        if (q->setup->channels[q->channels[i]].cooldown_ms > 0)
            return true;
    }
    return false;
}

/* --- Coherence ---------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The packages in use, each once, in order. */
static config_strings packages_of(const struct manifest_uses *uses, struct arena *arena)
{
    config_strings out = {ARENA_ARRAY(arena, const char *, uses->count + 1), 0};
    size_t kept = 0;
    for (size_t i = 0; i < uses->count; i++)
        out.items[out.count++] = arena_strdup(arena, uses->items[i].package);
    if (out.count > 0)
        qsort(out.items, out.count, sizeof(*out.items), compare);
    for (size_t i = 0; i < out.count; i++) {
        if (kept == 0 || strcmp(out.items[kept - 1], out.items[i]) != 0)
            out.items[kept++] = out.items[i];
    }
    out.count = kept;
    return out;
}

/* A package that does not exist is missing; one that could not be asked for is a failure. */
static bool is_missing(const struct npm_answer *answer, struct str version, bool *ret,
                       struct error *err)
{
    if (!answer->ok && answer->error.kind != ERR_NOT_FOUND) {
        *err = answer->error;
        return false;
    }
    *ret = !answer->ok || !npm_has_version(&answer->packument, version);
    return true;
}

/* Every package in use with what the registry says of it. */
struct asked {
    config_strings packages;
    struct npm_answer *answers;
};

static void asked_release(struct asked *asked)
{
    if (asked->answers != NULL)
        npm_answers_release(asked->answers, asked->packages.count);
    mem_free_at(&asked->answers);
}

static bool ask(const struct npm_client *npm, const struct manifest_uses *uses, struct arena *arena,
                struct asked *ret, struct error *err)
{
    config_strings packages = packages_of(uses, arena);
    struct npm_question *questions = ARENA_ARRAY(arena, struct npm_question, packages.count + 1);
    cleanup_free struct npm_answer *answers = xcalloc(packages.count + 1, sizeof(*answers));
    for (size_t i = 0; i < packages.count; i++)
        questions[i] = (struct npm_question){packages.items[i], NPM_ABBREVIATED};
    TRY(npm_ask(npm, questions, packages.count, answers, err));
    *ret = (struct asked){packages, steal_ptr(&answers)};
    return true;
}

static bool missing_of(const struct asked *asked, struct str version, struct arena *arena,
                       config_strings *ret, struct error *err)
{
    config_strings missing = {ARENA_ARRAY(arena, const char *, asked->packages.count + 1), 0};
    for (size_t i = 0; i < asked->packages.count; i++) {
        bool lacks = false;
        TRY(is_missing(&asked->answers[i], version, &lacks, err));
        if (lacks)
            missing.items[missing.count++] = asked->packages.items[i];
    }
    *ret = missing;
    return true;
}

bool upgrade_missing(const struct npm_client *npm, const struct manifest_uses *uses,
                     struct str version, struct arena *arena, config_strings *ret,
                     struct error *err)
{
    cleanup(asked_release) struct asked asked = {0};
    TRY(ask(npm, uses, arena, &asked, err));
    return missing_of(&asked, version, arena, ret, err);
}

static bool check_one(const struct upgrade_question *q, const struct asked *asked,
                      struct upgrade_verdict *v, struct error *err)
{
    TRY(missing_of(asked, str_of(v->latest), q->arena, &v->missing, err));
    if (v->missing.count == 0)
        return true;
    v->state = UPGRADE_INCOHERENT;
    v->reason = arena_printf(q->arena, "%zu package%s in use %s not published at %s",
                             v->missing.count, v->missing.count == 1 ? "" : "s",
                             v->missing.count == 1 ? "is" : "are", v->latest);
    if (v->step_count < UPGRADE_STEPS_MAX)
        v->steps[v->step_count++] = v->reason;
    return true;
}

/* Only when there is somewhere to go: it is a request for every package. */
static bool check_coherence(const struct upgrade_question *q, struct upgrade_verdict *verdicts,
                            struct error *err)
{
    cleanup(asked_release) struct asked asked = {0};
    for (size_t i = 0; i < q->channel_count; i++) {
        if (verdicts[i].state != UPGRADE_AVAILABLE)
            continue;
        if (asked.answers == NULL)
            TRY(ask(q->npm, q->uses, q->arena, &asked, err));
        TRY(check_one(q, &asked, &verdicts[i], err));
    }
    return true;
}

bool upgrade_check(const struct upgrade_question *q, struct upgrade_verdict **ret_verdicts,
                   struct error *err)
{
    struct manifest_use anchor;
    struct upgrade_verdict *verdicts =
        ARENA_ARRAY(q->arena, struct upgrade_verdict, q->channel_count + 1);
    cleanup_npm_packument struct npm_packument packument = {0};
    TRY(upgrade_current(q->setup, q->uses, &anchor, err));
    const struct npm_question question = {arena_strdup(q->arena, anchor.package),
                                          needs_times(q) ? NPM_FULL : NPM_ABBREVIATED};
    TRY(npm_ask_one(q->npm, &question, &packument, err));
    const struct upgrade_evidence evidence = {&packument, anchor.version, q->moving, q->now_ms};
    for (size_t i = 0; i < q->channel_count; i++)
        upgrade_judge(&q->setup->channels[q->channels[i]], &evidence, q->arena, &verdicts[i]);
    TRY(check_coherence(q, verdicts, err));
    *ret_verdicts = verdicts;
    return true;
}
