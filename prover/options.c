/* Reading the command line and the environment. Opens nothing but what it must look at. */
#include "options.h"

#include <getopt.h>
#include <unistd.h>

enum option_kind { TEXT, DURATION, NUMBER, FLAG, CIDRS, ACTION };

struct option_row {
    const char *name, *value, *help;
    size_t offset; /* in struct prover_options */
    enum option_kind kind;
    enum options_outcome outcome;
};

#define SETTING(name, value, help, kind, field)                                      \
    {                                                                                \
        name, value, help, offsetof(struct prover_options, field), kind, OPTIONS_RUN \
    }
static const struct option_row ROWS[] = {
    SETTING("listen", "ADDR:PORT",
            "public address (127.0.0.1:PORT; PORT from the environment or 4000)", TEXT, listen),
    SETTING("check-socket", "PATH", "the same service on a private unix socket, mode 0600", TEXT,
            check_socket),
    SETTING("hold", NULL, "do not accept on the public address before SIGUSR2", FLAG, hold),
    SETTING("drain-idle", "TIME", "how long idle connections are kept while draining (10s)",
            DURATION, drain_idle_ms),
    SETTING("drain-max", "TIME", "how long running requests may take while draining (10m)",
            DURATION, drain_max_ms),
    SETTING("user", "NAME", "whom to become when started as root (nobody)", TEXT, user),
    SETTING("workers", "N", "proofs at a time, 1 to 8 (1)", NUMBER, workers),
    SETTING("trusted-proxy", "CIDR", "a proxy whose X-Forwarded-For counts; a list, or repeated",
            CIDRS, trusted),
    SETTING("environment", "NAME", "environment shown by /version", TEXT, environment),
    SETTING("instance-id", "ID", "instance shown by /health and /version", TEXT, instance_id),
    SETTING("compose-hash", "HEX", "sha256 of the compose file", TEXT, compose_hash),
    SETTING("release-digest", "DIGEST", "digest of the release that runs", TEXT, release_digest),
    SETTING("release-version", "V", "version of the release that runs", TEXT, release_version),
    {"version", NULL, "print the version and exit", 0, ACTION, OPTIONS_VERSION},
    {"help", NULL, "print this and exit", 0, ACTION, OPTIONS_HELP},
};

void options_help(struct buf *out)
{
    buf_adds(out, "Usage: teerex-prover [OPTION…]\n\nServes the proving API over HTTP.\n\n");
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        char name[40];
        snprintf(name, sizeof name, "--%s%s%s", ROWS[i].name, ROWS[i].value ? " " : "",
                 ROWS[i].value ? ROWS[i].value : "");
        buf_addf(out, "  %-26s %s\n", name, ROWS[i].help);
    }
    buf_adds(
        out,
        "\nEnvironment: PORT, TEE_MODE (standard), BB_BINARY_PATH, BB_VERSIONS_DIR, CRS_PATH,\n"
        "HARDWARE_CONCURRENCY, NODE_ENV, TRUSTED_PROXIES (CIDR list); LISTEN_FDS and\n"
        "NOTIFY_SOCKET as systemd sets them.\n\n"
        "Signals: SIGTERM and SIGINT drain and end, SIGUSR2 begins to accept.\n\n"
        "Examples:\n"
        "  teerex-prover --listen 127.0.0.1:4000\n"
        "  teerex-prover --hold --check-socket run/new.sock --instance-id prover-2\n\n"
        "Exit status: 0 ended as asked, 1 a part failed, 3 wrong usage or configuration.\n");
}

static bool add_cidrs(struct prover_options *o, struct str list, struct error *err)
{
    while (list.len > 0) {
        struct str one = str_trim(str_cut(list, ',', &list, NULL));
        if (one.len == 0)
            continue;
        if (o->trusted_count == TRUSTED_MAX)
            return err_set(err, ERR_USAGE, "more than %d trusted proxies", TRUSTED_MAX);
        if (!httpd_cidr_parse(one, &o->trusted[o->trusted_count]))
            return err_set(err, ERR_USAGE,
                           "trusted proxy '%" PRIstr "' is no network such as 10.0.0.0/8",
                           STR_ARG(one));
        o->trusted_count++;
    }
    return true;
}

static bool store(struct prover_options *o, const struct option_row *row, const char *value,
                  struct error *err)
{
    char *at = (char *)o + row->offset;
    bool ok = true;
    switch (row->kind) {
    case TEXT:
        memcpy(at, &value, sizeof value);
        break;
    case FLAG:
        *at = true;
        break;
    case DURATION:
        ok = str_to_duration_ms(str_of(value), (int64_t *)(void *)at);
        break;
    case NUMBER:
        ok = str_to_u64(str_of(value), (uint64_t *)(void *)at);
        break;
    case CIDRS:
        return add_cidrs(o, str_of(value), err);
    case ACTION:
        break;
    }
    return ok || err_set(err, ERR_USAGE, "--%s '%s' is not %s", row->name, value,
                         row->kind == NUMBER ? "a number" : "a time such as 10s or 2m");
}

static bool unknown_option(const char *word, struct error *err)
{
    const char *names[ARRAY_LEN(ROWS)];
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++)
        names[i] = ROWS[i].name;
    const char *near =
        strlen(word) > 2 ? str_nearest(str_of(word + 2), names, ARRAY_LEN(names)) : NULL;
    if (near)
        return err_set(err, ERR_USAGE, "unknown option '%s'; did you mean --%s?", word, near);
    return err_set(err, ERR_USAGE, "unknown option '%s'; see --help", word);
}

static bool read_arguments(int argc, char **argv, struct prover_options *o,
                           enum options_outcome *outcome, struct error *err)
{
    struct option longs[ARRAY_LEN(ROWS) + 1] = {0};
    int index = 0, got = 0;
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++)
        longs[i] =
            (struct option){ROWS[i].name, ROWS[i].value ? required_argument : no_argument, NULL, 1};
    opterr = 0;
    while ((got = getopt_long(argc, argv, ":", longs, &index)) != -1) {
        if (got == ':')
            return err_set(err, ERR_USAGE, "option '%s' needs a value", argv[optind - 1]);
        if (got != 1)
            return unknown_option(argv[optind - 1], err);
        if (ROWS[index].kind == ACTION) {
            *outcome = ROWS[index].outcome;
            return true;
        }
        TRY(store(o, &ROWS[index], optarg, err));
    }
    if (optind < argc)
        return err_set(err, ERR_USAGE, "unexpected argument '%s'", argv[optind]);
    return true;
}

static const char *env(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

static bool env_number(const char *name, uint64_t most, uint64_t *ret, struct error *err)
{
    const char *text = env(name);
    uint64_t value = 0;
    if (!text)
        return true;
    if (!str_to_u64(str_of(text), &value) || value == 0 || value > most)
        return err_set(err, ERR_CONFIG, "%s '%s' is not a number from 1 to %llu", name, text,
                       (unsigned long long)most);
    *ret = value;
    return true;
}

static bool read_environment(struct prover_options *o, struct error *err)
{
    o->tee_mode = env("TEE_MODE") ? env("TEE_MODE") : "standard";
    o->bb_binary_path = env("BB_BINARY_PATH");
    o->bb_versions_dir = env("BB_VERSIONS_DIR");
    o->crs_path = env("CRS_PATH");
    o->node_env = env("NODE_ENV");
    o->notify_socket = env("NOTIFY_SOCKET");
    TRY(add_cidrs(o, str_of(env("TRUSTED_PROXIES")), err) || err_wrap(err, "TRUSTED_PROXIES"));
    TRY(env_number("PORT", 65535, &o->port, err));
    return env_number("HARDWARE_CONCURRENCY", 4096, &o->hardware_concurrency, err);
}

static bool check(const struct prover_options *o, struct error *err)
{
    if (o->workers < 1 || o->workers > 8)
        return err_set(err, ERR_USAGE, "--workers must be 1 to 8");
    if (strcmp(o->tee_mode, "standard") != 0)
        return err_set(err, ERR_CONFIG,
                       "TEE_MODE '%s' is not supported by this release: only 'standard' is",
                       o->tee_mode);
    if (o->bb_binary_path && access(o->bb_binary_path, X_OK) != 0)
        return err_set(err, ERR_CONFIG, "BB_BINARY_PATH '%s' is no program that can be run",
                       o->bb_binary_path);
    return true;
}

bool options_read(int argc, char **argv, struct prover_options *ret, enum options_outcome *outcome,
                  struct error *err)
{
    struct prover_options o = {.drain_idle_ms = 10000,
                               .drain_max_ms = 600000,
                               .user = "nobody",
                               .workers = 1,
                               .port = 4000};
    *outcome = OPTIONS_RUN;
    TRY(read_arguments(argc, argv, &o, outcome, err));
    if (*outcome == OPTIONS_RUN)
        TRY(read_environment(&o, err) && check(&o, err));
    *ret = o;
    return true;
}
