/* Any JSON text, any path, any value: an edit that succeeds leaves JSON that holds the value, and
 * taking a new member away again gives the text back. The input is PATH \0 VALUE \0 TEXT. */
#include <stdint.h>
#include <stdlib.h>

#include "data/data.h"

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void check_set(struct str text, const char *path, struct str value)
{
    struct error err;
    const struct json_edit set = {JSON_EDIT_SET, path, value};
    const struct json_edit remove = {JSON_EDIT_REMOVE, path, STR_EMPTY};
    cleanup_buf struct buf out = buf_make(BUF_DOCUMENT);
    cleanup_buf struct buf back = buf_make(BUF_DOCUMENT);
    cleanup_json_doc struct json_doc doc = {0};
    if (!json_edit(text, "fuzz", &set, 1, &out, &err))
        return;
    must(json_parse(buf_str(&out), NULL, &doc, &err));
    if (!str_ends(str_of(path), STR("-")))
        must(json_exists(json_find(json_root(&doc), path)));
    (void)json_edit(buf_str(&out), "fuzz", &remove, 1, &back, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str rest = str_n(data, size);
    cleanup_free char *path = NULL;
    struct str path_text = str_cut(rest, '\0', &rest, NULL);
    struct str value = str_cut(rest, '\0', &rest, NULL);
    path = xstrndup(path_text.ptr, path_text.len);
    check_set(rest, path, value);
    return 0;
}
