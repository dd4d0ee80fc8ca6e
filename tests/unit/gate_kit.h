/* What the tests of gates share: a target in front of the scripted server, and one gate. */
#pragma once

#include "gate/gate.h"
#include "http_kit.h"

struct gates {
    struct kit kit;
    struct arena arena;
    struct gate_context context;
    struct gate_target target;
    struct config_gate gate;
    struct config_json_check check;
    struct gate_results results;
    struct error err;
};

static inline void gates_release(struct gates *g)
{
    gate_results_release(&g->results);
    arena_release(&g->arena);
    kit_release(&g->kit);
}
#define cleanup_gates cleanup(gates_release)

/* An http gate on /health that wants 200, of the component "prover" on "here". */
static inline void gates_open(struct gates *g, const struct reply *replies, size_t count)
{
    kit_open(&g->kit, replies, count);
    g->target = (struct gate_target){
        .component = "prover",
        .host = "here",
        .address = arena_printf(&g->arena, "http://127.0.0.1:%d", g->kit.server.port)};
    g->context = (struct gate_context){.http = g->kit.client,
                                       .clock = &g->kit.clock,
                                       .environment = "local",
                                       .targets = &g->target,
                                       .target_count = 1};
    g->gate = (struct config_gate){.name = "alive",
                                   .kind = CONFIG_GATE_HTTP,
                                   .component = "prover",
                                   .url = "{{address}}/health",
                                   .expect = {.status = 200},
                                   .timeout_ms = 5000,
                                   .interval_ms = 1000};
}

static inline void gates_expect_json(struct gates *g, const char *path, const char *equals,
                                     const char *matches)
{
    static const struct source SOURCE = {.name = "test"};
    const struct node *node = equals != NULL ? node_scalar(&g->arena, NULL, equals, &SOURCE) : NULL;
    g->check = (struct config_json_check){path, node, matches};
    g->gate.expect.json.items = &g->check;
    g->gate.expect.json.count = 1;
}

/* Asks the one gate; the last result. */
static inline const struct gate_result *gates_ask(struct gates *g)
{
    const struct config_gate *gates[] = {&g->gate};
    assert_ok(gate_run_all(&g->context, gates, 1, &g->results, &g->err), &g->err);
    return &g->results.items[g->results.count - 1];
}

#define assert_said(result, expected, part) \
    assert_said_at((result), (expected), (part), __FILE__, __LINE__)
static inline void assert_said_at(const struct gate_result *r, enum gate_verdict verdict,
                                  const char *part, const char *file, int line)
{
    if (r->verdict == verdict && strstr(r->reason, part) != NULL)
        return;
    print_error("expected %s with \"%s\", got %s \"%s\" (%s)\n", gate_verdict_name(verdict), part,
                gate_verdict_name(r->verdict), r->reason, r->evidence);
    _fail(file, line);
}
