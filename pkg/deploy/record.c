/* The record of a target: read, written, and carried on. Knows no store and no host. */
#include "record.h"

/* ---- reading ------------------------------------------------------------------------------ */

static const char *member(struct json value, const char *key, struct arena *arena)
{
    const char *text = json_cstr(json_get(value, key), arena);
    return text != NULL ? text : "";
}

static void read_strings(struct json array, struct arena *arena, config_strings *ret)
{
    ret->items = ARENA_ARRAY(arena, const char *, json_count(array) + 1);
    json_each_item (item, array)
        ret->items[ret->count++] = arena_strdup(arena, json_str(item));
}

/* NULL when the record does not tell it. */
static const struct config_component *read_spec(struct json spec, struct arena *arena)
{
    if (!json_exists(spec))
        return NULL;
    struct json settings = json_get(spec, "settings"), secrets = json_get(spec, "secrets");
    struct config_component *c = ARENA_NEW(arena, struct config_component);
    c->listen = json_cstr(json_get(spec, "listen"), arena);
    c->health = json_cstr(json_get(spec, "health"), arena);
    c->drain.idle_ms = json_i64_or(json_get(spec, "drain_idle_ms"), 0);
    c->drain.max_ms = json_i64_or(json_get(spec, "drain_max_ms"), 0);
    read_strings(json_get(spec, "command"), arena, &c->command);
    c->settings.items = ARENA_ARRAY(arena, struct config_pair, json_count(settings) + 1);
    json_each_member (pair, settings)
        c->settings.items[c->settings.count++] = (struct config_pair){
            arena_strdup(arena, json_key(pair)), arena_strdup(arena, json_str(pair))};
    c->secrets.items = ARENA_ARRAY(arena, struct config_secret, json_count(secrets) + 1);
    json_each_member (pair, secrets)
        c->secrets.items[c->secrets.count++] = (struct config_secret){
            arena_strdup(arena, json_key(pair)), arena_strdup(arena, json_str(pair))};
    return c;
}

static struct deployment read_deployment(struct json value, struct arena *arena)
{
    return (struct deployment){
        .version = member(value, "version", arena),
        .digest = member(value, "digest", arena),
        .git_sha = member(value, "git_sha", arena),
        .instance = member(value, "instance", arena),
        .boot_id = member(value, "boot_id", arena),
        .run = member(value, "run", arena),
        .time_ms = json_i64_or(json_get(value, "time_ms"), 0),
        .spec = read_spec(json_get(value, "spec"), arena),
    };
}

static struct bad read_bad(struct json value, struct arena *arena)
{
    return (struct bad){
        .version = member(value, "version", arena),
        .digest = member(value, "digest", arena),
        .spec = member(value, "spec", arena),
        .run = member(value, "run", arena),
        .time_ms = json_i64_or(json_get(value, "time_ms"), 0),
    };
}

bool deployed_parse(struct str text, struct arena *arena, struct deployed *ret, struct error *err)
{
    struct deployed out = {0};
    cleanup_json_doc struct json_doc doc = {0};
    TRY(json_parse(text.len > 0 ? text : STR("{}"), NULL, &doc, err));
    struct json root = json_root(&doc), past = json_get(root, "past"), bad = json_get(root, "bad");
    int64_t version = json_i64_or(json_get(root, "v"), 1);
    if (version > RECORD_FORMAT)
        return err_set(err, ERR_FAILED, "written by a newer teerexctl (format %lld)",
                       (long long)version);
    out.now = read_deployment(root, arena);
    out.past = ARENA_ARRAY(arena, struct deployment, json_count(past) + 1);
    json_each_item (item, past)
        out.past[out.past_count++] = read_deployment(item, arena);
    out.bad = ARENA_ARRAY(arena, struct bad, json_count(bad) + 1);
    json_each_item (item, bad)
        out.bad[out.bad_count++] = read_bad(item, arena);
    *ret = out;
    return true;
}

/* ---- writing ------------------------------------------------------------------------------ */

void spec_write(struct json_writer *w, const struct config_component *c)
{
    jw_member(w, "listen", c->listen);
    jw_member_int(w, "drain_idle_ms", c->drain.idle_ms);
    jw_member_int(w, "drain_max_ms", c->drain.max_ms);
    jw_member_array(w, "command");
    for (size_t i = 0; i < c->command.count; i++)
        jw_cstr(w, c->command.items[i]);
    jw_array_end(w);
    jw_member_object(w, "settings");
    for (size_t i = 0; i < c->settings.count; i++)
        jw_member(w, c->settings.items[i].name, c->settings.items[i].value);
    jw_object_end(w);
    jw_member_object(w, "secrets");
    for (size_t i = 0; i < c->secrets.count; i++)
        jw_member(w, c->secrets.items[i].name, c->secrets.items[i].reference);
    jw_object_end(w);
}

static void write_deployment(struct json_writer *w, const struct deployment *one)
{
    jw_member(w, "version", one->version);
    jw_member(w, "digest", one->digest);
    jw_member(w, "git_sha", one->git_sha);
    jw_member(w, "instance", one->instance);
    jw_member(w, "boot_id", one->boot_id);
    jw_member(w, "run", one->run);
    jw_member_int(w, "time_ms", one->time_ms);
    if (one->spec == NULL)
        return;
    jw_member_object(w, "spec");
    spec_write(w, one->spec);
    if (one->spec->health != NULL)
        jw_member(w, "health", one->spec->health);
    jw_object_end(w);
}

static void write_bad(struct json_writer *w, const struct bad *bad)
{
    jw_object_begin(w);
    jw_member(w, "version", bad->version);
    jw_member(w, "digest", bad->digest);
    jw_member(w, "spec", bad->spec);
    jw_member(w, "run", bad->run);
    jw_member_int(w, "time_ms", bad->time_ms);
    jw_object_end(w);
}

static bool render(const struct deployed *deployed, size_t past_count, struct buf *out,
                   struct error *err)
{
    struct json_writer w = jw_make(out, JSON_COMPACT);
    jw_object_begin(&w);
    jw_member_int(&w, "v", RECORD_FORMAT);
    write_deployment(&w, &deployed->now);
    jw_member_array(&w, "past");
    for (size_t i = 0; i < past_count; i++) {
        jw_object_begin(&w);
        write_deployment(&w, &deployed->past[i]);
        jw_object_end(&w);
    }
    jw_array_end(&w);
    jw_member_array(&w, "bad");
    for (size_t i = 0; i < deployed->bad_count; i++)
        write_bad(&w, &deployed->bad[i]);
    jw_array_end(&w);
    jw_object_end(&w);
    return jw_finish(&w, "the record of a deployment", err);
}

bool deployed_render(const struct deployed *deployed, struct buf *out, struct error *err)
{
    for (size_t keep = deployed->past_count;; keep--) {
        cleanup_buf struct buf text = buf_make(out->max - out->len);
        if (render(deployed, keep, &text, err)) {
            buf_add(out, buf_str(&text));
            return true;
        }
        if (keep == 0)
            return false;
    }
}

/* ---- carrying on -------------------------------------------------------------------------- */

bool same_spec(const char *instance, const char *other)
{
    return strlen(instance) > SPEC_LEN && strlen(other) > SPEC_LEN &&
           strncmp(instance, other, SPEC_LEN) == 0;
}

static bool is_of(const struct bad *bad, const char *digest, const char *spec)
{
    return strcmp(bad->digest, digest) == 0 &&
           (bad->spec[0] == '\0' || strncmp(bad->spec, spec, SPEC_LEN) == 0);
}

const struct bad *deployed_bad(const struct deployed *deployed, const char *digest,
                               const char *spec)
{
    for (size_t i = 0; i < deployed->bad_count; i++)
        if (is_of(&deployed->bad[i], digest, spec))
            return &deployed->bad[i];
    return NULL;
}

/* What was there goes to the front; of each spec only the newest stays. */
static void carry_past(const struct deployed *before, struct deployed *after, struct arena *arena)
{
    const struct deployment *was = &before->now;
    after->past = ARENA_ARRAY(arena, struct deployment, before->past_count + 1);
    if (was->instance[0] != '\0' && strcmp(was->instance, after->now.instance) != 0)
        after->past[after->past_count++] = *was;
    for (size_t i = 0; i < before->past_count && after->past_count < PAST_MAX; i++)
        if (after->past_count == 0 || !same_spec(before->past[i].instance, was->instance))
            after->past[after->past_count++] = before->past[i];
}

/* When the release changed, the release is bad with any settings; when only its settings changed,
 * it is bad with those. */
static void carry_bad(const struct deployed *before, const struct deployment *left,
                      struct deployed *after, struct arena *arena)
{
    const struct deployment *now = &after->now;
    after->bad = ARENA_ARRAY(arena, struct bad, before->bad_count + 1);
    if (left != NULL) {
        bool same_release = strcmp(left->digest, now->digest) == 0;
        after->bad[after->bad_count++] = (struct bad){
            .version = left->version,
            .digest = left->digest,
            .spec = same_release ? arena_printf(arena, "%.*s", SPEC_LEN, left->instance) : "",
            .run = now->run,
            .time_ms = now->time_ms,
        };
    }
    for (size_t i = 0; i < before->bad_count && after->bad_count < BAD_MAX; i++) {
        const struct bad *bad = &before->bad[i];
        bool again = left != NULL && is_of(bad, left->digest, left->instance);
        if (!again && !is_of(bad, now->digest, now->instance))
            after->bad[after->bad_count++] = *bad;
    }
}

struct deployed deployed_after(const struct deployed *before, const struct deployment *now,
                               const struct deployment *left, struct arena *arena)
{
    struct deployed after = {.record_version = before->record_version, .now = *now};
    carry_past(before, &after, arena);
    carry_bad(before, left, &after, arena);
    return after;
}
