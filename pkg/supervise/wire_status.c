/* The status of a service on the wire. */
#include <stdio.h>

#include "wire.h"

static void write_instance(struct json_writer *w, const struct supervise_instance *at)
{
    jw_object_begin(w);
    jw_member(w, "id", at->id);
    jw_member(w, "state", supervise_state_name(at->state));
    jw_member_int(w, "pid", at->pid);
    jw_member_bool(w, "ready", at->ready);
    jw_key(w, "fence");
    jw_uint(w, at->fence);
    jw_member(w, "release_dir", at->release_dir);
    jw_member_int(w, "started_ms", at->started_ms);
    jw_member_int(w, "ended_ms", at->ended_ms);
    jw_member_int(w, "restarts", at->restarts);
    jw_member_int(w, "restart_in_ms", at->restart_in_ms);
    jw_member_bool(w, "exit_known", at->exit_known);
    jw_member_int(w, "exit_code", at->exit_code);
    jw_member_int(w, "exit_signal", at->exit_signal);
    jw_member(w, "log_tail", at->log_tail);
    jw_object_end(w);
}

bool wire_write_status(const struct supervise_status *status, struct buf *out, struct error *err)
{
    struct json_writer w = jw_make(out, JSON_COMPACT);
    jw_object_begin(&w);
    jw_member_int(&w, "v", WIRE_VERSION);
    jw_member_bool(&w, "ok", true);
    jw_member_object(&w, "status");
    jw_member(&w, "backend", status->backend);
    jw_member(&w, "listen", status->listen);
    jw_member_bool(&w, "listening", status->listening);
    jw_key(&w, "fence");
    jw_uint(&w, status->fence);
    jw_member_int(&w, "pid", status->pid);
    jw_member(&w, "active", status->active);
    jw_member_array(&w, "instances");
    for (size_t i = 0; i < status->count; i++)
        write_instance(&w, &status->instances[i]);
    jw_array_end(&w);
    jw_object_end(&w);
    jw_object_end(&w);
    TRY(jw_finish(&w, "the status", err));
    buf_addc(out, '\n');
    return buf_check(out, "the status", err);
}

/* A text that fits, cut where it does not: what comes from our own supervisor fits. */
static void read_text(struct json object, const char *key, char *into, size_t size)
{
    struct str text = json_str(json_get(object, key));
    snprintf(into, size, "%" PRIstr, STR_ARG(text));
}

static int64_t read_number(struct json object, const char *key)
{
    return json_i64_or(json_get(object, key), 0);
}

static enum supervise_state state_named(struct str name)
{
    for (int i = 0; i < SUPERVISE_STATE_COUNT; i++) {
        if (str_is(name, supervise_state_name((enum supervise_state)i)))
            return (enum supervise_state)i;
    }
    return SUPERVISE_EXITED;
}

static void read_instance(struct json from, struct supervise_instance *out)
{
    *out = (struct supervise_instance){
        .state = state_named(json_str(json_get(from, "state"))),
        .pid = (pid_t)read_number(from, "pid"),
        .ready = json_bool_or(json_get(from, "ready"), false),
        .started_ms = read_number(from, "started_ms"),
        .ended_ms = read_number(from, "ended_ms"),
        .restarts = (uint32_t)read_number(from, "restarts"),
        .restart_in_ms = read_number(from, "restart_in_ms"),
        .exit_known = json_bool_or(json_get(from, "exit_known"), false),
        .exit_code = (int)read_number(from, "exit_code"),
        .exit_signal = (int)read_number(from, "exit_signal"),
    };
    if (!json_to_u64(json_get(from, "fence"), &out->fence))
        out->fence = 0;
    read_text(from, "id", out->id, sizeof(out->id));
    read_text(from, "release_dir", out->release_dir, sizeof(out->release_dir));
    read_text(from, "log_tail", out->log_tail, sizeof(out->log_tail));
}

static void read_status(struct json from, struct supervise_status *out)
{
    *out = (struct supervise_status){
        .listening = json_bool_or(json_get(from, "listening"), false),
        .pid = (pid_t)read_number(from, "pid"),
    };
    if (!json_to_u64(json_get(from, "fence"), &out->fence))
        out->fence = 0;
    read_text(from, "backend", out->backend, sizeof(out->backend));
    read_text(from, "listen", out->listen, sizeof(out->listen));
    read_text(from, "active", out->active, sizeof(out->active));
    json_each_item (item, json_get(from, "instances")) {
        if (out->count < SUPERVISE_INSTANCES)
            read_instance(item, &out->instances[out->count++]);
    }
}

bool wire_read_reply(struct str line, struct supervise_status *ret, struct error *err)
{
    cleanup_json_doc struct json_doc doc = {0};
    struct json_options options = {.name = "the supervisor's answer", .size_max = WIRE_REPLY_MAX};
    TRY(json_parse(line, &options, &doc, err));
    TRY(wire_read_outcome(json_root(&doc), err));
    struct json status = json_get(json_root(&doc), "status");
    if (json_kind(status) != JSON_OBJECT)
        return err_set(err, ERR_FAILED, "the supervisor's answer holds no status");
    read_status(status, ret);
    return true;
}
