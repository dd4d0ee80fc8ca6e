/* Many patterns, found in one pass: what events are cleaned of. */
#pragma once

#include "event/event.h"

struct redactor;

struct redactor *redactor_new(void) must_use;
/* Wipes what it knew. NULL is allowed. */
void redactor_free(struct redactor *r);
/* All forms of a value; each new one is handed to `found`, which may be NULL. */
void redactor_add(struct redactor *r, struct str value, void (*found)(void *ctx, struct str form),
                  void *ctx);
/* All forms so far. */
void redactor_each(const struct redactor *r, void (*found)(void *ctx, struct str form), void *ctx);
/* Appends the text with every form in it replaced by ***. */
void redactor_clean(const struct redactor *r, struct str text, struct buf *out);
bool redactor_matches(const struct redactor *r, struct str text);
