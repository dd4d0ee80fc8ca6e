/* Templates that are part of the binary. The table is written by cmake/Embed.cmake, sorted. */
#include "template.h"

extern const struct embedded_file template_files[];
extern const size_t template_files_COUNT;

static const struct str ROOT = {"templates/", 10};

enum { TEMPLATES_MAX = 256 };

static const char *name_of(const struct embedded_file *file)
{
    return file->name + ROOT.len;
}

const struct embedded_file *template_list(size_t *ret_count)
{
    *ret_count = template_files_COUNT;
    return template_files;
}

static bool not_found(const char *name, struct error *err)
{
    const char *names[TEMPLATES_MAX];
    size_t count = template_files_COUNT < TEMPLATES_MAX ? template_files_COUNT : TEMPLATES_MAX;
    for (size_t i = 0; i < count; i++)
        names[i] = name_of(&template_files[i]);
    const char *near = str_nearest(str_of(name), names, count);
    return err_set(err, ERR_NOT_FOUND, "no template '%s' in this binary%s%s%s", name,
                   near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
}

bool template_find(const char *name, struct source *ret, struct error *err)
{
    for (size_t i = 0; i < template_files_COUNT; i++) {
        if (!str_is(str_of(name), name_of(&template_files[i])))
            continue;
        *ret = (struct source){.name = template_files[i].name, .text = template_files[i].bytes};
        return true;
    }
    return not_found(name, err);
}

bool template_render_named(const char *name, struct template_vars vars, struct buf *out,
                           struct error *err)
{
    struct source text;
    TRY(template_find(name, &text, err));
    return template_render(&text, vars, out, err);
}
