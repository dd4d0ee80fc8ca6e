/* Strict substitution of variables. Knows neither where templates come from nor what they are. */
#include "template.h"

enum { TEMPLATE_VARS_MAX = 64, NAME_SHOWN_MAX = 64 };

/* What stands at the cursor. */
enum piece_kind { PIECE_TEXT, PIECE_BRACES, PIECE_VARIABLE };

struct piece {
    enum piece_kind kind;
    struct str text; /* literal text, or the variable's name */
    size_t end;      /* offset behind it */
};

static bool is_name(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    c == '_' || c == '-' || c == '.';
        if (!fits)
            return false;
    }
    return name.len > 0;
}

/* The variable whose braces open at `at`. */
static bool variable_piece(const struct source *src, size_t at, struct piece *ret,
                           struct error *err)
{
    struct str rest = str_sub(src->text, at + 2, src->text.len);
    struct str line = str_cut(rest, '\n', &rest, NULL);
    size_t close = str_find(line, STR("}}"));
    if (close == SIZE_MAX)
        return source_fail(src, source_pos(src, at), err,
                           "'{{' without '}}' on the same line (a literal '{{' is '{{{{')");
    struct str name = str_trim(str_n(line.ptr, close));
    if (!is_name(name)) {
        struct str shown = str_sub(name, 0, NAME_SHOWN_MAX);
        return source_fail(src, source_pos(src, at + 2), err,
                           "'%" PRIstr "' is not the name of a variable", STR_ARG(shown));
    }
    *ret = (struct piece){PIECE_VARIABLE, name, at + 2 + close + 2};
    return true;
}

static bool next_piece(const struct source *src, size_t at, struct piece *ret, struct error *err)
{
    struct str rest = str_sub(src->text, at, src->text.len);
    size_t open = str_find(rest, STR("{{"));
    if (open > 0) {
        size_t len = open == SIZE_MAX ? rest.len : open;
        *ret = (struct piece){PIECE_TEXT, str_n(rest.ptr, len), at + len};
        return true;
    }
    if (str_starts(rest, STR("{{{{"))) {
        *ret = (struct piece){PIECE_BRACES, STR("{{"), at + 4};
        return true;
    }
    return variable_piece(src, at, ret, err);
}

static bool unknown_variable(const struct source *src, const struct piece *piece,
                             const char *const *names, size_t count, struct error *err)
{
    size_t at = (size_t)(piece->text.ptr - src->text.ptr);
    struct str shown = str_sub(piece->text, 0, NAME_SHOWN_MAX);
    const char *near = str_nearest(piece->text, names, count);
    return source_fail(src, source_pos(src, at), err, "unknown variable '%" PRIstr "'%s%s%s",
                       STR_ARG(shown), near ? ", did you mean '" : "", near ? near : "",
                       near ? "'?" : "");
}

static size_t index_of(const char *const *names, size_t count, struct str name)
{
    size_t i = 0;
    while (i < count && !str_is(name, names[i]))
        i++;
    return i;
}

/* Walks the template; `values` and `out` are NULL when it is only checked. */
static bool walk(const struct source *src, const char *const *names, size_t count,
                 const struct template_var *values, struct buf *out, struct error *err)
{
    struct piece piece = {PIECE_TEXT, STR_EMPTY, 0};
    while (piece.end < src->text.len) {
        TRY(next_piece(src, piece.end, &piece, err));
        size_t found = 0;
        if (piece.kind == PIECE_VARIABLE) {
            found = index_of(names, count, piece.text);
            if (found == count)
                return unknown_variable(src, &piece, names, count, err);
        }
        if (out != NULL)
            buf_add(out, piece.kind == PIECE_VARIABLE ? values[found].value : piece.text);
    }
    return true;
}

bool template_check(const struct source *text, const char *const *names, size_t count,
                    struct error *err)
{
    return walk(text, names, count, NULL, NULL, err);
}

bool template_render(const struct source *text, struct template_vars vars, struct buf *out,
                     struct error *err)
{
    const char *names[TEMPLATE_VARS_MAX];
    if (vars.count > TEMPLATE_VARS_MAX)
        return err_set(err, ERR_BUG, "%s: more than %d variables", text->name, TEMPLATE_VARS_MAX);
    for (size_t i = 0; i < vars.count; i++)
        names[i] = vars.items[i].name;
    TRY(walk(text, names, vars.count, vars.items, out, err));
    return buf_check(out, text->name, err);
}
