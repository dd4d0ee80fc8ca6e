/* Reads argv: which command, which options, which arguments. After the first mistake it reads on,
 * so that --format json counts wherever it stands, but reports the first one. */
#include "options.h"
#include "table.h"

struct parser {
    const struct cli_program *program;
    struct cli_call *call;
    char *const *next; /* the rest of argv, NULL-terminated */
    const char *path;  /* the words of the command so far; in the call's arena */
    struct cli_strings arguments;
    uint64_t given;        /* a bit for each option of the command */
    uint64_t given_global; /* likewise */
    bool options_ended;
};

/* Where an option was found. */
struct found {
    const struct cli_option *option;
    void *context;
    uint64_t *given;
    uint64_t bit;
};

static const struct cli_option *own_options(const struct parser *p)
{
    return p->call->command ? p->call->command->options : NULL;
}

static bool locate(struct parser *p, const struct cli_option *own, const struct cli_option *global,
                   struct found *ret)
{
    if (own != NULL) {
        uint64_t bit = UINT64_C(1) << (own - own_options(p));
        *ret = (struct found){own, p->call->context, &p->given, bit};
    } else if (global != NULL) {
        uint64_t bit = UINT64_C(1) << (global - cli_global_options);
        *ret = (struct found){global, &p->call->globals, &p->given_global, bit};
    }
    return own != NULL || global != NULL;
}

static bool find_long(struct parser *p, struct str name, struct found *ret)
{
    return locate(p, option_by_name(own_options(p), name), option_by_name(cli_global_options, name),
                  ret);
}

static bool find_letter(struct parser *p, char letter, struct found *ret)
{
    return locate(p, option_by_letter(own_options(p), letter),
                  option_by_letter(cli_global_options, letter), ret);
}

static bool store(struct parser *p, const struct found *f, const char *value, struct error *err)
{
    *f->given |= f->bit;
    return option_store(f->option, f->context, value, &p->call->arena, err);
}

/* The value of an option that takes one: what stands behind "=", or else the next word. */
static bool take_value(struct parser *p, const struct cli_option *option, const char *attached,
                       struct error *err, const char **ret_value)
{
    cleanup_buf struct buf takes = buf_make(BUF_LINE);
    const char *value = attached ? attached : *p->next;
    option_add_argument(option, &takes);
    if (value == NULL || value[0] == '\0')
        return err_set(err, ERR_USAGE, "--%s needs a value: %s", option->name, buf_cstr(&takes));
    if (attached == NULL && str_starts(str_of(value), STR("--")))
        return err_set(err, ERR_USAGE, "--%s needs a value: %s; \"%s\" looks like an option",
                       option->name, buf_cstr(&takes), value);
    if (attached == NULL)
        p->next++;
    *ret_value = value;
    return true;
}

static bool unknown_option(struct parser *p, struct str name, struct error *err)
{
    const char *names[128];
    size_t count = 0;
    const struct cli_option *const tables[] = {own_options(p), cli_global_options};
    for (size_t t = 0; t < ARRAY_LEN(tables); t++) {
        for (size_t i = 0; i < option_count(tables[t]) && count < ARRAY_LEN(names); i++) {
            if (!tables[t][i].hidden)
                names[count++] = tables[t][i].name;
        }
    }
    const char *nearest = str_nearest(name, names, count);
    if (nearest == NULL)
        return err_set(err, ERR_USAGE, "unknown option --%" PRIstr, STR_ARG(name));
    return err_set(err, ERR_USAGE, "unknown option --%" PRIstr ", did you mean --%s?",
                   STR_ARG(name), nearest);
}

static bool read_negation(struct parser *p, struct str name, struct error *err)
{
    struct found f;
    if (!str_starts(name, STR("no-")) || !find_long(p, str_sub(name, 3, SIZE_MAX), &f))
        return unknown_option(p, name, err);
    if (f.option->type != CLI_TYPE_FLAG)
        return err_set(err, ERR_USAGE, "--%" PRIstr ": only a flag can be negated", STR_ARG(name));
    return store(p, &f, "false", err);
}

static bool read_long(struct parser *p, const char *text, struct error *err)
{
    struct str value;
    bool has_value = false;
    struct found f;
    struct str name = str_cut(str_of(text), '=', &value, &has_value);
    if (!find_long(p, name, &f))
        return read_negation(p, name, err);
    if (f.option->type != CLI_TYPE_FLAG) {
        const char *taken = NULL;
        TRY(take_value(p, f.option, has_value ? value.ptr : NULL, err, &taken));
        return store(p, &f, taken, err);
    }
    if (has_value)
        return err_set(err, ERR_USAGE, "--%s takes no value", f.option->name);
    return store(p, &f, "true", err);
}

/* "-v", "-qv", "-oFILE", "-o FILE". */
static bool read_letters(struct parser *p, const char *letters, struct error *err)
{
    for (; *letters != '\0'; letters++) {
        struct found f;
        if (!find_letter(p, *letters, &f))
            return err_set(err, ERR_USAGE, "unknown option -%c", *letters);
        if (f.option->type != CLI_TYPE_FLAG) {
            const char *taken = NULL;
            TRY(take_value(p, f.option, letters[1] ? letters + 1 : NULL, err, &taken));
            return store(p, &f, taken, err);
        }
        TRY(store(p, &f, "true", err));
    }
    return true;
}

static bool choose_command(struct parser *p, const struct cli_command *command, struct error *err)
{
    struct cli_call *call = p->call;
    call->command = command;
    call->context = arena_alloc(&call->arena, command->context_size ? command->context_size : 1);
    p->options_ended = p->options_ended || (command->flags & CLI_RAW);
    TRY(options_reset(command->options, call->context, &call->arena, err));
    return options_reset(command->positionals, call->context, &call->arena, err);
}

static bool read_command_word(struct parser *p, const char *word, struct error *err)
{
    const struct cli_command *command = NULL;
    const char *space = p->path[0] ? " " : "";
    const char *longer = arena_printf(&p->call->arena, "%s%s%s", p->path, space, word);
    switch (table_find(p->program, str_of(longer), &command)) {
    case TABLE_COMMAND:
        p->path = longer;
        return choose_command(p, command, err);
    case TABLE_GROUP:
        p->path = longer;
        return true;
    case TABLE_NONE:
        break;
    }
    return table_unknown(p->program, str_of(p->path), str_of(word), err);
}

static bool read_argument(struct parser *p, const char *word, struct error *err)
{
    const struct cli_option all = {.type = CLI_TYPE_STRINGS};
    return option_store(&all, &p->arguments, word, &p->call->arena, err);
}

static bool read_word(struct parser *p, const char *word, struct error *err)
{
    if (!p->options_ended && strcmp(word, "--") == 0) {
        p->options_ended = true;
        return true;
    }
    if (!p->options_ended && str_starts(str_of(word), STR("--")))
        return read_long(p, word + 2, err);
    if (!p->options_ended && word[0] == '-' && word[1] != '\0')
        return read_letters(p, word + 1, err);
    if (p->call->command == NULL)
        return read_command_word(p, word, err);
    return read_argument(p, word, err);
}

/* ---- what can only be said at the end ---------------------------------------------------------
 */

static bool bind_arguments(struct parser *p, struct error *err)
{
    const struct cli_option *positional = p->call->command->positionals;
    bool raw = p->call->command->flags & CLI_RAW;
    size_t at = 0;
    for (size_t i = 0; i < option_count(positional); i++) {
        bool list = positional[i].type == CLI_TYPE_STRINGS;
        if (at == p->arguments.count && !positional[i].optional)
            return err_set(err, ERR_USAGE, "%s is missing: %s", positional[i].name,
                           positional[i].help);
        for (size_t taken = 0; at < p->arguments.count && (list || taken == 0); taken++, at++) {
            const char *word = p->arguments.items[at];
            if (word[0] == '\0' && !raw)
                return err_set(err, ERR_USAGE, "%s is empty", positional[i].name);
            TRY(option_store(&positional[i], p->call->context, word, &p->call->arena, err));
        }
    }
    if (at < p->arguments.count)
        return err_set(err, ERR_USAGE, "unexpected argument \"%s\"", p->arguments.items[at]);
    return true;
}

static bool check_options(const struct cli_option *options, uint64_t given, struct error *err)
{
    for (size_t i = 0; i < option_count(options); i++) {
        const struct cli_option *option = &options[i];
        bool is_given = given >> i & 1;
        if (option->required && !is_given)
            return err_set(err, ERR_USAGE, "--%s is missing: %s", option->name, option->help);
        const struct cli_option *other =
            option->excludes ? option_by_name(options, str_of(option->excludes)) : NULL;
        if (is_given && other != NULL && (given >> (other - options) & 1))
            return err_set(err, ERR_USAGE, "--%s and --%s exclude each other", option->name,
                           other->name);
    }
    return true;
}

static bool conclude(struct parser *p, struct error *err)
{
    const struct cli_command *command = p->call->command;
    TRY(check_options(cli_global_options, p->given_global, err));
    if (command == NULL)
        return table_incomplete(p->program, str_of(p->path), err);
    TRY(check_options(command->options, p->given, err));
    return bind_arguments(p, err);
}

static enum cli_action action_of(const struct parser *p)
{
    if (p->call->globals.version)
        return CLI_VERSION;
    bool nothing_asked = p->call->command == NULL && p->path[0] == '\0';
    return p->call->globals.help || nothing_asked ? CLI_HELP : CLI_RUN;
}

bool cli_parse(const struct cli_program *program, int argc, char *const *argv,
               struct cli_call *ret_call, struct error *err)
{
    struct parser p = {.program = program, .call = ret_call, .next = argv, .path = ""};
    struct error first = {.kind = ERR_NONE}, later = {.kind = ERR_NONE};
    *ret_call = (struct cli_call){.action = CLI_RUN, .topic = ""};
    TRY(options_reset(cli_global_options, &ret_call->globals, &ret_call->arena, err));
    p.next += argc > 0;
    while (*p.next != NULL) {
        const char *word = *p.next++;
        struct error *slot = first.kind == ERR_NONE ? &first : &later;
        (void)!read_word(&p, word, slot);
    }
    ret_call->topic = p.path;
    ret_call->action = action_of(&p);
    if (first.kind != ERR_NONE) {
        *err = first;
        return false;
    }
    return ret_call->action != CLI_RUN || conclude(&p, err);
}

void cli_call_release(struct cli_call *call)
{
    arena_release(&call->arena);
    *call = (struct cli_call){0};
}
