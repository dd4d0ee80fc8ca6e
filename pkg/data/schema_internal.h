/* What the files of the schema share. */
#pragma once

#include "schema.h"

/* Does the text have that form? */
bool schema_matches(const struct schema_pattern *pattern, const char *text);
/* The index of `text` among the choices of an ENUM. */
bool schema_choice(const struct schema_field *field, const char *text, unsigned *ret);
