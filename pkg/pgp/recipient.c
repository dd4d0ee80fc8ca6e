/* Who a message is for (RFC 9580, 5.1): told without a key, so that a host can forward a message
 * for the key of another instance. */
#include "recipient.h"

enum { KEY_VERSION = 4, KEY_ID_AT = PGP_FINGERPRINT_LEN - PGP_KEY_ID_LEN };

/* Version 3: a key id, all zeros when the recipient is not named. */
static bool read_key_id(struct packet_reader *r, struct pgp_recipient *ret, struct error *err)
{
    static const unsigned char nobody[PGP_KEY_ID_LEN];
    unsigned char *id = ret->fingerprint.bytes + KEY_ID_AT;
    TRY(packet_read_all(r, id, PGP_KEY_ID_LEN, err));
    ret->anonymous = memcmp(id, nobody, sizeof(nobody)) == 0;
    return true;
}

/* Version 6: the length of what follows, the key's version, its fingerprint. */
static bool read_fingerprint(struct packet_reader *r, struct pgp_recipient *ret, struct error *err)
{
    unsigned char len, foreign[UINT8_MAX];
    TRY(packet_read_all(r, &len, 1, err));
    ret->anonymous = len == 0;
    if (ret->anonymous)
        return true;
    TRY(packet_read_all(r, &ret->key_version, 1, err));
    ret->whole = ret->key_version == KEY_VERSION && len == 1 + PGP_FINGERPRINT_LEN;
    /* A key of another version can only be somebody else's. */
    return packet_read_all(r, ret->whole ? ret->fingerprint.bytes : foreign, len - 1U, err);
}

bool pkesk_read_head(struct packet_reader *r, struct pkesk_head *ret, struct error *err)
{
    struct pkesk_head head = {0};
    TRY(packet_read_all(r, &head.version, 1, err));
    if (head.version == 3)
        TRY(read_key_id(r, &head.recipient, err));
    else if (head.version == 6)
        TRY(read_fingerprint(r, &head.recipient, err));
    else
        return err_set(err, ERR_VERIFY, "an encrypted session key of version %d", head.version);
    TRY(packet_read_all(r, &head.algorithm, 1, err));
    *ret = head;
    return true;
}

bool recipient_may_be(const struct pgp_recipient *recipient, const struct pgp_fingerprint *key)
{
    if (recipient->anonymous)
        return true;
    if (recipient->whole)
        return memcmp(recipient->fingerprint.bytes, key->bytes, PGP_FINGERPRINT_LEN) == 0;
    return recipient->key_version == 0 && memcmp(recipient->fingerprint.bytes + KEY_ID_AT,
                                                 key->bytes + KEY_ID_AT, PGP_KEY_ID_LEN) == 0;
}

static bool add_recipient(struct packet_reader *r, struct pgp_recipients *list, struct error *err)
{
    struct pkesk_head head;
    if (list->count == PGP_RECIPIENTS_MAX)
        return err_set(err, ERR_VERIFY, "a message to more than %d keys", PGP_RECIPIENTS_MAX);
    TRY(pkesk_read_head(r, &head, err));
    list->at[list->count++] = head.recipient;
    return true;
}

bool pgp_message_recipients(struct str bytes, struct pgp_recipients *ret, struct error *err)
{
    struct pgp_source source = source_of_bytes(&bytes);
    struct pgp_recipients list = {0};
    struct packet_reader r;
    bool found;
    packet_reader_init(&r, &source);
    for (;;) {
        TRY(packet_next(&r, &found, err));
        if (!found || r.tag != TAG_PKESK)
            break;
        TRY(add_recipient(&r, &list, err));
    }
    if (!found || r.tag != TAG_SEIPD || list.count == 0)
        return err_set(err, ERR_VERIFY, "this is not a message encrypted to a public key");
    *ret = list;
    return true;
}

bool pgp_recipients_include(const struct pgp_recipients *list, const struct pgp_fingerprint *key)
{
    for (size_t i = 0; i < list->count; i++)
        if (recipient_may_be(&list->at[i], key))
            return true;
    return false;
}
