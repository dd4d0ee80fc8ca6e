/* What the files of fs share: the wording of failures and the temporary file. */
#pragma once

#include "fs/fs.h"

/* "VERB 'PATH': strerror"; the kind follows from the errno. Returns false. */
bool fs_fail(struct error *err, int sys, const char *verb, const char *path);
