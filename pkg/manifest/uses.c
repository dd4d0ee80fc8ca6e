/* Where the packages of a scope are named with a version. Changes nothing. */
#include "internal.h"

enum { USE_DEPTH_MAX = 8 };

/* Each a path from the root of package.json, as json_find takes it. */
static const char *const SECTIONS[] = {
    "dependencies", "devDependencies",    "peerDependencies",    "optionalDependencies",
    "overrides",    "resolutions",        "pnpm.overrides",      "catalog",
    "catalogs",     "workspaces.catalog", "workspaces.catalogs",
};

struct looking {
    const char *scope;
    size_t manifest;
    const char *section;
    struct manifest_uses *uses;
};

/* The name in "@aztec/a", "@aztec/a@1", "parent/@aztec/a" and "**" + "/@aztec/a". */
static struct str package_of(struct str key, const char *scope)
{
    size_t at = str_find(key, str_of(scope));
    if (at == SIZE_MAX || (at > 0 && key.ptr[at - 1] != '/'))
        return STR_EMPTY;
    struct str rest;
    struct str name = str_sub(key, at, SIZE_MAX);
    bool scoped = name.ptr[0] == '@';
    struct str bare = str_cut(str_sub(name, scoped, SIZE_MAX), '@', &rest, NULL);
    return str_sub(name, 0, bare.len + scoped);
}

/* "npm:NAME@VERSION" stands for another package. */
static struct str after_alias(struct str spec, struct str *package)
{
    if (!str_starts(spec, STR("npm:")))
        return spec;
    for (size_t at = spec.len; at > 5; at--) {
        if (spec.ptr[at - 1] != '@')
            continue;
        *package = str_sub(spec, 4, at - 5);
        return str_sub(spec, at, SIZE_MAX);
    }
    return STR_EMPTY;
}

/* What stands for exactly one version, or at least begins at one. */
static bool version_of(struct str spec, struct str *ret)
{
    struct semver unused;
    if (spec.len > 1 && strchr("^~=", spec.ptr[0]) != NULL)
        spec = str_sub(spec, 1, SIZE_MAX);
    *ret = spec;
    return semver_parse(spec, &unused);
}

/* The text's bytes without their quotes; escapes would shift them, and no version has any. */
static void note(struct looking *l, struct json value, struct str key)
{
    size_t begin, end;
    struct str package = package_of(key, l->scope), version;
    struct str raw = json_raw(value);
    struct str spec = after_alias(str_sub(raw, 1, raw.len - 2), &package);
    struct manifest_uses *uses = l->uses;
    if (package.len == 0 || !str_starts(package, str_of(l->scope)) || !version_of(spec, &version))
        return;
    json_range(value, &begin, &end);
    uses->items = array_grow(uses->items, &uses->cap, uses->count + 1, sizeof(*uses->items));
    uses->items[uses->count++] = (struct manifest_use){
        .manifest = l->manifest,
        .section = l->section,
        .package = package,
        .version = version,
        .begin = begin + (size_t)(version.ptr - raw.ptr),
        .end = begin + (size_t)(version.ptr - raw.ptr) + version.len,
        .at = json_pos(value),
    };
}

static void look(struct looking *l, struct json object, struct str above, unsigned depth)
{
    json_each_member (member, object) {
        /* "." inside of an override is the package it stands in. */
        struct str key = str_is(json_key(member), ".") ? above : json_key(member);
        if (json_kind(member) == JSON_STRING)
            note(l, member, key);
        else if (depth < USE_DEPTH_MAX)
            look(l, member, key, depth + 1);
    }
}

void manifest_find_uses(struct workspace *workspace, const char *scope, struct manifest_uses *ret)
{
    *ret = (struct manifest_uses){0};
    for (size_t i = 0; i < workspace->count; i++) {
        for (size_t s = 0; s < ARRAY_LEN(SECTIONS); s++) {
            struct looking l = {.scope = scope, .manifest = i, .section = SECTIONS[s], .uses = ret};
            look(&l, json_find(json_root(&workspace->manifests[i].doc), SECTIONS[s]), STR_EMPTY, 0);
        }
    }
}

void manifest_uses_release(struct manifest_uses *uses)
{
    mem_free_at(&uses->items);
    *uses = (struct manifest_uses){0};
}
