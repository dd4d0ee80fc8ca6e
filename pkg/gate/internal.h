/* What the files of the gates share. */
#pragma once

#include "gate/gate.h"

enum { SAID_MAX = 512, SHOWN_MAX = 240, VERSION_PROBES = 5, GATE_BODY_MAX = BUF_TEXT };

/* What one attempt came to. */
struct said {
    enum gate_verdict verdict;
    char reason[SAID_MAX];
    char evidence[SAID_MAX];
    int64_t latency_ms;
};

/* One gate asked of one target. */
struct asking {
    const struct gate_context *context;
    const struct config_gate *gate;
    const struct gate_target *target; /* never NULL: a gate of no component has an empty one */
};

/* Sets verdict and reason. */
void said_set(struct said *said, enum gate_verdict verdict, const char *fmt, ...) printf_like(3, 4);

/* How bad a verdict is for the whole; skipped as bad as inconclusive. */
int verdict_weight(enum gate_verdict verdict);

/* ---- judge.c: pure ---- */

/* What it means that there was no answer. `bounded`: the gate bounds the latency. */
enum gate_verdict judge_no_answer(const struct error *err, bool over_network, bool bounded);
/* The answer against what the gate expects; evidence and latency are filled in. */
void judge_answer(const struct config_expect *expect, const struct http_response *answer,
                  struct said *said);
/* The body of /version against what was deployed. */
void judge_version(const struct gate_expect *expect, struct str body, struct said *said);
/* A command's exit status. */
enum gate_verdict judge_exit(int status);

/* ---- ask.c ---- */

/* One attempt of each kind. False only when interrupted. */
bool ask_gate(const struct asking *a, struct said *ret, struct error *err) must_use;
