/* package.json and friends: the packages of a workspace, which upstream packages they use at which
 * versions, and new texts of the files in which nothing but those versions differs. Reads files,
 * writes none, and knows no registry.
 *
 * Formats: package.json of npm, Bun, pnpm and yarn; pnpm-workspace.yaml for its `packages`. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/core.h"
#include "data/data.h"
#include "semver/semver.h"

enum {
    MANIFEST_SIZE_MAX = BUF_DOCUMENT, /* bytes of one file */
    MANIFEST_FILES_MAX = 2000,
    MANIFEST_GLOB_DEPTH = 12 /* directories that "**" descends */
};

/* --- A workspace -------------------------------------------------------------------------- */

/* One package.json. */
struct manifest {
    const char *path; /* "packages/a/package.json", below the workspace's directory */
    struct buf text;
    struct json_doc doc;
    struct str name; /* of the package; empty when it has none */
};

struct workspace {
    struct arena arena;
    const char *dir;            /* absolute */
    struct manifest *manifests; /* the root's first */
    size_t count, cap;
};

/* Reads DIR/package.json and those of its workspaces: `workspaces` as a list or as
 * {"packages": […]}, and pnpm-workspace.yaml; patterns with *, ?, **, and ! before those to leave
 * out; node_modules and links are not entered. ERR_NOT_FOUND without a package.json; ERR_FAILED
 * with the place for what is no JSON, has comments or a key twice. */
bool workspace_load(const char *dir, struct workspace *ret, struct error *err) must_use;
void workspace_release(struct workspace *workspace);
#define cleanup_workspace cleanup(workspace_release)

/* Files below `dir` that match the pattern, sorted, in `arena`; with the same rules. */
struct manifest_paths {
    const char **items;
    size_t count, cap;
};
bool manifest_glob(const char *dir, const char *pattern, struct arena *arena,
                   struct manifest_paths *into, struct error *err) must_use;
void manifest_paths_release(struct manifest_paths *paths);
#define cleanup_manifest_paths cleanup(manifest_paths_release)

/* --- What it uses ------------------------------------------------------------------------- */

/* A place where a package of the scope is named with a version. */
struct manifest_use {
    size_t manifest;     /* index into the workspace's */
    const char *section; /* "devDependencies" */
    struct str package;  /* "@aztec/stdlib"; of "npm:@aztec/a@1.0.0" the name in it */
    struct str version;  /* "5.0.0" of "^5.0.0" */
    size_t begin, end;   /* bytes of the version in the file */
    struct text_pos at;
};

struct manifest_uses {
    struct manifest_use *items;
    size_t count, cap;
};

/* Every use of a package whose name begins with `scope`, in all sections (dependencies, dev, peer,
 * optional; overrides, resolutions, pnpm.overrides and catalogs, however deep), in the order of
 * the files. What names no exact version ("workspace:*", "latest", ">=4 <5") is none; before it
 * stand at most "^", "~", "=" or "npm:NAME@". Texts point into the workspace. */
void manifest_find_uses(struct workspace *workspace, const char *scope, struct manifest_uses *ret);
void manifest_uses_release(struct manifest_uses *uses);
#define cleanup_manifest_uses cleanup(manifest_uses_release)

/* --- New texts ---------------------------------------------------------------------------- */

/* Some bytes of a text that become others. */
struct splice {
    size_t begin, end;
    struct str with;
};

/* Appends `text` with the splices done; they are in order and do not overlap. */
void splice_text(struct str text, const struct splice *splices, size_t count, struct buf *out);

/* A rule for files that are no package.json: literal text around "{version}", such as
 * "ARG AZTEC_VERSION={version}". */
struct manifest_rule {
    const char *path; /* a pattern for manifest_glob */
    const char *match;
};

/* What goes into the places of a rule. */
struct manifest_target {
    const struct semver_channel *line; /* only what it takes gives way; NULL: any version */
    struct str version;
};

/* Appends `text` with every version that stands where the rule has its placeholder, and that the
 * target's line takes, replaced. *ret_found counts all places, also those that have the version
 * already. ERR_CONFIG when the rule does not have exactly one placeholder. */
bool manifest_apply_rule(const struct manifest_rule *rule, const struct manifest_target *target,
                         struct str text, struct buf *out, size_t *ret_found,
                         struct error *err) must_use;

/* --- The package manager ------------------------------------------------------------------ */

enum manifest_manager {
    MANAGER_NONE, /* no lockfile: there is nothing to bring up to date */
    MANAGER_NPM,
    MANAGER_BUN,
    MANAGER_PNPM,
    MANAGER_YARN
};

struct manifest_lock {
    enum manifest_manager manager;
    const char *file; /* "package-lock.json"; NULL: none */
};

/* By the lockfile in the workspace's directory; of several, that of the `packageManager` that the
 * root names. */
bool manifest_find_lock(const struct workspace *workspace, struct manifest_lock *ret,
                        struct error *err) must_use;
const char *manifest_manager_name(enum manifest_manager manager);
