/* What the verbs of attestation share: files of expected values, and reports for people and
 * programs. */
#pragma once

#include "app.h"
#include "attest/attest.h"
#include "data/data.h"

enum { PROOF_PCRS = 32, PROOF_PCR_LEN = 48 };

/* Reads a JSON object of "PCR0": HEX … (as `eif describe` writes it; "Measurements" around it, as
 * nitro-cli does, is looked into) into `ret_pcrs`; the bytes live in the app's arena. ERR_CONFIG on
 * anything else in it. */
bool proof_expected(struct app *app, const char *path, struct str ret_pcrs[PROOF_PCRS],
                    struct error *err) must_use;
/* Decodes hexadecimal text into the app's arena. ERR_USAGE, naming `what`. */
bool proof_hex(struct app *app, const char *what, const char *text, struct str *ret,
               struct error *err) must_use;
/* The checks as a table. */
void proof_table(struct app *app, const struct report *report, struct buf *out);
/* Members verdict, reason and checks of the object that is open. */
void proof_write(const struct report *report, struct json_writer *w);
/* True when all holds; else ERR_VERIFY with the first reason. */
bool proof_check(const struct report *report, const char *name, struct error *err) must_use;
