/* Any bytes as what git says of its status, and as a remote's URL: nothing but a verdict, and no
 * credentials of a web address come through. */
#include <stdint.h>
#include <stdlib.h>

#include "git/internal.h"

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void strip(struct str url)
{
    cleanup_buf struct buf plain = buf_make(BUF_DOCUMENT), again = buf_make(BUF_DOCUMENT);
    git_strip_url(url, &plain);
    git_strip_url(buf_str(&plain), &again);
    must(plain.len <= url.len);
    must(str_eq(buf_str(&plain), buf_str(&again)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct git_state state = {0};
    struct error err = {0};
    struct str text = str_n(data, size);
    if (git_parse_status(text, &state, &err))
        must(strlen(state.sha) == 0 || strlen(state.short_sha) == GIT_SHORT_LEN);
    git_state_release(&state);
    strip(text);
    return 0;
}
