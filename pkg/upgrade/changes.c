/* Several files that change together or not at all. Knows nothing of what is in them. */
#include "fs/fs.h"
#include "internal.h"

void changes_release(struct changes *changes)
{
    for (size_t i = 0; i < changes->count; i++) {
        mem_free_at(&changes->items[i].whole);
        buf_release(&changes->items[i].before);
        buf_release(&changes->items[i].after);
    }
    mem_free_at(&changes->items);
    *changes = (struct changes){0};
}

bool changes_add(struct changes *changes, const char *dir, const char *path, struct change **ret,
                 struct error *err)
{
    struct fs_info info;
    cleanup_free char *joined = fs_join(dir, path), *whole = NULL;
    cleanup_buf struct buf before = buf_make(MANIFEST_SIZE_MAX);
    TRY(fs_real_path(joined, &whole, err));
    TRY(fs_info(whole, &info, err));
    TRY(fs_read(whole, &before, err));
    changes->items =
        array_grow(changes->items, &changes->cap, changes->count + 1, sizeof(*changes->items));
    struct change *change = &changes->items[changes->count++];
    *change = (struct change){.path = path,
                              .whole = steal_ptr(&whole),
                              .before = before,
                              .after = buf_make((size_t)2 * MANIFEST_SIZE_MAX),
                              .mode = info.mode};
    before = (struct buf){0};
    *ret = change;
    return true;
}

bool changes_undo(const struct changes *changes, size_t count, const struct cap *cap,
                  struct error *err)
{
    bool ok = true;
    for (size_t i = count; i-- > 0;) {
        const struct change *change = &changes->items[i];
        struct error failed = {0};
        if (str_eq(buf_str(&change->before), buf_str(&change->after)) ||
            fs_write(cap, change->whole, buf_str(&change->before), change->mode, &failed))
            continue;
        *err = failed;
        err_wrap(err, "put the old content back");
        ok = false;
    }
    return ok;
}

bool changes_write(const struct changes *changes, const struct cap *cap, struct error *err)
{
    for (size_t i = 0; i < changes->count; i++) {
        const struct change *change = &changes->items[i];
        if (str_eq(buf_str(&change->before), buf_str(&change->after)) ||
            fs_write(cap, change->whole, buf_str(&change->after), change->mode, err))
            continue;
        struct error undo;
        if (!changes_undo(changes, i, cap, &undo))
            err_wrap(err, "%s; and then", undo.msg);
        return false;
    }
    return true;
}
