/* Edits of a JSON text: each becomes one splice of bytes. Everything that looks like style (line
 * ends, indentation, blanks around a colon) is copied from what stands beside the place. */
#include "json_edit.h"

#include "internal.h"
#include "json_write.h"

/* Bytes [begin, end) of the text give way to `text`. */
struct splice {
    size_t begin, end;
    struct buf text;
};

static void splice_release(struct splice *s)
{
    buf_release(&s->text);
}
#define cleanup_splice cleanup(splice_release)

/* Where a path leads, whether or not something is there. */
struct target {
    struct json parent; /* absent for the root */
    struct json value;  /* absent when there is none */
    struct json_step step;
};

static struct str text_of(struct json value)
{
    return json_exists(value) ? value.doc->src.text : STR_EMPTY;
}

/* Where the member or item begins: at its key when it has one. */
static size_t begin_of(struct json child)
{
    size_t begin = 0, end = 0, key_begin = 0, key_end = 0;
    json_range(child, &begin, &end);
    json_key_range(child, &key_begin, &key_end);
    return key_end > 0 ? key_begin : begin;
}

static size_t end_of(struct json value)
{
    size_t begin = 0, end = 0;
    json_range(value, &begin, &end);
    return end;
}

static struct json first_of(struct json container)
{
    return json_first(container, json_kind(container));
}

static struct json before(struct json parent, struct json child)
{
    struct json previous = {NULL, 0};
    for (struct json at = first_of(parent); json_exists(at) && at.index != child.index;
         at = json_next(at))
        previous = at;
    return previous;
}

static struct json last_of(struct json parent)
{
    return before(parent, (struct json){NULL, UINT32_MAX});
}

/* --- Style ------------------------------------------------------------------------------ */

static const char *line_end(struct str text)
{
    return str_has(text, STR("\r\n")) ? "\r\n" : "\n";
}

static size_t blanks_at(struct str text, size_t at)
{
    size_t end = at;
    while (end < text.len && (text.ptr[end] == ' ' || text.ptr[end] == '\t'))
        end++;
    return end - at;
}

/* The indentation of the line that holds `offset`. */
static struct str indent_at(struct str text, size_t offset)
{
    size_t start = offset;
    while (start > 0 && text.ptr[start - 1] != '\n')
        start--;
    return str_sub(text, start, blanks_at(text, start));
}

/* One level of indentation: that of the first indented line; two blanks when there is none. */
static struct str indent_unit(struct str text)
{
    for (size_t at = 0; at < text.len; at++) {
        size_t blanks = text.ptr[at] == '\n' ? blanks_at(text, at + 1) : 0;
        if (blanks > 0)
            return str_sub(text, at + 1, blanks);
    }
    return STR("  ");
}

/* White space between what stands before a child (a bracket or a comma) and the child. */
static struct str lead_of(struct json child)
{
    struct str text = text_of(child);
    size_t end = begin_of(child), begin = end;
    while (begin > 0 && strchr(" \t\r\n", text.ptr[begin - 1]) != NULL)
        begin--;
    return str_sub(text, begin, end - begin);
}

/* What stands between a key and its value: in the parent, else in the root. */
static struct str colon_of(struct json parent)
{
    struct json sibling = json_first(parent, JSON_OBJECT);
    if (!json_exists(sibling))
        sibling = json_first(json_root(parent.doc), JSON_OBJECT);
    size_t key_begin = 0, key_end = 0, begin = 0, end = 0;
    json_key_range(sibling, &key_begin, &key_end);
    json_range(sibling, &begin, &end);
    return json_exists(sibling) ? str_sub(text_of(parent), key_end, begin - key_end) : STR(": ");
}

/* The new value: its line breaks become the document's, at this indentation. */
static void add_value(struct buf *out, struct str value, struct str text, struct str indent)
{
    struct str unit = indent_unit(text);
    struct str rest = value, line = STR_EMPTY;
    for (bool first = true; str_next_line(&rest, &line); first = false) {
        size_t blanks = first ? 0 : blanks_at(line, 0);
        if (!first) {
            buf_adds(out, line_end(text));
            buf_add(out, indent);
        }
        for (size_t i = 0; i < blanks / 2; i++)
            buf_add(out, unit);
        buf_add(out, str_sub(line, blanks, line.len));
    }
}

/* --- Splices ---------------------------------------------------------------------------- */

static void replace_value(const struct target *at, struct str value, struct splice *ret)
{
    struct str text = text_of(at->value);
    json_range(at->value, &ret->begin, &ret->end);
    add_value(&ret->text, value, text, indent_at(text, ret->begin));
}

/* "key": value, or the value alone in an array. */
static void add_child(const struct target *at, struct str value, struct str indent, struct buf *out)
{
    if (json_kind(at->parent) == JSON_OBJECT) {
        json_quote(out, at->step.key);
        buf_add(out, colon_of(at->parent));
    }
    add_value(out, value, text_of(at->parent), indent);
}

/* Of a lead, the part that indents. */
static struct str lead_indent(struct str lead)
{
    size_t start = lead.len;
    while (start > 0 && lead.ptr[start - 1] != '\n')
        start--;
    return str_sub(lead, start, lead.len);
}

static void append_after(const struct target *at, struct json last, struct str value,
                         struct splice *ret)
{
    struct str lead = lead_of(last);
    ret->begin = ret->end = end_of(last);
    buf_addc(&ret->text, ',');
    buf_add(&ret->text, lead);
    add_child(at, value, lead_indent(lead), &ret->text);
}

static void insert_before(const struct target *at, struct json next, struct str value,
                          struct splice *ret)
{
    struct str lead = lead_of(next);
    ret->begin = ret->end = begin_of(next);
    add_child(at, value, lead_indent(lead), &ret->text);
    buf_addc(&ret->text, ',');
    buf_add(&ret->text, lead);
}

/* The first child of an empty container: on a line of its own when the text has lines. */
static void fill_empty(const struct target *at, struct str value, struct splice *ret)
{
    struct str text = text_of(at->parent);
    size_t open = 0, close = 0;
    json_range(at->parent, &open, &close);
    ret->begin = open + 1;
    ret->end = close - 1;
    struct str outer = indent_at(text, open);
    bool lines = str_has(str_trim(text), STR("\n"));
    cleanup_buf struct buf inner = buf_make(BUF_LINE);
    buf_add(&inner, outer);
    buf_add(&inner, lines ? indent_unit(text) : STR_EMPTY);
    if (lines)
        buf_addf(&ret->text, "%s%s", line_end(text), buf_cstr(&inner));
    add_child(at, value, buf_str(&inner), &ret->text);
    if (lines)
        buf_addf(&ret->text, "%s%" PRIstr, line_end(text), STR_ARG(outer));
}

static void append_child(const struct target *at, struct str value, struct splice *ret)
{
    struct json last = last_of(at->parent);
    if (json_exists(last))
        append_after(at, last, value, ret);
    else
        fill_empty(at, value, ret);
}

static void insert_sorted(const struct target *at, struct str value, struct splice *ret)
{
    json_each_member (member, at->parent) {
        if (str_cmp(json_key(member), at->step.key) > 0) {
            insert_before(at, member, value, ret);
            return;
        }
    }
    append_child(at, value, ret);
}

static void remove_value(const struct target *at, struct splice *ret)
{
    struct json next = json_next(at->value);
    struct json previous = before(at->parent, at->value);
    size_t open = 0, close = 0;
    json_range(at->parent, &open, &close);
    ret->begin = json_exists(previous) ? end_of(previous) : open + 1;
    ret->end = json_exists(previous) ? end_of(at->value) : close - 1;
    if (json_exists(next)) {
        ret->begin = begin_of(at->value);
        ret->end = begin_of(next);
    }
}

/* --- Finding the place ------------------------------------------------------------------- */

static bool resolve(const struct json_doc *doc, const char *path, struct target *ret,
                    struct error *err)
{
    struct json_path rest = json_path_make(path);
    struct json_step step;
    *ret = (struct target){.value = json_root(doc)};
    while (json_path_next(&rest, &step)) {
        if (!json_exists(ret->value))
            return err_set(err, ERR_NOT_FOUND, "%s: nothing at '%s' to put a value in",
                           doc->src.name, path);
        ret->parent = ret->value;
        ret->value = json_child(ret->parent, &step);
        bool in_place = step.key.ptr == step.bytes;
        ret->step = step;
        if (in_place)
            ret->step.key.ptr = ret->step.bytes;
    }
    if (rest.malformed || !str_is_utf8(str_of(path)))
        return err_set(err, ERR_FAILED, "%s: malformed path '%s'", doc->src.name, path);
    return true;
}

static bool must_exist(const struct target *at, const struct json_edit *edit, const char *name,
                       struct error *err)
{
    if (json_exists(at->value))
        return true;
    return err_set(err, ERR_NOT_FOUND, "%s: nothing at '%s'", name, edit->path);
}

/* May a child be added here: a member of an object, or the end of an array? */
static bool may_add(const struct target *at, const struct json_edit *edit, const char *name,
                    struct error *err)
{
    size_t index = 0;
    bool in_object = json_kind(at->parent) == JSON_OBJECT && !at->step.index_only;
    bool at_end = json_kind(at->parent) == JSON_ARRAY &&
                  (str_is(at->step.key, "-") ||
                   (json_step_index(&at->step, &index) && index == json_count(at->parent)));
    if (in_object || at_end)
        return true;
    return err_set(err, ERR_CONFLICT, "%s: no value can be added at '%s'", name, edit->path);
}

static bool splice_remove(const struct target *at, const struct json_edit *edit, const char *name,
                          struct splice *ret, struct error *err)
{
    TRY(must_exist(at, edit, name, err));
    if (!json_exists(at->parent))
        return err_set(err, ERR_CONFLICT, "%s: the whole document cannot be removed", name);
    remove_value(at, ret);
    return true;
}

static bool splice_replace(const struct target *at, const struct json_edit *edit, const char *name,
                           struct splice *ret, struct error *err)
{
    TRY(must_exist(at, edit, name, err));
    replace_value(at, edit->value, ret);
    return true;
}

static bool splice_insert(const struct target *at, const struct json_edit *edit, const char *name,
                          struct splice *ret, struct error *err)
{
    if (json_exists(at->value))
        return err_set(err, ERR_CONFLICT, "%s: '%s' exists already", name, edit->path);
    TRY(may_add(at, edit, name, err));
    insert_sorted(at, edit->value, ret);
    return true;
}

static bool splice_set(const struct target *at, const struct json_edit *edit, const char *name,
                       struct splice *ret, struct error *err)
{
    if (json_exists(at->value))
        return splice_replace(at, edit, name, ret, err);
    TRY(may_add(at, edit, name, err));
    append_child(at, edit->value, ret);
    return true;
}

typedef bool splice_fn(const struct target *at, const struct json_edit *edit, const char *name,
                       struct splice *ret, struct error *err);

static splice_fn *const SPLICES[] = {
    [JSON_EDIT_REPLACE] = splice_replace,
    [JSON_EDIT_SET] = splice_set,
    [JSON_EDIT_INSERT] = splice_insert,
    [JSON_EDIT_REMOVE] = splice_remove,
};

static bool make_splice(const struct json_doc *doc, const struct json_edit *edit,
                        struct splice *ret, struct error *err)
{
    struct target at;
    if ((unsigned)edit->kind >= ARRAY_LEN(SPLICES))
        return err_set(err, ERR_BUG, "%s: unknown kind of edit", doc->src.name);
    TRY(resolve(doc, edit->path, &at, err));
    return SPLICES[edit->kind](&at, edit, doc->src.name, ret, err);
}

/* The value without what may stand around it: blanks, a byte order mark. */
static bool bare_value(const struct json_edit *edit, struct str *ret, struct error *err)
{
    const struct json_options options = {.name = edit->path};
    cleanup_json_doc struct json_doc doc = {0};
    *ret = edit->value;
    if (edit->kind == JSON_EDIT_REMOVE)
        return true;
    TRY(json_parse(edit->value, &options, &doc, err));
    *ret = json_raw(json_root(&doc));
    return true;
}

static bool apply_one(struct str text, const char *name, const struct json_edit *edit,
                      struct buf *out, struct error *err)
{
    const struct json_options options = {.name = name};
    cleanup_json_doc struct json_doc doc = {0};
    cleanup_splice struct splice splice = {.text = buf_make(out->max)};
    struct json_edit bare = *edit;
    TRY(bare_value(edit, &bare.value, err));
    TRY(json_parse(text, &options, &doc, err));
    TRY(make_splice(&doc, &bare, &splice, err));
    buf_add(out, str_sub(text, 0, splice.begin));
    buf_add(out, buf_str(&splice.text));
    buf_add(out, str_sub(text, splice.end, text.len));
    TRY(buf_check(&splice.text, name, err));
    return buf_check(out, name, err);
}

/* Each edit sees the text that the ones before it made; `out` gets the last one only. */
bool json_edit(struct str text, const char *name, const struct json_edit *edits, size_t count,
               struct buf *out, struct error *err)
{
    cleanup_buf struct buf now = buf_make(out->max);
    buf_add(&now, text);
    TRY(buf_check(&now, name, err));
    for (size_t i = 0; i < count; i++) {
        cleanup_buf struct buf next = buf_make(out->max);
        TRY(apply_one(buf_str(&now), name, &edits[i], &next, err));
        struct buf old = now;
        now = next;
        next = old;
    }
    buf_add(out, buf_str(&now));
    return buf_check(out, name, err);
}
