/* Building plans in memory: pairs and actions. */
#include <stdarg.h>

#include "plan/plan.h"

static struct pair *find(const struct pairs *pairs, const char *key)
{
    for (size_t i = 0; i < pairs->count; i++) {
        if (strcmp(pairs->items[i].key, key) == 0)
            return &pairs->items[i];
    }
    return NULL;
}

/* The array of `count` items with room for one more; it doubles in the arena whenever `count` is a
 * power of two, so no capacity has to be kept. */
static void *room_for_one(struct arena *a, void *items, size_t count, size_t size)
{
    bool full = (count & (count - 1)) == 0;
    if (!full)
        return items;
    void *grown = arena_alloc(a, size * (count == 0 ? 1 : count * 2));
    if (count > 0)
        memcpy(grown, items, size * count);
    return grown;
}

void pairs_set(struct pairs *pairs, struct arena *a, const char *key, const char *value)
{
    struct pair *old = find(pairs, key);
    const char *copy = arena_strdup(a, str_of(value));
    if (old != NULL) {
        old->value = copy;
        return;
    }
    pairs->items = room_for_one(a, pairs->items, pairs->count, sizeof(struct pair));
    pairs->items[pairs->count++] =
        (struct pair){.key = arena_strdup(a, str_of(key)), .value = copy};
}

void pairs_setf(struct pairs *pairs, struct arena *a, const char *key, const char *fmt, ...)
{
    cleanup_buf struct buf value = buf_make(BUF_DOCUMENT);
    va_list args;
    va_start(args, fmt);
    buf_vaddf(&value, fmt, args);
    va_end(args);
    pairs_set(pairs, a, key, buf_cstr(&value));
}

const char *pairs_get(const struct pairs *pairs, const char *key)
{
    const struct pair *pair = find(pairs, key);
    return pair != NULL ? pair->value : NULL;
}

static const char *make_id(struct arena *a, const struct action_spec *spec)
{
    const char *name = spec->ids_name ? spec->ids_name : spec->component;
    bool named = name != NULL && name[0] != '\0';
    bool hosted = spec->host != NULL && spec->host[0] != '\0';
    return arena_printf(a, "%s%s%s%s%s", action_kind_info(spec->kind)->name, named ? ":" : "",
                        named ? name : "", hosted ? "@" : "", hosted ? spec->host : "");
}

struct action *plan_add(struct plan *plan, struct arena *a, const struct action_spec *spec)
{
    plan->actions = room_for_one(a, plan->actions, plan->count, sizeof(struct action));
    struct action *action = &plan->actions[plan->count++];
    *action = (struct action){.id = make_id(a, spec),
                              .kind = spec->kind,
                              .component = arena_strdup(a, str_of(spec->component)),
                              .host = arena_strdup(a, str_of(spec->host)),
                              .reason = arena_strdup(a, str_of(spec->reason))};
    return action;
}
