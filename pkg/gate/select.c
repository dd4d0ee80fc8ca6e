/* Which gates are meant by their names: those, and all that they need. Pure. */
#include "internal.h"

static size_t index_of(const struct config *config, const char *name)
{
    size_t i = 0;
    while (i < config->env.gates.count && strcmp(config->env.gates.items[i].name, name) != 0)
        i++;
    return i;
}

static bool unknown(const struct config *config, const char *name, struct arena *arena,
                    struct error *err)
{
    size_t count = config->env.gates.count;
    const char **names = ARENA_ARRAY(arena, const char *, count + 1);
    for (size_t i = 0; i < count; i++)
        names[i] = config->env.gates.items[i].name;
    const char *nearest = str_nearest(str_of(name), names, count);
    return err_set(err, ERR_USAGE, "environment '%s' has no gate '%s'%s%s%s", config->environment,
                   name, nearest ? "; did you mean '" : "", nearest ? nearest : "",
                   nearest ? "'?" : "");
}

/* Marks what one gate needs; says whether a mark is new. */
static bool mark_needs(const struct config *config, const struct config_gate *gate, bool *wanted,
                       bool *ret_grew, const char **ret_unknown)
{
    for (size_t i = 0; i < gate->needs.count; i++) {
        size_t need = index_of(config, gate->needs.items[i]);
        if (need == config->env.gates.count) {
            *ret_unknown = gate->needs.items[i];
            return false;
        }
        *ret_grew = *ret_grew || !wanted[need];
        wanted[need] = true;
    }
    return true;
}

/* Marks all that the marked ones need, until nothing is added. */
static bool mark_all(const struct config *config, bool *wanted, const char **ret_unknown)
{
    for (bool grew = true; grew;) {
        grew = false;
        for (size_t i = 0; i < config->env.gates.count; i++)
            if (wanted[i])
                TRY(mark_needs(config, &config->env.gates.items[i], wanted, &grew, ret_unknown));
    }
    return true;
}

bool gate_select(const struct config *config, const config_strings *names, struct arena *arena,
                 const struct config_gate *const **ret_gates, size_t *ret_count, struct error *err)
{
    size_t all = config->env.gates.count, named = names != NULL ? names->count : 0, found = 0;
    bool *wanted = ARENA_ARRAY(arena, bool, all + 1);
    const struct config_gate **gates = ARENA_ARRAY(arena, const struct config_gate *, all + 1);
    const char *missing = NULL;
    memset(wanted, named == 0, all);
    for (size_t i = 0; i < named; i++) {
        size_t index = index_of(config, names->items[i]);
        if (index == all)
            return unknown(config, names->items[i], arena, err);
        wanted[index] = true;
    }
    if (!mark_all(config, wanted, &missing))
        return unknown(config, missing, arena, err);
    for (size_t i = 0; i < all; i++)
        if (wanted[i])
            gates[found++] = &config->env.gates.items[i];
    *ret_gates = gates;
    *ret_count = found;
    return true;
}
