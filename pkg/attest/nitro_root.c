/* The root that a chain must end at: AWS Nitro Enclaves Root G1, pinned by its digest, or one that
 * was given for a simulation. */
#include "crypto/crypto.h"
#include "nitro_internal.h"

#include <openssl/pem.h>

extern const struct embedded_file attest_roots[];

/* Of the DER; published by AWS beside the certificate. */
static const char AWS_ROOT_SHA256[] =
    "641a0321a3e244efe456463195d606317ed7cdcc3c1756e09893f3c68f79bb5b";

enum { ROOT_MAX = 16 * 1024 };

static bool aws_root(struct buf *ret_der, struct error *err)
{
    char digest[SHA256_HEX_MAX];
    sha256_hex(attest_roots[0].bytes, digest);
    if (strcmp(digest, AWS_ROOT_SHA256) != 0)
        return err_set(err, ERR_BUG, "the root in this binary is not AWS's");
    buf_add(ret_der, attest_roots[0].bytes);
    return true;
}

static X509 *read_either(struct str given)
{
    const unsigned char *at = (const unsigned char *)given.ptr;
    BIO *bio = BIO_new_mem_buf(given.ptr, (int)given.len);
    X509 *cert = bio != NULL ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
    BIO_free(bio);
    return cert != NULL ? cert : d2i_X509(NULL, &at, (long)given.len);
}

bool nitro_root(struct str given, struct buf *ret_der, struct error *err)
{
    unsigned char *der = NULL;
    if (given.len == 0)
        return aws_root(ret_der, err);
    X509 *cert = given.len <= ROOT_MAX ? read_either(given) : NULL;
    int len = cert != NULL ? i2d_X509(cert, &der) : 0;
    if (len > 0)
        buf_add(ret_der, str_n(der, (size_t)len));
    OPENSSL_free(der);
    X509_free(cert);
    return len > 0 || err_set(err, ERR_CONFIG, "the root is no certificate in PEM or DER");
}
