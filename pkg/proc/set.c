/* Several children served by one loop. */
#include <signal.h>
#include <stdlib.h>

#include "internal.h"

struct proc_set {
    struct proc **procs; /* in the order of their start */
    void **tags;         /* side by side with procs */
    size_t count, procs_cap, tags_cap;
};

struct proc_set *proc_set_new(void)
{
    return xcalloc(1, sizeof(struct proc_set));
}

void proc_set_free(struct proc_set *set)
{
    if (set == NULL)
        return;
    /* All are told first, so that freeing them does not wait for one after the other. */
    for (size_t i = 0; i < set->count; i++)
        proc_kill(set->procs[i], SIGKILL);
    for (size_t i = 0; i < set->count; i++)
        proc_free(set->procs[i]);
    free(set->procs);
    free(set->tags);
    free(set);
}

void proc_set_free_at(struct proc_set **set)
{
    proc_set_free(*set);
    *set = NULL;
}

bool proc_set_start(struct proc_set *set, const struct proc_spec *spec, void *tag,
                    struct error *err)
{
    struct proc *p = NULL;
    TRY(proc_start(spec, &p, err));
    size_t need = set->count + 1;
    set->procs = array_grow(set->procs, &set->procs_cap, need, sizeof(*set->procs));
    set->tags = array_grow(set->tags, &set->tags_cap, need, sizeof(*set->tags));
    set->procs[set->count] = p;
    set->tags[set->count] = tag;
    set->count++;
    return true;
}

size_t proc_set_running(const struct proc_set *set)
{
    return set->count;
}

static void set_remove(struct proc_set *set, size_t at)
{
    size_t after = set->count - at - 1;
    proc_free(set->procs[at]);
    memmove(set->procs + at, set->procs + at + 1, after * sizeof(*set->procs));
    memmove(set->tags + at, set->tags + at + 1, after * sizeof(*set->tags));
    set->count--;
}

bool proc_set_next(struct proc_set *set, int64_t timeout_ms, bool *ret_ended, void **ret_tag,
                   struct proc_result *ret, struct error *err)
{
    struct proc *done = NULL;
    TRY(serve_until_one_is_done(set->procs, set->count, timeout_ms, &done, err));
    *ret_ended = done != NULL;
    for (size_t i = 0; i < set->count && done != NULL; i++) {
        if (set->procs[i] != done)
            continue;
        *ret_tag = set->tags[i];
        proc_take_result(done, ret);
        set_remove(set, i);
        break;
    }
    return true;
}
