/* What the files of this module share and nobody else sees. */
#pragma once

#include "data/data.h"
#include "event/event.h"
#include "http/http.h"
#include "npm.h"

/* The value of NAME in an environment; NULL when it is not set. */
const char *environ_find(const char *const *environ, const char *name);

/* Adds a key, below all that are there. Both are copied. */
void settings_add(struct npm_settings *settings, struct str key, struct str value);
/* Remembers that npm needs this variable. */
void settings_need(struct npm_settings *settings, struct str variable);
/* Reads an npmrc(5) file's text into the settings. */
void npmrc_read(struct npm_settings *settings, struct str text, const char *const *environ);

/* An answer of the cache: the tag to ask with, and the body it belongs to. */
struct cached {
    char *etag; /* NULL: nothing is there */
    struct buf body;
};
void cached_release(struct cached *cached);
#define cleanup_cached cleanup(cached_release)
/* What is there for `key`; nothing, when it cannot be read or is not ours. */
void cache_get(const struct npm_client *client, const char *key, struct cached *ret);
/* Keeps a body; failing is told in the story's details and is no error. */
void cache_put(const struct npm_client *client, const char *key, struct str etag, struct str body);

/* An http_sign_fn over the settings: credentials, if there are any for the address. */
bool npm_sign(void *ctx, const struct http_signing *what, struct http_header_list *ret_add,
              struct error *err);
