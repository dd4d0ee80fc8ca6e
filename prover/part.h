/* What the parts have in common: giving up privileges, and serving a line until it closes. */
#pragma once

#include "msg.h"
#include "parts.h"
#include "sandbox/sandbox.h"

/* Gives up everything but the control line and `keep`. */
bool part_enter(const struct prover_options *o, const struct part_line *line,
                enum sandbox_role role, const int *keep, size_t keep_count,
                struct error *err) must_use;

/* Answers one question that came over `end`. */
typedef bool part_answer(void *ctx, int end, const struct msg *m, struct error *err);
/* Answers until either line closes (true) or an answer fails. */
bool part_serve(const struct part_line *line, int end, part_answer *answer, void *ctx,
                struct error *err) must_use;
