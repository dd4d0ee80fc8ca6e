/* Any bytes as the journal of a run: its beginning, the progress of an action, and its failure are
 * read or refused. Lines are entries: a letter for the kind, the payload; all of one action. */
#include "plan/internal.h"

enum { ENTRIES = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct journal journal_of(struct str text, struct arena *a)
{
    struct journal journal = {.items = ARENA_ARRAY(a, struct journal_entry, ENTRIES)};
    struct str line;
    while (journal.count < ENTRIES && str_next_line(&text, &line)) {
        unsigned kind = line.len > 0 ? (unsigned char)line.ptr[0] : 0;
        journal.items[journal.count++] = (struct journal_entry){
            .v = 1,
            .seq = journal.count,
            .kind = (enum journal_kind)(kind % JOURNAL_KIND_COUNT),
            .action = "it",
            .payload = arena_strdup(a, str_sub(line, 1, line.len)),
        };
    }
    return journal;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err;
    struct plan plan;
    struct plan_origin origin;
    cleanup_arena struct arena a = {0};
    struct journal journal = journal_of(str_n(data, size), &a);
    struct error failure = journalled_failure(&journal, "it");
    if (failure.kind == ERR_NONE || failure.kind >= ERR_KIND_COUNT)
        abort();
    if (journal.count == 0 && action_progress(&journal, "it") != ACTION_UNTOUCHED)
        abort();
    if (plan_run_parse(str_n(data, size), "fuzz", &a, &origin, &plan, &err) &&
        (origin.verb == NULL || origin.project == NULL || plan.environment == NULL))
        abort();
    return 0;
}
