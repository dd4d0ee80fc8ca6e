/* Finding things by name in a loaded configuration. */
#include "config.h"

const struct config_component *config_component(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config->env.components.count; i++) {
        if (str_is(str_of(name), config->env.components.items[i].name))
            return &config->env.components.items[i];
    }
    return NULL;
}

const struct config_host *config_host(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config->env.hosts.count; i++) {
        if (str_is(str_of(name), config->env.hosts.items[i].name))
            return &config->env.hosts.items[i];
    }
    return NULL;
}

const struct config_gate *config_gate(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config->env.gates.count; i++) {
        if (str_is(str_of(name), config->env.gates.items[i].name))
            return &config->env.gates.items[i];
    }
    return NULL;
}
