/* Telling people and programs what `changes` has found. */
#include "changes.h"
#include "data/data.h"

static const char *const KINDS[GIT_CHANGE_KINDS] = {[GIT_ADDED] = "added",
                                                    [GIT_MODIFIED] = "modified",
                                                    [GIT_DELETED] = "deleted",
                                                    [GIT_RENAMED] = "renamed"};

static bool is_changed(const struct change_report *r, size_t filter)
{
    return r->all || r->counts[filter] > 0;
}

/* --- For people ---------------------------------------------------------------------------- */

/* Foreign bytes: what is no printable text is escaped as git does. */
static void add_path(struct buf *out, struct str path)
{
    while (path.len > 0) {
        uint32_t code = 0;
        size_t len = str_utf8_char(path, &code);
        if (len == 0 || code < ' ' || (code >= 0x7F && code < 0xA0) || code == '\\')
            buf_addf(out, "\\%03o", (unsigned char)path.ptr[0]);
        else
            buf_add(out, str_sub(path, 0, len));
        path = str_sub(path, len > 1 ? len : 1, SIZE_MAX);
    }
}

static const char *reason(struct arena *arena, const struct changes_filter *filter,
                          const struct changes_verdict *v)
{
    if (v->rule == CHANGES_NO_RULE)
        return "no pattern matches";
    return arena_printf(
        arena, "%spattern %zu, '%s'%s", v->rule < filter->shipped ? "built-in " : "",
        v->rule < filter->shipped ? v->rule + 1 : v->rule + 1 - filter->shipped,
        filter->patterns[v->rule], v->other_kind ? ", but this kind of change does not count" : "");
}

static void explain(const struct change_report *r, struct buf *out)
{
    for (size_t i = 0; i < r->file_count; i++) {
        const struct git_change *c = &r->files[i];
        buf_addf(out, "%s ", r->all ? "tracked" : KINDS[c->kind]);
        if (c->kind == GIT_RENAMED) {
            add_path(out, c->old_path);
            buf_adds(out, " to ");
        }
        add_path(out, c->path);
        buf_addc(out, '\n');
        for (size_t k = 0; k < r->filter_count; k++) {
            const struct changes_verdict *v = &r->verdicts[i * r->filter_count + k];
            buf_addf(out, "  %s %s: %s\n", v->selected ? "in" : "not in", r->filters[k].name,
                     reason(&r->app->arena, &r->filters[k], v));
        }
    }
    buf_addc(out, '\n');
}

static void write_text(const struct change_report *r, struct buf *out)
{
    static const struct cli_column columns[] = {
        {.title = "FILTER"}, {.title = "CHANGED"}, {.title = "FILES", .right = true}};
    struct arena *arena = &r->app->arena;
    const char **cells = ARENA_ARRAY(arena, const char *, r->filter_count *ARRAY_LEN(columns) + 1);
    if (r->explain)
        explain(r, out);
    for (size_t i = 0; i < r->bases.count; i++)
        buf_addf(out, "%s %.12s (%s)\n", i == 0 ? "Compared with" : "and with",
                 r->bases.items[i].sha, r->bases.items[i].why);
    if (r->all)
        buf_adds(out, "Everything was asked for (--all)\n");
    for (size_t i = 0; i < r->filter_count; i++) {
        cells[i * ARRAY_LEN(columns)] = r->filters[i].name;
        cells[i * ARRAY_LEN(columns) + 1] = is_changed(r, i) ? "yes" : "no";
        cells[i * ARRAY_LEN(columns) + 2] = arena_printf(arena, "%zu", r->counts[i]);
    }
    const struct cli_table table = {.columns = columns,
                                    .column_count = ARRAY_LEN(columns),
                                    .cells = cells,
                                    .row_count = r->filter_count};
    cli_table_add(&table, r->app->stdout_look.columns, r->app->stdout_look.utf8, out);
}

/* --- For programs -------------------------------------------------------------------------- */

static void write_bases(const struct change_report *r, struct json_writer *w)
{
    jw_member_array(w, "bases");
    for (size_t i = 0; i < r->bases.count; i++) {
        jw_object_begin(w);
        jw_member(w, "commit", r->bases.items[i].sha);
        jw_member(w, "why", r->bases.items[i].why);
        jw_object_end(w);
    }
    jw_array_end(w);
}

static void write_filter(const struct change_report *r, size_t filter, struct json_writer *w)
{
    jw_object_begin(w);
    jw_member_bool(w, "changed", is_changed(r, filter));
    jw_member_uint(w, "count", r->counts[filter]);
    jw_member_array(w, "files");
    for (size_t i = 0; i < r->file_count; i++) {
        if (r->verdicts[i * r->filter_count + filter].selected)
            jw_str(w, r->files[i].path);
    }
    jw_array_end(w);
    jw_object_end(w);
}

static void write_verdicts(const struct change_report *r, size_t file, struct json_writer *w)
{
    jw_member_object(w, "decided");
    for (size_t k = 0; k < r->filter_count; k++) {
        const struct changes_verdict *v = &r->verdicts[file * r->filter_count + k];
        jw_key(w, r->filters[k].name);
        jw_object_begin(w);
        jw_member_bool(w, "selected", v->selected);
        jw_member(w, "pattern",
                  v->rule == CHANGES_NO_RULE ? NULL : r->filters[k].patterns[v->rule]);
        jw_object_end(w);
    }
    jw_object_end(w);
}

static void write_files(const struct change_report *r, struct json_writer *w)
{
    jw_member_array(w, "files");
    for (size_t i = 0; i < r->file_count; i++) {
        const struct git_change *c = &r->files[i];
        jw_object_begin(w);
        jw_member_str(w, "path", c->path);
        jw_member(w, "status", r->all ? "tracked" : KINDS[c->kind]);
        if (c->kind == GIT_RENAMED)
            jw_member_str(w, "old_path", c->old_path);
        if (r->explain)
            write_verdicts(r, i, w);
        jw_object_end(w);
    }
    jw_array_end(w);
}

static void write_names(const struct change_report *r, struct json_writer *w)
{
    jw_array_begin(w);
    for (size_t i = 0; i < r->filter_count; i++) {
        if (is_changed(r, i))
            jw_cstr(w, r->filters[i].name);
    }
    jw_array_end(w);
}

static void write_matrix(const struct change_report *r, struct json_writer *w)
{
    jw_object_begin(w);
    jw_key(w, "filter");
    write_names(r, w);
    jw_object_end(w);
}

static bool write_json(const struct change_report *r, struct buf *out, struct error *err)
{
    struct json_writer w = jw_make(out, JSON_COMPACT);
    jw_object_begin(&w);
    jw_member(&w, "head", r->head);
    jw_member_bool(&w, "all", r->all);
    write_bases(r, &w);
    jw_key(&w, "changed");
    write_names(r, &w);
    jw_key(&w, "matrix");
    write_matrix(r, &w);
    jw_member_object(&w, "filters");
    for (size_t i = 0; i < r->filter_count; i++) {
        jw_key(&w, r->filters[i].name);
        write_filter(r, i, &w);
    }
    jw_object_end(&w);
    write_files(r, &w);
    jw_object_end(&w);
    return jw_finish(&w, "the changes", err);
}

static bool put_json(const struct change_report *r, const char *name,
                     void (*write)(const struct change_report *r, struct json_writer *w),
                     struct error *err)
{
    cleanup_buf struct buf text = buf_make(BUF_TEXT);
    struct json_writer w = jw_make(&text, JSON_COMPACT);
    write(r, &w);
    TRY(jw_finish(&w, name, err));
    return events_output(r->app->events, name, buf_str(&text), err);
}

static bool put_outputs(const struct change_report *r, struct error *err)
{
    for (size_t i = 0; i < r->filter_count; i++)
        TRY(events_output(r->app->events, r->filters[i].name,
                          is_changed(r, i) ? STR("true") : STR("false"), err));
    TRY(put_json(r, "changes", write_names, err));
    return put_json(r, "matrix", write_matrix, err);
}

bool change_report_show(struct change_report *report, struct error *err)
{
    cleanup_buf struct buf text = buf_make(BUF_BODY), json = buf_make(BUF_BODY);
    write_text(report, &text);
    TRY(buf_check(&text, "the changes", err));
    TRY(write_json(report, &json, err));
    TRY(put_outputs(report, err));
    return app_result(report->app, buf_str(&text), buf_str(&json), err);
}
