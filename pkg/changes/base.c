/* Which commit to compare with. Each way of finding one says whether it is its case; the first that
 * answers counts. */
#include <stdio.h>

#include "changes/changes.h"
#include "data/data.h"

struct search {
    const struct changes_question *question;
    struct arena *arena;
    struct changes_bases *bases;
};

static bool found(const struct search *s)
{
    return s->bases->count > 0;
}

static void warn(struct search *s, const char *text)
{
    if (s->bases->warning == NULL)
        s->bases->warning = text;
}

static bool is_known(const struct search *s, const char *sha)
{
    for (size_t i = 0; i < s->bases->count; i++) {
        if (strcmp(s->bases->items[i].sha, sha) == 0)
            return true;
    }
    return false;
}

static void add(struct search *s, const char *sha, const char *why)
{
    struct changes_bases *bases = s->bases;
    if (is_known(s, sha))
        return;
    struct changes_base *grown = ARENA_ARRAY(s->arena, struct changes_base, bases->count + 1);
    if (bases->count > 0)
        memcpy(grown, bases->items, bases->count * sizeof(*grown));
    snprintf(grown[bases->count].sha, GIT_SHA_MAX, "%s", sha);
    grown[bases->count++].why = why;
    bases->items = grown;
}

/* Is the commit in this clone? Anything but "there is none" stays an error. */
static bool look_up(const struct search *s, const char *name, char sha[GIT_SHA_MAX], bool *here,
                    struct error *err)
{
    *here = git_resolve(s->question->dir, name, sha, err);
    return *here || err->kind == ERR_NOT_FOUND;
}

/* What to do about a commit that is not here depends on the clone. */
static bool absent(const struct search *s, const char *what, const char *sha, struct error *err)
{
    bool shallow = false;
    TRY(git_is_shallow(s->question->dir, &shallow, err));
    if (shallow)
        return err_set(err, ERR_NOT_FOUND,
                       "%s, %.12s, is not in this shallow clone: run 'git fetch --depth=1 origin "
                       "%s', or check out with fetch-depth: 0",
                       what, sha, sha);
    return err_set(err, ERR_NOT_FOUND,
                   "%s, %.12s, is not in this clone (pushed over, perhaps): run 'git fetch origin "
                   "%s', or name another with --base",
                   what, sha, sha);
}

/* --- --base ------------------------------------------------------------------------------- */

static bool by_request(struct search *s, struct error *err)
{
    const char *base = s->question->base;
    char sha[GIT_SHA_MAX];
    bool here = false;
    if (base == NULL)
        return true;
    TRY(look_up(s, base, sha, &here, err));
    if (!here)
        return absent(s, "the commit of --base", base, err);
    add(s, sha, arena_printf(s->arena, "asked for as %s", base));
    return true;
}

/* --- what is deployed ---------------------------------------------------------------------- */

static bool add_deployed(struct search *s, const struct record *record, struct error *err)
{
    cleanup_json_doc struct json_doc doc = {0};
    char sha[GIT_SHA_MAX];
    bool here = false;
    if (!json_parse(str_of(record->text), NULL, &doc, err))
        return err_wrap(err, "record '%s'", record->name);
    const char *built = json_cstr(json_get(json_root(&doc), "git_sha"), s->arena);
    if (built == NULL || built[0] == '\0')
        return err_set(err, ERR_CONFLICT, "record '%s' tells no commit: name one with --base",
                       record->name);
    if (str_ends(str_of(built), STR("-dirty")))
        return err_set(err, ERR_CONFLICT,
                       "what is deployed to %s was built from %s, which is no commit: deploy a "
                       "clean build, or name a commit with --base",
                       s->question->environment, built);
    TRY(look_up(s, built, sha, &here, err));
    if (!here)
        return absent(s, "the commit deployed last", built, err);
    add(s, sha, arena_printf(s->arena, "deployed to %s", s->question->environment));
    return true;
}

static bool by_deployment(struct search *s, struct error *err)
{
    const char *environment = s->question->environment;
    struct record_list records;
    if (environment == NULL)
        return true;
    const char *prefix = arena_printf(s->arena, "deployed:%s:", environment);
    TRY(record_list(s->question->store, prefix, s->arena, &records, err));
    for (size_t i = 0; i < records.count; i++)
        TRY(add_deployed(s, &records.items[i], err));
    if (records.count == 0)
        warn(s, arena_printf(s->arena,
                             "nothing was deployed to %s yet, so this is not what it lacks: with "
                             "--all everything counts",
                             environment));
    return true;
}

/* --- merge base ---------------------------------------------------------------------------- */

/* Adds the merge base with `target` when both are there. */
static bool try_merge_base(struct search *s, const char *target, bool *here, struct error *err)
{
    char sha[GIT_SHA_MAX], base[GIT_SHA_MAX];
    bool shallow = false;
    TRY(look_up(s, target, sha, here, err));
    if (!*here)
        return true;
    if (git_merge_base(s->question->dir, sha, s->question->head, base, err)) {
        /* On the branch itself: nothing would have changed. */
        if (strcmp(base, s->question->head) != 0)
            add(s, base, arena_printf(s->arena, "the merge base with %s", target));
        return true;
    }
    if (err->kind != ERR_NOT_FOUND)
        return false;
    TRY(git_is_shallow(s->question->dir, &shallow, err));
    return err_set(err, ERR_NOT_FOUND, "no common ancestor with '%s'%s", target,
                   shallow ? " in this shallow clone: check out with fetch-depth: 0, or run 'git "
                             "fetch --unshallow'"
                           : ": name a commit with --base");
}

static bool try_branch(struct search *s, const char *branch, bool *here, struct error *err)
{
    TRY(try_merge_base(s, arena_printf(s->arena, "origin/%s", branch), here, err));
    return *here || try_merge_base(s, branch, here, err);
}

static bool by_target(struct search *s, struct error *err)
{
    static const char *const usual[] = {"origin/HEAD", "origin/main", "origin/master", "main",
                                        "master"};
    const struct changes_question *q = s->question;
    const char *named = q->target != NULL ? q->target : q->event.default_branch;
    bool here = false;
    if (named != NULL && named[0] != '\0') {
        TRY(try_branch(s, named, &here, err));
        if (!here && q->target != NULL)
            return err_set(err, ERR_NOT_FOUND,
                           "branch '%s' is not in this clone: run 'git fetch origin %s', or check "
                           "out with fetch-depth: 0",
                           named, named);
        return true;
    }
    for (size_t i = 0; i < ARRAY_LEN(usual) && !here; i++)
        TRY(try_merge_base(s, usual[i], &here, err));
    return true;
}

/* --- events -------------------------------------------------------------------------------- */

static bool is_zero(const char *sha)
{
    return sha[0] != '\0' && strspn(sha, "0") == strlen(sha);
}

/* A pull request has changed what differs from where it forked off, a merge group from its base. */
static bool by_base_of_event(struct search *s, const char *base, struct error *err)
{
    char sha[GIT_SHA_MAX];
    bool here = false;
    TRY(look_up(s, base, sha, &here, err));
    if (!here)
        return absent(s, "the base of this event", base, err);
    if (strcmp(s->question->event.name, "merge_group") == 0)
        add(s, sha, "the base of the merge group");
    else
        TRY(try_merge_base(s, sha, &here, err));
    if (!found(s))
        return err_set(err, ERR_CONFLICT,
                       "the base of this event, %.12s, is HEAD or after it: check out the head of "
                       "the pull request",
                       sha);
    return true;
}

static bool by_push(struct search *s, const struct changes_event *event, struct error *err)
{
    char sha[GIT_SHA_MAX];
    bool here = false, shallow = false;
    TRY(look_up(s, event->before, sha, &here, err));
    if (here) {
        add(s, sha, "what was there before the push");
        return true;
    }
    TRY(git_is_shallow(s->question->dir, &shallow, err));
    const char *own = arena_printf(s->arena, "refs/heads/%s", event->default_branch);
    if (shallow || strcmp(event->ref, own) == 0)
        return absent(s, "what was there before the push", event->before, err);
    warn(s, "what was there before the push was pushed over and is not in this clone");
    return true;
}

static bool by_event(struct search *s, struct error *err)
{
    const struct changes_event *event = &s->question->event;
    if (event->name == NULL)
        return true;
    if (event->deleted)
        return err_set(err, ERR_CONFLICT, "'%s' was deleted: there is nothing to compare",
                       event->ref);
    if (event->base_sha[0] != '\0')
        return by_base_of_event(s, event->base_sha, err);
    bool push = strcmp(event->name, "push") == 0 && event->before[0] != '\0';
    /* Zeros: a new branch, or a tag; neither was anywhere before. */
    return !push || is_zero(event->before) || by_push(s, event, err);
}

/* --- tags ---------------------------------------------------------------------------------- */

static bool by_tag(struct search *s, struct error *err)
{
    cleanup_free char *tag = NULL;
    const char *head = s->question->head;
    char sha[GIT_SHA_MAX];
    bool here = false;
    cleanup_free char *parent = xasprintf("%s~1", head);
    TRY(look_up(s, parent, sha, &here, err));
    if (!here)
        return true;
    if (!git_last_tag(s->question->dir, sha, &tag, err))
        return err->kind == ERR_NOT_FOUND;
    TRY(git_resolve(s->question->dir, arena_printf(s->arena, "refs/tags/%s", tag), sha, err));
    add(s, sha, arena_printf(s->arena, "the tag %s", tag));
    return true;
}

/* A tag is compared with the tag before it, not with the branch that holds both. */
static bool by_tag_of_event(struct search *s, struct error *err)
{
    const char *ref = s->question->event.ref;
    return ref == NULL || !str_starts(str_of(ref), STR("refs/tags/")) || by_tag(s, err);
}

static bool give_up(struct search *s, struct error *err)
{
    bool shallow = false;
    TRY(git_is_shallow(s->question->dir, &shallow, err));
    return err_set(err, ERR_NOT_FOUND,
                   "there is nothing to compare %.12s with: no deployment, no other branch, no tag "
                   "before it%s",
                   s->question->head,
                   shallow ? " in this shallow clone; check out with fetch-depth: 0, or name a "
                             "commit with --base"
                           : "; name a commit with --base, or take everything with --all");
}

bool changes_find_base(const struct changes_question *question, struct arena *arena,
                       struct changes_bases *ret, struct error *err)
{
    static bool (*const ways[])(struct search * s, struct error * err) = {
        by_request, by_deployment, by_tag_of_event, by_event, by_target, by_tag, give_up};
    struct changes_bases bases = {0};
    struct search s = {.question = question, .arena = arena, .bases = &bases};
    for (size_t i = 0; i < ARRAY_LEN(ways) && !found(&s); i++)
        TRY(ways[i](&s, err));
    *ret = bases;
    return true;
}
