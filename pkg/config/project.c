/* Where a project is, what environments it has, and reading its files. Knows no key in them. */
#include <unistd.h>

#include "fs/fs.h"
#include "internal.h"

static const char PROJECT_FILE[] = "teerex.yaml";
static const struct str SUFFIX = {".yaml", 5};

static bool holds_project(const char *dir)
{
    struct error err;
    struct fs_info info;
    cleanup_free char *path = fs_join(dir, PROJECT_FILE);
    return fs_info(path, &info, &err) && (info.kind == FS_FILE || info.kind == FS_LINK);
}

/* The directory that was named: there or nowhere. */
static bool named_project(const char *dir, char **ret_dir, struct error *err)
{
    cleanup_free char *real = NULL;
    TRY(fs_real_path(dir, &real, err));
    if (!holds_project(real))
        return err_set(err, ERR_CONFIG, "no %s in '%s'", PROJECT_FILE, dir);
    *ret_dir = steal_ptr(&real);
    return true;
}

static bool project_above(const char *cwd, char **ret_dir, struct error *err)
{
    cleanup_free char *dir = NULL;
    TRY(fs_real_path(cwd, &dir, err));
    while (!holds_project(dir)) {
        if (str_is(str_of(dir), "/"))
            return err_set(err, ERR_CONFIG,
                           "no %s here or above: go into a project, or name one with --project",
                           PROJECT_FILE);
        char *parent = fs_dir_name(dir);
        mem_free_at(&dir);
        dir = parent;
    }
    *ret_dir = steal_ptr(&dir);
    return true;
}

bool config_find_project(const struct config_request *request, char **ret_dir, struct error *err)
{
    const char *named = request->project_dir ? request->project_dir
                                             : environ_get(request->environ, "TEEREX_PROJECT");
    if (named != NULL)
        return named_project(named, ret_dir, err);
    return project_above(request->cwd ? request->cwd : ".", ret_dir, err);
}

bool config_environments(const char *project_dir, struct arena *arena, config_strings *ret,
                         struct error *err)
{
    cleanup_fs_list struct fs_list files = {0};
    cleanup_free char *dir = fs_join(project_dir, "envs");
    struct error list_err = {0};
    if (!fs_list(dir, &files, &list_err) && list_err.kind != ERR_NOT_FOUND) {
        *err = list_err;
        return false;
    }
    config_strings out = {ARENA_ARRAY(arena, const char *, files.count + 1), 0};
    for (size_t i = 0; i < files.count; i++) {
        struct str name = str_of(files.names[i]);
        if (name.len > SUFFIX.len && str_ends(name, SUFFIX))
            out.items[out.count++] = arena_strdup(arena, str_n(name.ptr, name.len - SUFFIX.len));
    }
    *ret = out;
    return true;
}

/* The size is asked first: a huge file is refused without being read. */
static bool read_text(const char *path, const char *name, struct buf *text, struct error *err)
{
    struct fs_info info;
    cleanup_free char *real = NULL;
    TRY(fs_real_path(path, &real, err));
    TRY(fs_info(real, &info, err));
    if (info.kind != FS_FILE)
        return err_set(err, ERR_CONFIG, "%s: not a file", name);
    if (info.size > YAML_SIZE_MAX)
        return err_set(err, ERR_CONFIG, "%s: %llu bytes, more than the %d that are read", name,
                       (unsigned long long)info.size, YAML_SIZE_MAX);
    return fs_read(real, text, err);
}

struct node *read_yaml(struct loading *l, const char *name)
{
    struct error err = {0};
    struct node *root = NULL;
    cleanup_free char *path = fs_join(l->dir, name);
    cleanup_buf struct buf text = buf_make(YAML_SIZE_MAX + 1);
    struct source src = {name, STR_EMPTY};
    bool ok = read_text(path, name, &text, &err);
    src.text = buf_str(&text);
    if (ok && yaml_parse(src.text, name, l->arena, &root, &err))
        return root;
    diags_add_error(l->problems, &src, &err);
    return NULL;
}
