/* Requests of the control protocol, and the outcome of a reply: JSON to values and back. */
#include "wire.h"

enum { REQUEST_DEPTH = 4 };

static const char *const OPS[] = {
    [WIRE_STATUS] = "status",   [WIRE_REEXEC] = "reexec", [WIRE_START] = "start",
    [WIRE_PROMOTE] = "promote", [WIRE_STOP] = "stop",     [WIRE_SHUTDOWN] = "shutdown",
};
_Static_assert(ARRAY_LEN(OPS) == WIRE_OP_COUNT, "a name for every operation");

void wire_write_strings(struct json_writer *w, const char *key, const char *const *strings)
{
    jw_member_array(w, key);
    for (; *strings != NULL; strings++)
        jw_cstr(w, *strings);
    jw_array_end(w);
}

bool wire_write_request(const struct wire_request *request, struct buf *out, struct error *err)
{
    struct json_writer w = jw_make(out, JSON_COMPACT);
    jw_object_begin(&w);
    jw_member_int(&w, "v", WIRE_VERSION);
    jw_member(&w, "op", OPS[request->op]);
    jw_key(&w, "fence");
    jw_uint(&w, request->fence);
    if (request->start.id != NULL)
        jw_member(&w, "id", request->start.id);
    if (request->op == WIRE_START) {
        jw_member(&w, "release_dir", request->start.release_dir);
        wire_write_strings(&w, "argv", request->start.argv);
        wire_write_strings(&w, "env", request->start.env);
    }
    jw_object_end(&w);
    TRY(jw_finish(&w, "the request", err));
    buf_addc(out, '\n');
    return buf_check(out, "the request", err);
}

bool wire_read_strings(struct json array, size_t max, struct arena *arena, const char *const **ret,
                       struct error *err)
{
    size_t count = json_count(array), i = 0;
    if (json_kind(array) != JSON_ARRAY || count > max)
        return err_set(err, ERR_USAGE, "not a list of at most %zu strings", max);
    const char **out = arena_alloc(arena, (count + 1) * sizeof(*out));
    json_each_item (item, array) {
        out[i] = json_cstr(item, arena);
        if (out[i++] == NULL)
            return err_set(err, ERR_USAGE, "not a list of strings");
    }
    *ret = out;
    return true;
}

static bool read_op(struct json root, enum wire_op *ret, struct error *err)
{
    struct str name = json_str(json_get(root, "op"));
    for (size_t i = 0; i < ARRAY_LEN(OPS); i++) {
        if (str_is(name, OPS[i])) {
            *ret = (enum wire_op)i;
            return true;
        }
    }
    return err_set(err, ERR_USAGE, "'%.*s' is no operation", (int)(name.len > 40 ? 40 : name.len),
                   name.ptr);
}

static bool read_id(struct json root, struct arena *arena, struct wire_request *out,
                    struct error *err)
{
    if (!wire_op_is_fenced(out->op) || out->op == WIRE_SHUTDOWN)
        return true;
    out->start.id = json_cstr(json_get(root, "id"), arena);
    if (out->start.id == NULL || !supervise_name_ok(out->start.id))
        return err_set(err, ERR_USAGE, "the instance's name is missing or malformed");
    return true;
}

static bool read_command(struct json root, struct arena *arena, struct supervise_start *out,
                         struct error *err)
{
    out->release_dir = json_cstr(json_get(root, "release_dir"), arena);
    if (out->release_dir == NULL || out->release_dir[0] != '/' ||
        strlen(out->release_dir) >= SUPERVISE_PATH_MAX)
        return err_set(err, ERR_USAGE, "release_dir is not an absolute path");
    if (!wire_read_strings(json_get(root, "argv"), SUPERVISE_ARGS_MAX, arena, &out->argv, err))
        return err_wrap(err, "argv");
    if (!wire_read_strings(json_get(root, "env"), SUPERVISE_ENV_MAX, arena, &out->env, err))
        return err_wrap(err, "env");
    if (out->argv[0] == NULL || out->argv[0][0] != '/')
        return err_set(err, ERR_USAGE, "argv does not begin with an absolute path");
    return true;
}

static bool read_request(struct json root, struct arena *arena, struct wire_request *out,
                         struct error *err)
{
    if (json_i64_or(json_get(root, "v"), 0) != WIRE_VERSION)
        return err_set(err, ERR_USAGE, "this supervisor speaks version %d", WIRE_VERSION);
    TRY(read_op(root, &out->op, err));
    TRY(read_id(root, arena, out, err));
    if (!wire_op_is_fenced(out->op))
        return true;
    if (!json_to_u64(json_get(root, "fence"), &out->fence))
        return err_set(err, ERR_USAGE, "the fence is missing");
    out->start.fence = out->fence;
    return out->op != WIRE_START || read_command(root, arena, &out->start, err);
}

bool wire_read_request(struct str line, struct arena *arena, struct wire_request *ret,
                       struct error *err)
{
    cleanup_json_doc struct json_doc doc = {0};
    struct wire_request out = {0};
    struct json_options options = {
        .name = "request", .size_max = WIRE_REQUEST_MAX, .depth_max = REQUEST_DEPTH};
    if (!json_parse(line, &options, &doc, err)) {
        err->kind = ERR_USAGE;
        return false;
    }
    TRY(read_request(json_root(&doc), arena, &out, err));
    *ret = out;
    return true;
}

void wire_write_error(const struct error *failure, struct buf *out)
{
    struct json_writer w = jw_make(out, JSON_COMPACT);
    jw_object_begin(&w);
    jw_member_int(&w, "v", WIRE_VERSION);
    jw_member_bool(&w, "ok", false);
    jw_member(&w, "kind", err_kind_info(failure->kind)->name);
    jw_member(&w, "message", failure->msg);
    jw_object_end(&w);
    buf_addc(out, '\n');
}

static enum err_kind kind_named(struct str name)
{
    for (int kind = ERR_NONE + 1; kind < ERR_KIND_COUNT; kind++) {
        if (str_is(name, err_kind_info((enum err_kind)kind)->name))
            return (enum err_kind)kind;
    }
    return ERR_FAILED;
}

bool wire_read_outcome(struct json root, struct error *err)
{
    if (json_bool_or(json_get(root, "ok"), false))
        return true;
    struct str message = json_str(json_get(root, "message"));
    if (message.len == 0)
        return err_set(err, ERR_FAILED, "the supervisor's answer cannot be understood");
    return err_set(err, kind_named(json_str(json_get(root, "kind"))), "%" PRIstr, STR_ARG(message));
}
