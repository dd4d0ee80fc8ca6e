/* `teerexctl eif describe|verify FILE`: what an enclave image is, and whether it is the one that
 * is expected. */
#include "proof.h"

#include <errno.h>
#include <fcntl.h>

struct eif_options {
    const char *file;
    const char *expect;
    bool signed_only;
};

static bool read_image(const char *path, struct eif *ret, struct error *err)
{
    cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_sys(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_FAILED, errno, "open %s", path);
    return eif_read(fd, path, ret, err);
}

static const char *pcr_hex(struct app *app, const struct eif *eif, unsigned index)
{
    char *hex = arena_alloc(&app->arena, 2 * EIF_PCR_LEN + 1);
    hex_encode(eif->pcrs[index], EIF_PCR_LEN, hex);
    return hex;
}

static void add_text(struct app *app, const struct eif *eif, struct buf *out)
{
    buf_addf(out, "version %u, %s, %llu bytes, %llu MiB and %llu CPUs by default\n", eif->version,
             eif->arm64 ? "arm64" : "x86_64", (unsigned long long)eif->size,
             (unsigned long long)(eif->default_memory >> 20),
             (unsigned long long)eif->default_cpus);
    for (size_t i = 0; i < eif->section_count; i++)
        buf_addf(out, "%-9s %12llu bytes at %llu\n", eif_kind_name(eif->sections[i].kind),
                 (unsigned long long)eif->sections[i].size,
                 (unsigned long long)eif->sections[i].offset);
    for (unsigned i = 0; i < EIF_PCRS; i++)
        if (eif->has_pcr[i])
            buf_addf(out, "PCR%u %s\n", i, pcr_hex(app, eif, i));
    buf_adds(out, "\n");
}

static void write_sections(const struct eif *eif, struct json_writer *w)
{
    jw_member_array(w, "sections");
    for (size_t i = 0; i < eif->section_count; i++) {
        jw_object_begin(w);
        jw_member(w, "kind", eif_kind_name(eif->sections[i].kind));
        jw_member_uint(w, "offset", eif->sections[i].offset);
        jw_member_uint(w, "size", eif->sections[i].size);
        jw_object_end(w);
    }
    jw_array_end(w);
}

static bool write_json(struct app *app, const struct eif *eif, const struct report *report,
                       struct buf *out, struct error *err)
{
    struct json_writer w = jw_make(out, JSON_COMPACT);
    jw_object_begin(&w);
    proof_write(report, &w);
    jw_member_uint(&w, "version", eif->version);
    jw_member(&w, "architecture", eif->arm64 ? "arm64" : "x86_64");
    jw_member_uint(&w, "default_memory", eif->default_memory);
    jw_member_uint(&w, "default_cpus", eif->default_cpus);
    jw_member_uint(&w, "size", eif->size);
    write_sections(eif, &w);
    jw_member_object(&w, "Measurements");
    for (unsigned i = 0; i < EIF_PCRS; i++)
        if (eif->has_pcr[i])
            jw_member(&w, arena_printf(&app->arena, "PCR%u", i), pcr_hex(app, eif, i));
    jw_object_end(&w);
    jw_member_str(&w, "metadata", eif->metadata);
    jw_member_bool(&w, "signed", eif->signature.present);
    jw_member(&w, "signer", eif->signature.subject);
    jw_object_end(&w);
    return jw_finish(&w, "the image's description", err);
}

static bool tell(struct app *app, const struct eif *eif, const struct report *report,
                 struct error *err)
{
    cleanup_buf struct buf text = buf_make(BUF_DOCUMENT), json = buf_make(BUF_DOCUMENT);
    add_text(app, eif, &text);
    proof_table(app, report, &text);
    TRY(write_json(app, eif, report, &json, err));
    return app_result(app, buf_str(&text), buf_str(&json), err);
}

static void report_free_at(struct report *report)
{
    report_release(report);
}

static bool judge(struct app *app, const struct eif_options *options, bool verify,
                  struct error *err)
{
    struct str pcrs[PROOF_PCRS] = {{0}};
    struct eif_expected expected = {.need_signature = options->signed_only};
    cleanup_eif struct eif eif = {0};
    cleanup(report_free_at) struct report report = {0};
    if (options->expect != NULL)
        TRY(proof_expected(app, options->expect, pcrs, err));
    for (size_t i = 0; i < PROOF_PCRS; i++) {
        if (i < EIF_PCRS)
            expected.pcrs[i] = pcrs[i];
        else if (pcrs[i].ptr != NULL)
            return err_set(err, ERR_CONFIG, "an image has no PCR%zu", i);
    }
    TRY(read_image(options->file, &eif, err));
    eif_judge(&eif, &expected, &report);
    TRY(tell(app, &eif, &report, err));
    return !verify || proof_check(&report, options->file, err);
}

static bool run_describe(struct app *app, void *context, struct error *err)
{
    return judge(app, context, false, err);
}

static bool run_verify(struct app *app, void *context, struct error *err)
{
    return judge(app, context, true, err);
}

static const struct cli_option POSITIONALS[] = {
    {CLI_ARGUMENT(struct eif_options, file, "FILE", "the image"), .complete = CLI_COMPLETE_FILE},
    {0},
};

static const struct cli_option OPTIONS[] = {
    {CLI_STRING(struct eif_options, expect, "expect", 0, "FILE", "JSON of PCRs that it must have"),
     .complete = CLI_COMPLETE_FILE},
    {CLI_FLAG(struct eif_options, signed_only, "signed", 0, "refuse an image without a signature")},
    {0},
};

const struct cli_command command_eif_describe = {
    .path = "eif describe",
    .summary = "show what an enclave image holds and measures",
    .details = "Reads the image once and keeps nothing of it. What does not hold is shown, and is "
               "no failure here; an image that is not well formed is.",
    .positionals = POSITIONALS,
    .examples = {{"teerexctl eif describe prover.eif", "for people"},
                 {"teerexctl eif describe prover.eif --format json", "PCRs for programs"}},
    .exits = {9},
    .context_size = sizeof(struct eif_options),
    .run = run_describe,
};

const struct cli_command command_eif_verify = {
    .path = "eif verify",
    .summary = "judge an enclave image",
    .details = "Its checksum, its signature when there is one, and the PCRs that --expect names.",
    .positionals = POSITIONALS,
    .options = OPTIONS,
    .examples = {{"teerexctl eif verify prover.eif --expect pcrs.json", "the one that was built"},
                 {"teerexctl eif verify prover.eif --signed", "and by whom"}},
    .exits = {9},
    .context_size = sizeof(struct eif_options),
    .run = run_verify,
};
