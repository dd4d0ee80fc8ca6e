/* What the files of the image reader share. */
#pragma once

#include "eif.h"

/* The header and its table, as they stand. */
enum { EIF_HEADER_LEN = 548, EIF_CRC_AT = 544, EIF_SECTION_HEADER_LEN = 12 };

struct eif_header {
    uint64_t offsets[EIF_SECTIONS_MAX];
    uint64_t sizes[EIF_SECTIONS_MAX];
};

/* Fills the result's fields and the table. Fails: ERR_VERIFY. */
bool eif_read_header(const unsigned char bytes[EIF_HEADER_LEN], struct eif *ret,
                     struct eif_header *ret_table, struct error *err) must_use;
/* May this section stand here, behind those that the result has? Fails: ERR_VERIFY. */
bool eif_check_section(const struct eif *eif, enum eif_kind kind, uint64_t size,
                       struct error *err) must_use;
/* Judges the signature section, with PCR0 known, and sets PCR8. What does not hold is told in the
 * result. */
void eif_judge_signature(struct eif *eif, struct str section);

static inline uint64_t eif_number(const unsigned char *at, size_t len)
{
    uint64_t value = 0;
    for (size_t i = 0; i < len; i++)
        value = value << 8 | at[i];
    return value;
}
