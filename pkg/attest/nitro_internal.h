/* What the files of the Nitro verifier share. */
#pragma once

#include <openssl/x509.h>

#include "nitro.h"

struct nitro_chain {
    X509 *certs[NITRO_CHAIN_MAX]; /* owned; the root first, the leaf last */
    size_t count;                 /* 0: the chain could not be read */
    int64_t from_ms, until_ms;    /* all of them are valid then */
};

/* Frees the certificates. */
void nitro_chain_release(struct nitro_chain *chain);
#define cleanup_nitro_chain cleanup(nitro_chain_release)
/* Adds the checks root, chain, certificates and validity. */
void nitro_judge_chain(const struct nitro_document *doc, struct str root_der, int64_t now_ms,
                       struct nitro_chain *ret, struct report *report);
/* The DER of a root: AWS's when `given` is empty, else of that PEM or DER (ERR_CONFIG: neither). */
bool nitro_root(struct str given, struct buf *ret_der, struct error *err) must_use;
/* Adds the checks that compare what the document says with what the policy wants. */
void nitro_judge_claims(const struct nitro_document *doc, const struct nitro_policy *policy,
                        struct report *report);
/* Adds the check versions: user_data names them in full while they fit, else by digest. */
bool nitro_judge_versions(struct str user_data, struct str versions, struct report *report,
                          struct error *err) must_use;
