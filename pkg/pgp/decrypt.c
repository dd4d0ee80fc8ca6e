/* A message from its first packet to its plaintext: who it is for, the session key, the encrypted
 * data, nothing after it. The steps are other files' work. */
#include "aead.h"
#include "plaintext.h"
#include "recipient.h"
#include "session.h"

/* ---- Errors that are not ours ---- */

/* The caller's source and sink, remembering whether an error was theirs. */
struct outside {
    const struct pgp_source *source;
    const struct pgp_sink *sink;
    bool failed;
};

static bool outside_read(void *ctx, unsigned char *bytes, size_t len, size_t *ret_got,
                         struct error *err)
{
    struct outside *o = ctx;
    if (!o->source->read(o->source->ctx, bytes, len, ret_got, err))
        o->failed = true;
    return !o->failed;
}

static bool outside_write(void *ctx, struct str bytes, struct error *err)
{
    struct outside *o = ctx;
    if (!o->sink->write(o->sink->ctx, bytes, err))
        o->failed = true;
    return !o->failed;
}

/* ---- The session key ---- */

struct search {
    const struct pgp_key *key;
    unsigned char session_key[AES256_LEN];
    bool named; /* some packet may be for our key */
    bool found; /* and one could be unwrapped */
};

/* A packet that seems to be for us and does not unwrap is not the end: another may follow. */
static bool try_unwrap(struct search *s, struct packet_reader *r, struct error *err)
{
    struct error reason;
    s->found = session_unwrap(s->key, r, s->session_key, &reason);
    if (s->found || reason.kind == ERR_VERIFY)
        return true;
    *err = reason;
    return false;
}

static bool try_packet(struct search *s, struct packet_reader *r, struct error *err)
{
    struct pkesk_head head;
    TRY(pkesk_read_head(r, &head, err));
    if (!recipient_may_be(&head.recipient, &s->key->subkey))
        return true;
    s->named = true;
    if (s->found || head.version != 6 || head.algorithm != ALGO_X25519)
        return true;
    return try_unwrap(s, r, err);
}

/* Stops at the header of the encrypted data. */
static bool find_session_key(struct search *s, struct packet_reader *r, struct error *err)
{
    bool found;
    for (size_t count = 0; count <= PGP_RECIPIENTS_MAX; count++) {
        TRY(packet_next(r, &found, err));
        if (!found || r->tag != TAG_PKESK)
            break;
        TRY(try_packet(s, r, err));
    }
    if (!found || r->tag != TAG_SEIPD)
        return refuse(err);
    if (!s->named)
        return err_set(err, ERR_NOT_FOUND, "the message is encrypted to another key");
    return s->found || refuse(err);
}

/* ---- The message ---- */

struct opening {
    const struct pgp_key *key;
    const struct pgp_decrypt_options *options;
    struct outside outside;
};

static bool open_data(struct opening *o, struct packet_reader *r, const unsigned char *session_key,
                      struct error *err)
{
    cleanup_aead struct aead_stream aead = {0};
    bool found;
    TRY(aead_open(&aead, r, session_key, err));
    const struct pgp_source plain = aead_plain(&aead);
    const struct pgp_sink sink = {.write = outside_write, .ctx = &o->outside};
    TRY(plaintext_deliver(o->options, &plain, &sink, err));
    TRY(packet_next(r, &found, err));
    return !found || refuse(err);
}

static bool open_message(struct opening *o, struct error *err)
{
    const struct pgp_source source = {.read = outside_read, .ctx = &o->outside};
    struct search s = {.key = o->key};
    struct packet_reader r;
    packet_reader_init(&r, &source);
    bool ok = find_session_key(&s, &r, err) && open_data(o, &r, s.session_key, err);
    secret_wipe(&s, sizeof(s));
    return ok;
}

bool pgp_decrypt(const struct pgp_key *key, const struct pgp_source *source,
                 const struct pgp_decrypt_options *options, const struct pgp_sink *sink,
                 struct error *err)
{
    struct opening o = {
        .key = key, .options = options, .outside = {.source = source, .sink = sink}};
    if (open_message(&o, err))
        return true;
    /* Where and why it stopped would tell a sender something about the plaintext. */
    return o.outside.failed || err->kind != ERR_VERIFY ? false : refuse(err);
}
