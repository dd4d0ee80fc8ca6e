/* Text helpers that only this module needs. */
#pragma once

#include "event/event.h"

/* Appends the text without its colour sequences (ESC [ … m); everything else stays. */
void text_add_uncolored(struct buf *out, struct str text);
