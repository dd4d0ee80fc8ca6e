/* In which order components are deployed and gates asked: a graph of needs. Knows nothing of files
 * but to report a circle. */
#include "internal.h"

enum { VERTICES_MAX = 512 };

/* Vertices: the components, then the gates. needs[a * count + b]: a comes after b. */
struct graph {
    const struct config_env *env;
    size_t components;
    size_t count;
    bool *needs;
    bool *done;
};

static const char *name_of(const struct graph *g, size_t vertex)
{
    return vertex < g->components ? g->env->components.items[vertex].name
                                  : g->env->gates.items[vertex - g->components].name;
}

static size_t gate_vertex(const struct graph *g, const char *name)
{
    size_t i = g->components;
    while (i < g->count && !str_is(str_of(name), name_of(g, i)))
        i++;
    return i;
}

static size_t component_vertex(const struct graph *g, const char *name)
{
    size_t i = 0;
    while (i < g->components && !str_is(str_of(name), name_of(g, i)))
        i++;
    return i < g->components ? i : g->count;
}

/* Names that do not exist are another check's business. */
static void add_need(struct graph *g, size_t vertex, size_t needed)
{
    if (vertex < g->count && needed < g->count)
        g->needs[vertex * g->count + needed] = true;
}

static void add_component(struct graph *g, size_t vertex)
{
    const struct config_component *c = &g->env->components.items[vertex];
    for (size_t i = 0; i < c->needs.count; i++)
        add_need(g, vertex, gate_vertex(g, c->needs.items[i]));
    for (size_t i = 0; i < c->gates.count; i++)
        add_need(g, gate_vertex(g, c->gates.items[i]), vertex);
}

static void add_gate(struct graph *g, size_t vertex)
{
    const struct config_gate *gate = &g->env->gates.items[vertex - g->components];
    for (size_t i = 0; i < gate->needs.count; i++)
        add_need(g, vertex, gate_vertex(g, gate->needs.items[i]));
    for (size_t i = 0; i < gate->components.count; i++)
        add_need(g, vertex, component_vertex(g, gate->components.items[i]));
}

/* The first thing that is needed and not done yet; `count` when there is none. */
static size_t waits_for(const struct graph *g, size_t vertex)
{
    size_t i = 0;
    while (i < g->count && (!g->needs[vertex * g->count + i] || g->done[i]))
        i++;
    return i;
}

static size_t next_ready(const struct graph *g)
{
    size_t i = 0;
    while (i < g->count && (g->done[i] || waits_for(g, i) < g->count))
        i++;
    return i;
}

/* From something that waits, follow what it waits for: after `count` steps one is in the circle. */
static bool report_circle(const struct graph *g, struct error *err)
{
    size_t start = 0;
    while (g->done[start])
        start++;
    for (size_t i = 0; i < g->count; i++)
        start = waits_for(g, start);
    cleanup_buf struct buf text = buf_make(BUF_LINE);
    size_t at = start;
    do {
        buf_addf(&text, "%s needs ", name_of(g, at));
        at = waits_for(g, at);
    } while (at != start);
    return err_set(err, ERR_CONFIG, "a circle: %s%s", buf_cstr(&text), name_of(g, start));
}

bool order_steps(const struct config_env *env, struct arena *arena, struct config_step **ret_steps,
                 size_t *ret_count, struct error *err)
{
    struct graph g = {.env = env, .components = env->components.count};
    g.count = g.components + env->gates.count;
    if (g.count > VERTICES_MAX)
        return err_set(err, ERR_CONFIG, "more than %d components and gates", VERTICES_MAX);
    g.needs = ARENA_ARRAY(arena, bool, g.count *g.count + 1);
    g.done = ARENA_ARRAY(arena, bool, g.count + 1);
    struct config_step *steps = ARENA_ARRAY(arena, struct config_step, g.count + 1);
    for (size_t i = 0; i < g.count; i++)
        i < g.components ? add_component(&g, i) : add_gate(&g, i);
    for (size_t i = 0; i < g.count; i++) {
        size_t next = next_ready(&g);
        if (next == g.count)
            return report_circle(&g, err);
        g.done[next] = true;
        if (next < g.components)
            steps[i].component = &env->components.items[next];
        else
            steps[i].gate = &env->gates.items[next - g.components];
    }
    *ret_steps = steps;
    *ret_count = g.count;
    return true;
}

bool config_order(const struct config *config, struct arena *arena, struct config_step **ret_steps,
                  size_t *ret_count, struct error *err)
{
    return order_steps(&config->env, arena, ret_steps, ret_count, err);
}

void check_order(struct loading *l, const struct loaded_env *loaded)
{
    struct error err = {0};
    struct config_step *steps = NULL;
    size_t count = 0;
    if (!order_steps(&loaded->env, l->arena, &steps, &count, &err))
        report(l->problems, place_of(loaded->root, "gates"), "%s", err.msg);
}
