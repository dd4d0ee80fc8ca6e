/* `teerexctl history`: the ledger, from the store's chain of events, and whether both are whole. */
#include "configuration.h"
#include "data/data.h"
#include "deploy/deploy.h"
#include "fs/fs.h"
#include "ledger/ledger.h"

#include <unistd.h>

struct history_options {
    const char *environment;
    bool verify;
};

static const char LEDGER_FILE[] = "DEPLOYMENTS.md";

static const struct cli_column COLUMNS[] = {
    {.title = "TIME"},   {.title = "VERSION", .shrink = true}, {.title = "ENVIRONMENT"},
    {.title = "STATUS"}, {.title = "MACHINE", .shrink = true}, {.title = "DIGEST"},
};

/* Twelve digits of "sha256:0123…" tell releases apart. */
static const char *short_digest(struct arena *arena, const char *digest)
{
    const char *hex = strchr(digest, ':');
    return arena_printf(arena, "%.12s", hex != NULL ? hex + 1 : digest);
}

static const char *or_null(const char *text)
{
    return text[0] != '\0' ? text : NULL;
}

static void add_cells(struct arena *arena, const struct ledger_row *row, const char **cells)
{
    *cells++ = row->cells[LEDGER_TIMESTAMP];
    *cells++ = or_null(row->cells[LEDGER_VERSION]);
    *cells++ = row->cells[LEDGER_ENVIRONMENT];
    *cells++ = row->cells[LEDGER_STATUS];
    *cells++ = or_null(row->cells[LEDGER_MACHINE]);
    *cells++ = or_null(short_digest(arena, row->cells[LEDGER_IMAGE_DIGEST]));
}

static void write_text(struct app *app, const struct ledger *ledger, struct buf *out)
{
    size_t width = ARRAY_LEN(COLUMNS);
    const char **cells = ARENA_ARRAY(&app->arena, const char *, ledger->count *width + 1);
    struct cli_table table = {
        .columns = COLUMNS, .column_count = width, .cells = cells, .row_count = ledger->count};
    if (ledger->count == 0) {
        buf_adds(out, "Nothing was deployed yet.\n");
        return;
    }
    for (size_t i = 0; i < ledger->count; i++)
        add_cells(&app->arena, &ledger->rows[i], cells + i * width);
    cli_table_add(&table, app->stdout_look.columns, app->stdout_look.utf8, out);
}

static bool write_json(const struct ledger *ledger, struct buf *out, struct error *err)
{
    struct json_writer w = jw_make(out, JSON_COMPACT);
    jw_array_begin(&w);
    for (size_t i = 0; i < ledger->count; i++) {
        const struct ledger_row *row = &ledger->rows[i];
        jw_object_begin(&w);
        for (int column = 0; column < LEDGER_COLUMN_COUNT; column++)
            jw_member(&w, ledger_column_key((enum ledger_column)column), row->cells[column]);
        jw_member(&w, "component", row->component);
        jw_member(&w, "instance", row->instance);
        jw_member(&w, "run", row->run);
        jw_object_end(&w);
    }
    jw_array_end(&w);
    return jw_finish(&w, "history", err);
}

/* Only the rows of one environment; NULL keeps all. */
static void keep_environment(struct ledger *ledger, const char *environment)
{
    size_t kept = 0;
    for (size_t i = 0; i < ledger->count; i++) {
        const char *of = ledger->rows[i].cells[LEDGER_ENVIRONMENT];
        if (environment == NULL || strcmp(of, environment) == 0)
            ledger->rows[kept++] = ledger->rows[i];
    }
    ledger->count = kept;
}

/* A chain without a file is only whole while there is nothing to tell. */
static bool verify(const struct chain *chain, const char *dir, struct buf *out, struct error *err)
{
    struct fs_info info;
    cleanup_free char *path = fs_join(dir, LEDGER_FILE);
    cleanup_buf struct buf text = buf_make(LEDGER_SIZE_MAX);
    TRY(chain_verify(chain, err));
    TRY(fs_info(path, &info, err));
    if (info.kind == FS_NONE && chain->count == 0)
        return true;
    if (info.kind == FS_NONE)
        return err_set(err, ERR_VERIFY, "'%s' is missing: the store tells %zu events", path,
                       chain->count);
    TRY(fs_read(path, &text, err));
    TRY(ledger_verify(chain, buf_str(&text), path, err));
    buf_addf(out, "\nVerified: %zu event%s, head %.12s; %s agrees.\n", chain->count,
             chain->count == 1 ? "" : "s", chain_head(chain), LEDGER_FILE);
    return true;
}

/* Where the events and their rendering are. */
struct place {
    const char *store;
    const char *dir;
};

/* Without an environment no project is needed: this machine's state directory tells all. */
static bool find_here(struct app *app, struct place *ret, struct error *err)
{
    cleanup_free char *dir = NULL;
    TRY(config_state_dir((const char *const *)environ, &dir, err));
    ret->dir = arena_strdup(&app->arena, str_of(dir));
    ret->store = arena_printf(&app->arena, "%s/store.db", dir);
    return true;
}

static bool find_environment(struct app *app, const char *environment, struct place *ret,
                             struct error *err)
{
    const char *store;
    cleanup_config struct config config = {0};
    TRY(app_config(app, environment, NULL, &config, err));
    TRY(deploy_store_path(&(struct deploy){.config = &config, .arena = &app->arena}, &store, err));
    ret->store = arena_strdup(&app->arena, str_of(store));
    ret->dir = arena_strdup(&app->arena, str_of(config.state_dir));
    return true;
}

static bool read_chain(struct app *app, const char *path, struct chain *ret, struct error *err)
{
    cleanup_store struct store *store = NULL;
    TRY(store_open_read(path, &store, err));
    return chain_read(store, &app->arena, ret, err);
}

static bool run(struct app *app, void *context, struct error *err)
{
    const struct history_options *options = context;
    struct place place;
    struct chain chain;
    struct ledger ledger;
    cleanup_buf struct buf text = buf_make(BUF_BODY), json = buf_make(BUF_BODY);
    TRY(options->environment ? find_environment(app, options->environment, &place, err)
                             : find_here(app, &place, err));
    TRY(read_chain(app, place.store, &chain, err));
    TRY(ledger_derive(&chain, &app->arena, &ledger, err));
    keep_environment(&ledger, options->environment);
    write_text(app, &ledger, &text);
    if (options->verify)
        TRY(verify(&chain, place.dir, &text, err));
    TRY(write_json(&ledger, &json, err));
    return app_result(app, buf_str(&text), buf_str(&json), err);
}

static const struct cli_option POSITIONALS[] = {
    {CLI_ENVIRONMENT(struct history_options, environment), .optional = true},
    {0},
};

static const struct cli_option OPTIONS[] = {
    {CLI_FLAG(struct history_options, verify, "verify", 0,
              "check the chain of events and DEPLOYMENTS.md against each other")},
    {0},
};

const struct cli_command command_history = {
    .path = "history",
    .summary = "show what was deployed, newest first",
    .details = "Reads the chain of events in the store; DEPLOYMENTS.md is a rendering of it. "
               "--verify follows every link of the chain and compares the file, and says what was "
               "changed, where.",
    .positionals = POSITIONALS,
    .options = OPTIONS,
    .examples = {{"teerexctl history", "every environment of this machine"},
                 {"teerexctl history local --verify", "nothing was tampered with"},
                 {"teerexctl history --format json", "all columns, for programs"}},
    .exits = {9},
    .context_size = sizeof(struct history_options),
    .run = run,
};
