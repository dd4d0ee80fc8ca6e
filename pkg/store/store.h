/* What teerexctl remembers between runs: leases with fencing tokens, records, the journal of each
 * run, and a chain of events. Knows nothing of plans or deployments: payloads are opaque text.
 *
 * Every write but those of a lease carries a `struct hold`, the proof that a lease was taken; in
 * the transaction of the write the store compares its fence with the lease's and refuses an older
 * one (ERR_LOCKED). So a runner that slept through the loss of its lease can change nothing here.
 *
 * Two kinds of handle: store_open_read never creates or changes anything, and a write through it
 * is ERR_BUG; store_open_write takes the applying capability. Time is an argument everywhere. */
#pragma once

#include "core/core.h"
#include "crypto/crypto.h"

enum {
    STORE_NAME_MAX = 128,        /* names of leases and records, with the NUL */
    RUN_ID_MAX = 64,             /* with the NUL */
    OWNER_TEXT_MAX = 256,        /* host, run URL, reason; longer text is cut */
    STORE_TEXT_MAX = 256 * 1024, /* one record, one payload (an item of DynamoDB holds 400 KB) */
    STORE_ROWS_MAX = 50 * 1000,  /* rows one reading call hands out; more is an error */
    LEASE_TTL_DEFAULT_MS = 12 * 1000 /* a holder elsewhere is known to be gone within 15 s */
};

struct store;

/* Opens for reading. A store that does not exist reads as an empty one. Fails with ERR_FAILED,
 * naming the file and what to do, when the file is damaged, is not a store, or was written by a
 * newer teerexctl. */
bool store_open_read(const char *path, struct store **ret, struct error *err) must_use;
/* Opens for writing and creates the file when it is missing (whole or not at all; its directory
 * must exist). Migrates an older format. `cap` must permit writing and outlive the handle; it
 * needs no guard, since every write is fenced in its own transaction. Fails as store_open_read,
 * and with ERR_AUTH when the directory or file cannot be written. */
bool store_open_write(const char *path, const struct cap *cap, struct store **ret,
                      struct error *err) must_use;
/* A store in memory that ends with its handle; `cap` as for store_open_write. No keeper can be
 * started on it. */
bool store_open_memory(const struct cap *cap, struct store **ret, struct error *err) must_use;
void store_close(struct store *s);
void store_close_at(struct store **s);
#define cleanup_store cleanup(store_close_at)

/* ---- leases ------------------------------------------------------------------------------- */

/* Who holds a lease: shown to people, and compared to find out whether he is still alive. */
struct lease_owner {
    char run_id[RUN_ID_MAX];
    char run_url[OWNER_TEXT_MAX]; /* of the CI run; empty on a laptop */
    char host[OWNER_TEXT_MAX];
    char machine[UUID_TEXT_MAX]; /* /etc/machine-id; empty when there is none */
    uint64_t pid_ns;             /* inode of the pid namespace: a pid means nothing in another */
    struct ident ident;
    char reason[OWNER_TEXT_MAX];
};

/* One lease as the store has it. The record outlives its holders, so that no fence comes twice. */
struct lease {
    char name[STORE_NAME_MAX];
    uint64_t revision; /* grows with every write, renewals too; 0: never written */
    uint64_t fence;    /* grows with every holder */
    bool held;
    struct lease_owner owner;                /* the last holder when not held */
    int64_t acquired_ms, renewed_ms, ttl_ms; /* for people: no decision reads these times */
    bool frozen;                             /* nobody may take it until it is unfrozen */
    char frozen_by[OWNER_TEXT_MAX], frozen_reason[OWNER_TEXT_MAX];
    int64_t frozen_ms;
};

/* The proof of having taken a lease. */
struct hold {
    char lease[STORE_NAME_MAX];
    char run_id[RUN_ID_MAX];
    uint64_t fence;
};

struct lease_claim {
    const char *name;
    struct lease_owner owner;
    int64_t ttl_ms;
    uint64_t stale_revision; /* take it from another holder if the record still has this revision:
                                the watcher's verdict; 0: there is none */
};

/* What a lease means to somebody who wants it. */
enum lease_standing {
    LEASE_FREE,
    LEASE_MINE,  /* held by this very run and process */
    LEASE_DEAD,  /* its holder ran on this machine and is certainly gone */
    LEASE_HELD,  /* its holder lives, or ran where we cannot look */
    LEASE_FROZEN /* free or dead, and frozen by hand */
};

/* This process as an owner. `run_url` and `reason` may be NULL. */
bool lease_owner_self(const char *run_id, const char *run_url, const char *reason,
                      struct lease_owner *ret, struct error *err) must_use;
/* The lease as it is; one that was never taken is answered with revision 0. */
bool lease_read(struct store *s, const char *name, struct lease *ret, struct error *err) must_use;
enum lease_standing lease_standing(const struct lease *lease, const struct lease_owner *me);
/* Takes the lease when it is free, its holder is dead on this machine, or the watcher judged it
 * stale. Claiming again what this run and process hold is a no-op that answers the same fence.
 * ERR_LOCKED names the holder, or the freeze and its reason. */
bool lease_acquire(struct store *s, const struct lease_claim *claim, int64_t now_ms,
                   struct hold *ret, struct error *err) must_use;
/* ERR_LOCKED when the lease is no longer held with this fence. */
bool lease_renew(struct store *s, const struct hold *hold, int64_t now_ms,
                 struct error *err) must_use;
/* Gives back what this hold took; a second time is a no-op, and somebody else's lease is never
 * freed (ERR_LOCKED). */
bool lease_release(struct store *s, const struct hold *hold, int64_t now_ms,
                   struct error *err) must_use;
/* Frees a lease whose holder was judged to be gone, if the record still has this revision: a
 * holder that renewed meanwhile lives after all (ERR_LOCKED). Its fence stays spent. */
bool lease_break(struct store *s, const char *name, uint64_t revision, int64_t now_ms,
                 struct error *err) must_use;
/* A hold by hand that stays until it is lifted. A run that holds the lease now may finish. Again
 * by the same person is a no-op, or another reason; ERR_LOCKED when somebody else froze it. */
bool lease_freeze(struct store *s, const char *name, const char *by, const char *reason,
                  int64_t now_ms, struct error *err) must_use;
/* Lifts the freeze of `by`, anybody's when NULL; ERR_LOCKED names who froze it otherwise. */
bool lease_unfreeze(struct store *s, const char *name, const char *by, struct error *err) must_use;
/* Every lease that was ever taken or frozen, by name; the names live in the items. */
struct lease_list {
    struct lease *items; /* in the arena */
    size_t count;
};
bool lease_list(struct store *s, struct arena *a, struct lease_list *ret,
                struct error *err) must_use;
/* "run 7f3a… (https://…) on host, pid 42, since 2026-02-03T04:05:06Z: reason". */
void lease_describe(const struct lease *lease, struct buf *out);

/* A waiter's memory. It trusts no foreign clock: a holder that lives renews every third of its
 * ttl, so a record that did not change for a whole ttl on the waiter's own clock has no holder. */
struct lease_watch {
    uint64_t revision; /* last seen; 0: nothing seen yet */
    uint64_t fence;
    int64_t since_ms; /* monotonic time of the first sight of that revision */
};
/* Tells the watch what was seen at `mono_ms`; true once the lease is stale. */
bool lease_watch_stale(struct lease_watch *watch, const struct lease *seen, int64_t mono_ms);

/* How to wait for a lease. */
struct lease_patience {
    int64_t wait_ms; /* 0: try once */
    const struct clock *clock;
    void (*waiting)(void *ctx, const struct lease *lease); /* once per holder; may be NULL */
    void *ctx;
};
/* lease_acquire until it succeeds or the patience ends (ERR_LOCKED naming the holder); breaks a
 * stale lease; a signal ends the wait with ERR_INTERRUPTED. `claim->stale_revision` is ignored. */
bool lease_wait(struct store *s, const struct lease_claim *claim,
                const struct lease_patience *patience, struct hold *ret,
                struct error *err) must_use;
/* The same for several: all of them, claimed in the order given, or none. While one is waited for,
 * none is held; if everybody claims in one order, nobody waits in a circle. */
struct lease_claims {
    const struct lease_claim *items;
    size_t count;
};
bool lease_wait_all(struct store *s, const struct lease_claims *claims,
                    const struct lease_patience *patience, struct hold *ret_holds,
                    struct error *err) must_use;

/* ---- the keeper: a child that renews ------------------------------------------------------ */

/* A child process with a connection of its own renews the leases every third of their ttl, so a
 * long effect of the parent never lets one lapse. It ends with its parent however that ends. */
struct lease_keeper;

struct lease_keep {
    const struct hold *holds; /* copied */
    size_t count;
    int64_t ttl_ms; /* of the shortest of them */
    const struct clock *clock;
};
/* SQLite's locks do not survive a fork, so the handle is closed around it and no other handle on
 * the same file may be open in this process (ERR_BUG). `s` must outlive the keeper. */
bool lease_keeper_start(struct store *s, const struct lease_keep *keep, struct lease_keeper **ret,
                        struct error *err) must_use;
/* Readable (or hung up) once a lease is lost or the keeper is gone; for poll. */
int lease_keeper_fd(const struct lease_keeper *keeper);
pid_t lease_keeper_pid(const struct lease_keeper *keeper);
/* Asks the keeper and the records whether every lease is still ours; otherwise ERR_LOCKED. A
 * keeper that died alone is replaced as long as they are. */
bool lease_still_mine(struct lease_keeper *keeper, struct error *err) must_use;
/* The same as the guard of a capability: `keeper` is the struct lease_keeper. */
bool lease_guard(void *keeper, struct error *err) must_use;
/* Ends the child and waits for it. The lease stays held: lease_release gives it back. */
void lease_keeper_stop(struct lease_keeper *keeper);
void lease_keeper_stop_at(struct lease_keeper **keeper);
#define cleanup_lease_keeper cleanup(lease_keeper_stop_at)

/* ---- records ------------------------------------------------------------------------------ */

struct record {
    const char *name;
    uint64_t version; /* 1, 2, 3 …; 0: absent */
    uint64_t fence;   /* of the hold that wrote it */
    int64_t time_ms;
    const char *text; /* JSON by convention; empty when absent */
};
struct record_list {
    struct record *items; /* in the arena */
    size_t count;
};

/* An absent record is answered with version 0. Strings live in `a`. */
bool record_get(struct store *s, const char *name, struct arena *a, struct record *ret,
                struct error *err) must_use;
/* All whose names begin with `prefix`, by name. */
bool record_list(struct store *s, const char *prefix, struct arena *a, struct record_list *ret,
                 struct error *err) must_use;

struct record_write {
    const char *name;
    struct str text;
    uint64_t expected; /* the version that is replaced; 0: there must be none */
};
/* Compare and swap: ERR_CONFLICT when the version is another one, ERR_LOCKED when the fence is
 * old; the new version is expected + 1. */
bool record_put(struct store *s, const struct hold *hold, const struct record_write *write,
                int64_t now_ms, struct error *err) must_use;

/* ---- the journal -------------------------------------------------------------------------- */

enum journal_kind {
    JOURNAL_RUN_STARTED, /* payload: the plan, and where it comes from (plan.h) */
    JOURNAL_INTENT,      /* about to act; payload: what was observed */
    JOURNAL_EFFECT,      /* the effect's call came back; payload: what it said */
    JOURNAL_DONE,        /* observed to be as wanted */
    JOURNAL_FAILED,
    JOURNAL_NOTE,
    JOURNAL_RUN_FINISHED, /* payload: {"result": …} */
    JOURNAL_KIND_COUNT
};
const char *journal_kind_name(enum journal_kind kind); /* "run_started" */
bool journal_kind_parse(struct str name, enum journal_kind *ret) must_use;

struct journal_entry {
    int v;        /* of the format: 1 */
    uint64_t seq; /* 1, 2, 3 … within the run */
    enum journal_kind kind;
    const char *action; /* id; empty for the run itself */
    const char *payload;
    int64_t time_ms;
    uint64_t fence;
};
struct journal {
    struct journal_entry *items;
    size_t count;
};

struct journal_write {
    enum journal_kind kind;
    const char *action; /* NULL: none */
    struct str payload; /* JSON */
    const char *run;    /* another run of the same lease, which ended without saying so; NULL: the
                           hold's own */
};
/* Appends to the journal of the hold's run. ERR_CONFLICT for another run of another lease. */
bool journal_append(struct store *s, const struct hold *hold, const struct journal_write *write,
                    int64_t now_ms, struct error *err) must_use;
/* The whole journal of a run in order, in `a`; an unknown run has none. */
bool journal_read(struct store *s, const char *run_id, struct arena *a, struct journal *ret,
                  struct error *err) must_use;

/* A run as its journal tells it. */
struct run {
    const char *id;
    const char *lease; /* the lease it ran under: the environment */
    int64_t started_ms, last_ms;
    uint64_t fence; /* of its last entry */
    enum journal_kind last_kind;
    const char *last_action;
    const char *pending; /* the last intent without done or failed: what it did is not known */
    bool finished;
    const char *result; /* payload of run_finished; empty while open */
};
struct run_list {
    struct run *items;
    size_t count;
};
struct run_query {
    const char *lease; /* NULL: of every lease */
    bool open_only;    /* started and not finished */
    size_t limit;      /* 0: STORE_ROWS_MAX */
};
/* Newest first. */
bool store_runs(struct store *s, const struct run_query *query, struct arena *a,
                struct run_list *ret, struct error *err) must_use;

/* ---- the chain of events ------------------------------------------------------------------ */

enum chain_kind {
    CHAIN_DEPLOYED,
    CHAIN_REPLACED,
    CHAIN_ROLLED_BACK,
    CHAIN_FAILED,
    CHAIN_KIND_COUNT
};
const char *chain_kind_name(enum chain_kind kind); /* "rolled_back" */
bool chain_kind_parse(struct str name, enum chain_kind *ret) must_use;

/* One event. `hash` is the sha256 of these canonical bytes:
 *     "teerex-event 1\n", then for each of seq, prev, time_ms, fence, env, kind, run, payload
 *     its length in decimal, ":", its bytes, "\n"
 * with numbers in decimal, kind by name, prev in lower-case hex (64 zeros before the first). */
struct chain_event {
    uint64_t seq; /* 1, 2, 3 … without a gap */
    char prev[SHA256_HEX_MAX];
    char hash[SHA256_HEX_MAX];
    int64_t time_ms;
    uint64_t fence;
    enum chain_kind kind;
    const char *env;
    const char *run;
    const char *payload; /* JSON, hashed byte by byte as it is */
};
struct chain {
    struct chain_event *items; /* oldest first */
    size_t count;
};

struct chain_write {
    enum chain_kind kind;
    const char *env;
    struct str payload;
};
/* Links one event to the head. */
bool chain_append(struct store *s, const struct hold *hold, const struct chain_write *write,
                  int64_t now_ms, struct error *err) must_use;
bool chain_read(struct store *s, struct arena *a, struct chain *ret, struct error *err) must_use;
/* What the hash of this event must be. */
void chain_hash(const struct chain_event *event, char ret[SHA256_HEX_MAX]);
/* Every hash and link; ERR_VERIFY names the first broken seq and what is wrong with it. A chain
 * cut at its end verifies: compare the head with one kept elsewhere. */
bool chain_verify(const struct chain *chain, struct error *err) must_use;
/* The hash of the last event; 64 zeros for an empty chain. */
const char *chain_head(const struct chain *chain);

/* ---- the backend -------------------------------------------------------------------------- */

/* What a backend must be able to do; each write is one conditional write. SQLite is here, the
 * logic of leases above is shared. Names and sizes are checked before a backend is asked. */
struct store_ops {
    void (*close)(void *impl);
    /* Closes what must not cross a fork, or opens it again; opening again is also what a child
     * does with its copy. */
    bool (*suspend)(void *impl, struct error *err);
    bool (*resume)(void *impl, struct error *err);
    bool (*lease_get)(void *impl, const char *name, struct lease *ret, struct error *err);
    /* Writes `next` when the stored revision is next->revision - 1; ERR_CONFLICT otherwise. */
    bool (*lease_swap)(void *impl, const struct lease *next, struct error *err);
    bool (*lease_list)(void *impl, struct arena *a, struct lease_list *ret, struct error *err);
    bool (*record_list)(void *impl, const char *prefix, struct arena *a, struct record_list *ret,
                        struct error *err);
    bool (*record_get)(void *impl, const char *name, struct arena *a, struct record *ret,
                       struct error *err);
    bool (*record_put)(void *impl, const struct hold *hold, const struct record_write *write,
                       int64_t now_ms, struct error *err);
    bool (*journal_append)(void *impl, const struct hold *hold, const struct journal_write *write,
                           int64_t now_ms, struct error *err);
    bool (*journal_read)(void *impl, const char *run_id, struct arena *a, struct journal *ret,
                         struct error *err);
    bool (*runs)(void *impl, const struct run_query *query, struct arena *a, struct run_list *ret,
                 struct error *err);
    bool (*chain_append)(void *impl, const struct hold *hold, const struct chain_write *write,
                         int64_t now_ms, struct error *err);
    bool (*chain_read)(void *impl, struct arena *a, struct chain *ret, struct error *err);
};
/* A store over a backend; takes `impl`. `where` names it in messages, `cap` decides about writes
 * and must outlive the handle. */
struct store *store_new(const struct store_ops *ops, void *impl, const char *where,
                        const struct cap *cap) must_use;
