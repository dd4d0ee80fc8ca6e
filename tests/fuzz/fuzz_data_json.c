/* Any bytes as JSON: the index must agree with the scanner, every node with its bytes, and the
 * canonical form must read back as itself. */
#include <stdint.h>
#include <stdlib.h>

#include "data/data.h"

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* Touches everything there is to read. */
static void visit(struct json value, unsigned depth)
{
    struct str raw = json_raw(value);
    int64_t i = 0;
    double d = 0;
    must(raw.len > 0 && depth <= JSON_DEPTH_MAX);
    must(str_is_utf8(json_str(value)) && str_is_utf8(json_key(value)));
    (void)json_to_i64(value, &i);
    (void)json_to_double(value, &d);
    json_each_member (member, value) {
        must(json_exists(json_get_str(value, json_key(member))));
        visit(member, depth + 1);
    }
    json_each_item (item, value)
        visit(item, depth + 1);
}

static void check_canonical(const struct json_doc *doc)
{
    struct error err;
    cleanup_buf struct buf once = buf_make(BUF_BODY);
    cleanup_buf struct buf twice = buf_make(BUF_BODY);
    cleanup_json_doc struct json_doc again = {0};
    json_canonical(json_root(doc), &once);
    must(json_parse(buf_str(&once), NULL, &again, &err));
    json_canonical(json_root(&again), &twice);
    must(str_eq(buf_str(&once), buf_str(&twice)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err;
    const struct json_options strict = {.name = "fuzz"};
    const struct json_options lax = {.name = "fuzz",
                                     .flags = JSON_KEEP_LAST | JSON_REPLACE_SURROGATES};
    cleanup_json_doc struct json_doc doc = {0};
    cleanup_json_doc struct json_doc loose = {0};
    bool is_strict = json_parse(str_n(data, size), &strict, &doc, &err);
    bool is_lax = json_parse(str_n(data, size), &lax, &loose, &err);
    must(is_lax || !is_strict);
    if (is_lax) {
        visit(json_root(&loose), 0);
        check_canonical(&loose);
    }
    return 0;
}
