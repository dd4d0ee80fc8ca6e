/* Resource limits as a table from the profile's fields to the kernel's names. */
#include "parts.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/resource.h>

#include "widened.h"

struct limit {
    int resource;
    size_t field; /* offset in struct sandbox_limits */
    const char *name;
};

#define LIMIT(res, member, text)                                                            \
    {                                                                                       \
        .resource = (res), .field = offsetof(struct sandbox_limits, member), .name = (text) \
    }
static const struct limit limits_known[] = {
    LIMIT(RLIMIT_NOFILE, open_files, "open files"),
    LIMIT(RLIMIT_AS, address_space, "address space"),
    LIMIT(RLIMIT_CPU, cpu_s, "processor seconds"),
    LIMIT(RLIMIT_NPROC, processes, "processes"),
    LIMIT(RLIMIT_FSIZE, file_size, "file size"),
    LIMIT(RLIMIT_MEMLOCK, locked, "locked memory"),
};

static uint64_t limit_value(const struct limit *l, const struct sandbox_limits *limits)
{
    uint64_t value;
    memcpy(&value, (const char *)limits + l->field, sizeof(value));
    /* A sanitizer's shadow memory alone spans terabytes. */
    return SANDBOX_WIDENED && l->resource == RLIMIT_AS ? SANDBOX_KEEP : value;
}

/* Soft and hard alike; where the hard limit may not be raised, what there is of it. */
static bool set_limit(int resource, rlim_t value, const char *name, struct error *err)
{
    struct rlimit now;
    struct rlimit wanted = {.rlim_cur = value, .rlim_max = value};
    __rlimit_resource_t kind = (__rlimit_resource_t)resource;
    if (setrlimit(kind, &wanted) == 0)
        return true;
    if (errno != EPERM || getrlimit(kind, &now) < 0)
        return err_sys(err, ERR_FAILED, errno, "limit %s", name);
    now.rlim_cur = now.rlim_max;
    if (setrlimit(kind, &now) == 0)
        return true;
    return err_sys(err, ERR_FAILED, errno, "limit %s", name);
}

bool limits_apply(const struct sandbox_limits *limits, struct error *err)
{
    for (size_t i = 0; i < ARRAY_LEN(limits_known); i++) {
        const struct limit *l = &limits_known[i];
        uint64_t value = limit_value(l, limits);
        if (value != SANDBOX_KEEP)
            TRY(set_limit(l->resource, value, l->name, err));
    }
    return set_limit(RLIMIT_CORE, 0, "core dumps", err);
}

void limits_describe(const struct sandbox_limits *limits, struct buf *out)
{
    for (size_t i = 0; i < ARRAY_LEN(limits_known); i++) {
        uint64_t value = limit_value(&limits_known[i], limits);
        if (value != SANDBOX_KEEP)
            buf_addf(out, ", %s <= %" PRIu64, limits_known[i].name, value);
    }
}
