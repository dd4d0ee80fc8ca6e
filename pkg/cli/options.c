/* Options and the fields they are bound to. Knows no argv. */
#include "options.h"

#include <inttypes.h>

static const char *const FORMATS[] = {"text", "json", NULL};

const struct cli_option cli_global_options[] = {
    {CLI_STRING(struct cli_globals, project, "project", 'C', "DIR",
                "work on the project in DIR (default: the one around here)"),
     .complete = CLI_COMPLETE_DIR},
    {CLI_CHOICE(struct cli_globals, format, "format", 0, FORMATS, "what stdout carries")},
    {CLI_STRING(struct cli_globals, json_into, "json-into", 0, "FILE",
                "write the JSON result to FILE too"),
     .complete = CLI_COMPLETE_FILE},
    {CLI_STRING(struct cli_globals, yes, "yes", 'y', "ENV",
                "confirm a change of the environment ENV beforehand"),
     .complete = CLI_COMPLETE_ENV},
    {CLI_FLAG(struct cli_globals, quiet, "quiet", 'q', "tell warnings and errors only"),
     .excludes = "verbose"},
    {CLI_FLAG(struct cli_globals, verbose, "verbose", 'v', "tell more, and what children print")},
    {CLI_FLAG(struct cli_globals, plain, "plain", 0,
              "plain lines: nothing live, no colour, ASCII")},
    {CLI_FLAG(struct cli_globals, no_color, "no-color", 0, "no colour (also: NO_COLOR)")},
    {CLI_FLAG(struct cli_globals, help, "help", 'h', "show help")},
    {CLI_FLAG(struct cli_globals, version, "version", 0, "show the version")},
    {.name = NULL},
};

size_t option_count(const struct cli_option *options)
{
    size_t count = 0;
    while (options != NULL && options[count].name != NULL)
        count++;
    return count;
}

const struct cli_option *option_by_name(const struct cli_option *options, struct str name)
{
    for (size_t i = 0; i < option_count(options); i++) {
        if (str_is(name, options[i].name))
            return &options[i];
    }
    return NULL;
}

const struct cli_option *option_by_letter(const struct cli_option *options, char letter)
{
    for (size_t i = 0; i < option_count(options); i++) {
        if (options[i].letter == letter)
            return &options[i];
    }
    return NULL;
}

const char *option_dashes(const struct cli_option *option)
{
    bool positional = option->arg == NULL && option->type != CLI_TYPE_FLAG;
    return positional ? "" : "--";
}

void option_add_argument(const struct cli_option *option, struct buf *out)
{
    for (size_t i = 0; option->choices != NULL && option->choices[i] != NULL; i++)
        buf_addf(out, "%s%s", i > 0 ? "|" : "", option->choices[i]);
    if (option->choices == NULL && option->arg != NULL)
        buf_adds(out, option->arg);
}

/* ---- storing, one function per type --------------------------------------------------------- */

struct storing {
    const struct cli_option *option;
    void *field;
    const char *value;
    struct arena *arena;
};

static bool refuse(const struct storing *s, const char *expected, struct error *err)
{
    return err_set(err, ERR_USAGE, "%s%s: \"%s\" is not %s", option_dashes(s->option),
                   s->option->name, s->value, expected);
}

static bool store_flag(const struct storing *s, struct error *err)
{
    (void)err;
    *(bool *)s->field = strcmp(s->value, "true") == 0;
    return true;
}

static bool store_string(const struct storing *s, struct error *err)
{
    (void)err;
    *(const char **)s->field = s->value;
    return true;
}

static bool store_strings(const struct storing *s, struct error *err)
{
    struct cli_strings *list = s->field;
    (void)err;
    const char **items = ARENA_ARRAY(s->arena, const char *, list->count + 1);
    if (list->count > 0)
        memcpy(items, list->items, list->count * sizeof(*items));
    items[list->count] = s->value;
    *list = (struct cli_strings){.items = items, .count = list->count + 1};
    return true;
}

static bool store_int(const struct storing *s, struct error *err)
{
    int64_t value = 0;
    char bounds[80];
    if (!str_to_i64(str_of(s->value), &value))
        return refuse(s, "a whole number", err);
    snprintf(bounds, sizeof(bounds), "a number from %" PRId64 " to %" PRId64, s->option->min,
             s->option->max);
    if (s->option->max != 0 && (value < s->option->min || value > s->option->max))
        return refuse(s, bounds, err);
    *(int64_t *)s->field = value;
    return true;
}

static bool store_duration(const struct storing *s, struct error *err)
{
    int64_t ms = 0;
    if (!str_to_duration_ms(str_of(s->value), &ms))
        return refuse(s, "a duration; examples: 250ms, 90s, 5m, 2h, 1d, 0", err);
    *(int64_t *)s->field = ms;
    return true;
}

static bool store_choice(const struct storing *s, struct error *err)
{
    cleanup_buf struct buf expected = buf_make(BUF_LINE);
    size_t count = 0;
    for (; s->option->choices[count] != NULL; count++) {
        if (strcmp(s->option->choices[count], s->value) == 0) {
            *(int *)s->field = (int)count;
            return true;
        }
    }
    buf_adds(&expected, "one of ");
    option_add_argument(s->option, &expected);
    const char *nearest = str_nearest(str_of(s->value), s->option->choices, count);
    if (nearest != NULL)
        buf_addf(&expected, ", did you mean \"%s\"?", nearest);
    return refuse(s, buf_cstr(&expected), err);
}

typedef bool store_fn(const struct storing *s, struct error *err);
static store_fn *const STORE[] = {
    [CLI_TYPE_FLAG] = store_flag,         [CLI_TYPE_STRING] = store_string,
    [CLI_TYPE_STRINGS] = store_strings,   [CLI_TYPE_INT] = store_int,
    [CLI_TYPE_DURATION] = store_duration, [CLI_TYPE_CHOICE] = store_choice,
};

bool option_store(const struct cli_option *option, void *context, const char *value,
                  struct arena *arena, struct error *err)
{
    const struct storing storing = {
        .option = option,
        .field = (char *)context + option->offset,
        .value = value,
        .arena = arena,
    };
    return STORE[option->type](&storing, err);
}

bool options_reset(const struct cli_option *options, void *context, struct arena *arena,
                   struct error *err)
{
    for (size_t i = 0; i < option_count(options); i++) {
        const struct cli_option *option = &options[i];
        bool number = option->type == CLI_TYPE_INT || option->type == CLI_TYPE_DURATION;
        if (number)
            *(int64_t *)(void *)((char *)context + option->offset) = CLI_UNSET;
        if (option->fallback == NULL)
            continue;
        if (!option_store(option, context, option->fallback, arena, err)) {
            err->kind = ERR_BUG;
            return err_wrap(err, "fallback");
        }
    }
    return true;
}
