/* Small helpers of the checks. */
#include <stdarg.h>
#include <stdio.h>

#include "internal.h"
#include "template/template.h"

enum { KNOWN_SHOWN_MAX = 600 };

void report(struct diags *problems, const struct node *node, const char *fmt, ...)
{
    char message[ERR_MSG_MAX];
    va_list args;
    va_start(args, fmt);
    vsnprintf(message, sizeof(message), fmt, args);
    va_end(args);
    diags_add(problems, node->src, node->at, "%s", message);
}

const struct node *place_of(const struct node *node, const char *key)
{
    const struct node *member = node_get(node, key);
    return member ? member : node;
}

bool strings_have(const config_strings *strings, const char *text)
{
    for (size_t i = 0; i < strings->count; i++) {
        if (str_is(str_of(text), strings->items[i]))
            return true;
    }
    return false;
}

static void unknown_name(struct diags *problems, const struct node *item, const char *what,
                         const config_strings *known)
{
    const char *near = str_nearest(str_of(item->text), known->items, known->count);
    cleanup_buf struct buf all = buf_make(KNOWN_SHOWN_MAX);
    for (size_t i = 0; i < known->count; i++)
        buf_addf(&all, "%s%s", i ? ", " : "", known->items[i]);
    if (near != NULL)
        report(problems, item, "unknown %s '%s', did you mean '%s'?", what, item->text, near);
    else
        report(problems, item, "unknown %s '%s' (%s: %s)", what, item->text,
               known->count ? "there is" : "there are none", buf_cstr(&all));
}

void check_names(struct diags *problems, const struct node *list, const char *what,
                 const config_strings *known)
{
    if (list != NULL && list->kind == NODE_STRING && !strings_have(known, list->text))
        unknown_name(problems, list, what, known);
    node_each(item, list)
    {
        if (!strings_have(known, item->text))
            unknown_name(problems, item, what, known);
    }
}

bool check_template(struct diags *problems, const struct node *value, const char *const *names,
                    size_t count)
{
    struct error err = {0};
    const struct source src = {"", str_of(value->text)};
    if (template_check(&src, names, count, &err))
        return true;
    /* The place inside the value is of no use to somebody who sees the file. */
    const char *message = strstr(err.msg, ": ");
    report(problems, value, "%s", message ? message + 2 : err.msg);
    return false;
}
