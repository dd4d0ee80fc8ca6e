/* The content of a release: its files, the digest that names it, and putting it where it runs. */
#include <fcntl.h>
#include <unistd.h>

#include "data/data.h"
#include "fs/fs.h"
#include "proc/proc.h"
#include "world.h"

enum { VERSION_TIMEOUT_MS = 5000, VERSION_OUTPUT_MAX = 4096, MANIFEST_MAX = 1024 * 1024 };

static mode_t file_mode(const char *octal)
{
    mode_t mode = 0;
    for (const char *at = octal; *at >= '0' && *at <= '7'; at++)
        mode = mode * 8 + (mode_t)(*at - '0');
    return mode;
}

static bool file_measure(struct deploy *d, const struct config_file *file, struct release_file *ret,
                         struct error *err)
{
    struct release_file out = {.to = file->to, .mode = file_mode(file->mode)};
    out.from = file->from[0] == '/'
                   ? file->from
                   : arena_printf(d->arena, "%s/%s", d->config->project_dir, file->from);
    cleanup_close int fd = open(out.from, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_set(err, ERR_NOT_FOUND, "'%s' cannot be opened", file->from);
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return err_set(err, ERR_CONFIG, "'%s' is no file", file->from);
    out.size = (uint64_t)st.st_size;
    TRY(sha256_fd_hex(fd, out.from, out.digest, err));
    *ret = out;
    return true;
}

static int by_destination(const void *a, const void *b)
{
    const struct release_file *left = a, *right = b;
    return strcmp(left->to, right->to);
}

/* The digest that fs_tree_digest will find once the files stand in their directory. */
static const char *digest_of(struct arena *arena, const struct release *release)
{
    char digest[SHA256_HEX_MAX];
    cleanup_buf struct buf manifest = buf_make(MANIFEST_MAX);
    for (size_t i = 0; i < release->file_count; i++) {
        const struct release_file *file = &release->files[i];
        buf_addf(&manifest, "%s %s %llu %s\n", file->mode & S_IXUSR ? "100755" : "100644",
                 file->digest, (unsigned long long)file->size, file->to);
    }
    sha256_hex(buf_str(&manifest), digest);
    return arena_strdup(arena, str_of(digest));
}

/* Hashes the files; all that are missing are named in one error. */
static bool measure_files(struct deploy *d, const struct config_component *component,
                          struct release *release, struct error *err)
{
    cleanup_buf struct buf missing = buf_make(BUF_LINE);
    struct error one;
    for (size_t i = 0; i < component->artifact.files.count; i++)
        if (!file_measure(d, &component->artifact.files.items[i], &release->files[i], &one))
            buf_addf(&missing, "%s%s", missing.len ? "; " : "", one.msg);
    if (missing.len > 0)
        return err_set(err, ERR_CONFIG, "component '%s': %s: build it first (./dev build)",
                       component->name, buf_cstr(&missing));
    qsort(release->files, release->file_count, sizeof(release->files[0]), by_destination);
    return true;
}

/* "teerex-prover 0.1.0 (8f3a…)": the second word and what stands in the parentheses. */
static bool parse_version(struct deploy *d, struct str line, struct release *release)
{
    struct str rest = STR_EMPTY, sha = STR_EMPTY;
    bool named = false, versioned = false;
    str_cut(line, ' ', &rest, &named);
    struct str version = str_cut(rest, ' ', &sha, &versioned);
    bool framed = sha.len > 2 && str_starts(sha, STR("(")) && str_ends(sha, STR(")"));
    if (!named || !versioned || !framed || version.len == 0 || version.ptr[0] < '0' ||
        version.ptr[0] > '9')
        return false;
    release->version = arena_strdup(d->arena, version);
    release->git_sha = arena_strdup(d->arena, str_sub(sha, 1, sha.len - 2));
    return true;
}

/* Asks the program what it is. This is also where a binary that is not the service shows. */
static bool probe_version(struct deploy *d, const struct config_component *component,
                          const char *program, struct release *release, struct error *err)
{
    const char *argv[] = {program, "--version", NULL};
    const struct proc_spec spec = {
        .argv = argv,
        .out = {.kind = PROC_CAPTURE, .max = VERSION_OUTPUT_MAX},
        .errout = {.kind = PROC_DISCARD},
        .timeout_ms = VERSION_TIMEOUT_MS,
        .effect = EFFECT_READ,
        .cap = cap_observe(),
        .die_with_parent = true,
    };
    cleanup_proc_result struct proc_result result = {0};
    struct str rest = STR_EMPTY, line = STR_EMPTY;
    if (!proc_run(&spec, &result, err))
        return err_wrap(err, "component '%s'", component->name);
    rest = buf_str(&result.out);
    bool ok = result.status == 0 && str_next_line(&rest, &line) && parse_version(d, line, release);
    if (!ok)
        return err_set(err, ERR_CONFIG,
                       "component '%s': '%s' is not a service of this project: --version did not "
                       "answer NAME VERSION (COMMIT)",
                       component->name, program);
    return true;
}

static const struct release_file *command_file(const struct config_component *component,
                                               const struct release *release)
{
    for (size_t i = 0; component->command.count > 0 && i < release->file_count; i++)
        if (strcmp(release->files[i].to, component->command.items[0]) == 0)
            return &release->files[i];
    return NULL;
}

/* A release that was deployed before has its version in a record: nothing is run to learn it. */
static bool recall_version(struct deploy *d, struct release *release, struct error *err)
{
    struct record record;
    cleanup_json_doc struct json_doc doc = {0};
    const char *name = arena_printf(d->arena, "release:%s", release->digest);
    TRY(record_get(d->store, name, d->arena, &record, err));
    if (record.version == 0 || !json_parse(str_of(record.text), NULL, &doc, err))
        return true;
    release->version = json_cstr(json_get(json_root(&doc), "version"), d->arena);
    release->git_sha = json_cstr(json_get(json_root(&doc), "git_sha"), d->arena);
    return true;
}

bool release_resolve(struct deploy *d, const struct config_component *component,
                     struct release *ret, struct error *err)
{
    struct release release = {.file_count = component->artifact.files.count};
    release.files = ARENA_ARRAY(d->arena, struct release_file, release.file_count);
    TRY(measure_files(d, component, &release, err));
    release.digest = digest_of(d->arena, &release);
    const struct release_file *program = command_file(component, &release);
    if (program == NULL)
        return err_set(err, ERR_CONFIG, "component '%s': its command is none of its files",
                       component->name);
    TRY(recall_version(d, &release, err));
    if (release.version == NULL || release.git_sha == NULL)
        TRY(probe_version(d, component, program->from, &release, err));
    *ret = release;
    return true;
}

bool release_look(const struct target *target, enum staged *ret, struct error *err)
{
    struct fs_info info;
    char digest[SHA256_HEX_MAX];
    *ret = STAGED_ABSENT;
    if (target->release.digest == NULL || target->release_dir[0] == '\0')
        return true;
    TRY(fs_info(target->release_dir, &info, err));
    if (info.kind == FS_NONE)
        return true;
    if (info.kind == FS_DIR && fs_tree_digest(target->release_dir, digest, err) &&
        strcmp(digest, target->release.digest) == 0)
        *ret = STAGED_PRESENT;
    else
        *ret = STAGED_CORRUPT;
    return true;
}

static bool copy_files(const struct cap *cap, const struct target *target, const char *into,
                       struct error *err)
{
    for (size_t i = 0; i < target->release.file_count; i++) {
        const struct release_file *file = &target->release.files[i];
        cleanup_free char *to = fs_join(into, file->to);
        cleanup_free char *dir = fs_dir_name(to);
        TRY(signals_go_on(err));
        TRY(fs_make_dirs(cap, dir, 0755, err));
        TRY(fs_copy(cap, file->from, to, file->mode, err));
    }
    return true;
}

bool release_stage(struct deploy *d, const struct cap *cap, const struct target *target,
                   struct error *err)
{
    char digest[SHA256_HEX_MAX];
    cleanup_fs_temp struct fs_temp temp = {0};
    cleanup_free char *releases = fs_dir_name(target->release_dir);
    TRY(fs_make_dirs(cap, releases, 0755, err));
    TRY(fs_temp_dir(cap, releases, FS_STAGING, &temp, err));
    cleanup_free char *tree = fs_join(temp.path, "tree");
    TRY(fs_make_dirs(cap, tree, 0755, err));
    TRY(copy_files(cap, target, tree, err));
    TRY(fs_tree_digest(tree, digest, err));
    /* The source may have changed since it was hashed: then this is not the release planned. */
    if (strcmp(digest, target->release.digest) != 0)
        return err_set(err, ERR_STALE, "the files of '%s' changed while they were copied",
                       target->component->name);
    enum staged staged;
    TRY(release_look(target, &staged, err));
    if (staged == STAGED_CORRUPT)
        TRY(fs_rename(cap, target->release_dir, arena_printf(d->arena, "%s/damaged", temp.path),
                      err));
    return staged == STAGED_PRESENT || fs_rename(cap, tree, target->release_dir, err);
}
