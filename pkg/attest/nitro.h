/* Attestation documents of AWS Nitro Enclaves: taken apart, and judged.
 *
 * A document is a COSE_Sign1 message (ES384) whose payload holds measurements and a chain of
 * certificates that ends at one pinned root: AWS Nitro Enclaves Root G1. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/core.h"
#include "cose.h"
#include "report.h"

enum {
    NITRO_PCRS = 32,
    NITRO_PCR_LEN = 48,
    NITRO_BUNDLE_MAX = 16,
    NITRO_CHAIN_MAX = 10, /* certificates, root and leaf included */
    NITRO_DOCUMENT_MAX = 64 * 1024
};

/* A document taken apart; everything is borrowed from its bytes. A `ptr` that is NULL: absent or
 * null. An empty public key counts as absent. */
struct nitro_document {
    struct cose_sign1 sign1;
    struct str module_id;
    int64_t timestamp_ms;
    struct str pcrs[NITRO_PCRS];
    size_t pcr_count;
    struct str certificate;                /* DER */
    struct str cabundle[NITRO_BUNDLE_MAX]; /* DER, the root first */
    size_t cabundle_count;
    struct str public_key, user_data, nonce;
    size_t unknown_keys; /* signed, but not understood */
};

/* Fails (ERR_FAILED) on anything that is no document, by its form alone. */
bool nitro_read(struct str bytes, struct nitro_document *ret, struct error *err) must_use;

struct nitro_policy {
    int64_t now_ms;     /* the time of verification: now, or what --at says */
    struct str root;    /* PEM or DER of a simulated root; empty: AWS's */
    struct str nonce;   /* must be in it; `ptr` NULL: not asked for */
    int64_t max_age_ms; /* 0: five minutes when a nonce is asked for, else unbounded */
    bool allow_debug;
    struct str pcrs[NITRO_PCRS]; /* expected, as bytes; `ptr` NULL: not asked for */
    struct str user_data;        /* expected bytes; `ptr` NULL: not asked for */
    struct str versions; /* JSON that is served as bbVersions: user_data must name it, in full or by
                          * its digest; `ptr` NULL: not asked for */
};

struct nitro_result {
    bool readable; /* the document below is set */
    struct nitro_document document;
    bool debug;     /* a debug enclave: it measures nothing */
    bool simulated; /* judged by a root that was given, not by AWS's */
    struct report report;
};

/* Judges a document; what does not hold is in the report, and is no error. `policy` is borrowed,
 * and so are `bytes` by the result. Fails (ERR_CONFIG) when the policy's root or versions cannot be
 * read. */
bool nitro_verify(struct str bytes, const struct nitro_policy *policy, struct nitro_result *ret,
                  struct error *err) must_use;
void nitro_result_release(struct nitro_result *result);
#define cleanup_nitro_result cleanup(nitro_result_release)
