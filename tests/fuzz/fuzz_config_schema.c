/* Any YAML through both schemas: it is refused with places, or completed and bound. */
#include <stdint.h>
#include <stdlib.h>

#include "config/config.h"

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void try_schema(const struct schema *schema, struct arena *arena, const struct node *root)
{
    cleanup_diags struct diags problems = {0};
    cleanup_buf struct buf out = buf_make(BUF_BODY);
    struct node *copy = node_copy(arena, root);
    schema_check(schema, copy, &problems);
    if (copy->kind == NODE_MAP)
        schema_complete(schema, arena, copy, &problems);
    diags_sort(&problems);
    diags_render(&problems, &out);
    must((problems.count == 0) == (out.len == 0));
    if (problems.count == 0)
        schema_bind(schema, arena, copy, arena_alloc(arena, schema->size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err;
    struct arena arena = {0};
    struct node *root = NULL;
    if (yaml_parse(str_n(data, size), "fuzz", &arena, &root, &err)) {
        try_schema(&CONFIG_PROJECT_SCHEMA, &arena, root);
        try_schema(&CONFIG_ENV_SCHEMA, &arena, root);
    }
    arena_release(&arena);
    return 0;
}
