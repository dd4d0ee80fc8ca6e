/* The table of action kinds. */
#include "plan/plan.h"

static const struct action_kind_info KINDS[] = {
    [ACTION_RELEASE_STAGE] = {"release.stage", EFFECT_IDEMPOTENT, '+', "stage the release"},
    [ACTION_SUPERVISOR_START] = {"supervisor.start", EFFECT_IDEMPOTENT, '+',
                                 "start the supervisor"},
    [ACTION_SERVICE_STOP] = {"service.stop", EFFECT_IDEMPOTENT, '-', "stop the service"},
    [ACTION_INSTANCE_START] = {"instance.start", EFFECT_ONCE, '+', "start the new instance"},
    [ACTION_INSTANCE_CHECK] = {"instance.check", EFFECT_READ, '?', "check the new instance"},
    [ACTION_INSTANCE_PROMOTE] = {"instance.promote", EFFECT_IDEMPOTENT, '~',
                                 "hand over the socket"},
    [ACTION_RELEASE_SWITCH] = {"release.switch", EFFECT_IDEMPOTENT, '~', "switch the release"},
    [ACTION_INSTANCE_DRAIN] = {"instance.drain", EFFECT_IDEMPOTENT, '-', "drain the old instance"},
    [ACTION_GATE_RUN] = {"gate.run", EFFECT_READ, '?', "run the gates"},
    [ACTION_RECORD_PUT] = {"record.put", EFFECT_IDEMPOTENT, '.', "write the record"},
    [ACTION_LEDGER_APPEND] = {"ledger.append", EFFECT_ONCE, '.', "append to the ledger"},
    [ACTION_RELEASE_PRUNE] = {"release.prune", EFFECT_IDEMPOTENT, '-', "remove the release"},
};
_Static_assert(ARRAY_LEN(KINDS) == ACTION_KIND_COUNT, "one row per action kind");

const struct action_kind_info *action_kind_info(enum action_kind kind)
{
    return &KINDS[kind];
}

bool action_kind_parse(struct str name, enum action_kind *ret)
{
    for (size_t i = 0; i < ACTION_KIND_COUNT; i++) {
        if (str_is(name, KINDS[i].name)) {
            *ret = (enum action_kind)i;
            return true;
        }
    }
    return false;
}
