/* The npm registry, read: where it is and who we are there by npm's own configuration, packuments
 * with an ETag cache on disk, and what they say of versions, dist-tags and times of publishing.
 * Knows no channel and decides nothing.
 *
 * Formats: the registry's documents "package metadata" (application/json, and the abbreviated
 * application/vnd.npm.install-v1+json, which has no `time`); npmrc(5) as npm's `ini` reads it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/core.h"

struct events;
struct http_client;

/* --- Settings ----------------------------------------------------------------------------- */

struct npm_setting {
    const char *key;
    const char *value;
};

/* What npm would be configured with, the strongest first. */
struct npm_settings {
    struct arena arena;
    struct npm_setting *items;
    size_t count, cap;
    /* Names of variables that npm needs as well when it is started: those it is configured by, and
     * those that its files name. */
    const char **variables;
    size_t variable_count, variable_cap;
    const char *registry; /* ends in "/" */
};

struct npm_place {
    const char *project_dir;    /* where .npmrc and package.json are */
    const char *const *environ; /* NULL-terminated NAME=VALUE list */
};

/* npm's order: variables npm_config_NAME (in any case), .npmrc of the project, .npmrc of the user
 * (npm_config_userconfig, else ~/.npmrc); if none of them names a registry, what `npm config get
 * registry` says. In files `${NAME}` is the variable's value.
 * ERR_CONFIG for none, and for one that is no http address; ERR_AUTH for a file that cannot be
 * read. */
bool npm_settings_load(const struct npm_place *place, struct npm_settings *ret,
                       struct error *err) must_use;
void npm_settings_release(struct npm_settings *settings);
#define cleanup_npm_settings cleanup(npm_settings_release)

/* The value of a key; NULL when it is not set. */
const char *npm_setting(const struct npm_settings *settings, const char *key);
/* The registry of a package: that of its scope, else the general one. Ends in "/". */
const char *npm_registry_of(const struct npm_settings *settings, const char *package);
/* What an Authorization header for this address is, in `arena`; NULL when there are no credentials
 * for its host and path. They are found as npm finds them, from the whole path up to the host. */
const char *npm_authorization(const struct npm_settings *settings, const char *url,
                              struct arena *arena);
/* Makes every token and password known to the redactor. */
void npm_hide_credentials(const struct npm_settings *settings, struct events *events);

/* --- Packuments --------------------------------------------------------------------------- */

/* A member of `dist-tags` (value: a version) or `time` (value: a time), as written. */
struct npm_pair {
    struct str key;
    struct str value;
};

struct npm_pairs {
    struct npm_pair *items; /* sorted by key, each key once */
    size_t count, cap;
};

struct npm_strings {
    struct str *items; /* sorted, each once */
    size_t count, cap;
};

/* What is taken from a packument. Texts point into the document that was scanned. */
struct npm_packument {
    struct buf text; /* the document, when this owns it */
    struct str name; /* empty when it does not say */
    struct npm_strings versions;
    struct npm_pairs tags;
    struct npm_pairs times;
    bool has_times; /* the document has `time` at all */
};

enum {
    NPM_BODY_MAX = BUF_BODY,   /* bytes of a packument */
    NPM_VERSIONS_MAX = 200000, /* versions of one package */
    NPM_NAME_MAX = 214
};

/* Scans a document in one pass and without a tree; `text` is borrowed. ERR_FAILED with the place
 * for what is not JSON, for values of other types than they should be, and for a version, dist-tag
 * or time that is there twice. */
bool npm_packument_scan(struct str text, const char *name, struct npm_packument *ret,
                        struct error *err) must_use;
void npm_packument_release(struct npm_packument *packument);
#define cleanup_npm_packument cleanup(npm_packument_release)

/* Is there such a version? */
bool npm_has_version(const struct npm_packument *packument, struct str version);
/* The version that a dist-tag names; false when there is no such tag. */
bool npm_tag(const struct npm_packument *packument, const char *tag,
             struct str *ret_version) must_use;
/* When a version was published, in milliseconds since 1970; false when the registry does not say
 * or says what is no time. */
bool npm_published(const struct npm_packument *packument, struct str version,
                   int64_t *ret_ms) must_use;
/* A name that may be asked for: "left-pad", "@aztec/stdlib"; ERR_USAGE. */
bool npm_name_check(const char *name, struct error *err) must_use;

/* --- Asking ------------------------------------------------------------------------------- */

struct npm_client {
    struct http_client *http;
    const struct npm_settings *settings;
    struct events *events; /* NULL: nobody listens */
    const struct cap *cap; /* for the cache; observing: it is read, not written */
    const char *cache_dir; /* NULL: none */
    const struct clock *clock;
};

enum npm_what {
    NPM_ABBREVIATED, /* versions and dist-tags */
    NPM_FULL,        /* also the times */
    NPM_TAGS         /* dist-tags alone, from the registry's own endpoint */
};

struct npm_question {
    const char *package;
    enum npm_what what;
};

struct npm_answer {
    bool ok;
    struct npm_packument packument; /* when ok */
    struct error error;             /* when not: ERR_NOT_FOUND 404, ERR_AUTH 401 and 403,
                                       ERR_TRANSIENT 429 and 5xx after the retries; else as http */
};

/* Asks all at once. True when each question was answered, however; false when interrupted. */
bool npm_ask(const struct npm_client *client, const struct npm_question *questions, size_t count,
             struct npm_answer *ret_answers, struct error *err) must_use;
void npm_answers_release(struct npm_answer *answers, size_t count);
/* One question, whose failure is the call's. */
bool npm_ask_one(const struct npm_client *client, const struct npm_question *question,
                 struct npm_packument *ret, struct error *err) must_use;
/* The published file of a version: from its `dist.tarball`, which must agree with `dist.integrity`
 * when that is there (ERR_VERIFY). The packument must have been asked for, not only its tags. */
bool npm_fetch(const struct npm_client *client, const struct npm_packument *packument,
               struct str version, struct buf *into, struct error *err) must_use;
