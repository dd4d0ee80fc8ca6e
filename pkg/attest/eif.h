/* EIF, the image file of Nitro enclaves: its sections, its measurements, and who signed it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/core.h"
#include "report.h"

enum { EIF_SECTIONS_MAX = 32, EIF_PCR_LEN = 48, EIF_PCRS = 9 };

enum eif_kind { EIF_KERNEL = 1, EIF_CMDLINE, EIF_RAMDISK, EIF_SIGNATURE, EIF_METADATA };

struct eif_section {
    enum eif_kind kind;
    uint64_t offset; /* of its data */
    uint64_t size;
};

struct eif_signature {
    bool present;
    bool holds;          /* the certificate's key made it */
    bool is_of_pcr0;     /* and PCR0 is what it is about */
    const char *subject; /* of the certificate; "" when it cannot be read */
    const char *detail;  /* what does not hold, "" otherwise */
};

struct eif {
    struct arena arena; /* owns the texts */
    uint16_t version;
    bool arm64;
    uint64_t default_memory; /* bytes */
    uint64_t default_cpus;
    uint64_t size; /* bytes of the file */
    struct eif_section sections[EIF_SECTIONS_MAX];
    size_t section_count;
    uint32_t crc_stored, crc_computed;
    bool has_pcr[EIF_PCRS]; /* 0, 1, 2; 8 when it is signed */
    unsigned char pcrs[EIF_PCRS][EIF_PCR_LEN];
    struct str metadata; /* JSON as it stands; empty when there is none */
    struct eif_signature signature;
};

/* Reads an image from `fd`, from its position to its end, in one pass and constant memory; `name`
 * is for messages. Fails (ERR_VERIFY) when it is no image of a form that every reader understands
 * alike: sections must follow each other without gaps, in the order of the header's table, one
 * kernel and one command line, ramdisks after the kernel. A wrong checksum or signature is told in
 * the result. */
bool eif_read(int fd, const char *name, struct eif *ret, struct error *err) must_use;
void eif_release(struct eif *eif);
#define cleanup_eif cleanup(eif_release)
/* "kernel", "cmdline", … */
const char *eif_kind_name(enum eif_kind kind);

/* What an image must be. */
struct eif_expected {
    struct str pcrs[EIF_PCRS]; /* bytes; `ptr` NULL: not asked for */
    bool need_signature;
};

/* Judges an image that was read: checksum, signature, expected measurements. */
void eif_judge(const struct eif *eif, const struct eif_expected *expected, struct report *ret);
