/* What GitHub's event file says about the commits before it. */
#include "changes/changes.h"
#include "data/data.h"

enum { EVENT_MAX = 32 * 1024 * 1024 };

/* Where each kind of event names the commit that was there before. */
static const struct {
    const char *event, *base;
} BASES[] = {
    {"pull_request", "/pull_request/base/sha"},
    {"pull_request_target", "/pull_request/base/sha"},
    {"pull_request_review", "/pull_request/base/sha"},
    {"merge_group", "/merge_group/base_sha"},
};

static const char *text_at(struct json root, const char *path, struct arena *arena)
{
    const char *text = json_cstr(json_find(root, path), arena);
    return text != NULL ? text : "";
}

static const char *base_at(struct json root, const char *name, struct arena *arena)
{
    for (size_t i = 0; i < ARRAY_LEN(BASES); i++) {
        if (strcmp(name, BASES[i].event) == 0)
            return text_at(root, BASES[i].base, arena);
    }
    return "";
}

bool changes_event_parse(const char *name, struct str text, struct arena *arena,
                         struct changes_event *ret, struct error *err)
{
    static const struct json_options options = {
        .name = "the event", .size_max = EVENT_MAX, .flags = JSON_REPLACE_SURROGATES};
    cleanup_json_doc struct json_doc doc = {0};
    TRY(json_parse(text, &options, &doc, err));
    struct json root = json_root(&doc);
    if (json_kind(root) != JSON_OBJECT)
        return err_set(err, ERR_FAILED, "the event is no object");
    *ret = (struct changes_event){
        .name = name,
        .before = text_at(root, "/before", arena),
        .base_sha = base_at(root, name, arena),
        .ref = text_at(root, "/ref", arena),
        .default_branch = text_at(root, "/repository/default_branch", arena),
        .deleted = json_bool_or(json_get(root, "deleted"), false),
    };
    return true;
}
