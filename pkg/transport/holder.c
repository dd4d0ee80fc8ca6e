/* Which process listens on a TCP port: /proc/net/tcp gives the socket's inode, /proc/PID/fd who
 * has it open. Best effort, for a better message only. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "transport/transport.h"

enum { LINE_MAX_BYTES = 512, STATE_LISTEN = 0x0A };

static struct str next_word(struct str *rest)
{
    *rest = str_trim(*rest);
    return str_cut(*rest, ' ', rest, NULL);
}

/* One line of /proc/net/tcp: "  0: 0100007F:0FA0 00000000:0000 0A … uid timeout inode …". */
static bool listening_inode(const char *line, uint32_t port, uint64_t *ret_inode)
{
    enum { LOCAL = 1, STATE = 3, INODE = 9, FIELDS };
    struct str fields[FIELDS], rest = str_of(line), digits = STR_EMPTY;
    unsigned char state = 0, bytes[2];
    uint64_t inode = 0;
    for (size_t i = 0; i < FIELDS; i++)
        fields[i] = next_word(&rest);
    str_cut(fields[LOCAL], ':', &digits, NULL);
    if (!hex_decode(digits, bytes, sizeof(bytes)) || !hex_decode(fields[STATE], &state, 1))
        return false;
    uint32_t local_port = (uint32_t)bytes[0] << 8 | bytes[1];
    if (state != STATE_LISTEN || local_port != port || !str_to_u64(fields[INODE], &inode))
        return false;
    *ret_inode = inode;
    return inode != 0;
}

static bool find_inode(const char *table, uint32_t port, uint64_t *ret_inode)
{
    char line[LINE_MAX_BYTES];
    cleanup_file FILE *file = fopen(table, "re");
    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        if (listening_inode(line, port, ret_inode))
            return true;
    }
    return false;
}

static void close_dir_at(DIR **dir)
{
    if (*dir != NULL)
        closedir(*dir);
}
#define cleanup_dir cleanup(close_dir_at)

static bool has_socket(const char *pid, const char *wanted)
{
    char path[64], target[64];
    snprintf(path, sizeof(path), "/proc/%.20s/fd", pid);
    cleanup_dir DIR *dir = opendir(path);
    for (struct dirent *at = dir ? readdir(dir) : NULL; at != NULL; at = readdir(dir)) {
        ssize_t len = readlinkat(dirfd(dir), at->d_name, target, sizeof(target));
        if (len > 0 && str_is(str_n(target, (size_t)len), wanted))
            return true;
    }
    return false;
}

static void describe(const char *pid, char ret_text[TRANSPORT_HOLDER_MAX])
{
    char path[64], name[64];
    snprintf(path, sizeof(path), "/proc/%.20s/comm", pid);
    cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t len = fd < 0 ? -1 : read(fd, name, sizeof(name));
    struct str called = len > 0 ? str_trim(str_n(name, (size_t)len)) : STR("a process");
    snprintf(ret_text, TRANSPORT_HOLDER_MAX, "%" PRIstr " (pid %.20s)", STR_ARG(called), pid);
}

bool transport_holder(const struct transport_addr *addr, char ret_text[TRANSPORT_HOLDER_MAX])
{
    uint64_t inode = 0, pid = 0;
    char wanted[64];
    if (addr->kind != TRANSPORT_TCP || addr->port == 0)
        return false;
    if (!find_inode("/proc/net/tcp", addr->port, &inode) &&
        !find_inode("/proc/net/tcp6", addr->port, &inode))
        return false;
    snprintf(wanted, sizeof(wanted), "socket:[%llu]", (unsigned long long)inode);
    cleanup_dir DIR *proc = opendir("/proc");
    for (struct dirent *at = proc ? readdir(proc) : NULL; at != NULL; at = readdir(proc)) {
        if (str_to_u64(str_of(at->d_name), &pid) && has_socket(at->d_name, wanted)) {
            describe(at->d_name, ret_text);
            return true;
        }
    }
    return false;
}
