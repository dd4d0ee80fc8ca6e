/* npm's configuration, from the places and in the order in which npm reads it. Knows what a
 * registry is and nothing of asking one. */
#include <ctype.h>
#include <strings.h>

#include "fs/fs.h"
#include "internal.h"
#include "proc/proc.h"

enum { NPMRC_MAX = 1024 * 1024, NPM_ASK_MS = 20 * 1000 };

static bool names_registry(struct str key)
{
    return str_is(key, "registry") || str_ends(key, STR(":registry"));
}

void settings_add(struct npm_settings *settings, struct str key, struct str value)
{
    bool open_end = names_registry(key) && !str_ends(value, STR("/"));
    settings->items =
        array_grow(settings->items, &settings->cap, settings->count + 1, sizeof(*settings->items));
    settings->items[settings->count++] = (struct npm_setting){
        arena_strdup(&settings->arena, key),
        arena_printf(&settings->arena, "%" PRIstr "%s", STR_ARG(value), open_end ? "/" : "")};
}

void settings_need(struct npm_settings *settings, struct str variable)
{
    for (size_t i = 0; i < settings->variable_count; i++) {
        if (str_is(variable, settings->variables[i]))
            return;
    }
    settings->variables = array_grow(settings->variables, &settings->variable_cap,
                                     settings->variable_count + 1, sizeof(*settings->variables));
    settings->variables[settings->variable_count++] = arena_strdup(&settings->arena, variable);
}

const char *npm_setting(const struct npm_settings *settings, const char *key)
{
    for (size_t i = 0; i < settings->count; i++) {
        if (strcmp(settings->items[i].key, key) == 0)
            return settings->items[i].value;
    }
    return NULL;
}

/* --- Reading ------------------------------------------------------------------------------ */

/* As npm names it: NPM_CONFIG_STRICT_SSL is strict-ssl, keys of a host stay as they are. */
static void add_variable(struct npm_settings *settings, struct str name, struct str value)
{
    char *key = arena_strdup(&settings->arena, name);
    bool of_host = str_starts(name, STR("//"));
    for (char *at = key; *at != '\0' && !of_host; at++) {
        *at = (char)tolower((unsigned char)*at);
        if (*at == '_' && at != key)
            *at = '-';
    }
    settings_add(settings, str_of(key), value);
}

static void read_environment(struct npm_settings *settings, const char *const *environ)
{
    const size_t prefix = strlen("npm_config_");
    for (; environ != NULL && *environ != NULL; environ++) {
        struct str value;
        struct str name = str_cut(str_of(*environ), '=', &value, NULL);
        if (name.len <= prefix || strncasecmp(name.ptr, "npm_config_", prefix) != 0)
            continue;
        settings_need(settings, name);
        if (value.len > 0)
            add_variable(settings, str_sub(name, prefix, SIZE_MAX), value);
    }
}

static bool read_file(struct npm_settings *settings, const char *path, const char *const *environ,
                      struct error *err)
{
    struct error found = {0};
    cleanup_buf struct buf text = buf_make(NPMRC_MAX);
    if (fs_read(path, &text, &found)) {
        npmrc_read(settings, buf_str(&text), environ);
        return true;
    }
    if (found.kind == ERR_NOT_FOUND)
        return true;
    *err = found;
    return err_wrap(err, "npm's configuration");
}

static bool read_user(struct npm_settings *settings, const char *const *environ, struct error *err)
{
    const char *named = npm_setting(settings, "userconfig");
    const char *home = environ_find(environ, "HOME");
    if (named != NULL)
        return read_file(settings, named, environ, err);
    if (home == NULL)
        return true;
    cleanup_free char *path = fs_join(home, ".npmrc");
    return read_file(settings, path, environ, err);
}

/* npm also has a global and a built-in file, whose places only it knows. */
static const char *ask_npm(struct npm_settings *settings, const struct npm_place *place)
{
    struct error unused;
    static const char *const ARGV[] = {"npm", "config", "get", "registry", NULL};
    cleanup_proc_result struct proc_result result = {0};
    const struct proc_spec spec = {
        .argv = ARGV,
        .env = settings->variables,
        .cwd = place->project_dir,
        .out = {.kind = PROC_CAPTURE, .max = BUF_LINE},
        .errout = {.kind = PROC_DISCARD},
        .timeout_ms = NPM_ASK_MS,
        .effect = EFFECT_READ,
        .cap = cap_observe(),
    };
    if (!proc_run_ok(&spec, &result, &unused))
        return NULL;
    struct str said = str_trim(buf_str(&result.out));
    return str_starts(said, STR("http")) ? arena_strdup(&settings->arena, said) : NULL;
}

static const char *with_slash(struct npm_settings *settings, const char *url)
{
    return str_ends(str_of(url), STR("/")) ? url : arena_printf(&settings->arena, "%s/", url);
}

static bool is_address(const char *url)
{
    return str_starts(str_of(url), STR("https://")) || str_starts(str_of(url), STR("http://"));
}

/* The list of variables is handed to children: it ends in a NULL that is not counted. */
static void end_variables(struct npm_settings *settings)
{
    settings->variables = array_grow(settings->variables, &settings->variable_cap,
                                     settings->variable_count + 1, sizeof(*settings->variables));
    settings->variables[settings->variable_count] = NULL;
}

static bool find_registry(struct npm_settings *settings, const struct npm_place *place,
                          struct error *err)
{
    const char *registry = npm_setting(settings, "registry");
    if (registry == NULL)
        registry = ask_npm(settings, place);
    if (registry == NULL)
        return err_set(err, ERR_CONFIG,
                       "no npm registry is configured: set NPM_CONFIG_REGISTRY or install npm");
    if (!is_address(registry))
        return err_set(err, ERR_CONFIG, "npm's registry is not an http address");
    settings->registry = with_slash(settings, registry);
    return true;
}

static bool load(struct npm_settings *settings, const struct npm_place *place, struct error *err)
{
    cleanup_free char *project = fs_join(place->project_dir, ".npmrc");
    read_environment(settings, place->environ);
    TRY(read_file(settings, project, place->environ, err));
    TRY(read_user(settings, place->environ, err));
    end_variables(settings);
    return find_registry(settings, place, err);
}

bool npm_settings_load(const struct npm_place *place, struct npm_settings *ret, struct error *err)
{
    cleanup_npm_settings struct npm_settings settings = {0};
    TRY(load(&settings, place, err));
    *ret = settings;
    settings = (struct npm_settings){0};
    return true;
}

void npm_settings_release(struct npm_settings *settings)
{
    mem_free_at(&settings->items);
    mem_free_at(&settings->variables);
    arena_release(&settings->arena);
    *settings = (struct npm_settings){0};
}

const char *npm_registry_of(const struct npm_settings *settings, const char *package)
{
    char key[NPM_NAME_MAX + sizeof(":registry")];
    const char *slash = strchr(package, '/');
    if (package[0] != '@' || slash == NULL || slash - package > NPM_NAME_MAX)
        return settings->registry;
    snprintf(key, sizeof(key), "%.*s:registry", (int)(slash - package), package);
    const char *own = npm_setting(settings, key);
    return own != NULL && is_address(own) ? own : settings->registry;
}
