/* Reading an image: one pass, every byte into the checksum and into the measurements it is part
 * of. Does not judge. */
#include "eif_internal.h"

#include <openssl/evp.h>

#include <errno.h>
#include <unistd.h>

#include "crc32.h"

enum { CHUNK = 64 * 1024, MEASURED = 3 };

struct reading {
    int fd;
    const char *name;
    struct eif *eif;
    struct crc32 crc;
    EVP_MD_CTX *pcrs[MEASURED];
    size_t ramdisks;
    struct buf kept; /* metadata, then the signature */
    unsigned char chunk[CHUNK];
};

static void reading_free_at(struct reading **reading)
{
    for (size_t i = 0; i < MEASURED; i++)
        EVP_MD_CTX_free((*reading)->pcrs[i]);
    buf_release(&(*reading)->kept);
    mem_free_at(reading);
}
#define cleanup_reading cleanup(reading_free_at)

/* As many bytes as are wanted, or those that are left. */
static bool read_some(struct reading *r, size_t want, size_t *ret_got, struct error *err)
{
    size_t got = 0;
    while (got < want) {
        ssize_t n = read(r->fd, r->chunk + got, want - got);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_sys(err, ERR_FAILED, errno, "read %s", r->name);
        if (n == 0)
            break;
        got += (size_t)n;
    }
    r->eif->size += got;
    *ret_got = got;
    return true;
}

static bool read_exactly(struct reading *r, size_t want, struct error *err)
{
    size_t got = 0;
    TRY(read_some(r, want, &got, err));
    return got == want || err_set(err, ERR_VERIFY, "the image ends after %llu bytes",
                                  (unsigned long long)r->eif->size);
}

/* PCR1 is PCR0 up to the second ramdisk, so its state is copied there and most bytes are hashed
 * once. From there on a kernel or command line would go into both. */
static bool begin_ramdisk(struct reading *r)
{
    r->ramdisks++;
    return r->ramdisks != 2 || EVP_MD_CTX_copy_ex(r->pcrs[1], r->pcrs[0]) == 1;
}

static bool measure(struct reading *r, enum eif_kind kind, struct str bytes)
{
    if (kind == EIF_METADATA || kind == EIF_SIGNATURE)
        return true;
    bool ok = EVP_DigestUpdate(r->pcrs[0], bytes.ptr, bytes.len) == 1;
    if (kind == EIF_RAMDISK && r->ramdisks > 1)
        ok = ok && EVP_DigestUpdate(r->pcrs[2], bytes.ptr, bytes.len) == 1;
    else if (r->ramdisks > 1)
        ok = ok && EVP_DigestUpdate(r->pcrs[1], bytes.ptr, bytes.len) == 1;
    return ok;
}

static bool read_data(struct reading *r, enum eif_kind kind, uint64_t size, struct error *err)
{
    while (size > 0) {
        size_t want = size < CHUNK ? (size_t)size : CHUNK;
        TRY(read_exactly(r, want, err));
        struct str bytes = str_n(r->chunk, want);
        crc32_add(&r->crc, bytes);
        if (!measure(r, kind, bytes))
            return err_set(err, ERR_FAILED, "hash %s", r->name);
        if (kind == EIF_METADATA || kind == EIF_SIGNATURE)
            buf_add(&r->kept, bytes);
        size -= want;
    }
    return true;
}

static bool read_section(struct reading *r, const struct eif_header *table, size_t index,
                         struct error *err)
{
    uint64_t begin = r->eif->size;
    TRY(read_exactly(r, EIF_SECTION_HEADER_LEN, err));
    crc32_add(&r->crc, str_n(r->chunk, EIF_SECTION_HEADER_LEN));
    enum eif_kind kind = (enum eif_kind)eif_number(r->chunk, 2);
    uint64_t size = eif_number(r->chunk + 4, 8);
    if (table->offsets[index] != begin || table->sizes[index] != size)
        return err_set(err, ERR_VERIFY, "section %zu is not where the header says", index);
    TRY(eif_check_section(r->eif, kind, size, err));
    r->eif->sections[index] = (struct eif_section){kind, begin + EIF_SECTION_HEADER_LEN, size};
    if (kind == EIF_RAMDISK && !begin_ramdisk(r))
        return err_set(err, ERR_FAILED, "hash %s", r->name);
    buf_clear(&r->kept);
    TRY(read_data(r, kind, size, err));
    if (kind == EIF_METADATA)
        r->eif->metadata = arena_str(&r->eif->arena, buf_str(&r->kept));
    return true;
}

/* PCR = SHA-384(48 zero bytes, SHA-384(content)). */
static bool finish_pcr(EVP_MD_CTX *ctx, unsigned char ret[EIF_PCR_LEN])
{
    unsigned char extended[2 * EIF_PCR_LEN] = {0};
    return EVP_DigestFinal_ex(ctx, extended + EIF_PCR_LEN, NULL) == 1 &&
           EVP_Digest(extended, sizeof(extended), ret, NULL, EVP_sha384(), NULL) == 1;
}

static bool finish_pcrs(struct reading *r)
{
    if (r->ramdisks < 2 && EVP_MD_CTX_copy_ex(r->pcrs[1], r->pcrs[0]) != 1)
        return false;
    for (size_t i = 0; i < MEASURED; i++) {
        if (!finish_pcr(r->pcrs[i], r->eif->pcrs[i]))
            return false;
        r->eif->has_pcr[i] = true;
    }
    return true;
}

static bool has_kind(const struct eif *eif, enum eif_kind kind)
{
    for (size_t i = 0; i < eif->section_count; i++)
        if (eif->sections[i].kind == kind)
            return true;
    return false;
}

static bool check_whole(struct reading *r, struct error *err)
{
    static const enum eif_kind NEEDED[] = {EIF_KERNEL, EIF_CMDLINE, EIF_RAMDISK};
    size_t more;
    for (size_t i = 0; i < ARRAY_LEN(NEEDED); i++)
        if (!has_kind(r->eif, NEEDED[i]))
            return err_set(err, ERR_VERIFY, "the image has no %s", eif_kind_name(NEEDED[i]));
    TRY(read_some(r, 1, &more, err));
    return more == 0 || err_set(err, ERR_VERIFY, "bytes behind the last section");
}

static bool read_sections(struct reading *r, struct error *err)
{
    struct eif_header table;
    TRY(read_exactly(r, EIF_HEADER_LEN, err));
    crc32_add(&r->crc, str_n(r->chunk, EIF_CRC_AT));
    TRY(eif_read_header(r->chunk, r->eif, &table, err));
    size_t count = r->eif->section_count;
    for (size_t i = 0; i < count; i++) {
        r->eif->section_count = i; /* what was read so far */
        TRY(read_section(r, &table, i, err));
    }
    r->eif->section_count = count;
    return check_whole(r, err);
}

static bool read_image(struct reading *r, struct error *err)
{
    enum { KEPT_MAX = 1024 * 1024 };
    crc32_init(&r->crc);
    r->kept = buf_make(KEPT_MAX);
    for (size_t i = 0; i < MEASURED; i++) {
        r->pcrs[i] = EVP_MD_CTX_new();
        if (r->pcrs[i] == NULL || EVP_DigestInit_ex(r->pcrs[i], EVP_sha384(), NULL) != 1)
            return err_set(err, ERR_FAILED, "hash %s", r->name);
    }
    TRY(read_sections(r, err));
    r->eif->crc_computed = crc32_value(&r->crc);
    if (!finish_pcrs(r))
        return err_set(err, ERR_FAILED, "hash %s", r->name);
    if (has_kind(r->eif, EIF_SIGNATURE))
        eif_judge_signature(r->eif, buf_str(&r->kept));
    return true;
}

bool eif_read(int fd, const char *name, struct eif *ret, struct error *err)
{
    cleanup_eif struct eif eif = {.signature = {.subject = "", .detail = ""}};
    cleanup_reading struct reading *r = xcalloc(1, sizeof(*r));
    r->fd = fd;
    r->name = name;
    r->eif = &eif;
    if (!read_image(r, err))
        return err_wrap(err, "%s", name);
    *ret = eif;
    eif = (struct eif){0};
    return true;
}

void eif_release(struct eif *eif)
{
    arena_release(&eif->arena);
}
