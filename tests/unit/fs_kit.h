/* For tests of files: a temporary directory, and the permission to write into it. */
#pragma once

#include "fs/fs.h"
#include "testing.h"

static struct cap apply;
static struct fs_temp temp;

static char *at(const char *name)
{
    return fs_join(temp.path, name);
}

static int make_temp(void **state unused_arg)
{
    struct error err;
    apply = cap_apply(NULL, NULL);
    return fs_temp_dir(&apply, NULL, "test-fs-", &temp, &err) ? 0 : -1;
}
