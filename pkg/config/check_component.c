/* Checks of components and hosts that take more than a schema. */
#include <arpa/inet.h>

#include "fs/fs.h"
#include "internal.h"
#include "template/template.h"

/* --- Artifacts ----------------------------------------------------------------------------- */

static void render_from(struct loading *l, struct config_file *file, const struct node *value)
{
    static const char *const NAMES[] = {"preset"};
    const struct template_var vars[] = {{"preset", str_of(l->preset)}};
    const struct source src = {value->src->name, str_of(value->text)};
    struct error err = {0};
    cleanup_buf struct buf out = buf_make(BUF_LINE);
    if (!check_template(l->problems, value, NAMES, ARRAY_LEN(NAMES)))
        return;
    if (template_render(&src, (struct template_vars){vars, ARRAY_LEN(vars)}, &out, &err))
        file->from = arena_strdup(l->arena, buf_str(&out));
}

static void check_file(struct loading *l, struct config_component *c, size_t index,
                       const struct node *row)
{
    struct config_file *file = &c->artifact.files.items[index];
    if (!fs_path_is_safe(str_of(file->to)))
        report(l->problems, place_of(row, "to"), "'to' must stay inside the release, not '%s'",
               file->to);
    for (size_t i = 0; i < index; i++) {
        if (str_is(str_of(file->to), c->artifact.files.items[i].to))
            report(l->problems, place_of(row, "to"), "two files become '%s'", file->to);
    }
    render_from(l, file, place_of(row, "from"));
}

static bool is_in_artifact(const struct config_component *c, const char *path)
{
    for (size_t i = 0; i < c->artifact.files.count; i++) {
        if (str_is(str_of(path), c->artifact.files.items[i].to))
            return true;
    }
    return false;
}

static void check_artifact(struct loading *l, struct config_component *c)
{
    const struct node *command = place_of(c->node, "command");
    size_t index = 0;
    node_each(row, node_get(node_get(c->node, "artifact"), "files")) check_file(l, c, index++, row);
    if (c->artifact.files.count == 0) {
        if (c->image == NULL)
            report(l->problems, c->node, "component '%s' has neither an artifact nor an image",
                   c->name);
        return;
    }
    if (c->command.count == 0)
        report(l->problems, command, "component '%s' has no command", c->name);
    else if (!is_in_artifact(c, c->command.items[0]))
        report(l->problems, node_at(command, 0) ? node_at(command, 0) : command,
               "'%s' is no file of the artifact", c->command.items[0]);
}

/* --- Addresses ----------------------------------------------------------------------------- */

/* "HOST:PORT" taken apart; brackets of IPv6 stay. The schema saw to the colon. */
static struct str split_address(const char *address, struct str *ret_port)
{
    const char *colon = strrchr(address, ':');
    *ret_port = colon ? str_of(colon + 1) : STR_EMPTY;
    return colon ? str_n(address, (size_t)(colon - address)) : str_of(address);
}

static bool is_numeric_host(struct str host)
{
    unsigned char bytes[sizeof(struct in6_addr)];
    char text[INET6_ADDRSTRLEN + 2] = "";
    bool brackets = host.len > 2 && host.ptr[0] == '[';
    struct str inner = brackets ? str_sub(host, 1, host.len - 2) : host;
    if (inner.len >= sizeof(text))
        return false;
    memcpy(text, inner.ptr, inner.len);
    return inet_pton(brackets ? AF_INET6 : AF_INET, text, bytes) == 1;
}

static void check_listen(struct loading *l, const struct config_component *c)
{
    struct str port;
    uint64_t number = 0;
    if (c->listen == NULL)
        return;
    struct str host = split_address(c->listen, &port);
    if (!str_to_u64(port, &number) || number == 0 || number > 65535)
        report(l->problems, place_of(c->node, "listen"),
               "'listen' needs a port between 1 and 65535, not '%s'", c->listen);
    if (!str_is(host, "localhost") && !is_numeric_host(host))
        report(l->problems, place_of(c->node, "listen"),
               "'listen' needs a numeric address, not '%" PRIstr "'", STR_ARG(host));
}

static bool is_any(struct str host)
{
    return str_is(host, "0.0.0.0") || str_is(host, "[::]");
}

/* Could both not listen on one machine? */
static bool addresses_clash(const char *a, const char *b)
{
    struct str port_a, port_b;
    if (a == NULL || b == NULL)
        return false;
    struct str host_a = split_address(a, &port_a);
    struct str host_b = split_address(b, &port_b);
    return str_eq(port_a, port_b) && (str_eq(host_a, host_b) || is_any(host_a) || is_any(host_b));
}

static const char *shared_host(const struct config_component *a, const struct config_component *b)
{
    for (size_t i = 0; i < a->hosts.count; i++) {
        if (strings_have(&b->hosts, a->hosts.items[i]))
            return a->hosts.items[i];
    }
    return NULL;
}

static void check_clashes(struct loading *l, const struct config_env *env, size_t index)
{
    const struct config_component *c = &env->components.items[index];
    for (size_t i = 0; i < index; i++) {
        const struct config_component *other = &env->components.items[i];
        const char *host = shared_host(c, other);
        if (host != NULL && addresses_clash(c->listen, other->listen))
            report(l->problems, place_of(c->node, "listen"),
                   "component '%s' listens on %s of host '%s' already", other->name, other->listen,
                   host);
    }
}

/* --- Settings ------------------------------------------------------------------------------ */

static bool is_reference(const char *value)
{
    return str_starts(str_of(value), STR("env:")) || str_starts(str_of(value), STR("ssm:/"));
}

static void check_settings(struct loading *l, const struct config_component *c)
{
    const struct node *settings = node_get(c->node, "settings");
    const struct node *secrets = node_get(c->node, "secrets");
    node_each(setting, settings)
    {
        if (is_reference(setting->text))
            report(l->problems, setting, "'%s' is a reference: it belongs in 'secrets'",
                   setting->key);
    }
    node_each(secret, secrets)
    {
        if (node_get(settings, secret->key) != NULL)
            report(l->problems, secret, "'%s' is in 'settings', too", secret->key);
    }
}

static config_strings names_of_project_components(struct loading *l)
{
    const struct node *components = node_get(l->project, "components");
    size_t count = components ? components->count : 0;
    config_strings out = {ARENA_ARRAY(l->arena, const char *, count + 1), 0};
    node_each(component, components) out.items[out.count++] = component->key;
    return out;
}

static void check_known(struct loading *l, const struct config_component *c)
{
    config_strings known = names_of_project_components(l);
    if (strings_have(&known, c->name))
        return;
    const char *near = str_nearest(str_of(c->name), known.items, known.count);
    diags_add(l->problems, c->node->src, c->node->key_at,
              "component '%s' is not in teerex.yaml%s%s%s", c->name, near ? ", did you mean '" : "",
              near ? near : "", near ? "'?" : "");
}

static config_strings host_names(struct loading *l, const struct config_env *env)
{
    config_strings out = {ARENA_ARRAY(l->arena, const char *, env->hosts.count + 1), 0};
    for (size_t i = 0; i < env->hosts.count; i++)
        out.items[out.count++] = env->hosts.items[i].name;
    return out;
}

static config_strings gate_names(struct loading *l, const struct config_env *env)
{
    config_strings out = {ARENA_ARRAY(l->arena, const char *, env->gates.count + 1), 0};
    for (size_t i = 0; i < env->gates.count; i++)
        out.items[out.count++] = env->gates.items[i].name;
    return out;
}

static void check_hosts(struct loading *l, const struct config_env *env)
{
    for (size_t i = 0; i < env->hosts.count; i++) {
        const struct config_host *host = &env->hosts.items[i];
        if (host->transport == CONFIG_SSH && host->address == NULL)
            report(l->problems, host->node, "host '%s' needs an address for ssh", host->name);
        if (host->transport == CONFIG_SSM && host->instance == NULL && host->tags.count == 0)
            report(l->problems, host->node, "host '%s' needs an instance or tags for ssm",
                   host->name);
    }
}

void check_components(struct loading *l, struct loaded_env *loaded)
{
    struct config_env *env = &loaded->env;
    config_strings hosts = host_names(l, env);
    config_strings gates = gate_names(l, env);
    check_hosts(l, env);
    for (size_t i = 0; i < env->components.count; i++) {
        struct config_component *c = &env->components.items[i];
        check_known(l, c);
        check_artifact(l, c);
        check_listen(l, c);
        check_clashes(l, env, i);
        check_settings(l, c);
        check_names(l->problems, node_get(c->node, "hosts"), "host", &hosts);
        check_names(l->problems, node_get(c->node, "gates"), "gate", &gates);
        check_names(l->problems, node_get(c->node, "needs"), "gate", &gates);
        if (c->hosts.count == 0)
            report(l->problems, c->node, "component '%s' names no host to run on", c->name);
    }
}
