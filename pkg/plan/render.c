/* Plans for people, at 80 columns. */
#include "plan/plan.h"

enum { COLUMNS = 80, INDENT = 6 };

void action_target(const struct action *action, struct buf *out)
{
    struct str id = str_of(action->id);
    struct str target = STR_EMPTY;
    str_cut(id, ':', &target, NULL);
    if (target.len == 0)
        str_cut(id, '@', &target, NULL);
    buf_add(out, target);
}

static void render_wrapped(struct buf *out, const char *label, const char *text)
{
    cleanup_buf struct buf line = buf_make(BUF_TEXT);
    buf_addf(&line, "%*s%s%s", INDENT, "", label, text);
    text_add_wrapped(out, buf_str(&line), COLUMNS, INDENT);
    buf_addc(out, '\n');
}

static void render_action(const struct action *action, struct buf *out)
{
    const struct action_kind_info *info = action_kind_info(action->kind);
    cleanup_buf struct buf line = buf_make(BUF_LINE);
    buf_addf(&line, "  %c %-17s ", info->symbol, info->name);
    action_target(action, &line);
    text_add_cut(out, buf_str(&line), COLUMNS, true);
    buf_addc(out, '\n');
    if (action->reason[0] != '\0')
        render_wrapped(out, "", action->reason);
}

static void render_head(const struct plan *plan, struct buf *out)
{
    cleanup_buf struct buf line = buf_make(BUF_LINE);
    buf_addf(&line, "Plan for %s: release %s", plan->environment, plan->release.version);
    if (plan->release.digest[0] != '\0')
        buf_addf(&line, " (%.19s)", plan->release.digest);
    text_add_cut(out, buf_str(&line), COLUMNS, true);
    buf_adds(out, "\n\n");
}

void plan_render(const struct plan *plan, struct buf *out)
{
    if (plan->count == 0) {
        buf_addf(out, "Nothing to do: %s runs release %s as wanted.\n", plan->environment,
                 plan->release.version);
        return;
    }
    render_head(plan, out);
    for (size_t i = 0; i < plan->count; i++)
        render_action(&plan->actions[i], out);
    buf_addf(out, "\n%zu action%s.\n", plan->count, plan->count == 1 ? "" : "s");
}
