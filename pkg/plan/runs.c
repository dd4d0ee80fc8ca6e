/* Runs as the journal keeps them: what is written at their beginning and end, and read back. */
#include "data/data.h"
#include "internal.h"

static const char *or_empty(const char *text)
{
    return text != NULL ? text : "";
}

bool plan_run_write(const struct plan *plan, const struct plan_origin *origin, struct buf *out,
                    struct error *err)
{
    cleanup_buf struct buf text = buf_make(PLAN_SIZE_MAX);
    struct json_writer w = jw_make(out, JSON_COMPACT);
    TRY(plan_write(plan, &text, err));
    jw_object_begin(&w);
    jw_member(&w, "verb", or_empty(origin->verb));
    jw_member(&w, "project", or_empty(origin->project));
    jw_key(&w, "plan");
    jw_raw(&w, buf_str(&text));
    jw_object_end(&w);
    return jw_finish(&w, "beginning of the run", err);
}

bool plan_run_parse(struct str payload, const char *name, struct arena *a,
                    struct plan_origin *ret_origin, struct plan *ret_plan, struct error *err)
{
    struct json plan;
    struct str verb, project;
    const struct json_options options = {.name = name, .size_max = STORE_TEXT_MAX};
    cleanup_json_doc struct json_doc doc = {0};
    TRY(json_parse(payload, &options, &doc, err));
    TRY(json_need_str(json_root(&doc), "verb", &verb, err));
    TRY(json_need_str(json_root(&doc), "project", &project, err));
    TRY(json_need(json_root(&doc), "plan", JSON_OBJECT, &plan, err));
    TRY(plan_parse(json_raw(plan), name, a, ret_plan, err));
    *ret_origin =
        (struct plan_origin){.verb = arena_strdup(a, verb), .project = arena_strdup(a, project)};
    return true;
}

bool plan_result_write(const char *result, const char *message, int64_t duration_ms,
                       struct buf *out, struct error *err)
{
    struct json_writer w = jw_make(out, JSON_COMPACT);
    jw_object_begin(&w);
    jw_member(&w, "result", result);
    jw_member(&w, "message", message);
    jw_member_int(&w, "duration_ms", duration_ms);
    jw_object_end(&w);
    return jw_finish(&w, "result of the run", err);
}

bool plan_supersede(const char *run_id, struct actuator *act, struct error *err)
{
    cleanup_buf struct buf text = buf_make(BUF_TEXT);
    cleanup_free char *message = xasprintf("by run %s", actuator_hold(act)->run_id);
    TRY(plan_result_write("superseded", message, 0, &text, err));
    const struct journal_write entry = {
        .kind = JOURNAL_RUN_FINISHED, .payload = buf_str(&text), .run = run_id};
    return journal_put(act, &entry, err);
}

enum action_progress action_progress(const struct journal *journal, const char *id)
{
    static const enum action_progress MEANING[JOURNAL_KIND_COUNT] = {
        [JOURNAL_INTENT] = ACTION_PENDING,
        [JOURNAL_EFFECT] = ACTION_PENDING,
        [JOURNAL_DONE] = ACTION_DONE,
        [JOURNAL_FAILED] = ACTION_FAILED,
    };
    enum action_progress progress = ACTION_UNTOUCHED;
    for (size_t i = 0; i < journal->count; i++) {
        const struct journal_entry *entry = &journal->items[i];
        if (strcmp(entry->action, id) == 0 && MEANING[entry->kind] != ACTION_UNTOUCHED)
            progress = MEANING[entry->kind];
    }
    return progress;
}

static enum err_kind kind_of(struct str name)
{
    for (int kind = ERR_NONE + 1; kind < ERR_KIND_COUNT; kind++)
        if (str_is(name, err_kind_info((enum err_kind)kind)->name))
            return (enum err_kind)kind;
    return ERR_FAILED;
}

static struct error read_failure(const char *payload)
{
    struct error failure;
    struct str kind, message;
    cleanup_json_doc struct json_doc doc = {0};
    if (!json_parse(str_of(payload), NULL, &doc, &failure) ||
        !json_need_str(json_root(&doc), "error", &kind, &failure) ||
        !json_need_str(json_root(&doc), "message", &message, &failure))
        return failure;
    err_set(&failure, kind_of(kind), "%" PRIstr, STR_ARG(message));
    return failure;
}

struct error journalled_failure(const struct journal *journal, const char *id)
{
    const char *payload = "{}";
    for (size_t i = 0; i < journal->count; i++)
        if (journal->items[i].kind == JOURNAL_FAILED && strcmp(journal->items[i].action, id) == 0)
            payload = journal->items[i].payload;
    return read_failure(payload);
}
