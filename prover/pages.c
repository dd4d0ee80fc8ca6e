/* The answers that never change while the service runs, rendered once. */
#include "buildinfo.h"
#include "front.h"

enum { SHORT_SHA = 7 };

static bool render_health(struct front *f, struct error *err)
{
    const struct prover_options *o = f->o;
    struct json_writer w = jw_make(&f->health, JSON_COMPACT);
    uint64_t threads = o->hardware_concurrency ? o->hardware_concurrency : o->usable_cpus;
    jw_object_begin(&w);
    jw_member(&w, "status", "ok");
    jw_member_int(&w, "api_version", 1);
    jw_member_array(&w, "available_versions");
    jw_array_end(&w);
    jw_member_object(&w, "runtime");
    jw_member_int(&w, "hardware_concurrency", (int64_t)threads);
    jw_member_int(&w, "available_parallelism", (int64_t)o->usable_cpus);
    jw_member_int(&w, "cpu_count", (int64_t)o->cpus);
    jw_member(&w, "tee_mode", o->tee_mode);
    jw_member(&w, "node_env", o->node_env);
    jw_member(&w, "crs_path", o->crs_path);
    jw_object_end(&w);
    jw_member(&w, "instanceId", o->instance_id);
    jw_member(&w, "bootId", o->boot_id);
    jw_object_end(&w);
    return jw_finish(&w, "/health", err);
}

static bool render_version(struct front *f, struct error *err)
{
    const struct prover_options *o = f->o;
    struct json_writer w = jw_make(&f->version, JSON_COMPACT);
    char built[TIME_TEXT_MAX];
    time_format_utc(BUILDINFO.build_time_s * 1000, built);
    jw_object_begin(&w);
    jw_member(&w, "version", BUILDINFO.version);
    jw_member(&w, "gitSha", BUILDINFO.git_sha);
    jw_member_str(&w, "gitShaShort", str_sub(str_of(BUILDINFO.git_sha), 0, SHORT_SHA));
    jw_member(&w, "buildTime", built);
    jw_member(&w, "composeHash", o->compose_hash);
    jw_member(&w, "environment", o->environment);
    jw_member(&w, "instanceId", o->instance_id);
    jw_member(&w, "bootId", o->boot_id);
    jw_member(&w, "releaseVersion", o->release_version);
    jw_member(&w, "releaseDigest", o->release_digest);
    jw_member(&w, "executableSha256", o->executable_sha256);
    jw_object_end(&w);
    return jw_finish(&w, "/version", err);
}

static bool render_key(struct front *f, struct error *err)
{
    struct json_writer w = jw_make(&f->key_page, JSON_COMPACT);
    jw_object_begin(&w);
    jw_member_str(&w, "publicKey", buf_str(&f->key));
    jw_object_end(&w);
    return jw_finish(&w, "/encryption-public-key", err);
}

static bool render_attestation(struct front *f, struct error *err)
{
    struct json_writer w = jw_make(&f->attestation, JSON_COMPACT);
    jw_object_begin(&w);
    jw_member(&w, "mode", "standard");
    jw_member_str(&w, "publicKey", buf_str(&f->key));
    jw_member_array(&w, "bbVersions");
    jw_array_end(&w);
    jw_object_end(&w);
    return jw_finish(&w, "/attestation", err);
}

bool pages_render(struct front *f, struct error *err)
{
    f->health = f->version = f->key_page = f->attestation = buf_make(BUF_LINE);
    TRY(render_health(f, err));
    TRY(render_version(f, err));
    TRY(render_key(f, err));
    return render_attestation(f, err);
}

void pages_release(struct front *f)
{
    buf_release(&f->key);
    buf_release(&f->key_page);
    buf_release(&f->health);
    buf_release(&f->version);
    buf_release(&f->attestation);
}
