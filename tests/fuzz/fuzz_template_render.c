/* Any bytes as a template: rendering and checking agree, and what has no braces is copied. */
#include <stdint.h>
#include <stdlib.h>

#include "template/template.h"

static void must(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const NAMES[] = {"a", "name"};
    static const struct template_var VARS[] = {{"a", {"{{a}}", 5}}, {"name", {"", 0}}};
    struct error err = {0};
    const struct source src = {"fuzz", str_n(data, size)};
    cleanup_buf struct buf out = buf_make(BUF_BODY);
    bool checked = template_check(&src, NAMES, ARRAY_LEN(NAMES), &err);
    bool rendered =
        template_render(&src, (struct template_vars){VARS, ARRAY_LEN(VARS)}, &out, &err);
    must(checked == rendered);
    if (!str_has(src.text, STR("{{")))
        must(str_eq(buf_str(&out), src.text));
    return 0;
}
