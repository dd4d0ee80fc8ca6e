/* The syntax of workflow commands, without deciding when to use them. */
#pragma once

#include "event/event.h"

/* Appends the part behind "::", with %, CR and LF escaped; control characters are made visible. */
void workflow_add_data(struct buf *out, struct str text);
/* As workflow_add_data, but byte for byte: the runner looks for exactly this text. */
void workflow_add_mask(struct buf *out, struct str form);
/* Appends " name=value" or ",name=value" when the value is not empty; `first` is updated. */
void workflow_add_property(struct buf *out, bool *first, const char *name, struct str value);
/* 32 random hex digits, for delimiters and tokens. */
enum { WORKFLOW_TOKEN_MAX = 33 };
void workflow_token(const struct rng *rng, char ret_token[WORKFLOW_TOKEN_MAX]);

/* One output for the file GITHUB_OUTPUT, framed by a random delimiter. */
bool workflow_write_output(const char *path, const struct rng *rng, struct str name,
                           struct str value, struct error *err) must_use;
/* Markdown for the file GITHUB_STEP_SUMMARY, which is dropped whole beyond 1 MiB: what is more
 * than SUMMARY_MAX in that file is left out, with a sentence that says so. */
bool workflow_write_summary(const char *path, struct str markdown, struct error *err) must_use;
enum { SUMMARY_MAX = 900 * 1024 };
