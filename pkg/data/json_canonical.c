/* The canonical form of a JSON value. */
#include "internal.h"

#include <stdlib.h>

#include "json_write.h"

struct member {
    struct str key;
    struct json value;
};

static int by_key(const void *pa, const void *pb)
{
    const struct member *a = pa, *b = pb;
    return str_cmp(a->key, b->key);
}

static void add_object(struct json object, struct buf *out)
{
    size_t count = json_count(object), i = 0;
    cleanup_free struct member *members = xcalloc(count + 1, sizeof(*members));
    json_each_member (member, object)
        members[i++] = (struct member){json_key(member), member};
    qsort(members, count, sizeof(*members), by_key);
    buf_addc(out, '{');
    for (i = 0; i < count; i++) {
        if (i > 0)
            buf_addc(out, ',');
        json_quote(out, members[i].key);
        buf_addc(out, ':');
        json_canonical(members[i].value, out);
    }
    buf_addc(out, '}');
}

static void add_array(struct json array, struct buf *out)
{
    bool first = true;
    buf_addc(out, '[');
    json_each_item (item, array) {
        if (!first)
            buf_addc(out, ',');
        first = false;
        json_canonical(item, out);
    }
    buf_addc(out, ']');
}

/* Recursion ends at the document's depth, which the scanner bounds. */
void json_canonical(struct json value, struct buf *out)
{
    switch (json_kind(value)) {
    case JSON_OBJECT:
        add_object(value, out);
        return;
    case JSON_ARRAY:
        add_array(value, out);
        return;
    case JSON_STRING:
        json_quote(out, json_str(value));
        return;
    case JSON_ABSENT:
        buf_adds(out, "null");
        return;
    case JSON_NULL:
    case JSON_FALSE:
    case JSON_TRUE:
    case JSON_NUMBER:
        buf_add(out, json_raw(value));
    }
}
