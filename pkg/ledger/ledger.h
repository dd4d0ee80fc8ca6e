/* The ledger: who deployed what, where and when, told twice. The truth is the store's chain of
 * events; DEPLOYMENTS.md is a rendering of it that carries the hash of the last event, so a change
 * of either shows. Pure but for ledger_append; reading and writing the file is the caller's.
 *
 * Rows from events, in order: `deployed` adds an Active row and makes the one that was Active for
 * that component in that environment on that machine Replaced; `failed` adds a Failed row;
 * `rolled_back` turns the Active row into Rolled back when it is of its instance (of its version
 * where events name no instance), or else adds such a row: that one never became active; `replaced`
 * turns the Active row into Replaced. */
#pragma once

#include "core/core.h"
#include "store/store.h"

enum {
    LEDGER_FORMAT = 1,
    LEDGER_SIZE_MAX = BUF_DOCUMENT, /* of a file */
    LEDGER_CELL_MAX = 512           /* bytes of one cell; longer ones are refused */
};

/* What an event says; any may be NULL or empty. */
struct ledger_entry {
    const char *component; /* "prover"; in JSON only, the table has no column for it */
    const char *instance;  /* likewise */
    const char *version;
    const char *machine;
    const char *image_digest; /* "sha256:…" */
    const char *compose_hash;
    const char *pcr0;
    const char *chain_tx;
};

struct ledger_write {
    enum chain_kind kind;
    const char *env;
    struct ledger_entry entry;
};
/* Chains one event whose payload is the entry as JSON. ERR_FAILED for text that is too long or
 * not UTF-8; else as chain_append. */
bool ledger_append(struct store *s, const struct hold *hold, const struct ledger_write *write,
                   int64_t now_ms, struct error *err) must_use;

enum ledger_status { LEDGER_ACTIVE, LEDGER_REPLACED, LEDGER_ROLLED_BACK, LEDGER_FAILED };
/* "Rolled back". */
const char *ledger_status_name(enum ledger_status status);

/* The columns of the table, in order. */
enum ledger_column {
    LEDGER_TIMESTAMP,
    LEDGER_VERSION,
    LEDGER_ENVIRONMENT,
    LEDGER_MACHINE,
    LEDGER_IMAGE_DIGEST,
    LEDGER_COMPOSE_HASH,
    LEDGER_PCR0,
    LEDGER_CHAIN_TX,
    LEDGER_STATUS,
    LEDGER_COLUMN_COUNT
};
/* "Image digest", and its key in JSON: "image_digest". */
const char *ledger_column_title(enum ledger_column column);
const char *ledger_column_key(enum ledger_column column);

struct ledger_row {
    const char *cells[LEDGER_COLUMN_COUNT]; /* never NULL; empty when not known */
    const char *component, *instance;       /* these and the run are empty in parsed rows */
    const char *run;
    uint64_t seq; /* of the event that added it; 0 when parsed */
    int line;     /* in the file; 0 when derived */
};

struct ledger {
    struct ledger_row *rows; /* newest first */
    size_t count;
    uint64_t events;           /* how many it tells */
    char head[SHA256_HEX_MAX]; /* hash of the last of them */
};

/* Rows of a chain; strings live in `a`. ERR_VERIFY names an event whose payload is not an entry. */
bool ledger_derive(const struct chain *chain, struct arena *a, struct ledger *ret,
                   struct error *err) must_use;
/* DEPLOYMENTS.md. Foreign text cannot leave its cell or become markup. */
bool ledger_render(const struct chain *chain, struct buf *out, struct error *err) must_use;
/* Reads a DEPLOYMENTS.md; strings live in `a`. ERR_VERIFY as "name:line: …" for what ledger_render
 * does not write: another header, a row with other columns, no head. */
bool ledger_parse(struct str text, const char *name, struct arena *a, struct ledger *ret,
                  struct error *err) must_use;
/* Does the file tell what the chain tells, and is the chain whole? ERR_VERIFY says which of the
 * two is wrong as far as can be known: the broken event, the line and column that differ, events
 * that the store lost, or a file that is behind. */
bool ledger_verify(const struct chain *chain, struct str text, const char *name,
                   struct error *err) must_use;
