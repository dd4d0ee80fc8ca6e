/* The environment a child gets: an allow-list and what its spec adds. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "internal.h"

static const char *const BASE[] = {"PATH", "HOME", "LANG", "TZ", "TMPDIR"};

struct env {
    const char **entries; /* borrowed texts, NULL-terminated at the end */
    size_t count, cap;
};

static size_t name_length(const char *entry)
{
    return strcspn(entry, "=");
}

static bool is_base(const char *entry)
{
    struct str name = str_n(entry, name_length(entry));
    if (str_starts(name, STR("LC_")))
        return true;
    for (size_t i = 0; i < ARRAY_LEN(BASE); i++) {
        if (str_is(name, BASE[i]))
            return true;
    }
    return false;
}

/* Our own entry "NAME=value", or NULL. */
static const char *own_entry(const char *name, size_t len)
{
    for (char **e = environ; e != NULL && *e != NULL; e++) {
        if (strncmp(*e, name, len) == 0 && (*e)[len] == '=')
            return *e;
    }
    return NULL;
}

static void env_add(struct env *env, const char *entry)
{
    env->entries = array_grow(env->entries, &env->cap, env->count + 1, sizeof(*env->entries));
    env->entries[env->count++] = entry;
}

static void env_set(struct env *env, const char *entry)
{
    size_t len = name_length(entry);
    for (size_t i = 0; i < env->count; i++) {
        if (strncmp(env->entries[i], entry, len) == 0 && env->entries[i][len] == '=') {
            env->entries[i] = entry;
            return;
        }
    }
    env_add(env, entry);
}

static void add_base(struct env *env)
{
    for (char **e = environ; e != NULL && *e != NULL; e++) {
        if (is_base(*e))
            env_set(env, *e);
    }
}

static void add_wanted(struct env *env, const char *const *wanted)
{
    for (; wanted != NULL && *wanted != NULL; wanted++) {
        size_t len = name_length(*wanted);
        const char *entry = (*wanted)[len] == '=' ? *wanted : own_entry(*wanted, len);
        if (entry != NULL)
            env_set(env, entry);
    }
}

/* The pointers and the texts in one block, so that one free ends it. */
static char **env_pack(const struct env *env)
{
    size_t size = (env->count + 1) * sizeof(char *);
    for (size_t i = 0; i < env->count; i++)
        size += strlen(env->entries[i]) + 1;
    char **packed = xmalloc(size);
    char *text = (char *)(packed + env->count + 1);
    for (size_t i = 0; i < env->count; i++) {
        size_t len = strlen(env->entries[i]) + 1;
        packed[i] = memcpy(text, env->entries[i], len);
        text += len;
    }
    packed[env->count] = NULL;
    return packed;
}

char **proc_environment(const struct proc_spec *spec)
{
    struct env env = {0};
    char listen_fds[32];
    if (spec->listen_fds) {
        snprintf(listen_fds, sizeof(listen_fds), "LISTEN_FDS=%zu", spec->fd_count);
        env_add(&env, "LISTEN_PID=----------");
        env_add(&env, listen_fds);
    }
    if (!spec->env_bare)
        add_base(&env);
    add_wanted(&env, spec->env);
    char **packed = env_pack(&env);
    free(env.entries);
    return packed;
}
