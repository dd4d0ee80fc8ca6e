/* What kind of machine this is. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "internal.h"

/* ---- reading texts ---- */

void facts_os_name(struct str os_release, char ret[HOST_TEXT_MAX])
{
    static const struct str name = {.ptr = "PRETTY_NAME=", .len = 12};
    struct str line;
    snprintf(ret, HOST_TEXT_MAX, "unknown");
    while (str_next_line(&os_release, &line)) {
        if (!str_starts(line, name))
            continue;
        struct str value = str_trim(str_sub(line, name.len, SIZE_MAX));
        bool quoted = value.len >= 2 && (value.ptr[0] == '"' || value.ptr[0] == '\'') &&
                      value.ptr[value.len - 1] == value.ptr[0];
        if (quoted)
            value = str_sub(value, 1, value.len - 2);
        snprintf(ret, HOST_TEXT_MAX, "%" PRIstr, STR_ARG(value));
    }
}

uint64_t facts_memory(struct str meminfo, const char *name)
{
    struct str line, value;
    uint64_t kib = 0;
    while (str_next_line(&meminfo, &line)) {
        if (!str_is(str_cut(line, ':', &value, NULL), name))
            continue;
        struct str number = str_cut(str_trim(value), ' ', &value, NULL);
        return str_to_u64(number, &kib) && kib < UINT64_MAX / 1024 ? kib * 1024 : 0;
    }
    return 0;
}

/* ---- this machine ---- */

static void read_texts(struct host_facts *facts)
{
    cleanup_buf struct buf os = buf_make(BUF_LINE), memory = buf_make(BUF_LINE);
    struct error ignored;
    /* A container may lack either: then the fact is unknown, not wrong. */
    if (!fs_read("/etc/os-release", &os, &ignored))
        buf_clear(&os);
    if (!fs_read("/proc/meminfo", &memory, &ignored))
        buf_clear(&memory);
    facts_os_name(buf_str(&os), facts->os);
    facts->memory_bytes = facts_memory(buf_str(&memory), "MemTotal");
    facts->memory_free_bytes = facts_memory(buf_str(&memory), "MemAvailable");
}

static void read_uname(struct host_facts *facts)
{
    struct utsname names;
    if (uname(&names) != 0)
        return;
    snprintf(facts->hostname, sizeof(facts->hostname), "%s", names.nodename);
    snprintf(facts->kernel, sizeof(facts->kernel), "%s %s", names.sysname, names.release);
    snprintf(facts->arch, sizeof(facts->arch), "%s", names.machine);
}

/* The root may not exist yet: its disk is that of the nearest directory above it that does. */
static bool space_at(const char *root, struct fs_space *ret, struct error *err)
{
    cleanup_free char *path = xstrdup(root);
    while (!fs_space(path, ret, err)) {
        if (err->kind != ERR_NOT_FOUND || strcmp(path, "/") == 0 || strcmp(path, ".") == 0)
            return false;
        char *above = fs_dir_name(path);
        free(path);
        path = above;
    }
    return true;
}

bool facts_of_this_machine(const char *root, struct host_facts *ret, struct error *err)
{
    struct host_facts facts = {0};
    struct ident self;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    TRY(space_at(root, &facts.disk, err));
    TRY(fence_read(root, &facts.fence, err));
    TRY(ident_self(&self, err));
    memcpy(facts.boot_id, self.boot_id, sizeof(facts.boot_id));
    read_texts(&facts);
    read_uname(&facts);
    facts.cores = cores > 0 ? (uint32_t)cores : 1;
    facts.systemd = access("/run/systemd/system", F_OK) == 0;
    facts.root = geteuid() == 0;
    *ret = facts;
    return true;
}
