/* Candidates for a word on the command line. The shell asks with the words so far; nothing is read
 * but the names of the files in envs/. */
#include <dirent.h>

#include "usage.h"

/* Where the completed word stands, after reading the words before it. */
struct place {
    const struct cli_command *command; /* NULL: still among the words of a command */
    char *path;                        /* in the arena */
    const struct cli_option *pending;  /* the option whose value is due */
    size_t positionals;                /* how many stand before it */
    bool options_ended;
};

struct asking {
    const struct cli_program *program;
    const char *envs_dir;
    struct str prefix; /* what the candidates start with */
    struct buf *out;
};

/* ---- reading what stands before ---------------------------------------------------------------
 */

static const struct cli_option *find_option(const struct place *place, struct str word)
{
    const struct cli_option *own = place->command ? place->command->options : NULL;
    if (str_starts(word, STR("--"))) {
        struct str name = str_sub(word, 2, SIZE_MAX);
        const struct cli_option *found = option_by_name(own, name);
        return found ? found : option_by_name(cli_global_options, name);
    }
    if (word.len != 2)
        return NULL;
    const struct cli_option *found = option_by_letter(own, word.ptr[1]);
    return found ? found : option_by_letter(cli_global_options, word.ptr[1]);
}

static void pass_command_word(const struct cli_program *program, struct place *place,
                              struct arena *arena, const char *word)
{
    place->path = arena_printf(arena, "%s%s%s", place->path, place->path[0] ? " " : "", word);
    const struct cli_command *command = NULL;
    if (table_find(program, str_of(place->path), &command) == TABLE_COMMAND)
        place->command = command;
}

static void pass_word(const struct cli_program *program, struct place *place, struct arena *arena,
                      const char *word)
{
    bool is_option = !place->options_ended && word[0] == '-' && word[1] != '\0';
    if (place->pending != NULL) {
        place->pending = NULL;
    } else if (!place->options_ended && strcmp(word, "--") == 0) {
        place->options_ended = true;
    } else if (is_option) {
        const struct cli_option *option = find_option(place, str_of(word));
        place->pending = option && option->type != CLI_TYPE_FLAG ? option : NULL;
    } else if (place->command == NULL) {
        pass_command_word(program, place, arena, word);
    } else {
        place->positionals++;
    }
}

/* ---- candidates ---------------------------------------------------------------------------------
 */

static void offer(const struct asking *a, struct str before, struct str word, const char *what)
{
    cleanup_buf struct buf candidate = buf_make(BUF_LINE);
    buf_add(&candidate, before);
    buf_add(&candidate, word);
    if (!str_starts(buf_str(&candidate), a->prefix))
        return;
    buf_addf(a->out, "%" PRIstr "\t%s\n", STR_ARG(buf_str(&candidate)), what);
}

static int compare_names(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_environment(const struct dirent *entry)
{
    struct str name = str_of(entry->d_name);
    return str_ends(name, STR(".yaml")) && name.ptr[0] != '.';
}

static void offer_environments(const struct asking *a, struct str before)
{
    struct dirent **entries = NULL;
    int count = a->envs_dir ? scandir(a->envs_dir, &entries, is_environment, compare_names) : 0;
    for (int i = 0; i < count; i++) {
        struct str name = str_of(entries[i]->d_name);
        offer(a, before, str_sub(name, 0, name.len - strlen(".yaml")), "environment");
        free(entries[i]);
    }
    free(entries);
}

/* What an option's value or a positional may be; `before` is "--opt=" when it is attached. */
static void offer_values(const struct asking *a, const struct cli_option *option, struct str before)
{
    for (size_t i = 0; option->choices != NULL && option->choices[i] != NULL; i++)
        offer(a, before, str_of(option->choices[i]), option->name);
    switch (option->complete) {
    case CLI_COMPLETE_NONE:
        break;
    case CLI_COMPLETE_ENV:
        offer_environments(a, before);
        break;
    case CLI_COMPLETE_FILE:
        buf_adds(a->out, ":file\t\n");
        break;
    case CLI_COMPLETE_DIR:
        buf_adds(a->out, ":dir\t\n");
        break;
    }
}

static void offer_options(const struct asking *a, const struct cli_option *options)
{
    for (const struct cli_option *o = options; o != NULL && o->name != NULL; o++) {
        if (!o->hidden)
            offer(a, STR("--"), str_of(o->name), o->help);
    }
}

static const char *summary_of(const struct cli_command *command, struct str word)
{
    struct str path = str_of(command->path);
    return str_ends(path, word) ? command->summary : "";
}

static void offer_commands(const struct asking *a, struct str path)
{
    struct str last = STR_EMPTY;
    for (size_t i = 0; i < a->program->count; i++) {
        const struct cli_command *command = a->program->rows[i].command;
        if ((command->flags & CLI_HIDDEN) || !table_is_below(command, path))
            continue;
        struct str word = table_next_word(command, path);
        if (word.len > 0 && !str_eq(word, last))
            offer(a, STR_EMPTY, word, summary_of(command, word));
        last = word;
    }
}

static void offer_positional(const struct asking *a, const struct place *place)
{
    const struct cli_option *positionals = place->command->positionals;
    size_t count = option_count(positionals);
    size_t at = place->positionals;
    if (count > 0 && at >= count && positionals[count - 1].type == CLI_TYPE_STRINGS)
        at = count - 1;
    if (at < count)
        offer_values(a, &positionals[at], STR_EMPTY);
}

/* The word itself starts as an option: its name, or its value behind "=". */
static void offer_option_word(const struct asking *a, const struct place *place)
{
    struct str value;
    bool attached = false;
    struct str name = str_cut(a->prefix, '=', &value, &attached);
    const struct cli_option *option = attached ? find_option(place, name) : NULL;
    if (option != NULL)
        offer_values(a, option, str_sub(a->prefix, 0, name.len + 1));
    if (attached)
        return;
    offer_options(a, place->command ? place->command->options : NULL);
    offer_options(a, cli_global_options);
}

void cli_complete(const struct cli_program *program, const char *const *words, size_t count,
                  const char *envs_dir, struct buf *out)
{
    cleanup_arena struct arena arena = {0};
    struct place place = {.path = arena_strdup(&arena, STR_EMPTY)};
    const struct asking asking = {
        .program = program,
        .envs_dir = envs_dir,
        .prefix = str_of(count > 0 ? words[count - 1] : ""),
        .out = out,
    };
    for (size_t i = 0; i + 1 < count; i++)
        pass_word(program, &place, &arena, words[i]);
    if (place.pending != NULL)
        offer_values(&asking, place.pending, STR_EMPTY);
    else if (!place.options_ended && str_starts(asking.prefix, STR("-")))
        offer_option_word(&asking, &place);
    else if (place.command == NULL)
        offer_commands(&asking, str_of(place.path));
    else
        offer_positional(&asking, &place);
}
