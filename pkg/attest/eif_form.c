/* The form of an image: its header, and which sections may follow which. Reads no file. */
#include "eif_internal.h"

enum {
    VERSION_MAX = 4,
    FLAG_ARM64 = 1,
    MEMORY_AT = 8,
    CPUS_AT = 16,
    COUNT_AT = 26,
    OFFSETS_AT = 28,
    SIZES_AT = 284,
    KEPT_MAX = 1024 * 1024,   /* metadata is kept, so it is bounded */
    SIGNATURE_MAX = 64 * 1024 /* so is a signature */
};

const char *eif_kind_name(enum eif_kind kind)
{
    static const char *const NAMES[] = {[EIF_KERNEL] = "kernel",
                                        [EIF_CMDLINE] = "cmdline",
                                        [EIF_RAMDISK] = "ramdisk",
                                        [EIF_SIGNATURE] = "signature",
                                        [EIF_METADATA] = "metadata"};
    return NAMES[kind];
}

static void read_table(const unsigned char *bytes, struct eif_header *ret)
{
    for (size_t i = 0; i < EIF_SECTIONS_MAX; i++) {
        ret->offsets[i] = eif_number(bytes + OFFSETS_AT + 8 * i, 8);
        ret->sizes[i] = eif_number(bytes + SIZES_AT + 8 * i, 8);
    }
}

bool eif_read_header(const unsigned char bytes[EIF_HEADER_LEN], struct eif *ret,
                     struct eif_header *ret_table, struct error *err)
{
    if (memcmp(bytes, ".eif", 4) != 0)
        return err_set(err, ERR_VERIFY, "not an enclave image: it does not begin with \".eif\"");
    uint64_t version = eif_number(bytes + 4, 2), flags = eif_number(bytes + 6, 2);
    uint64_t count = eif_number(bytes + COUNT_AT, 2);
    if (version == 0 || version > VERSION_MAX)
        return err_set(err, ERR_VERIFY, "an image of version %u, at most %d is known",
                       (unsigned)version, VERSION_MAX);
    if (flags > FLAG_ARM64)
        return err_set(err, ERR_VERIFY, "unknown flags 0x%x", (unsigned)flags);
    if (count > EIF_SECTIONS_MAX)
        return err_set(err, ERR_VERIFY, "%u sections, at most %d", (unsigned)count,
                       EIF_SECTIONS_MAX);
    ret->version = (uint16_t)version;
    ret->arm64 = flags == FLAG_ARM64;
    ret->default_memory = eif_number(bytes + MEMORY_AT, 8);
    ret->default_cpus = eif_number(bytes + CPUS_AT, 8);
    ret->section_count = count;
    ret->crc_stored = (uint32_t)eif_number(bytes + EIF_CRC_AT, 4);
    read_table(bytes, ret_table);
    return true;
}

static size_t count_kind(const struct eif *eif, enum eif_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < eif->section_count; i++)
        count += eif->sections[i].kind == kind;
    return count;
}

bool eif_check_section(const struct eif *eif, enum eif_kind kind, uint64_t size, struct error *err)
{
    uint64_t max = kind == EIF_SIGNATURE  ? SIGNATURE_MAX
                   : kind == EIF_METADATA ? KEPT_MAX
                                          : UINT64_MAX;
    if (kind < EIF_KERNEL || kind > EIF_METADATA)
        return err_set(err, ERR_VERIFY, "a section of the unknown kind %u", (unsigned)kind);
    if (kind != EIF_RAMDISK && count_kind(eif, kind) > 0)
        return err_set(err, ERR_VERIFY, "a second %s", eif_kind_name(kind));
    if (kind == EIF_RAMDISK && count_kind(eif, EIF_KERNEL) == 0)
        return err_set(err, ERR_VERIFY, "a ramdisk before the kernel");
    if (count_kind(eif, EIF_SIGNATURE) > 0)
        return err_set(err, ERR_VERIFY, "a %s behind the signature", eif_kind_name(kind));
    if (size > max)
        return err_set(err, ERR_VERIFY, "a %s of %llu bytes, at most %llu", eif_kind_name(kind),
                       (unsigned long long)size, (unsigned long long)max);
    return true;
}
