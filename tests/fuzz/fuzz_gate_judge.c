/* Any body, judged by a gate that looks into it and as the answer of /version: always a verdict,
 * and a body that passes is JSON that says so. */
#include <stdint.h>
#include <stdlib.h>

#include "gate/internal.h"

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void check_body(struct str body, struct config_json_check check)
{
    struct said said = {0};
    struct error err;
    cleanup_json_doc struct json_doc doc = {0};
    const struct config_expect expect = {.status = 200, .json = {&check, 1}};
    struct http_response answer = {.status = 200, .body = buf_make(BUF_TEXT)};
    buf_add(&answer.body, body);
    judge_answer(&expect, &answer, &said);
    buf_release(&answer.body);
    must(said.verdict == VERDICT_PASS || said.verdict == VERDICT_FAIL);
    must(said.verdict == VERDICT_PASS || *said.reason != '\0');
    if (said.verdict == VERDICT_PASS)
        must(json_parse(body, NULL, &doc, &err));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct gate_expect EXPECT = {.version = "0.2.0", .digest = "sha256:aa"};
    static const struct source SOURCE = {.name = "fuzz"};
    struct str body = str_n(data, size);
    cleanup_arena struct arena arena = {0};
    struct said said = {0};
    judge_version(&EXPECT, body, &said);
    must(said.verdict == VERDICT_PASS || said.verdict == VERDICT_FAIL);
    check_body(body, (struct config_json_check){.path = "a.b[0]", .matches = "^o+k$"});
    check_body(body, (struct config_json_check){
                         .path = "status", .equals = node_scalar(&arena, NULL, "ok", &SOURCE)});
    return 0;
}
