/* The pgp module for a counterpart in another language: makes the key of a seed, and decrypts one
 * framed message after another.
 *
 *     pgp_tool key SEED SECONDS            the armored public key
 *     pgp_tool decrypt SEED SECONDS MAX    frames on stdin (length in 4 bytes, message); for each a
 *                                          reply: '+' or '-', length in 4 bytes, plaintext or error
 *     pgp_tool measure SEED SECONDS        one message on stdin: bytes, milliseconds, peak memory
 */
#include <errno.h>
#include <sys/resource.h>
#include <unistd.h>
#include <zlib.h>

#include "pgp/pgp.h"
#include "seeded.h"

enum { FRAME_MAX = 64 * 1024 * 1024 };

static bool make_key(const char *seed_text, const char *time_text, struct pgp_key **ret_key,
                     struct error *err)
{
    uint64_t seed;
    int64_t seconds;
    if (!str_to_u64(str_of(seed_text), &seed) || !str_to_i64(str_of(time_text), &seconds))
        return err_set(err, ERR_USAGE, "seed and time are numbers");
    int64_t now_ms = seconds * 1000;
    const struct rng rng = seeded_rng(&seed);
    const struct clock clock = standing_clock(&now_ms);
    return pgp_key_new(&clock, &rng, STR("TEE-Rex"), ret_key, err);
}

static bool read_frame(struct buf *frame)
{
    unsigned char head[4];
    buf_clear(frame);
    if (fread(head, 1, sizeof(head), stdin) != sizeof(head))
        return false;
    size_t len = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
    char *room = buf_reserve(frame, len);
    if (room == NULL || fread(room, 1, len, stdin) != len)
        return false;
    buf_commit(frame, len);
    return true;
}

static bool write_reply(char mark, struct str bytes)
{
    const unsigned char head[5] = {(unsigned char)mark, (unsigned char)(bytes.len >> 24),
                                   (unsigned char)(bytes.len >> 16),
                                   (unsigned char)(bytes.len >> 8), (unsigned char)bytes.len};
    return fwrite(head, 1, sizeof(head), stdout) == sizeof(head) &&
           fwrite(bytes.ptr, 1, bytes.len, stdout) == bytes.len && fflush(stdout) == 0;
}

static bool read_str(void *ctx, unsigned char *bytes, size_t len, size_t *ret_got,
                     struct error *err unused_arg)
{
    struct str *rest = ctx;
    *ret_got = len < rest->len ? len : rest->len;
    memcpy(bytes, rest->ptr, *ret_got);
    *rest = str_sub(*rest, *ret_got, rest->len);
    return true;
}

static bool write_buf(void *ctx, struct str bytes, struct error *err)
{
    buf_add(ctx, bytes);
    return buf_check(ctx, "plaintext", err);
}

struct inflater {
    const struct pgp_source *compressed;
    z_stream z;
    unsigned char in[4096];
};

static void inflater_close(void *ctx unused_arg, const struct pgp_source *plain)
{
    struct inflater *i = plain->ctx;
    inflateEnd(&i->z);
    free(i);
}

static bool inflater_read(void *ctx, unsigned char *bytes, size_t len, size_t *ret_got,
                          struct error *err)
{
    struct inflater *i = ctx;
    size_t got = 1;
    int state = Z_OK;
    i->z.next_out = bytes;
    i->z.avail_out = (unsigned)len;
    while (i->z.avail_out == len && state == Z_OK && got > 0) {
        if (i->z.avail_in == 0) {
            TRY(i->compressed->read(i->compressed->ctx, i->in, sizeof(i->in), &got, err));
            i->z.next_in = i->in;
            i->z.avail_in = (unsigned)got;
        }
        state = inflate(&i->z, Z_NO_FLUSH);
    }
    *ret_got = len - i->z.avail_out;
    if (*ret_got > 0 || state == Z_STREAM_END)
        return true;
    return err_set(err, ERR_VERIFY, "the compressed data is broken");
}

static bool inflater_open(void *ctx unused_arg, enum pgp_compression kind,
                          const struct pgp_source *compressed, struct pgp_source *ret_plain,
                          struct error *err)
{
    struct inflater *i = xcalloc(1, sizeof(*i));
    i->compressed = compressed;
    *ret_plain = (struct pgp_source){.read = inflater_read, .ctx = i};
    if (inflateInit2(&i->z, kind == PGP_ZIP ? -MAX_WBITS : MAX_WBITS) == Z_OK)
        return true;
    free(i);
    return err_set(err, ERR_FAILED, "set up zlib");
}

static const struct pgp_inflate inflate_with_zlib = {.open = inflater_open,
                                                     .close = inflater_close};

static bool answer(const struct pgp_key *key, struct str message, uint64_t max)
{
    cleanup_buf struct buf plain = buf_make(FRAME_MAX);
    struct error err;
    struct pgp_recipients recipients;
    const struct pgp_source source = {.read = read_str, .ctx = &message};
    const struct pgp_sink sink = {.write = write_buf, .ctx = &plain};
    const struct pgp_decrypt_options options = {.max = max, .inflate = &inflate_with_zlib};
    bool ours = pgp_message_recipients(str_sub(message, 0, 1024), &recipients, &err) &&
                pgp_recipients_include(&recipients, pgp_key_recipient(key));
    if (!pgp_decrypt(key, &source, &options, &sink, &err))
        return write_reply('-', str_of(err.msg));
    return ours ? write_reply('+', buf_str(&plain))
                : write_reply('-', STR("decrypted, but the recipient was not seen"));
}

static int decrypt_frames(const struct pgp_key *key, uint64_t max)
{
    cleanup_buf struct buf frame = buf_make(FRAME_MAX);
    while (read_frame(&frame))
        if (!answer(key, buf_str(&frame), max))
            return 1;
    return 0;
}

static bool read_stdin(void *ctx unused_arg, unsigned char *bytes, size_t len, size_t *ret_got,
                       struct error *err)
{
    ssize_t got = read(STDIN_FILENO, bytes, len);
    if (got < 0)
        return err_sys(err, ERR_FAILED, errno, "read standard input");
    *ret_got = (size_t)got;
    return true;
}

static bool count_bytes(void *ctx, struct str bytes, struct error *err unused_arg)
{
    *(size_t *)ctx += bytes.len;
    return true;
}

static int measure(const struct pgp_key *key)
{
    struct error err;
    struct rusage usage;
    size_t count = 0;
    const struct pgp_source source = {.read = read_stdin};
    const struct pgp_sink sink = {.write = count_bytes, .ctx = &count};
    const struct pgp_decrypt_options options = {.max = UINT32_MAX};
    int64_t began = clock_mono_ms(clock_system());
    bool ok = pgp_decrypt(key, &source, &options, &sink, &err);
    int64_t took = clock_mono_ms(clock_system()) - began;
    getrusage(RUSAGE_SELF, &usage);
    printf("%s: %zu bytes, %lld ms, peak %ld KiB\n", ok ? "decrypted" : err.msg, count,
           (long long)took, usage.ru_maxrss);
    return ok ? 0 : 1;
}

int main(int argc, char **argv)
{
    cleanup_pgp_key struct pgp_key *key = NULL;
    struct error err;
    uint64_t max = 0;
    if (argc < 4 || !make_key(argv[2], argv[3], &key, &err)) {
        fprintf(stderr, "pgp_tool: %s\n",
                argc < 4 ? "key|decrypt|measure SEED SECONDS [MAX]" : err.msg);
        return 3;
    }
    if (argc == 5 && strcmp(argv[1], "decrypt") == 0 && str_to_u64(str_of(argv[4]), &max))
        return decrypt_frames(key, max);
    if (strcmp(argv[1], "measure") == 0)
        return measure(key);
    fputs(pgp_key_armored(key).ptr, stdout);
    return 0;
}
