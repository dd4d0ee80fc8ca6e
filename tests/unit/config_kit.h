/* For tests of configuration: a project's directory that ends with its test. */
#pragma once

#include "config/config.h"
#include "fs/fs.h"
#include "testing.h"

#include <stdlib.h>
#include <sys/stat.h>

struct world {
    struct cap cap;
    char dir[64];
    struct config config;
    struct diags problems;
    struct arena arena;
    struct error err;
};

static inline struct world *world_make(void)
{
    struct world *w = xcalloc(1, sizeof(*w));
    w->cap = cap_apply(NULL, NULL);
    snprintf(w->dir, sizeof(w->dir), "/tmp/teerex-config-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    cleanup_free char *envs = fs_join(w->dir, "envs");
    assert_int_equal(mkdir(envs, 0755), 0);
    return w;
}

static inline int world_end(void **state)
{
    struct world *w = *state;
    struct error err;
    bool gone = fs_remove_tree(&w->cap, w->dir, &err);
    config_release(&w->config);
    diags_release(&w->problems);
    arena_release(&w->arena);
    free(w);
    return gone ? 0 : -1;
}

static inline void write_file(struct world *w, const char *name, const char *text)
{
    struct error err = {0};
    cleanup_free char *path = fs_join(w->dir, name);
    assert_ok(fs_write(&w->cap, path, str_of(text), 0644, &err), &err);
}
