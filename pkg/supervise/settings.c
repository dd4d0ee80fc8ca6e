/* DIR/service.json: the settings of a service, checked, written and read. */
#include "settings.h"

#include <stdio.h>

#include "data/data.h"
#include "fs/fs.h"
#include "transport/transport.h"

enum { SETTINGS_VERSION = 1, SETTINGS_MAX = 16 * 1024 };

static const char *const BACKENDS[] = {[SUPERVISE_OWN] = "own", [SUPERVISE_SYSTEMD] = "systemd"};
_Static_assert(ARRAY_LEN(BACKENDS) == SUPERVISE_BACKEND_COUNT, "a name for every backend");

/* The numbers: where each stands, its name in the file, what it is when nothing is said. */
struct number {
    const char *key;
    size_t at;
    int64_t fallback;
};

static const struct number NUMBERS[] = {
    {"drain_max_ms", offsetof(struct settings, drain_max_ms), 600000},
    {"ready_max_ms", offsetof(struct settings, ready_max_ms), 60000},
    {"log_max_bytes", offsetof(struct settings, log_max_bytes), (int64_t)10 << 20},
    {"log_files", offsetof(struct settings, log_files), 5},
    {"restart_first_ms", offsetof(struct settings, restart_first_ms), 200},
    {"restart_max", offsetof(struct settings, restart_max), 10},
};

static int64_t get_number(const struct settings *s, const struct number *n)
{
    int64_t value;
    memcpy(&value, (const char *)s + n->at, sizeof(value));
    return value;
}

static void set_number(struct settings *s, const struct number *n, int64_t value)
{
    memcpy((char *)s + n->at, &value, sizeof(value));
}

static void apply_defaults(struct settings *s)
{
    for (size_t i = 0; i < ARRAY_LEN(NUMBERS); i++) {
        if (get_number(s, &NUMBERS[i]) <= 0)
            set_number(s, &NUMBERS[i], NUMBERS[i].fallback);
    }
}

static bool copy_text(struct str text, char *into, size_t size, const char *what, struct error *err)
{
    if (text.len >= size || memchr(text.ptr, '\0', text.len) != NULL)
        return err_set(err, ERR_CONFIG, "the %s of the service is too long", what);
    memcpy(into, text.ptr, text.len);
    into[text.len] = '\0';
    return true;
}

static bool check(const struct settings *s, struct error *err)
{
    struct transport_addr addr;
    if (!supervise_name_ok(s->name))
        return err_set(err, ERR_CONFIG, "'%s' is not a service's name", s->name);
    if (s->exe[0] != '/')
        return err_set(err, ERR_CONFIG, "the supervisor's program '%s' is not an absolute path",
                       s->exe);
    return transport_parse(str_of(s->listen), &addr, err);
}

bool settings_from(const struct supervise_service *service, struct settings *ret, struct error *err)
{
    struct settings s = {
        .backend = service->backend,
        .drain_max_ms = service->drain_max_ms,
        .ready_max_ms = service->ready_max_ms,
        .log_max_bytes = service->log_max_bytes,
        .log_files = service->log_files,
        .restart_first_ms = service->restart_first_ms,
        .restart_max = service->restart_max,
    };
    TRY(copy_text(str_of(service->name), s.name, sizeof(s.name), "name", err));
    TRY(copy_text(str_of(service->exe), s.exe, sizeof(s.exe), "program", err));
    TRY(copy_text(str_of(service->listen), s.listen, sizeof(s.listen), "address", err));
    TRY(check(&s, err));
    apply_defaults(&s);
    *ret = s;
    return true;
}

bool settings_equal(const struct settings *a, const struct settings *b)
{
    for (size_t i = 0; i < ARRAY_LEN(NUMBERS); i++) {
        if (get_number(a, &NUMBERS[i]) != get_number(b, &NUMBERS[i]))
            return false;
    }
    return a->backend == b->backend && strcmp(a->name, b->name) == 0 &&
           strcmp(a->exe, b->exe) == 0 && strcmp(a->listen, b->listen) == 0;
}

static void write_json(const struct settings *s, struct json_writer *w)
{
    jw_object_begin(w);
    jw_member_int(w, "version", SETTINGS_VERSION);
    jw_member(w, "backend", BACKENDS[s->backend]);
    jw_member(w, "name", s->name);
    jw_member(w, "exe", s->exe);
    jw_member(w, "listen", s->listen);
    for (size_t i = 0; i < ARRAY_LEN(NUMBERS); i++)
        jw_member_int(w, NUMBERS[i].key, get_number(s, &NUMBERS[i]));
    jw_object_end(w);
}

bool settings_write(const struct cap *cap, const char *dir, const struct settings *settings,
                    struct error *err)
{
    cleanup_free char *path = fs_join(dir, "service.json");
    cleanup_buf struct buf text = buf_make(SETTINGS_MAX);
    struct json_writer w = jw_make(&text, JSON_PRETTY);
    write_json(settings, &w);
    TRY(jw_finish(&w, path, err));
    buf_addc(&text, '\n');
    return fs_write(cap, path, buf_str(&text), 0600, err);
}

static bool from_json(struct json root, struct settings *out, struct error *err)
{
    int64_t version = json_i64_or(json_get(root, "version"), 0);
    if (version != SETTINGS_VERSION)
        return err_set(err, ERR_CONFIG, "version %lld of service.json is not known here",
                       (long long)version);
    if (json_is(json_get(root, "backend"), BACKENDS[SUPERVISE_SYSTEMD]))
        out->backend = SUPERVISE_SYSTEMD;
    TRY(copy_text(json_str(json_get(root, "name")), out->name, sizeof(out->name), "name", err));
    TRY(copy_text(json_str(json_get(root, "exe")), out->exe, sizeof(out->exe), "program", err));
    TRY(copy_text(json_str(json_get(root, "listen")), out->listen, sizeof(out->listen), "address",
                  err));
    for (size_t i = 0; i < ARRAY_LEN(NUMBERS); i++)
        set_number(out, &NUMBERS[i], json_i64_or(json_get(root, NUMBERS[i].key), 0));
    apply_defaults(out);
    return check(out, err);
}

bool settings_read(const char *dir, struct settings *ret, struct error *err)
{
    cleanup_free char *path = fs_join(dir, "service.json");
    cleanup_buf struct buf text = buf_make(SETTINGS_MAX);
    cleanup_json_doc struct json_doc doc = {0};
    struct settings out = {0};
    TRY(fs_read(path, &text, err));
    TRY(json_parse(buf_str(&text), &(struct json_options){.name = path}, &doc, err));
    if (!from_json(json_root(&doc), &out, err))
        return err_wrap(err, "%s", path);
    *ret = out;
    return true;
}
