/* Any bytes as YAML: a tree whose places lie in the text and whose keys are unique, or an error. */
#include <stdint.h>
#include <stdlib.h>

#include "data/data.h"

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void visit(const struct node *node, unsigned depth)
{
    size_t count = 0;
    must(depth <= YAML_DEPTH_MAX && node->at.line > 0 && node->at.col > 0);
    node_each(child, node)
    {
        count++;
        must(child->parent == node && (node->kind == NODE_MAP) == (child->key != NULL));
        must(child->key == NULL || node_get(node, child->key) == child);
        visit(child, depth + 1);
    }
    must(count == node->count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err = {0};
    struct node *root = NULL;
    struct arena arena = {0};
    const struct source src = {"fuzz", str_n(data, size)};
    cleanup_buf struct buf out = buf_make(BUF_BODY);
    if (yaml_parse(src.text, src.name, &arena, &root, &err)) {
        struct json_writer w = jw_make(&out, JSON_COMPACT);
        visit(root, 0);
        node_write_json(root, &w);
        must(jw_finish(&w, "tree", &err));
    } else {
        source_excerpt(&src, &err, &out);
    }
    arena_release(&arena);
    return 0;
}
