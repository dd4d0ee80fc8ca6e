/* Any bytes as a path: what is called safe, joined to a directory, never leaves it. */
#include <stdint.h>
#include <stdlib.h>

#include "fs/fs.h"

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* Follows the path down from depth 0, as a kernel would without links. */
static void walk_down(struct str path)
{
    long depth = 0;
    while (path.len > 0) {
        struct str name = str_cut(path, '/', &path, NULL);
        if (str_is(name, ".."))
            depth--;
        else if (name.len > 0 && !str_is(name, "."))
            depth++;
        must(depth >= 0);
    }
    must(depth > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str path = str_n(data, size);
    if (!fs_path_is_safe(path))
        return 0;
    must(path.ptr[0] != '/' && memchr(path.ptr, '\0', path.len) == NULL);
    walk_down(path);
    cleanup_free char *text = xstrndup(path.ptr, path.len);
    cleanup_free char *dir = fs_dir_name(text);
    must(strcmp(dir, ".") == 0 || fs_path_is_safe(str_of(dir)));
    must(fs_path_is_safe(str_of(fs_base_name(text))));
    return 0;
}
