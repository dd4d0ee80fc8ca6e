/* Checks of gates that take more than a schema. */
#include <regex.h>

#include "internal.h"

static config_strings names_of(struct loading *l, const struct node *map)
{
    config_strings out = {ARENA_ARRAY(l->arena, const char *, (map ? map->count : 0) + 1), 0};
    node_each(child, map) out.items[out.count++] = child->key;
    return out;
}

/* Keys that one kind of gate has and the others have not. */
static const struct {
    const char *key;
    enum config_gate_kind kind;
    bool required;
} OWN_KEYS[] = {
    {"url", CONFIG_GATE_HTTP, true},
    {"expect", CONFIG_GATE_HTTP, false},
    {"argv", CONFIG_GATE_COMMAND, true},
};

static bool is_said(const struct node *node)
{
    return node != NULL && !str_is(str_of(node->src->name), "default");
}

static void check_own_keys(struct diags *problems, const struct config_gate *gate)
{
    for (size_t i = 0; i < ARRAY_LEN(OWN_KEYS); i++) {
        const struct node *value = node_get(gate->node, OWN_KEYS[i].key);
        bool own = gate->kind == OWN_KEYS[i].kind;
        if (own && OWN_KEYS[i].required &&
            (value == NULL || (value->kind == NODE_LIST && !value->count)))
            report(problems, gate->node, "gate '%s' needs '%s'", gate->name, OWN_KEYS[i].key);
        if (!own && is_said(value))
            diags_add(problems, value->src, value->key_at,
                      "'%s' has no meaning for this kind of gate", OWN_KEYS[i].key);
    }
}

static void check_regex(struct diags *problems, const struct node *value)
{
    regex_t regex;
    if (regcomp(&regex, value->text, REG_EXTENDED | REG_NOSUB) != 0) {
        report(problems, value, "'%s' is no extended regular expression", value->text);
        return;
    }
    regfree(&regex);
}

/* A scalar to be equal to, or {matches: EXPRESSION}. */
static void check_json(struct diags *problems, struct config_json_check *check)
{
    const struct node *value = check->equals;
    const struct node *matches = node_get(value, "matches");
    bool is_map = value->kind == NODE_MAP;
    if (value->kind == NODE_LIST || (is_map && (value->count != 1 || matches == NULL)) ||
        (is_map && matches->kind != NODE_STRING)) {
        report(problems, value, "'%s' must be a value or {matches: EXPRESSION}", check->path);
        return;
    }
    if (!is_map)
        return;
    check_regex(problems, matches);
    check->equals = NULL;
    check->matches = matches->text;
}

static void check_texts(struct diags *problems, const struct config_gate *gate)
{
    const struct node *url = node_get(gate->node, "url");
    if (url != NULL && check_template(problems, url, CONFIG_GATE_VARS, CONFIG_GATE_VARS_COUNT) &&
        !str_starts(str_of(url->text), STR("{{")) &&
        !str_starts(str_of(url->text), STR("http://")) &&
        !str_starts(str_of(url->text), STR("https://")))
        report(problems, url, "'url' must begin with {{address}}, http:// or https://, not '%s'",
               url->text);
    node_each(arg, node_get(gate->node, "argv"))(void)
        check_template(problems, arg, CONFIG_GATE_VARS, CONFIG_GATE_VARS_COUNT);
}

static bool names_variable(const struct node *value, const char *name)
{
    return value != NULL && str_has(str_of(value->text), STR("{{")) &&
           strstr(value->text, name) != NULL;
}

/* Whom a gate asks, when it does not say: the only component there is. */
static void choose_component(struct diags *problems, const struct config_env *env,
                             struct config_gate *gate)
{
    bool needs_one =
        gate->kind == CONFIG_GATE_RELEASE || names_variable(node_get(gate->node, "url"), "address");
    if (gate->component != NULL)
        return;
    if (env->components.count == 1)
        gate->component = env->components.items[0].name;
    else if (needs_one)
        report(problems, gate->node, "gate '%s' must name a 'component': there are %zu", gate->name,
               env->components.count);
}

void check_gates(struct loading *l, struct loaded_env *loaded)
{
    struct config_env *env = &loaded->env;
    config_strings components = names_of(l, node_get(loaded->root, "components"));
    config_strings gates = names_of(l, node_get(loaded->root, "gates"));
    for (size_t i = 0; i < env->gates.count; i++) {
        struct config_gate *gate = &env->gates.items[i];
        check_own_keys(l->problems, gate);
        check_texts(l->problems, gate);
        for (size_t j = 0; j < gate->expect.json.count; j++)
            check_json(l->problems, &gate->expect.json.items[j]);
        check_names(l->problems, node_get(gate->node, "needs"), "gate", &gates);
        check_names(l->problems, node_get(gate->node, "components"), "component", &components);
        check_names(l->problems, node_get(gate->node, "component"), "component", &components);
        choose_component(l->problems, env, gate);
    }
}
