/* Secrets in mapped, locked, wiped memory. */
#include "secret.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

bool secret_new(size_t len, struct secret *ret, bool *ret_locked, struct error *err)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t mapped = (len / page + 1) * page;
    void *at = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED)
        return err_sys(err, ERR_FAILED, errno, "map %zu bytes for a secret", mapped);
    bool locked = mlock(at, mapped) == 0;
    madvise(at, mapped, MADV_DONTDUMP);
    madvise(at, mapped, MADV_WIPEONFORK);
    if (ret_locked != NULL)
        *ret_locked = locked;
    *ret = (struct secret){.ptr = at, .len = len, .mapped = mapped};
    return true;
}

void secret_release(struct secret *s)
{
    if (s->ptr != NULL) {
        secret_wipe(s->ptr, s->mapped);
        munmap(s->ptr, s->mapped);
    }
    *s = (struct secret){0};
}

bool secret_equal(struct str a, struct str b)
{
    volatile unsigned char difference = 0;
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        difference |= (unsigned char)(a.ptr[i] ^ b.ptr[i]);
    return difference == 0;
}

void secret_wipe(void *bytes, size_t len)
{
    if (len > 0)
        explicit_bzero(bytes, len);
}
