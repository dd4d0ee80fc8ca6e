/* Plans as JSON: the file, the result of `plan`, and the digest over the canonical form. */
#include "data/data.h"
#include "internal.h"

static void write_items(struct json_writer *w, const struct pairs *pairs)
{
    jw_object_begin(w);
    for (size_t i = 0; i < pairs->count; i++)
        jw_member(w, pairs->items[i].key, pairs->items[i].value);
    jw_object_end(w);
}

static void write_pairs(struct json_writer *w, const char *key, const struct pairs *pairs)
{
    jw_key(w, key);
    write_items(w, pairs);
}

bool pairs_write(const struct pairs *pairs, struct buf *out, struct error *err)
{
    struct json_writer w = jw_make(out, JSON_COMPACT);
    write_items(&w, pairs);
    return jw_finish(&w, "facts", err);
}

static void write_action(struct json_writer *w, const struct action *action)
{
    jw_object_begin(w);
    jw_member(w, "id", action->id);
    jw_member(w, "kind", action_kind_info(action->kind)->name);
    jw_member(w, "component", action->component);
    jw_member(w, "host", action->host);
    write_pairs(w, "params", &action->params);
    jw_member(w, "reason", action->reason);
    write_pairs(w, "expect", &action->expect);
    write_pairs(w, "ensure", &action->ensure);
    jw_object_end(w);
}

static void write_release(struct json_writer *w, const struct plan_release *release)
{
    jw_member_object(w, "release");
    jw_member(w, "version", release->version);
    jw_member(w, "digest", release->digest);
    jw_member(w, "git_sha", release->git_sha);
    jw_object_end(w);
}

/* What the plan does, without who made or approved it and when: what the digest is of. */
static void write_substance(struct json_writer *w, const struct plan *plan)
{
    jw_member_int(w, "v", PLAN_FORMAT);
    jw_member(w, "environment", plan->environment);
    write_release(w, &plan->release);
    jw_member_array(w, "actions");
    for (size_t i = 0; i < plan->count; i++)
        write_action(w, &plan->actions[i]);
    jw_array_end(w);
}

bool plan_digest(const struct plan *plan, char ret[SHA256_HEX_MAX], struct error *err)
{
    cleanup_buf struct buf text = buf_make(BUF_DOCUMENT);
    cleanup_buf struct buf canonical = buf_make(BUF_DOCUMENT);
    cleanup_json_doc struct json_doc doc = {0};
    struct json_writer w = jw_make(&text, JSON_COMPACT);
    jw_object_begin(&w);
    write_substance(&w, plan);
    jw_object_end(&w);
    TRY(jw_finish(&w, "plan", err));
    TRY(json_parse(buf_str(&text), &(struct json_options){.name = "plan"}, &doc, err));
    json_canonical(json_root(&doc), &canonical);
    TRY(buf_check(&canonical, "plan", err));
    sha256_hex(buf_str(&canonical), ret);
    return true;
}

static const char *or_empty(const char *text)
{
    return text != NULL ? text : "";
}

bool plan_write(const struct plan *plan, struct buf *out, struct error *err)
{
    char digest[SHA256_HEX_MAX], created[TIME_TEXT_MAX];
    struct json_writer w = jw_make(out, JSON_PRETTY);
    TRY(plan_digest(plan, digest, err));
    time_format_utc(plan->created_ms, created);
    jw_object_begin(&w);
    write_substance(&w, plan);
    jw_member(&w, "created", created);
    jw_member(&w, "approver", or_empty(plan->approver));
    jw_member(&w, "signer", or_empty(plan->signer));
    jw_member(&w, "digest", digest);
    jw_object_end(&w);
    TRY(jw_finish(&w, "plan", err));
    buf_addc(out, '\n');
    return buf_check(out, "plan", err);
}

static void write_target(struct json_writer *w, const struct action *action)
{
    cleanup_buf struct buf target = buf_make(BUF_LINE);
    action_target(action, &target);
    jw_member_str(w, "target", buf_str(&target));
}

bool plan_write_result(const struct plan *plan, struct buf *out, struct error *err)
{
    char digest[SHA256_HEX_MAX];
    struct json_writer w = jw_make(out, JSON_COMPACT);
    TRY(plan_digest(plan, digest, err));
    jw_object_begin(&w);
    jw_member(&w, "environment", plan->environment);
    write_release(&w, &plan->release);
    jw_member(&w, "digest", digest);
    jw_member_bool(&w, "empty", plan->count == 0);
    jw_member_array(&w, "changes");
    for (size_t i = 0; i < plan->count; i++) {
        const struct action *action = &plan->actions[i];
        jw_object_begin(&w);
        jw_member(&w, "id", action->id);
        jw_member(&w, "action", action_kind_info(action->kind)->name);
        write_target(&w, action);
        jw_member(&w, "reason", action->reason);
        write_pairs(&w, "expect", &action->expect);
        jw_object_end(&w);
    }
    jw_array_end(&w);
    jw_object_end(&w);
    return jw_finish(&w, "plan", err);
}
