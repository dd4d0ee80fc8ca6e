/* Loading: files are read, laid over each other, completed, bound and checked. Knows the order of
 * these steps and leaves each to its own file. */
#include <stdlib.h>

#include "internal.h"

/* --- The project --------------------------------------------------------------------------- */

static bool begin(struct loading *l, struct error *err)
{
    cleanup_free char *dir = NULL;
    TRY(config_find_project(l->request, &dir, err));
    l->dir = arena_strdup(l->arena, str_of(dir));
    return config_environments(l->dir, l->arena, &l->environments, err);
}

/* teerex.yaml: what it says itself, and apart from it what it says for all environments. */
static bool read_project(struct loading *l)
{
    l->project = read_yaml(l, "teerex.yaml");
    if (l->project == NULL)
        return false;
    schema_check(&CONFIG_PROJECT_SCHEMA, l->project, l->problems);
    l->defaults = node_get(l->project, "defaults");
    if (l->defaults != NULL)
        node_remove(l->defaults);
    return true;
}

static void complete_project(struct loading *l, struct config *config)
{
    struct project_file file;
    struct node *root = node_copy(l->arena, l->project);
    apply_overrides(l, &CONFIG_PROJECT_SCHEMA, &CONFIG_ENV_SCHEMA, root);
    schema_complete(&CONFIG_PROJECT_SCHEMA, l->arena, root, l->problems);
    schema_bind(&CONFIG_PROJECT_SCHEMA, l->arena, root, &file);
    l->preset = file.build.preset ? file.build.preset : "";
    config->project_dir = l->dir;
    config->project_root = root;
    config->project = file.project;
    config->build = file.build;
    config->upstream = file.upstream;
    config->packages = file.packages;
    memcpy(&config->components, &file.components, sizeof(config->components));
    memcpy(&config->filters, &file.filters, sizeof(config->filters));
    config->policies = file.policies;
}

/* --- An environment ------------------------------------------------------------------------- */

static bool known_environment(const struct loading *l, const char *name, struct error *err)
{
    if (strings_have(&l->environments, name))
        return true;
    const char *near = str_nearest(str_of(name), l->environments.items, l->environments.count);
    cleanup_buf struct buf all = buf_make(BUF_LINE);
    for (size_t i = 0; i < l->environments.count; i++)
        buf_addf(&all, "%s%s", i ? ", " : "", l->environments.items[i]);
    return err_set(err, ERR_USAGE, "unknown environment '%s'%s%s%s (%s%s)", name,
                   near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "",
                   all.len ? "there is: " : "envs/ holds none", buf_cstr(&all));
}

/* Puts `below` under the value of the same key: what stands there already wins. */
static void lay_under(struct loading *l, struct node *map, const char *key,
                      const struct node *below)
{
    struct node *above = node_get(map, key);
    struct node *merged = node_copy(l->arena, below);
    if (above == NULL) {
        node_append(map, merged);
        return;
    }
    bool both_maps = merged->kind == NODE_MAP && above->kind == NODE_MAP;
    if (!both_maps && above->kind != NODE_NULL)
        return;
    merged->src = above->src;
    merged->at = above->at;
    merged->key_at = above->key_at;
    if (both_maps)
        node_merge(l->arena, merged, above);
    node_replace(above, merged);
}

/* The file of an environment over what teerex.yaml says. */
static struct node *merge_env(struct loading *l, const struct node *file)
{
    struct node *root = node_copy(l->arena, file);
    node_each(value, l->defaults) lay_under(l, root, value->key, value);
    const struct node *retention = node_get(l->project, "retention");
    if (retention != NULL)
        lay_under(l, root, "retention", retention);
    struct node *components = node_get(root, "components");
    node_each(component, node_get(l->project, "components"))
    {
        if (node_get(components, component->key) != NULL)
            lay_under(l, components, component->key, component);
    }
    return root;
}

/* Checks that would only repeat, in other words, what the schema has found already are left out. */
static void check_env(struct loading *l, struct loaded_env *loaded, size_t problems_before)
{
    schema_complete(&CONFIG_ENV_SCHEMA, l->arena, loaded->root, l->problems);
    if (l->problems->count > problems_before)
        return;
    schema_bind(&CONFIG_ENV_SCHEMA, l->arena, loaded->root, &loaded->env);
    check_components(l, loaded);
    check_gates(l, loaded);
    check_environment(l, loaded);
    check_order(l, loaded);
}

static bool load_env(struct loading *l, const char *name, struct loaded_env *ret)
{
    struct loaded_env loaded = {.name = arena_strdup(l->arena, str_of(name))};
    size_t before = l->problems->count;
    struct node *file = read_yaml(l, arena_printf(l->arena, "envs/%s.yaml", name));
    if (file == NULL)
        return false;
    schema_check(&CONFIG_ENV_SCHEMA, file, l->problems);
    if (file->kind != NODE_MAP)
        return false;
    loaded.root = merge_env(l, file);
    if (l->request->environment != NULL && str_is(str_of(name), l->request->environment))
        apply_overrides(l, &CONFIG_ENV_SCHEMA, NULL, loaded.root);
    check_env(l, &loaded, before);
    *ret = loaded;
    return l->problems->count == before;
}

/* Another environment that is itself wrong says nothing about this one. */
static void compare_with_others(struct loading *l, const struct loaded_env *mine)
{
    for (size_t i = 0; i < l->environments.count; i++) {
        cleanup_diags struct diags quiet = {0};
        struct loading other = *l;
        struct loaded_env loaded = {0};
        other.problems = &quiet;
        if (!str_is(str_of(mine->name), l->environments.items[i]) &&
            load_env(&other, l->environments.items[i], &loaded))
            check_pair(l->problems, mine, &loaded);
    }
}

/* --- All of it ------------------------------------------------------------------------------ */

static bool load_into(struct loading *l, struct config *config, struct error *err)
{
    struct loaded_env loaded = {0};
    const char *name = l->request->environment;
    cleanup_free char *state = NULL;
    TRY(begin(l, err));
    TRY(name == NULL || known_environment(l, name, err));
    TRY(config_state_dir(l->request->environ, &state, err));
    config->state_dir = arena_strdup(l->arena, str_of(state));
    if (read_project(l)) {
        check_override_paths(l);
        complete_project(l, config);
        if (name != NULL && load_env(l, name, &loaded))
            compare_with_others(l, &loaded);
    }
    diags_sort(l->problems);
    TRY(diags_check(l->problems, err));
    config->environment = loaded.name;
    config->env_root = loaded.root;
    config->env = loaded.env;
    return true;
}

bool config_load(const struct config_request *request, struct config *ret, struct diags *problems,
                 struct error *err)
{
    cleanup_config struct config config = {0};
    struct loading l = {.request = request, .arena = &config.arena, .problems = problems};
    TRY(load_into(&l, &config, err));
    *ret = config;
    config = (struct config){0};
    return true;
}

void config_release(struct config *config)
{
    arena_release(&config->arena);
    *config = (struct config){0};
}

static void check_pairs(struct loading *l, const struct loaded_env *all, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < i; j++)
            check_pair(l->problems, &all[i], &all[j]);
    }
}

static void check_all(struct loading *l, struct config *config)
{
    struct loaded_env *all = ARENA_ARRAY(l->arena, struct loaded_env, l->environments.count + 1);
    size_t count = 0;
    if (!read_project(l))
        return;
    check_override_paths(l);
    complete_project(l, config);
    for (size_t i = 0; i < l->environments.count; i++)
        count += load_env(l, l->environments.items[i], &all[count]);
    check_pairs(l, all, count);
}

bool config_check_all(const struct config_request *request, struct diags *problems,
                      struct error *err)
{
    cleanup_config struct config config = {0};
    struct loading l = {.request = request, .arena = &config.arena, .problems = problems};
    TRY(begin(&l, err));
    check_all(&l, &config);
    diags_sort(problems);
    return diags_check(problems, err);
}
