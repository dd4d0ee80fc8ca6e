/* The ledger: rows from events, the golden file, hostile cells, and every kind of tampering. */
#include "ledger/ledger.h"
#include "testing_store.h"

static void tell(struct fixture *f, enum chain_kind kind, const char *env, const char *version)
{
    struct error err;
    struct ledger_write write = {
        .kind = kind,
        .env = env,
        .entry = {.version = version, .machine = "here", .image_digest = "sha256:ab"}};
    assert_ok(ledger_append(f->store, &f->hold, &write, f->now_ms, &err), &err);
    assert_ok(chain_read(f->store, &f->arena, &f->chain, &err), &err);
    f->now_ms += 1000;
}

/* "version status" of every row, newest first. */
static void expect_rows(struct fixture *f, const char *expected)
{
    struct error err;
    struct ledger ledger;
    cleanup_buf struct buf text = buf_make(BUF_TEXT);
    assert_ok(ledger_derive(&f->chain, &f->arena, &ledger, &err), &err);
    for (size_t i = 0; i < ledger.count; i++)
        buf_addf(&text, "%s%s %s", i ? ", " : "", ledger.rows[i].cells[LEDGER_VERSION],
                 ledger.rows[i].cells[LEDGER_STATUS]);
    assert_str(buf_str(&text), expected);
}

static void status_is_derived(void **state unused_arg)
{
    cleanup_fixture struct fixture f;
    fixture_begin(&f);
    tell(&f, CHAIN_DEPLOYED, "local", "1");
    expect_rows(&f, "1 Active");
    tell(&f, CHAIN_DEPLOYED, "other", "7");
    tell(&f, CHAIN_DEPLOYED, "local", "2");
    expect_rows(&f, "2 Active, 7 Active, 1 Replaced");
    tell(&f, CHAIN_FAILED, "local", "3");
    expect_rows(&f, "3 Failed, 2 Active, 7 Active, 1 Replaced");
    tell(&f, CHAIN_ROLLED_BACK, "local", "4"); /* never became active */
    expect_rows(&f, "4 Rolled back, 3 Failed, 2 Active, 7 Active, 1 Replaced");
    tell(&f, CHAIN_ROLLED_BACK, "local", "2");
    tell(&f, CHAIN_DEPLOYED, "local", "1");
    expect_rows(&f, "1 Active, 4 Rolled back, 3 Failed, 2 Rolled back, 7 Active, 1 Replaced");
    tell(&f, CHAIN_REPLACED, "other", "7");
    expect_rows(&f, "1 Active, 4 Rolled back, 3 Failed, 2 Rolled back, 7 Replaced, 1 Replaced");
}

/* One version may be deployed twice: what is rolled back from is found by its instance. */
static void instances_are_told_apart(void **state unused_arg)
{
    struct error err;
    struct ledger_write write = {
        .kind = CHAIN_DEPLOYED,
        .env = "local",
        .entry = {.component = "prover", .version = "1", .machine = "here", .instance = "a-1"}};
    cleanup_fixture struct fixture f;
    fixture_begin(&f);
    assert_ok(ledger_append(f.store, &f.hold, &write, f.now_ms, &err), &err);
    write.kind = CHAIN_ROLLED_BACK;
    write.entry.instance = "b-2"; /* never became active, though its version is */
    assert_ok(ledger_append(f.store, &f.hold, &write, f.now_ms, &err), &err);
    assert_ok(chain_read(f.store, &f.arena, &f.chain, &err), &err);
    expect_rows(&f, "1 Rolled back, 1 Active");
    write.entry.instance = "a-1";
    assert_ok(ledger_append(f.store, &f.hold, &write, f.now_ms, &err), &err);
    assert_ok(chain_read(f.store, &f.arena, &f.chain, &err), &err);
    expect_rows(&f, "1 Rolled back, 1 Rolled back");
}

/* Two components on one machine do not replace each other. */
static void components_are_told_apart(void **state unused_arg)
{
    struct error err;
    struct ledger ledger;
    cleanup_fixture struct fixture f;
    fixture_begin(&f);
    struct ledger_write write = {.kind = CHAIN_DEPLOYED,
                                 .env = "local",
                                 .entry = {.component = "prover", .instance = "a-1"}};
    assert_ok(ledger_append(f.store, &f.hold, &write, 1, &err), &err);
    write.entry = (struct ledger_entry){.component = "app"};
    assert_ok(ledger_append(f.store, &f.hold, &write, 2, &err), &err);
    assert_ok(chain_read(f.store, &f.arena, &f.chain, &err), &err);
    assert_ok(ledger_derive(&f.chain, &f.arena, &ledger, &err), &err);
    assert_string_equal(ledger.rows[0].component, "app");
    assert_string_equal(ledger.rows[1].cells[LEDGER_STATUS], "Active");
    assert_string_equal(ledger.rows[1].instance, "a-1");
    assert_string_equal(ledger.rows[1].run, "run-1");
}

static void render(struct fixture *f, struct buf *out)
{
    struct error err;
    assert_ok(ledger_render(&f->chain, out, &err), &err);
}

static void the_file_is_as_golden(void **state unused_arg)
{
    static const char GOLDEN[] =
        "# Deployments\n"
        "\n"
        "Written by `teerexctl` from its chain of events, newest first; "
        "`teerexctl history --verify` checks it.\n"
        "\n"
        "<!-- teerex-ledger 1 events 2 head %s -->\n"
        "\n"
        "| Timestamp | Version | Environment | Machine | Image digest | Compose hash | PCR0 "
        "| Chain TX | Status |\n"
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n"
        "| 2026-02-03T04:05:07Z | 0.3.0-sdk.1 | local | here | sha256:ab | - | - | - | Active |\n"
        "| 2026-02-03T04:05:06Z | 0.2.0 | local | here | sha256:ab | - | - | - | Replaced |\n";
    cleanup_buf struct buf out = buf_make(BUF_TEXT);
    cleanup_fixture struct fixture f;
    fixture_begin(&f);
    tell(&f, CHAIN_DEPLOYED, "local", "0.2.0");
    tell(&f, CHAIN_DEPLOYED, "local", "0.3.0-sdk.1");
    render(&f, &out);
    cleanup_free char *expected = xasprintf(GOLDEN, f.chain.items[1].hash);
    assert_str(buf_str(&out), expected);
}

static void it_reads_back_as_it_was(void **state unused_arg)
{
    static const char *const HOSTILE[] = {
        "a|b",
        "a | b |",
        "--> <!-- teerex-ledger 1 events 0 head",
        "[x](javascript:y)",
        "\\",
        "\\|",
        "\\x0a",
        "line\none\r\n",
        " spaces ",
        "-",
        "`code`",
        "**Active**",
        "~~x~~",
        "&lt;",
        "ü€😀",
        "\x01\x7f",
        "| --- |",
        "a\\",
        "",
    };
    struct error err;
    struct ledger derived, parsed;
    cleanup_buf struct buf out = buf_make(BUF_TEXT);
    cleanup_fixture struct fixture f;
    fixture_begin(&f);
    for (size_t i = 0; i < ARRAY_LEN(HOSTILE); i++)
        tell(&f, CHAIN_FAILED, "local", HOSTILE[i]);
    render(&f, &out);
    assert_ok(ledger_derive(&f.chain, &f.arena, &derived, &err), &err);
    assert_ok(ledger_parse(buf_str(&out), "D.md", &f.arena, &parsed, &err), &err);
    assert_int_equal(parsed.count, ARRAY_LEN(HOSTILE));
    assert_string_equal(parsed.head, derived.head);
    for (size_t i = 0; i < parsed.count; i++) {
        for (int c = 0; c < LEDGER_COLUMN_COUNT; c++)
            assert_string_equal(parsed.rows[i].cells[c], derived.rows[i].cells[c]);
        assert_string_equal(parsed.rows[i].cells[LEDGER_VERSION],
                            HOSTILE[ARRAY_LEN(HOSTILE) - 1 - i]);
    }
    /* One comment, one table: no cell opened another. */
    size_t at = str_find(buf_str(&out), STR("<!--"));
    assert_int_equal(str_find(str_sub(buf_str(&out), at + 1, SIZE_MAX), STR("<!--")), SIZE_MAX);
    assert_ok(ledger_verify(&f.chain, buf_str(&out), "D.md", &err), &err);
}

static void an_empty_ledger_verifies(void **state unused_arg)
{
    struct error err;
    cleanup_buf struct buf out = buf_make(BUF_TEXT);
    cleanup_fixture struct fixture f;
    fixture_begin(&f);
    render(&f, &out);
    assert_ok(ledger_verify(&f.chain, buf_str(&out), "D.md", &err), &err);
}

static void entries_are_checked(void **state unused_arg)
{
    struct error err;
    char big[LEDGER_CELL_MAX + 2];
    cleanup_fixture struct fixture f;
    fixture_begin(&f);
    memset(big, 'x', sizeof(big));
    big[LEDGER_CELL_MAX + 1] = '\0';
    struct ledger_write write = {.kind = CHAIN_DEPLOYED, .env = "local", .entry = {.pcr0 = big}};
    assert_fails(ledger_append(f.store, &f.hold, &write, 1, &err), &err, ERR_FAILED, "pcr0 is not");
    write.entry.pcr0 = "\xff";
    assert_fails(ledger_append(f.store, &f.hold, &write, 1, &err), &err, ERR_FAILED, "UTF-8");
    struct chain_write odd = {.kind = CHAIN_DEPLOYED, .env = "local", .payload = STR("[1]")};
    assert_ok(chain_append(f.store, &f.hold, &odd, 1, &err), &err);
    assert_ok(chain_read(f.store, &f.arena, &f.chain, &err), &err);
    struct ledger ledger;
    assert_fails(ledger_derive(&f.chain, &f.arena, &ledger, &err), &err, ERR_VERIFY,
                 "event 1: payload: no usable 'version'");
}

/* ---- tampering ---------------------------------------------------------------------------- */

static void three_deployments(struct fixture *f, struct buf *out)
{
    tell(f, CHAIN_DEPLOYED, "local", "0.1.0");
    tell(f, CHAIN_DEPLOYED, "local", "0.2.0");
    tell(f, CHAIN_DEPLOYED, "local", "0.3.0");
    render(f, out);
}

/* The file with the first `from` replaced by `to`: verify must fail with `part`. */
static void file_changed(const char *from, const char *to, const char *part)
{
    struct error err;
    cleanup_buf struct buf out = buf_make(BUF_TEXT), changed = buf_make(BUF_TEXT);
    cleanup_fixture struct fixture f;
    fixture_begin(&f);
    three_deployments(&f, &out);
    size_t at = str_find(buf_str(&out), str_of(from));
    assert_true(at != SIZE_MAX);
    buf_add(&changed, str_sub(buf_str(&out), 0, at));
    buf_adds(&changed, to);
    buf_add(&changed, str_sub(buf_str(&out), at + strlen(from), SIZE_MAX));
    assert_fails(ledger_verify(&f.chain, buf_str(&changed), "D.md", &err), &err, ERR_VERIFY, part);
}

static void a_changed_file_is_found(void **state unused_arg)
{
    file_changed("| 0.3.0 |", "| 0.9.0 |", "D.md:9: Version is '0.9.0', but event 3 says '0.3.0'");
    file_changed("Replaced", "Active", "D.md:10: Status is 'Active', but event 2 says 'Replaced'");
    file_changed("2026-02-03T04:05:06Z", "2026-02-03T04:05:00Z", "D.md:11: Timestamp is");
    file_changed("sha256:ab", "sha256:ac", "Image digest is 'sha256:ac'");
    file_changed("# Deployments", "# deployments", "D.md:1: this line was changed");
    file_changed("checks it", "checks", "D.md:3: this line was changed");
    file_changed("events 3", "events 2", "it claims 2 events, but its head is event 3");
    file_changed("events 3", "events x", "D.md:5: the head of the chain cannot be read");
    file_changed("events 3", "events 3 ", "D.md:5: the head of the chain cannot be read");
    file_changed("<!-- teerex", "<!-- other", "there is no head of the chain");
    file_changed("| PCR0 ", "| pcr0 ", "D.md:7: the header of the table was changed");
    file_changed("| Active |\n", "| Active | x |\n", "D.md:9: a row has too many columns");
    file_changed("| Active |\n", "|\n", "D.md:9: a row has too few columns");
    file_changed("| Active |\n", "| Active |\n\n", "D.md:10: expected a row of the table");
    file_changed("| 0.3.0 |", "| 0.3.0\\q |", "D.md:9: a cell cannot be read");
    file_changed("| 0.3.0 |", "|  0.3.0 |", "D.md:9: Version is ' 0.3.0'");
    file_changed("| 0.3.0 |", "| 0.3\\x2e0 |", "D.md:9: this line was changed");
    file_changed("-->\n", "-->\r\n", "D.md: its line ends were changed");
}

static void a_removed_row_is_found(void **state unused_arg)
{
    struct error err;
    cleanup_buf struct buf out = buf_make(BUF_TEXT);
    cleanup_fixture struct fixture f;
    fixture_begin(&f);
    three_deployments(&f, &out);
    struct str text = buf_str(&out);
    assert_fails(ledger_verify(&f.chain, str_sub(text, 0, text.len - 1), "D.md", &err), &err,
                 ERR_VERIFY, "D.md: its line ends were changed");
    while (text.len > 1 && text.ptr[text.len - 2] != '\n')
        text.len--;
    text.len--;
    assert_fails(ledger_verify(&f.chain, text, "D.md", &err), &err, ERR_VERIFY,
                 "D.md: it has 2 rows, but the chain tells 3");
}

static void a_changed_store_is_found(void **state unused_arg)
{
    struct error err;
    struct chain_event *event;
    cleanup_buf struct buf out = buf_make(BUF_TEXT);
    cleanup_fixture struct fixture f;
    fixture_begin(&f);
    three_deployments(&f, &out);
    event = &f.chain.items[1];
    const char *payload = event->payload;
    event->payload = "{}";
    assert_fails(ledger_verify(&f.chain, buf_str(&out), "D.md", &err), &err, ERR_VERIFY,
                 "event 2 was changed");
    event->payload = payload;
    f.chain.count = 2; /* the last event was cut off: only the file knows */
    assert_fails(ledger_verify(&f.chain, buf_str(&out), "D.md", &err), &err, ERR_VERIFY,
                 "the store has lost events: D.md tells 3 of them, the store has 2");
}

/* A store that was made anew with events of its own choosing has valid links, but another head. */
static void a_forged_chain_is_found(void **state unused_arg)
{
    struct error err;
    cleanup_buf struct buf out = buf_make(BUF_TEXT);
    cleanup_fixture struct fixture f, forged;
    fixture_begin(&f);
    three_deployments(&f, &out);
    fixture_begin(&forged);
    tell(&forged, CHAIN_DEPLOYED, "local", "0.1.0");
    tell(&forged, CHAIN_DEPLOYED, "local", "0.2.1");
    tell(&forged, CHAIN_DEPLOYED, "local", "0.3.0");
    assert_ok(chain_verify(&forged.chain, &err), &err);
    assert_fails(ledger_verify(&forged.chain, buf_str(&out), "D.md", &err), &err, ERR_VERIFY,
                 "is no event of the store: one of both was changed");
}

static void a_file_that_is_behind_says_so(void **state unused_arg)
{
    struct error err;
    cleanup_buf struct buf out = buf_make(BUF_TEXT);
    cleanup_fixture struct fixture f;
    fixture_begin(&f);
    three_deployments(&f, &out);
    tell(&f, CHAIN_DEPLOYED, "local", "0.4.0");
    assert_fails(ledger_verify(&f.chain, buf_str(&out), "D.md", &err), &err, ERR_VERIFY,
                 "D.md is behind: it tells 3 events and the store has 4");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(status_is_derived),
        cmocka_unit_test(instances_are_told_apart),
        cmocka_unit_test(components_are_told_apart),
        cmocka_unit_test(the_file_is_as_golden),
        cmocka_unit_test(it_reads_back_as_it_was),
        cmocka_unit_test(an_empty_ledger_verifies),
        cmocka_unit_test(entries_are_checked),
        cmocka_unit_test(a_changed_file_is_found),
        cmocka_unit_test(a_removed_row_is_found),
        cmocka_unit_test(a_changed_store_is_found),
        cmocka_unit_test(a_forged_chain_is_found),
        cmocka_unit_test(a_file_that_is_behind_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
