/* The fence of a deploy root: only the newest lease that was ever seen here may change anything. */
#include <inttypes.h>

#include "internal.h"

enum { FENCE_TEXT_MAX = 32 };

bool fence_read(const char *root, uint64_t *ret, struct error *err)
{
    cleanup_free char *path = fs_join(root, "fence");
    cleanup_buf struct buf text = buf_make(FENCE_TEXT_MAX);
    struct error absent;
    if (!fs_read(path, &text, &absent)) {
        *ret = 0;
        if (absent.kind == ERR_NOT_FOUND)
            return true;
        *err = absent;
        return false;
    }
    return str_to_u64(str_trim(buf_str(&text)), ret) ||
           err_set(err, ERR_FAILED, "'%s' holds no fence: was it edited?", path);
}

static bool write_fence(const char *root, const struct host_call *call, struct error *err)
{
    cleanup_free char *path = fs_join(root, "fence");
    cleanup_buf struct buf text = buf_make(FENCE_TEXT_MAX);
    buf_addf(&text, "%" PRIu64 "\n", call->fence);
    return fs_write(call->cap, path, buf_str(&text), 0600, err);
}

static bool check_fence(const char *root, const struct host_call *call, struct error *err)
{
    uint64_t seen = 0;
    TRY(fence_read(root, &seen, err));
    if (call->fence < seen)
        return err_set(err, ERR_LOCKED,
                       "a newer run has been here (fence %" PRIu64 "; this run's is %" PRIu64 ")",
                       seen, call->fence);
    return call->fence == seen || write_fence(root, call, err);
}

bool fence_enter(const char *root, const struct host_call *call, struct fs_lock *ret,
                 struct error *err)
{
    cleanup_free char *path = fs_join(root, "fence.lock");
    cleanup_fs_lock struct fs_lock lock = FS_LOCK_NONE;
    const struct fs_lock_request request = {
        .path = path,
        .owner = call->owner ? call->owner : "another run",
        .wait_ms = call->wait_ms > 0 ? call->wait_ms : HOST_WAIT_MS,
    };
    TRY(fs_make_dirs(call->cap, root, 0755, err));
    TRY(fs_lock_take(call->cap, &request, &lock, err));
    TRY(check_fence(root, call, err));
    *ret = lock;
    lock = FS_LOCK_NONE;
    return true;
}
