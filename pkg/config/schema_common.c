/* The forms of text that configuration values have. */
#include "schema_common.h"

const struct schema_pattern PATTERN_NAME = {
    "a name of small letters, digits and '-', beginning with a letter", "^[a-z][a-z0-9-]{0,62}$"};
const struct schema_pattern PATTERN_VARIABLE = {"the name of an environment variable",
                                                "^[A-Za-z_][A-Za-z0-9_]*$"};
const struct schema_pattern PATTERN_ADDRESS = {
    "a listen address such as 127.0.0.1:4000 or [::1]:4000",
    "^([0-9]{1,3}(\\.[0-9]{1,3}){3}|\\[[0-9a-fA-F:.]+\\]|localhost):[0-9]{1,5}$"};
const struct schema_pattern PATTERN_MODE = {"four octal digits in quotes such as \"0755\"",
                                            "^0[0-7]{3}$"};
/* "..", "." and empty parts are refused when the paths are checked. */
const struct schema_pattern PATTERN_INSIDE = {
    "a relative path of letters, digits, '.', '_' and '-'", "^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*$"};
const struct schema_pattern PATTERN_ROUTE = {"a path such as /health", "^/[A-Za-z0-9._~/-]*$"};
const struct schema_pattern PATTERN_REFERENCE = {
    "a reference to a secret, env:NAME or ssm:/path, never the secret itself",
    "^(env:[A-Za-z_][A-Za-z0-9_]*|ssm:/[A-Za-z0-9_./-]+)$"};
const struct schema_pattern PATTERN_REPOSITORY = {"OWNER/NAME",
                                                  "^[A-Za-z0-9._-]+/[A-Za-z0-9._-]+$"};
const struct schema_pattern PATTERN_URL = {"an address such as https://host/path",
                                           "^https?://[^ \"<>]+$"};

const struct schema_field TEXT_ITEM = {.key = "", .type = SCHEMA_STRING, .flags = SCHEMA_NOT_EMPTY};
const struct schema_field NAME_ITEM = {.key = "", .type = SCHEMA_STRING, .pattern = &PATTERN_NAME};

const char *const FORMAT_VERSIONS[] = {"1", NULL};
