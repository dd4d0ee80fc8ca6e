/* Several children served by one loop. */
#include <signal.h>
#include <stdlib.h>

#include "internal.h"

struct proc_set {
    struct proc **procs; /* in the order of their start */
    size_t count, cap;
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
    p->tag = tag;
    set->procs = array_grow(set->procs, &set->cap, set->count + 1, sizeof(void *));
    set->procs[set->count] = p;
    set->count++;
    return true;
}

size_t proc_set_running(const struct proc_set *set)
{
    return set->count;
}

static void set_remove(struct proc_set *set, size_t at)
{
    proc_free(set->procs[at]);
    memmove(set->procs + at, set->procs + at + 1, (set->count - at - 1) * sizeof(void *));
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
        *ret_tag = done->tag;
        proc_take_result(done, ret);
        set_remove(set, i);
        break;
    }
    return true;
}
