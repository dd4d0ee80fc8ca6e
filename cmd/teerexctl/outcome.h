/* What deploy, apply and down print at their end. */
#pragma once

#include "site.h"

/* The result of a run: what was done, the gates' verdicts, where the services answer, the ledger's
 * row, and what to try next; in GitHub Actions also outputs and a summary. `report` NULL: there was
 * nothing to do. */
bool outcome_result(struct site *site, const struct deploy_report *report,
                    struct error *err) must_use;
