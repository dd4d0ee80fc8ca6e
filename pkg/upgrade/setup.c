/* What is followed: the configuration's words, or the defaults, made ready. */
#include "internal.h"

static const char DEFAULT_SCOPE[] = "@aztec/";
static const char *const DEFAULT_ANCHORS[] = {"@aztec/stdlib", "@aztec/aztec.js"};

/* Channels by name, for projects that say nothing of them or not their pattern. */
static const struct config_channel DEFAULTS[] = {
    {.name = "stable", .pattern = "{core}", .dist_tag = "latest"},
    {.name = "rc", .pattern = "{core}-rc.{number}", .dist_tag = "rc"},
    {.name = "nightly", .pattern = "{core}-nightly.{date}[-{number}]", .dist_tag = "nightly"},
    {.name = "devnet", .pattern = "{core}-devnet.{number}[-patch.{number}]", .dist_tag = "devnet"},
};

static const char *default_pattern(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(DEFAULTS); i++) {
        if (strcmp(DEFAULTS[i].name, name) == 0)
            return DEFAULTS[i].pattern;
    }
    return NULL;
}

static bool compile(const char *channel, const char *text, struct semver_pattern *ret,
                    struct error *err)
{
    return semver_pattern_compile(str_of(text), ret, err) ||
           err_wrap(err, "upstream.channels.%s", channel);
}

static bool compile_from(const struct config_channel *config, struct arena *arena,
                         struct upgrade_channel *ret, struct error *err)
{
    struct semver_pattern *from = ARENA_ARRAY(arena, struct semver_pattern, config->from.count + 1);
    for (size_t i = 0; i < config->from.count; i++)
        TRY(compile(config->name, config->from.items[i], &from[i], err));
    ret->line.from = from;
    ret->line.from_count = config->from.count;
    return true;
}

static bool make_channel(const struct config_channel *config, struct arena *arena,
                         struct upgrade_channel *ret, struct error *err)
{
    const char *pattern = config->pattern ? config->pattern : default_pattern(config->name);
    *ret = (struct upgrade_channel){.line.name = config->name,
                                    .dist_tag = config->dist_tag,
                                    .cooldown_ms = config->cooldown_ms};
    if (pattern == NULL)
        return err_set(err, ERR_CONFIG, "upstream.channels.%s needs a pattern", config->name);
    TRY(compile(config->name, pattern, &ret->line.pattern, err));
    if (!ret->line.pattern.ordered && config->dist_tag == NULL)
        return err_set(err, ERR_CONFIG,
                       "upstream.channels.%s needs a dist_tag: its pattern has no order",
                       config->name);
    return compile_from(config, arena, ret, err);
}

static bool make_channels(const struct config_channel *channels, size_t count, struct arena *arena,
                          struct upgrade_setup *setup, struct error *err)
{
    setup->channels = ARENA_ARRAY(arena, struct upgrade_channel, count + 1);
    setup->channel_count = count;
    for (size_t i = 0; i < count; i++)
        TRY(make_channel(&channels[i], arena, &setup->channels[i], err));
    return true;
}

static void add_anchor(struct upgrade_setup *setup, const char *anchor)
{
    size_t count = 0;
    while (setup->anchors[count] != NULL) {
        if (strcmp(setup->anchors[count++], anchor) == 0)
            return;
    }
    if (count + 1 < ARRAY_LEN(setup->anchors))
        setup->anchors[count] = anchor;
}

static void make_anchors(struct upgrade_setup *setup, const char *anchor)
{
    if (anchor != NULL)
        add_anchor(setup, anchor);
    for (size_t i = 0; i < ARRAY_LEN(DEFAULT_ANCHORS); i++) {
        if (str_starts(str_of(DEFAULT_ANCHORS[i]), str_of(setup->scope)))
            add_anchor(setup, DEFAULT_ANCHORS[i]);
    }
}

static void make_rules(const struct config_upstream *upstream, struct arena *arena,
                       struct upgrade_setup *setup)
{
    setup->rule_count = upstream->files.count;
    setup->rules = ARENA_ARRAY(arena, struct manifest_rule, setup->rule_count + 1);
    for (size_t i = 0; i < setup->rule_count; i++)
        setup->rules[i] =
            (struct manifest_rule){upstream->files.items[i].path, upstream->files.items[i].match};
}

bool upgrade_setup(const struct config_upstream *upstream, struct arena *arena,
                   struct upgrade_setup *ret, struct error *err)
{
    static const struct config_upstream NOTHING = {0};
    const struct config_upstream *said = upstream != NULL ? upstream : &NOTHING;
    struct upgrade_setup setup = {.scope = said->scope ? said->scope : DEFAULT_SCOPE};
    bool own = said->channels.count > 0;
    make_anchors(&setup, said->anchor);
    make_rules(said, arena, &setup);
    TRY(make_channels(own ? said->channels.items : DEFAULTS,
                      own ? said->channels.count : ARRAY_LEN(DEFAULTS), arena, &setup, err));
    *ret = setup;
    return true;
}

bool upgrade_find_channel(const struct upgrade_setup *setup, const char *name, size_t *ret_index,
                          struct error *err)
{
    cleanup_free const char **names = xcalloc(setup->channel_count + 1, sizeof(*names));
    for (size_t i = 0; i < setup->channel_count; i++) {
        names[i] = setup->channels[i].line.name;
        if (strcmp(names[i], name) == 0) {
            *ret_index = i;
            return true;
        }
    }
    const char *near = str_nearest(str_of(name), names, setup->channel_count);
    return err_set(err, ERR_USAGE, "unknown channel '%s'%s%s%s", name,
                   near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
}

const struct upgrade_channel *upgrade_channel_of(const struct upgrade_setup *setup,
                                                 struct str version)
{
    struct semver_place unused;
    for (size_t i = 0; i < setup->channel_count; i++) {
        if (semver_pattern_match(&setup->channels[i].line.pattern, version, &unused))
            return &setup->channels[i];
    }
    return NULL;
}

bool upgrade_current(const struct upgrade_setup *setup, const struct manifest_uses *uses,
                     struct manifest_use *ret, struct error *err)
{
    for (size_t a = 0; setup->anchors[a] != NULL; a++) {
        for (size_t i = 0; i < uses->count; i++) {
            if (str_is(uses->items[i].package, setup->anchors[a])) {
                *ret = uses->items[i];
                return true;
            }
        }
    }
    return err_set(err, ERR_NOT_FOUND, "no package.json names a version of %s%s%s",
                   setup->anchors[0] ? setup->anchors[0] : "an anchor",
                   setup->anchors[0] && setup->anchors[1] ? " or " : "",
                   setup->anchors[0] && setup->anchors[1] ? setup->anchors[1] : "");
}
