/* Instances in memory: made, found, added, removed. */
#include "roster.h"

#include <stdio.h>

#include "transport/transport.h"

struct instance *instance_new(const char *id)
{
    struct instance *at = xcalloc(1, sizeof(*at));
    *at = (struct instance){.state = SUPERVISE_STARTING,
                            .pidfd = -1,
                            .notify = -1,
                            .timer_ms = INT64_MAX,
                            .output = log_source_make()};
    snprintf(at->id, sizeof(at->id), "%s", id);
    return at;
}

void instance_free(struct instance *at)
{
    if (at == NULL)
        return;
    mem_close_at(&at->pidfd);
    mem_close_at(&at->notify);
    log_source_release(&at->output);
    arena_release(&at->arena);
    free(at);
}

static const char *const *copy_strings(struct arena *arena, const char *const *from)
{
    size_t count = 0;
    while (from[count] != NULL)
        count++;
    const char **out = arena_alloc(arena, (count + 1) * sizeof(*out));
    for (size_t i = 0; i < count; i++)
        out[i] = arena_strdup(arena, str_of(from[i]));
    return out;
}

void instance_set_command(struct instance *at, const struct command *command)
{
    at->command = (struct command){
        .release_dir = arena_strdup(&at->arena, str_of(command->release_dir)),
        .argv = copy_strings(&at->arena, command->argv),
        .env = copy_strings(&at->arena, command->env),
    };
}

static bool same_strings(const char *const *a, const char *const *b)
{
    for (; *a != NULL && *b != NULL; a++, b++) {
        if (strcmp(*a, *b) != 0)
            return false;
    }
    return *a == *b;
}

bool instance_same_command(const struct instance *at, const struct command *command)
{
    return strcmp(at->command.release_dir, command->release_dir) == 0 &&
           same_strings(at->command.argv, command->argv) &&
           same_strings(at->command.env, command->env);
}

bool instance_is_active(const struct instance *at)
{
    return at->state == SUPERVISE_ACTIVE || at->state == SUPERVISE_BACKOFF ||
           at->state == SUPERVISE_FAILED;
}

void roster_forget(struct roster *roster)
{
    for (size_t i = 0; i < roster->count; i++)
        instance_free(roster->items[i]);
    roster->count = 0;
}

void roster_release(struct roster *roster)
{
    roster_forget(roster);
    *roster = (struct roster){0};
}

struct instance *roster_find(const struct roster *roster, const char *id)
{
    for (size_t i = 0; i < roster->count; i++) {
        if (strcmp(roster->items[i]->id, id) == 0)
            return roster->items[i];
    }
    return NULL;
}

struct instance *roster_active(const struct roster *roster)
{
    for (size_t i = 0; i < roster->count; i++) {
        if (instance_is_active(roster->items[i]))
            return roster->items[i];
    }
    return NULL;
}

static struct instance *oldest_ended(const struct roster *roster)
{
    for (size_t i = roster->count; i > 0; i--) {
        if (roster->items[i - 1]->state == SUPERVISE_EXITED)
            return roster->items[i - 1];
    }
    return NULL;
}

void roster_remove(struct roster *roster, struct instance *at)
{
    size_t i = 0;
    while (i < roster->count && roster->items[i] != at)
        i++;
    if (i == roster->count)
        return;
    roster->count--;
    memmove(&roster->items[i], &roster->items[i + 1],
            (roster->count - i) * sizeof(struct instance *));
    instance_free(at);
}

bool roster_add(struct roster *roster, struct instance *at, struct error *err)
{
    if (roster->count == SUPERVISE_INSTANCES) {
        struct instance *old = oldest_ended(roster);
        if (old == NULL)
            return err_set(err, ERR_CONFLICT, "%d instances run already: stop one first",
                           SUPERVISE_INSTANCES);
        roster_remove(roster, old);
    }
    memmove(&roster->items[1], &roster->items[0], roster->count * sizeof(struct instance *));
    roster->items[0] = at;
    roster->count++;
    return true;
}
