/* The names under which kinds are stored: tables, held together with their enums. */
#include "store/store.h"

static const char *const JOURNAL_KINDS[] = {
    [JOURNAL_RUN_STARTED] = "run_started",
    [JOURNAL_INTENT] = "intent",
    [JOURNAL_EFFECT] = "effect",
    [JOURNAL_DONE] = "done",
    [JOURNAL_FAILED] = "failed",
    [JOURNAL_NOTE] = "note",
    [JOURNAL_RUN_FINISHED] = "run_finished",
};
_Static_assert(ARRAY_LEN(JOURNAL_KINDS) == JOURNAL_KIND_COUNT, "one name per journal kind");

static const char *const CHAIN_KINDS[] = {
    [CHAIN_DEPLOYED] = "deployed",
    [CHAIN_REPLACED] = "replaced",
    [CHAIN_ROLLED_BACK] = "rolled_back",
    [CHAIN_FAILED] = "failed",
};
_Static_assert(ARRAY_LEN(CHAIN_KINDS) == CHAIN_KIND_COUNT, "one name per chain kind");

const char *journal_kind_name(enum journal_kind kind)
{
    return JOURNAL_KINDS[kind];
}

const char *chain_kind_name(enum chain_kind kind)
{
    return CHAIN_KINDS[kind];
}

static bool find_name(const char *const *names, size_t count, struct str name, size_t *ret)
{
    for (size_t i = 0; i < count; i++) {
        if (str_is(name, names[i])) {
            *ret = i;
            return true;
        }
    }
    return false;
}

bool journal_kind_parse(struct str name, enum journal_kind *ret)
{
    size_t at;
    if (!find_name(JOURNAL_KINDS, JOURNAL_KIND_COUNT, name, &at))
        return false;
    *ret = (enum journal_kind)at;
    return true;
}

bool chain_kind_parse(struct str name, enum chain_kind *ret)
{
    size_t at;
    if (!find_name(CHAIN_KINDS, CHAIN_KIND_COUNT, name, &at))
        return false;
    *ret = (enum chain_kind)at;
    return true;
}
