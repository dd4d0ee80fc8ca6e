/* Verdicts from what was seen: the table at the top of gate.h as code. Pure. */
#include "internal.h"

#include <errno.h>
#include <regex.h>

enum { EXIT_INCONCLUSIVE = 7, EXIT_TEMPFAIL = 75, MATCH_MAX = 4096, VALUE_SHOWN = 60 };

void said_set(struct said *said, enum gate_verdict verdict, const char *fmt, ...)
{
    va_list args;
    said->verdict = verdict;
    va_start(args, fmt);
    vsnprintf(said->reason, sizeof(said->reason), fmt, args);
    va_end(args);
}

enum gate_verdict judge_exit(int status)
{
    if (status == EXIT_INCONCLUSIVE || status == EXIT_TEMPFAIL)
        return VERDICT_INCONCLUSIVE;
    return status == 0 ? VERDICT_PASS : VERDICT_FAIL;
}

static enum gate_verdict judge_transient(int sys, bool over_network, bool bounded)
{
    bool hang = sys == ETIME && (bounded || !over_network);
    bool unreachable = sys == ETIME || sys == ETIMEDOUT || sys == EHOSTUNREACH ||
                       sys == ENETUNREACH || sys == EHOSTDOWN || sys == ENETDOWN;
    return hang || !unreachable || !over_network ? VERDICT_FAIL : VERDICT_INCONCLUSIVE;
}

enum gate_verdict judge_no_answer(const struct error *err, bool over_network, bool bounded)
{
    if (err->kind == ERR_TRANSIENT)
        return judge_transient(err->sys, over_network, bounded);
    /* FAILED is an answer that is none; VERIFY what every client would say, too. The rest is
     * about our own request. */
    return err->kind == ERR_FAILED || err->kind == ERR_VERIFY ? VERDICT_FAIL : VERDICT_INCONCLUSIVE;
}

/* ---- JSON ---- */

static bool equals_number(struct json value, double wanted)
{
    double actual = 0;
    return json_to_double(value, &actual) && actual == wanted;
}

static bool equals_bool(struct json value, bool wanted)
{
    bool actual = false;
    return json_to_bool(value, &actual) && actual == wanted;
}

/* By type as well as by value: the text "1" is not the number 1. */
static bool equals(struct json value, const struct node *wanted)
{
    switch (wanted->kind) {
    case NODE_NULL:
        return json_kind(value) == JSON_NULL;
    case NODE_BOOL:
        return equals_bool(value, wanted->number != 0);
    case NODE_INT:
        return equals_number(value, (double)wanted->number);
    case NODE_FLOAT:
        return equals_number(value, strtod(wanted->text, NULL));
    case NODE_STRING:
        return json_kind(value) == JSON_STRING && str_is(json_str(value), wanted->text);
    case NODE_LIST:
    case NODE_MAP:
        return false;
    }
    return false;
}

/* The text of a string, or a scalar as it stands. */
static struct str text_of(struct json value)
{
    return json_kind(value) == JSON_STRING ? json_str(value) : json_raw(value);
}

static bool matches(struct json value, const char *expression)
{
    regex_t regex;
    struct str text = text_of(value);
    char copy[MATCH_MAX];
    bool container = json_kind(value) == JSON_ARRAY || json_kind(value) == JSON_OBJECT;
    if (!json_exists(value) || container || text.len >= sizeof(copy) ||
        memchr(text.ptr, '\0', text.len) != NULL)
        return false;
    snprintf(copy, sizeof(copy), "%" PRIstr, STR_ARG(text));
    if (regcomp(&regex, expression, REG_EXTENDED | REG_NOSUB) != 0)
        return false;
    bool found = regexec(&regex, copy, 0, NULL, 0) == 0;
    regfree(&regex);
    return found;
}

static void add_evidence(struct said *said, const char *fmt, ...) printf_like(2, 3);
static void add_evidence(struct said *said, const char *fmt, ...)
{
    size_t len = strlen(said->evidence);
    va_list args;
    va_start(args, fmt);
    vsnprintf(said->evidence + len, sizeof(said->evidence) - len, fmt, args);
    va_end(args);
}

static bool judge_value(const struct config_json_check *check, struct json root, struct said *said)
{
    struct json value = json_find(root, check->path);
    struct str shown =
        json_exists(value) ? str_sub(json_raw(value), 0, VALUE_SHOWN) : STR("absent");
    add_evidence(said, ", %s = %" PRIstr, check->path, STR_ARG(shown));
    if (check->equals != NULL ? equals(value, check->equals) : matches(value, check->matches))
        return true;
    said_set(said, VERDICT_FAIL, "%s is %" PRIstr ", expected %s%s", check->path, STR_ARG(shown),
             check->equals != NULL ? "" : "a match of ",
             check->equals != NULL ? check->equals->text : check->matches);
    return false;
}

static bool judge_json(const struct config_expect *expect, struct str body, struct said *said)
{
    cleanup_json_doc struct json_doc doc = {0};
    struct error err;
    if (expect->json.count == 0)
        return true;
    if (!json_parse(body, &(struct json_options){.name = "the answer"}, &doc, &err)) {
        said_set(said, VERDICT_FAIL, "not JSON: %s", err.msg);
        return false;
    }
    for (size_t i = 0; i < expect->json.count; i++)
        if (!judge_value(&expect->json.items[i], json_root(&doc), said))
            return false;
    return true;
}

/* A proxy between, or a limit on us who ask, says nothing about the service. */
static enum gate_verdict judge_status(int status)
{
    return status == 429 || status == 407 ? VERDICT_INCONCLUSIVE : VERDICT_FAIL;
}

void judge_answer(const struct config_expect *expect, const struct http_response *answer,
                  struct said *said)
{
    const char *word = http_status_reason(answer->status);
    int64_t bound = expect->max_latency_ms;
    said->latency_ms = answer->timing.total_us / 1000;
    snprintf(said->evidence, sizeof(said->evidence), "%d%s%s", answer->status, *word ? " " : "",
             word);
    if (answer->status != expect->status) {
        said_set(said, judge_status(answer->status), "answered %s, expected %d", said->evidence,
                 (int)expect->status);
        return;
    }
    if (!judge_json(expect, buf_str(&answer->body), said))
        return;
    if (bound > 0 && answer->timing.total_us > bound * 1000) {
        said_set(said, VERDICT_FAIL, "took %d ms, at most %d ms are allowed", (int)said->latency_ms,
                 (int)bound);
        return;
    }
    said_set(said, VERDICT_PASS, "%s", "");
}

/* ---- the release that answers ---- */

struct fact {
    const char *key;  /* in /version */
    const char *name; /* for people */
    const char *expected;
    size_t shown; /* bytes of it that tell it from others */
};

static struct str without_algorithm(struct str digest)
{
    return str_starts(digest, STR("sha256:")) ? str_sub(digest, 7, digest.len) : digest;
}

static bool judge_fact(const struct fact *fact, struct json root, struct said *said)
{
    struct json value = json_get(root, fact->key);
    struct str actual = json_str(value);
    if (fact->expected == NULL || *fact->expected == '\0')
        return true;
    if (str_eq(without_algorithm(actual), without_algorithm(str_of(fact->expected))))
        return true;
    if (actual.len == 0)
        said_set(said, VERDICT_FAIL, "what answers does not say its %s (%s)", fact->name,
                 fact->key);
    else
        said_set(said, VERDICT_FAIL, "the %s that answers is '%" PRIstr "', deployed was '%s'",
                 fact->name, STR_ARG(str_sub(actual, 0, VALUE_SHOWN)), fact->expected);
    return false;
}

void judge_version(const struct gate_expect *expect, struct str body, struct said *said)
{
    const struct fact facts[] = {{"version", "version", expect->version, 32},
                                 {"releaseDigest", "release digest", expect->digest, 12},
                                 {"instanceId", "instance", expect->instance, 32},
                                 {"bootId", "boot id", expect->boot_id, 8}};
    cleanup_json_doc struct json_doc doc = {0};
    struct error err;
    if (!json_parse(body, &(struct json_options){.name = "/version"}, &doc, &err)) {
        said_set(said, VERDICT_FAIL, "not JSON: %s", err.msg);
        return;
    }
    said->evidence[0] = '\0';
    for (size_t i = 0; i < ARRAY_LEN(facts); i++)
        if (!judge_fact(&facts[i], json_root(&doc), said))
            return;
    for (size_t i = 0; i < ARRAY_LEN(facts); i++) {
        struct str value = json_str(json_get(json_root(&doc), facts[i].key));
        value = str_sub(without_algorithm(value), 0, facts[i].shown);
        add_evidence(said, "%s%s %" PRIstr, i > 0 ? ", " : "", facts[i].name, STR_ARG(value));
    }
    said_set(said, VERDICT_PASS, "%s", "");
}
