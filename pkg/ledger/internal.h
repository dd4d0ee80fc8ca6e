/* What the files of ledger share: the forms of DEPLOYMENTS.md. */
#pragma once

#include "ledger/ledger.h"

#define LEDGER_TITLE "# Deployments"
#define LEDGER_MARK "<!-- teerex-ledger 1 events "
#define LEDGER_MARK_HEAD " head "
#define LEDGER_MARK_END " -->"

/* Appends a cell's text so that it stays in its cell and is no markup. */
void cell_add(struct buf *out, struct str text);
/* The way back; false for an escape that cell_add does not write, NUL, or too long a cell. */
bool cell_parse(struct str text, struct arena *a, const char **ret) must_use;
/* Appends the table's two header lines, and one row. */
void ledger_add_header(struct buf *out);
void ledger_add_row(struct buf *out, const struct ledger_row *row);
