/* Whom any bytes are for; an answer must be one that its own bytes repeat. */
#include "pgp/pgp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pgp_recipients list;
    struct error err;
    if (!pgp_message_recipients(str_n(data, size), &list, &err))
        return 0;
    if (list.count < 1 || list.count > PGP_RECIPIENTS_MAX)
        abort();
    for (size_t i = 0; i < list.count; i++)
        if (list.at[i].whole && !pgp_recipients_include(&list, &list.at[i].fingerprint))
            abort();
    return 0;
}
