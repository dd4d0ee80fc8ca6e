/* Plan files read back: strict, bounded, every complaint with its place. */
#include "data/data.h"
#include "plan/plan.h"

enum { PLAN_DEPTH_MAX = 8 };

struct field {
    const char *key;
    enum json_kind kind;
};

static const struct field PLAN_FIELDS[] = {
    {"v", JSON_NUMBER},      {"environment", JSON_STRING}, {"release", JSON_OBJECT},
    {"actions", JSON_ARRAY}, {"created", JSON_STRING},     {"approver", JSON_STRING},
    {"signer", JSON_STRING}, {"digest", JSON_STRING},
};
static const struct field RELEASE_FIELDS[] = {
    {"version", JSON_STRING},
    {"digest", JSON_STRING},
    {"git_sha", JSON_STRING},
};
static const struct field ACTION_FIELDS[] = {
    {"id", JSON_STRING},     {"kind", JSON_STRING},   {"component", JSON_STRING},
    {"host", JSON_STRING},   {"params", JSON_OBJECT}, {"reason", JSON_STRING},
    {"expect", JSON_OBJECT}, {"ensure", JSON_OBJECT},
};

struct fields {
    const struct field *items;
    size_t count;
};
#define FIELDS(table) ((struct fields){(table), ARRAY_LEN(table)})

static bool has_nul(struct str text)
{
    return text.len > 0 && memchr(text.ptr, '\0', text.len) != NULL;
}

static bool check_known(struct json member, struct fields fields, struct error *err)
{
    struct str key = json_key(member);
    for (size_t i = 0; i < fields.count; i++) {
        if (str_is(key, fields.items[i].key))
            return true;
    }
    return json_fail(member, err, "a plan has no key '%" PRIstr "' here", STR_ARG(key));
}

/* Exactly these keys, all of them, each of its kind, and no NUL that would cut a string short. */
static bool check_fields(struct json object, struct fields fields, struct error *err)
{
    struct json value;
    if (json_kind(object) != JSON_OBJECT)
        return json_fail(object, err, "expected an object, not %s",
                         json_kind_name(json_kind(object)));
    json_each_member (member, object) {
        TRY(check_known(member, fields, err));
    }
    for (size_t i = 0; i < fields.count; i++) {
        TRY(json_need(object, fields.items[i].key, fields.items[i].kind, &value, err));
        if (has_nul(json_str(value)))
            return json_fail(value, err, "a string of a plan cannot hold a NUL");
    }
    return true;
}

static const char *text(struct json object, const char *key, struct arena *a)
{
    return arena_strdup(a, json_str(json_get(object, key)));
}

static bool parse_pairs(struct json object, struct arena *a, struct pairs *ret, struct error *err)
{
    struct pairs pairs = {0};
    size_t count = json_count(object);
    if (count > PLAN_PAIRS_MAX)
        return json_fail(object, err, "more than %d entries", PLAN_PAIRS_MAX);
    pairs.items = ARENA_ARRAY(a, struct pair, count + 1);
    json_each_member (member, object) {
        struct str key = json_key(member), value = json_str(member);
        if (json_kind(member) != JSON_STRING || has_nul(key) || has_nul(value))
            return json_fail(member, err, "expected a string without NUL");
        pairs.items[pairs.count++] =
            (struct pair){.key = arena_strdup(a, key), .value = arena_strdup(a, value)};
    }
    *ret = pairs;
    return true;
}

static bool parse_action(struct json object, struct arena *a, struct action *ret, struct error *err)
{
    TRY(check_fields(object, FIELDS(ACTION_FIELDS), err));
    struct json kind = json_get(object, "kind");
    if (!action_kind_parse(json_str(kind), &ret->kind))
        return json_fail(kind, err, "this teerexctl knows no action '%" PRIstr "'",
                         STR_ARG(json_str(kind)));
    ret->id = text(object, "id", a);
    ret->component = text(object, "component", a);
    ret->host = text(object, "host", a);
    ret->reason = text(object, "reason", a);
    TRY(parse_pairs(json_get(object, "params"), a, &ret->params, err));
    TRY(parse_pairs(json_get(object, "expect"), a, &ret->expect, err));
    return parse_pairs(json_get(object, "ensure"), a, &ret->ensure, err);
}

static bool check_unique(struct json value, const struct plan *plan, struct error *err)
{
    const char *id = plan->actions[plan->count].id;
    if (id[0] == '\0')
        return json_fail(value, err, "an action needs an id");
    for (size_t i = 0; i < plan->count; i++) {
        if (strcmp(plan->actions[i].id, id) == 0)
            return json_fail(value, err, "two actions have the id '%s'", id);
    }
    return true;
}

static bool parse_actions(struct json array, struct arena *a, struct plan *plan, struct error *err)
{
    size_t count = json_count(array);
    if (count > PLAN_ACTIONS_MAX)
        return json_fail(array, err, "more than %d actions", PLAN_ACTIONS_MAX);
    plan->actions = ARENA_ARRAY(a, struct action, count + 1);
    json_each_item (item, array) {
        TRY(parse_action(item, a, &plan->actions[plan->count], err));
        TRY(check_unique(item, plan, err));
        plan->count++;
    }
    return true;
}

static bool parse_version(struct json root, struct plan *plan, struct error *err)
{
    int64_t version = 0;
    struct json v = json_get(root, "v");
    if (!json_to_i64(v, &version) || version != PLAN_FORMAT)
        return json_fail(v, err,
                         "this teerexctl reads plans of format %d only: make the plan again",
                         PLAN_FORMAT);
    plan->v = PLAN_FORMAT;
    return true;
}

static bool parse_root(struct json root, struct arena *a, struct plan *plan, struct error *err)
{
    struct json release = json_get(root, "release"), created = json_get(root, "created");
    if (json_exists(json_get(root, "v")))
        TRY(parse_version(root, plan, err));
    TRY(check_fields(root, FIELDS(PLAN_FIELDS), err));
    TRY(check_fields(release, FIELDS(RELEASE_FIELDS), err));
    plan->environment = text(root, "environment", a);
    plan->release.version = text(release, "version", a);
    plan->release.digest = text(release, "digest", a);
    plan->release.git_sha = text(release, "git_sha", a);
    plan->approver = text(root, "approver", a);
    plan->signer = text(root, "signer", a);
    if (!time_parse_utc(json_str(created), &plan->created_ms))
        return json_fail(created, err, "expected a time like 2026-02-03T04:05:06Z");
    return parse_actions(json_get(root, "actions"), a, plan, err);
}

/* Malformed is the file's fault, whatever the layer below called it. */
static bool as_config(struct error *err)
{
    if (err->kind == ERR_FAILED)
        err->kind = ERR_CONFIG;
    return false;
}

bool plan_parse(struct str bytes, const char *name, struct arena *a, struct plan *ret,
                struct error *err)
{
    struct json_options options = {
        .name = name, .size_max = PLAN_SIZE_MAX, .depth_max = PLAN_DEPTH_MAX};
    cleanup_json_doc struct json_doc doc = {0};
    struct plan plan = {0};
    char digest[SHA256_HEX_MAX];
    if (!json_parse(bytes, &options, &doc, err) || !parse_root(json_root(&doc), a, &plan, err))
        return as_config(err);
    TRY(plan_digest(&plan, digest, err));
    if (!json_is(json_get(json_root(&doc), "digest"), digest))
        return err_set(err, ERR_VERIFY,
                       "%s: the plan was changed after it was made: its digest is "
                       "%.12s…",
                       name, digest);
    *ret = plan;
    return true;
}
