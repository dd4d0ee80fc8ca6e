/* Templates: `{{name}}` is replaced by a value, everything else is copied. There is nothing more to
 * it on purpose: no conditions, no loops, no defaults.
 *
 * Strict: an unknown variable, an empty or malformed name and missing closing braces are errors
 * with their place. A name is letters, digits, `_`, `-` and `.`; blanks around it are allowed.
 * `{{{{` stands for a literal `{{`; `}}` outside of a variable is literal as it is. So a GitHub
 * expression is written `${{{{ github.sha }}`. Values are never read as templates again. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/core.h"
#include "data/data.h"

struct template_var {
    const char *name;
    struct str value;
};

struct template_vars {
    const struct template_var *items;
    size_t count;
};

/* Appends the rendered text to `out`. ERR_CONFIG with "name:line:col: …" (and the nearest known
 * variable), ERR_FAILED when `out` is full; then `out` may hold a part. */
bool template_render(const struct source *text, struct template_vars vars, struct buf *out,
                     struct error *err) must_use;
/* Checks without rendering: every variable is one of `names`. */
bool template_check(const struct source *text, const char *const *names, size_t count,
                    struct error *err) must_use;

/* A template of the binary by its name below templates/ ("units/prover.service"). ERR_NOT_FOUND
 * with the nearest name. */
bool template_find(const char *name, struct source *ret, struct error *err) must_use;
/* template_find and template_render in one. */
bool template_render_named(const char *name, struct template_vars vars, struct buf *out,
                           struct error *err) must_use;
/* All templates of the binary, sorted by name. */
const struct embedded_file *template_list(size_t *ret_count);
