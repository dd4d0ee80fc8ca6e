/* The forms in which a secret shows up in texts. */
#pragma once

#include "event/event.h"

/* Calls `found` with each form of the value; some may be short or repeated. Forms are borrowed for
 * the call and wiped after it. */
void forms_each(struct str value, void (*found)(void *ctx, struct str form), void *ctx);
