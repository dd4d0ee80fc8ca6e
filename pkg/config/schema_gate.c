/* The schema of gates. */
#include "schema_common.h"

#define HOUR_MS (INT64_C(60) * 60 * 1000)

static const char *const KINDS[] = {[CONFIG_GATE_HTTP] = "http",
                                    [CONFIG_GATE_COMMAND] = "command",
                                    [CONFIG_GATE_RELEASE] = "release",
                                    NULL};
static const char *const FALLBACKS[] = {
    [CONFIG_FALLBACK_FAIL] = "fail", [CONFIG_FALLBACK_SKIP] = "skip", NULL};

/* A scalar, or {matches: EXPRESSION}: gates.c takes it apart. */
static const struct schema_field JSON_CHECK = {.key = "",
                                               .type = SCHEMA_ANY,
                                               AT(config_json_check, equals),
                                               .doc = "The value, or {matches: EXPRESSION}."};

static const struct schema_field EXPECT_FIELDS[] = {
    {.key = "status",
     .type = SCHEMA_INT,
     .fallback = "200",
     .min = 100,
     .max = 599,
     AT(config_expect, status),
     .doc = "The HTTP status."},
    {.key = "max_latency",
     .type = SCHEMA_DURATION,
     .fallback = "0",
     .min = 0,
     .max = HOUR_MS,
     AT(config_expect, max_latency_ms),
     .doc = "The slowest answer that passes; 0: any."},
    {.key = "json",
     .type = SCHEMA_MAP,
     .item = &JSON_CHECK,
     .item_size = sizeof(struct config_json_check),
     AT(config_expect, json),
     .doc = "Values in the reply, by path: status, \"versions[0].sha256\", \"/a/b\"."},
    {.key = NULL},
};

static const struct schema_field GATE_FIELDS[] = {
    {.key = "", .type = SCHEMA_SELF, AT(config_gate, node)},
    {.key = "kind",
     .type = SCHEMA_ENUM,
     .choices = KINDS,
     .flags = SCHEMA_REQUIRED,
     AT(config_gate, kind),
     .doc = "http, command or release."},
    {.key = "component",
     .type = SCHEMA_STRING,
     .pattern = &PATTERN_NAME,
     AT(config_gate, component),
     .doc = "Whom it asks; the only component when not said."},
    {.key = "url",
     .type = SCHEMA_STRING,
     .flags = SCHEMA_NOT_EMPTY,
     AT(config_gate, url),
     .doc = "http: what is fetched, such as {{address}}/healthz."},
    {.key = "expect",
     .type = SCHEMA_TABLE,
     .fields = EXPECT_FIELDS,
     AT(config_gate, expect),
     .doc = "http: what the reply must be."},
    {.key = "argv",
     LIST_OF_TEXT(TEXT_ITEM),
     AT(config_gate, argv),
     .doc = "command: the program and its arguments; no shell."},
    {.key = "fallback",
     .type = SCHEMA_ENUM,
     .choices = FALLBACKS,
     .fallback = "fail",
     AT(config_gate, fallback),
     .doc = "When a gate it needs did not pass: fail, or be skipped."},
    {.key = "timeout",
     .type = SCHEMA_DURATION,
     .fallback = "5s",
     .min = 1,
     .max = HOUR_MS,
     AT(config_gate, timeout_ms),
     .doc = "How long one attempt may take."},
    {.key = "retries",
     .type = SCHEMA_INT,
     .fallback = "0",
     .min = 0,
     .max = 1000,
     AT(config_gate, retries),
     .doc = "Attempts after the first."},
    {.key = "interval",
     .type = SCHEMA_DURATION,
     .fallback = "1s",
     .min = 0,
     .max = HOUR_MS,
     AT(config_gate, interval_ms),
     .doc = "The pause between attempts."},
    {.key = "needs",
     LIST_OF_TEXT(NAME_ITEM),
     .flags = SCHEMA_UNIQUE | SCHEMA_LOOSE,
     AT(config_gate, needs),
     .doc = "Gates that must have passed before."},
    {.key = "components",
     LIST_OF_TEXT(NAME_ITEM),
     .flags = SCHEMA_UNIQUE | SCHEMA_LOOSE,
     AT(config_gate, components),
     .doc = "Components that must be deployed before."},
    {.key = NULL},
};

const struct schema_field GATE_ROW = {
    .key = "", .type = SCHEMA_TABLE, .fields = GATE_FIELDS, .doc = "A question with a verdict."};

const char *const CONFIG_GATE_VARS[] = {"address", "component", "host",     "environment",
                                        "version", "digest",    "instance", "boot_id"};
const size_t CONFIG_GATE_VARS_COUNT = ARRAY_LEN(CONFIG_GATE_VARS);
