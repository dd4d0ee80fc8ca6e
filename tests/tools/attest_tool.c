/* What benchmarks and differential tests ask of `attest`:
 *     attest_tool cbor            lines of hex; answers each with itself written again, or "-"
 *     attest_tool nitro FILE S N  judges a document N times as of second S; milliseconds each
 *     attest_tool eif FILE        reads an image; milliseconds
 *     attest_tool hash FILE       only the digests and the checksum that reading it takes */
#include "../cbor_again.h"
#include "crypto/crypto.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
#include <zlib.h>

static double processor_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void answer(struct str hex)
{
    struct error err;
    cleanup_buf struct buf bytes = buf_make(BUF_DOCUMENT), again = buf_make(BUF_DOCUMENT),
                           text = buf_make(BUF_DOCUMENT);
    char *room = buf_reserve(&bytes, hex.len / 2 + 1);
    if (room == NULL || !hex_decode(hex, room, hex.len / 2))
        abort();
    if (cbor_again(str_n(room, hex.len / 2), 0, &again, &err))
        buf_add_hex(&text, buf_str(&again));
    puts(text.len > 0 ? buf_cstr(&text) : "-");
}

static int run_cbor(void)
{
    char *line = NULL;
    size_t cap = 0;
    ssize_t len;
    while ((len = getline(&line, &cap, stdin)) > 0)
        answer(str_trim(str_n(line, (size_t)len)));
    free(line);
    return 0;
}

static int run_nitro(const char *path, const char *at, const char *times)
{
    static char bytes[NITRO_DOCUMENT_MAX];
    struct error err;
    int64_t seconds, count;
    bool holds = true;
    cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t len = read(fd, bytes, sizeof(bytes));
    if (len < 0 || !str_to_i64(str_of(at), &seconds) || !str_to_i64(str_of(times), &count))
        return 2;
    const struct nitro_policy policy = {.now_ms = seconds * 1000};
    double began = processor_ms();
    for (int64_t i = 0; i < count; i++) {
        cleanup_nitro_result struct nitro_result result = {0};
        holds = nitro_verify(str_n(bytes, (size_t)len), &policy, &result, &err) &&
                report_holds(&result.report) && holds;
    }
    printf("%.3f\n", (processor_ms() - began) / (double)count);
    return holds ? 0 : 9;
}

static int run_eif(int fd)
{
    struct error err;
    cleanup_eif struct eif eif = {0};
    double began = processor_ms();
    bool ok = eif_read(fd, "image", &eif, &err);
    printf("%.3f\n", processor_ms() - began);
    return ok && eif.crc_stored == eif.crc_computed ? 0 : 9;
}

/* All into PCR0, all but what PCR1 has into PCR2, and the checksum; of an image that is nearly all
 * application. */
static int run_hash(int fd)
{
    static unsigned char chunk[256 * 1024];
    unsigned char digest[SHA384_LEN];
    uLong crc = 0;
    cleanup_hash struct hash *zero = hash_new(HASH_SHA384), *two = hash_new(HASH_SHA384);
    double began = processor_ms();
    for (ssize_t len; (len = read(fd, chunk, sizeof(chunk))) > 0;) {
        crc = crc32(crc, chunk, (uInt)len);
        hash_add(zero, str_n(chunk, (size_t)len));
        hash_add(two, str_n(chunk, (size_t)len));
    }
    hash_finish(zero, digest);
    hash_finish(two, digest);
    printf("%.3f\n", processor_ms() - began);
    return crc == 0;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "cbor") == 0)
        return run_cbor();
    if (argc == 5 && strcmp(argv[1], "nitro") == 0)
        return run_nitro(argv[2], argv[3], argv[4]);
    cleanup_close int fd = argc == 3 ? open(argv[2], O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0)
        return 2;
    return strcmp(argv[1], "hash") == 0 ? run_hash(fd) : run_eif(fd);
}
