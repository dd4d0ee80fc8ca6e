/* `teerexctl attest verify FILE`: judges an attestation document of a Nitro enclave. */
#include "fs/fs.h"
#include "proof.h"

struct attest_options {
    const char *file;
    int64_t at_s;
    const char *root;
    const char *nonce;
    const char *expect;
    bool allow_debug;
};

static void write_hex(struct json_writer *w, const char *key, struct str bytes)
{
    cleanup_buf struct buf hex = buf_make(BUF_LINE);
    buf_add_hex(&hex, bytes);
    jw_member(w, key, bytes.ptr != NULL ? buf_cstr(&hex) : NULL);
}

static void write_document(struct app *app, const struct nitro_document *doc, struct json_writer *w)
{
    char time[TIME_TEXT_MAX];
    time_format_utc(doc->timestamp_ms, time);
    jw_member_str(w, "module_id", doc->module_id);
    jw_member(w, "time", time);
    jw_member_object(w, "measurements");
    for (unsigned i = 0; i < NITRO_PCRS; i++)
        if (doc->pcrs[i].ptr != NULL)
            write_hex(w, arena_printf(&app->arena, "PCR%u", i), doc->pcrs[i]);
    jw_object_end(w);
    write_hex(w, "public_key", doc->public_key);
    write_hex(w, "user_data", doc->user_data);
    write_hex(w, "nonce", doc->nonce);
}

/* The keys are those of every kind of document; what Nitro does not have is null or empty. */
static bool write_json(struct app *app, const struct nitro_result *result, struct buf *out,
                       struct error *err)
{
    struct json_writer w = jw_make(out, JSON_COMPACT);
    jw_object_begin(&w);
    jw_member(&w, "kind", "nitro");
    proof_write(&result->report, &w);
    jw_member(&w, "tcb_status", NULL);
    jw_member_array(&w, "advisory_ids");
    jw_array_end(&w);
    jw_member_bool(&w, "debug", result->debug);
    jw_member_bool(&w, "simulated", result->simulated);
    if (result->readable)
        write_document(app, &result->document, &w);
    jw_object_end(&w);
    return jw_finish(&w, "the report", err);
}

static bool show(struct app *app, const struct nitro_result *result, struct error *err)
{
    cleanup_buf struct buf text = buf_make(BUF_TEXT), json = buf_make(BUF_TEXT);
    proof_table(app, &result->report, &text);
    buf_addf(&text, "\n%s%s\n", report_holds(&result->report) ? "verified" : "refused",
             result->simulated ? " (simulated: by the root that was given, not by AWS's)" : "");
    TRY(write_json(app, result, &json, err));
    return app_result(app, buf_str(&text), buf_str(&json), err);
}

static bool read_policy(struct app *app, const struct attest_options *options, struct buf *root,
                        struct nitro_policy *ret, struct error *err)
{
    ret->now_ms = options->at_s == CLI_UNSET ? clock_now_ms(app->clock) : options->at_s * 1000;
    ret->allow_debug = options->allow_debug;
    if (options->root != NULL) {
        TRY(fs_read(options->root, root, err));
        ret->root = buf_str(root);
        if (root->len == 0)
            return err_set(err, ERR_CONFIG, "%s is empty", options->root);
    }
    if (options->nonce != NULL)
        TRY(proof_hex(app, "--nonce", options->nonce, &ret->nonce, err));
    return options->expect == NULL || proof_expected(app, options->expect, ret->pcrs, err);
}

/* A TDX quote begins with its version, 3 to 5, as two bytes; no COSE message does. */
static bool check_kind(struct str bytes, struct error *err)
{
    bool quote = bytes.len > 2 && bytes.ptr[0] >= 3 && bytes.ptr[0] <= 5 && bytes.ptr[1] == 0;
    return !quote ||
           err_set(err, ERR_USAGE, "a TDX or SGX quote: this version verifies Nitro only");
}

static bool run(struct app *app, void *context, struct error *err)
{
    const struct attest_options *options = context;
    struct nitro_policy policy = {0};
    cleanup_nitro_result struct nitro_result result = {0};
    cleanup_buf struct buf bytes = buf_make(BUF_TEXT), root = buf_make(BUF_LINE);
    TRY(fs_read(options->file, &bytes, err));
    TRY(check_kind(buf_str(&bytes), err));
    TRY(read_policy(app, options, &root, &policy, err));
    TRY(nitro_verify(buf_str(&bytes), &policy, &result, err));
    TRY(show(app, &result, err));
    return proof_check(&result.report, options->file, err);
}

static const struct cli_option POSITIONALS[] = {
    {CLI_ARGUMENT(struct attest_options, file, "FILE", "the document, as the enclave gave it"),
     .complete = CLI_COMPLETE_FILE},
    {0},
};

static const struct cli_option OPTIONS[] = {
    {CLI_INT(struct attest_options, at_s, "at", 0, "UNIXTIME",
             "judge as of this second; default now")},
    {CLI_STRING(struct attest_options, root, "root", 0, "FILE",
                "a simulated root, PEM or DER; default AWS's"),
     .complete = CLI_COMPLETE_FILE},
    {CLI_STRING(struct attest_options, nonce, "nonce", 0, "HEX",
                "must be in it; it must be fresh then")},
    {CLI_STRING(struct attest_options, expect, "expect", 0, "FILE",
                "JSON of PCRs that it must have"),
     .complete = CLI_COMPLETE_FILE},
    {CLI_FLAG(struct attest_options, allow_debug, "allow-debug", 0,
              "do not refuse debug enclaves; they measure nothing")},
    {0},
};

const struct cli_command command_attest_verify = {
    .path = "attest verify",
    .summary = "judge an enclave's attestation document",
    .details = "Every check is named, with its verdict and a reason for programs. Skipped is never "
               "passed. Certificates must be valid now, or at the time that --at names.",
    .positionals = POSITIONALS,
    .options = OPTIONS,
    .examples = {{"teerexctl attest verify document.cbor --at 1767472867", "an old one"},
                 {"teerexctl attest verify document.cbor --expect pcrs.json", "of this image"},
                 {"teerexctl attest verify document.cbor --format json", "for programs"}},
    .exits = {9},
    .context_size = sizeof(struct attest_options),
    .run = run,
};
