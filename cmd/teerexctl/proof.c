/* Reports of attestation for people and programs, and the files of what is expected. */
#include "proof.h"

#include "fs/fs.h"

static const struct cli_column COLUMNS[] = {
    {.title = "CHECK"},
    {.title = "VERDICT"},
    {.title = "REASON"},
    {.title = "DETAIL", .shrink = true},
};

bool proof_hex(struct app *app, const char *what, const char *text, struct str *ret,
               struct error *err)
{
    size_t len = strlen(text) / 2;
    char *bytes = arena_alloc(&app->arena, len + 1);
    if (!hex_decode(str_of(text), bytes, len))
        return err_set(err, ERR_USAGE, "%s is not hexadecimal", what);
    *ret = str_n(bytes, len);
    return true;
}

static bool take_pcr(struct app *app, struct json member, struct str ret_pcrs[PROOF_PCRS],
                     struct error *err)
{
    uint64_t index;
    struct str key = json_key(member), hex = json_str(member);
    if (str_is(key, "HashAlgorithm"))
        return true;
    if (!str_starts(key, STR("PCR")) || !str_to_u64(str_sub(key, 3, key.len), &index) ||
        index >= PROOF_PCRS)
        return json_fail(member, err, "'%" PRIstr "' is not PCR0 to PCR%d", STR_ARG(key),
                         PROOF_PCRS - 1);
    char *bytes = arena_alloc(&app->arena, PROOF_PCR_LEN);
    if (!hex_decode(hex, bytes, PROOF_PCR_LEN))
        return json_fail(member, err, "%" PRIstr " is not %d bytes of hexadecimal", STR_ARG(key),
                         PROOF_PCR_LEN);
    ret_pcrs[index] = str_n(bytes, PROOF_PCR_LEN);
    return true;
}

static bool take_pcrs(struct app *app, struct json object, struct str ret_pcrs[PROOF_PCRS],
                      struct error *err)
{
    if (json_kind(object) != JSON_OBJECT || json_count(object) == 0)
        return json_fail(object, err, "not an object of PCRs");
    json_each_member (member, object) {
        TRY(take_pcr(app, member, ret_pcrs, err));
    }
    return true;
}

bool proof_expected(struct app *app, const char *path, struct str ret_pcrs[PROOF_PCRS],
                    struct error *err)
{
    cleanup_buf struct buf text = buf_make(BUF_TEXT);
    cleanup_json_doc struct json_doc doc = {0};
    TRY(fs_read(path, &text, err));
    bool ok = json_parse(buf_str(&text), &(struct json_options){.name = path}, &doc, err);
    struct json root = ok ? json_root(&doc) : (struct json){0};
    struct json inner = json_get(root, "Measurements");
    if (ok && take_pcrs(app, json_exists(inner) ? inner : root, ret_pcrs, err))
        return true;
    err->kind = ERR_CONFIG;
    return false;
}

void proof_table(struct app *app, const struct report *report, struct buf *out)
{
    const char **cells = ARENA_ARRAY(&app->arena, const char *, report->count *ARRAY_LEN(COLUMNS));
    const char **cell = cells;
    for (size_t i = 0; i < report->count; i++) {
        const struct check *check = &report->checks[i];
        *cell++ = check->name;
        *cell++ = check_verdict_name(check->verdict);
        *cell++ = check->reason[0] != '\0' ? check->reason : NULL;
        *cell++ = check->detail;
    }
    cli_table_add(&(struct cli_table){.columns = COLUMNS,
                                      .column_count = ARRAY_LEN(COLUMNS),
                                      .cells = cells,
                                      .row_count = report->count},
                  app->stdout_look.columns, app->stdout_look.utf8, out);
}

static void write_check(const struct check *check, struct json_writer *w)
{
    jw_object_begin(w);
    jw_member(w, "name", check->name);
    jw_member(w, "verdict", check_verdict_name(check->verdict));
    jw_member(w, "reason", check->reason);
    jw_member(w, "detail", check->detail);
    jw_object_end(w);
}

void proof_write(const struct report *report, struct json_writer *w)
{
    jw_member(w, "verdict", report_holds(report) ? "verified" : "refused");
    jw_member(w, "reason", report_reason(report));
    jw_member_array(w, "checks");
    for (size_t i = 0; i < report->count; i++)
        write_check(&report->checks[i], w);
    jw_array_end(w);
}

bool proof_check(const struct report *report, const char *name, struct error *err)
{
    return report_holds(report) ||
           err_set(err, ERR_VERIFY, "%s is not verified: %s", name, report_reason(report));
}
