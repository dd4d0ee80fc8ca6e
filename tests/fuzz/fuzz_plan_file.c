/* Any bytes as a plan: refused, or written again as a plan that reads the same. This is also what
 * reads the payload of a run's first journal entry. */
#include "plan/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err;
    struct plan plan, again;
    cleanup_arena struct arena a = {0};
    cleanup_buf struct buf text = buf_make(BUF_DOCUMENT), rendered = buf_make(BUF_DOCUMENT);
    if (!plan_parse(str_n(data, size), "fuzz", &a, &plan, &err))
        return 0;
    plan_render(&plan, &rendered);
    if (!plan_write(&plan, &text, &err) || text.len > PLAN_SIZE_MAX)
        return 0;
    if (!plan_parse(buf_str(&text), "again", &a, &again, &err) || again.count != plan.count)
        abort();
    return 0;
}
