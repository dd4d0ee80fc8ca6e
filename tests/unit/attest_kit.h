/* Finding the shared vectors, and files of them. */
#pragma once

#include "attest/attest.h"
#include "data/data.h"
#include "testing.h"

enum { KIT_SKIPPED = 77 };

/* A path below the vectors; freed by the caller. */
static inline char *kit_path(const char *directory, const char *name)
{
    const char *given = getenv("TEEREX_VECTORS"), *source = getenv("TEEREX_SOURCE");
    if (given != NULL && given[0] != '\0')
        return xasprintf("%s/%s/%s", given, directory, name);
    return xasprintf("%s/../shared/vectors/%s/%s", source != NULL ? source : ".", directory, name);
}

/* True when they are there; else says so, and main returns KIT_SKIPPED. */
static inline bool kit_has(const char *directory)
{
    char *path = kit_path(directory, ".");
    FILE *found = fopen(path, "r");
    if (found == NULL)
        print_message("skipped: no vectors in %s (TEEREX_VECTORS)\n", path);
    else
        (void)fclose(found);
    free(path);
    return found != NULL;
}

static inline struct buf kit_read(const char *directory, const char *name)
{
    struct buf text = buf_make(BUF_DOCUMENT);
    cleanup_free char *path = kit_path(directory, name);
    cleanup_file FILE *file = fopen(path, "r");
    assert_non_null(file);
    for (size_t got = 1; got > 0;) {
        char *room = buf_reserve(&text, BUF_LINE);
        assert_non_null(room);
        got = fread(room, 1, BUF_LINE, file);
        buf_commit(&text, got);
    }
    return text;
}

static inline struct json kit_expected(const char *directory, struct buf *text,
                                       struct json_doc *doc)
{
    struct error err;
    *text = kit_read(directory, "expected.json");
    assert_ok(json_parse(buf_str(text), NULL, doc, &err), &err);
    return json_root(doc);
}

/* A JSON string of hex is these bytes. */
static inline void kit_assert_hex(struct json value, struct str bytes)
{
    cleanup_buf struct buf hex = buf_make(BUF_LINE);
    buf_add_hex(&hex, bytes);
    assert_str(json_str(value), buf_cstr(&hex));
}

static inline struct str kit_bytes(const char *hex, struct buf *out)
{
    size_t len = strlen(hex) / 2;
    char *room = buf_reserve(out, len);
    assert_true(room != NULL && hex_decode(str_of(hex), room, len));
    buf_commit(out, len);
    return buf_str(out);
}
