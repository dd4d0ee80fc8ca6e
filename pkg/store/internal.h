/* What the files of this module share: the handle, and the one check of a fence. */
#pragma once

#include "store/store.h"

struct store {
    const struct store_ops *ops;
    void *impl;
    const struct cap *cap;
    char *where; /* for messages */
};

/* Is the lease, as it is stored now, still held under this hold? ERR_LOCKED otherwise. */
bool hold_check(const struct lease *stored, const struct hold *hold, struct error *err) must_use;
/* Copies text into a fixed array; longer text is cut at a UTF-8 boundary. NULL is empty. */
void text_copy(char *out, size_t size, const char *text);
