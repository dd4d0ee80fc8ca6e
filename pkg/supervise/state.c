/* DIR/state.json: the roster as text, durable before anything is said to be done. */
#include <stdio.h>

#include "fs/fs.h"
#include "roster.h"
#include "wire.h"

enum { STATE_VERSION = 1, STATE_MAX = 4 * 1024 * 1024 };

static void write_uint(struct json_writer *w, const char *key, uint64_t value)
{
    jw_key(w, key);
    jw_uint(w, value);
}

static void write_instance(struct json_writer *w, const struct instance *at)
{
    jw_object_begin(w);
    jw_member(w, "id", at->id);
    jw_member(w, "state", supervise_state_name(at->state));
    write_uint(w, "fence", at->fence);
    jw_member_bool(w, "ready", at->ready);
    jw_member_bool(w, "told", at->told);
    jw_member_bool(w, "resume", at->resume);
    jw_member(w, "boot_id", at->who.boot_id);
    jw_member_int(w, "pid", at->who.pid);
    write_uint(w, "start_ticks", at->who.start_ticks);
    jw_member_int(w, "started_ms", at->started_ms);
    jw_member_int(w, "ended_ms", at->ended_ms);
    jw_member_int(w, "restarts", at->restarts);
    jw_member_bool(w, "exit_known", at->exit_known);
    jw_member_int(w, "exit_code", at->exit_code);
    jw_member_int(w, "exit_signal", at->exit_signal);
    jw_member(w, "release_dir", at->command.release_dir);
    wire_write_strings(w, "argv", at->command.argv);
    wire_write_strings(w, "env", at->command.env);
    jw_object_end(w);
}

static void write_roster(struct json_writer *w, const struct roster *roster)
{
    jw_object_begin(w);
    jw_member_int(w, "version", STATE_VERSION);
    write_uint(w, "fence", roster->fence);
    jw_member(w, "listen", roster->listen);
    jw_member_array(w, "instances");
    for (size_t i = 0; i < roster->count; i++)
        write_instance(w, roster->items[i]);
    jw_array_end(w);
    jw_object_end(w);
}

bool roster_save(const struct cap *cap, const char *dir, const struct roster *roster,
                 struct error *err)
{
    cleanup_free char *path = fs_join(dir, "state.json");
    cleanup_buf struct buf text = buf_make(STATE_MAX);
    struct json_writer w = jw_make(&text, JSON_PRETTY);
    write_roster(&w, roster);
    TRY(jw_finish(&w, path, err));
    buf_addc(&text, '\n');
    return fs_write(cap, path, buf_str(&text), 0600, err);
}

static bool read_state(struct json from, enum supervise_state *ret, struct error *err)
{
    struct str name = json_str(json_get(from, "state"));
    for (int i = 0; i < SUPERVISE_STATE_COUNT; i++) {
        if (str_is(name, supervise_state_name((enum supervise_state)i))) {
            *ret = (enum supervise_state)i;
            return true;
        }
    }
    return json_fail(from, err, "the instance's state is unknown");
}

static bool read_ident(struct json from, struct ident *out, struct error *err)
{
    struct str boot = json_str(json_get(from, "boot_id"));
    int64_t pid = 0;
    TRY(json_need_i64(from, "pid", &pid, err));
    TRY(json_need_u64(from, "start_ticks", &out->start_ticks, err));
    if (boot.len >= sizeof(out->boot_id) || pid < 0 || pid > INT32_MAX)
        return json_fail(from, err, "the instance's process is malformed");
    memcpy(out->boot_id, boot.ptr, boot.len);
    out->pid = (pid_t)pid;
    return true;
}

static bool read_command(struct json from, struct instance *at, struct error *err)
{
    struct command *c = &at->command;
    c->release_dir = json_cstr(json_get(from, "release_dir"), &at->arena);
    if (c->release_dir == NULL)
        return json_fail(from, err, "release_dir is missing");
    TRY(wire_read_strings(json_get(from, "argv"), SUPERVISE_ARGS_MAX, &at->arena, &c->argv, err));
    if (c->argv[0] == NULL)
        return json_fail(from, err, "argv is empty");
    return wire_read_strings(json_get(from, "env"), SUPERVISE_ENV_MAX, &at->arena, &c->env, err);
}

static bool read_instance(struct json from, struct instance *at, struct error *err)
{
    TRY(read_state(from, &at->state, err));
    TRY(read_ident(from, &at->who, err));
    TRY(read_command(from, at, err));
    TRY(json_need_u64(from, "fence", &at->fence, err));
    at->ready = json_bool_or(json_get(from, "ready"), false);
    at->told = json_bool_or(json_get(from, "told"), false);
    at->resume = json_bool_or(json_get(from, "resume"), false);
    at->exit_known = json_bool_or(json_get(from, "exit_known"), false);
    at->exit_code = (int)json_i64_or(json_get(from, "exit_code"), 0);
    at->exit_signal = (int)json_i64_or(json_get(from, "exit_signal"), 0);
    at->started_ms = json_i64_or(json_get(from, "started_ms"), 0);
    at->ended_ms = json_i64_or(json_get(from, "ended_ms"), 0);
    at->restarts = (uint32_t)json_i64_or(json_get(from, "restarts"), 0);
    return true;
}

static bool read_item(struct json item, struct roster *out, struct error *err)
{
    struct str id = json_str(json_get(item, "id"));
    char name[SUPERVISE_ID_MAX];
    snprintf(name, sizeof(name), "%" PRIstr, STR_ARG(id));
    if (!str_is(id, name) || !supervise_name_ok(name) || roster_find(out, name) != NULL)
        return json_fail(item, err, "the instance's name is malformed or there twice");
    if (out->count == SUPERVISE_INSTANCES)
        return json_fail(item, err, "more than %d instances", SUPERVISE_INSTANCES);
    struct instance *at = instance_new(name);
    out->items[out->count++] = at;
    return read_instance(item, at, err);
}

static bool read_roster(struct json root, struct roster *out, struct error *err)
{
    int64_t version = 0;
    struct json items;
    TRY(json_need_i64(root, "version", &version, err));
    if (version != STATE_VERSION)
        return err_set(err, ERR_CONFLICT,
                       "state.json has version %lld, this supervisor knows %d: use a newer one",
                       (long long)version, STATE_VERSION);
    TRY(json_need_u64(root, "fence", &out->fence, err));
    struct str listen = json_str(json_get(root, "listen"));
    snprintf(out->listen, sizeof(out->listen), "%" PRIstr, STR_ARG(listen));
    TRY(json_need(root, "instances", JSON_ARRAY, &items, err));
    json_each_item (item, items)
        TRY(read_item(item, out, err));
    return true;
}

bool roster_parse(struct str text, struct roster *ret, struct error *err)
{
    cleanup_json_doc struct json_doc doc = {0};
    cleanup_roster struct roster out = {0};
    struct json_options options = {.name = "state.json", .size_max = STATE_MAX};
    TRY(json_parse(text, &options, &doc, err));
    TRY(read_roster(json_root(&doc), &out, err));
    *ret = out;
    out = (struct roster){0};
    return true;
}

bool roster_load(const char *dir, struct roster *ret, struct error *err)
{
    cleanup_free char *path = fs_join(dir, "state.json");
    cleanup_buf struct buf text = buf_make(STATE_MAX);
    if (fs_read(path, &text, err))
        return roster_parse(buf_str(&text), ret, err);
    if (err->kind != ERR_NOT_FOUND)
        return false;
    *ret = (struct roster){0};
    return true;
}
