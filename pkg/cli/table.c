/* The command table as a tree of words. Knows no options. */
#include "table.h"

bool table_is_below(const struct cli_command *command, struct str path)
{
    struct str own = str_of(command->path);
    return path.len == 0 || str_eq(own, path) ||
           (str_starts(own, path) && own.ptr[path.len] == ' ');
}

struct str table_next_word(const struct cli_command *command, struct str path)
{
    struct str rest = str_trim(str_sub(str_of(command->path), path.len, SIZE_MAX));
    return str_cut(rest, ' ', &rest, NULL);
}

enum table_match table_find(const struct cli_program *program, struct str path,
                            const struct cli_command **ret_command)
{
    enum table_match match = TABLE_NONE;
    for (size_t i = 0; i < program->count; i++) {
        const struct cli_command *command = program->rows[i].command;
        if (str_is(path, command->path)) {
            *ret_command = command;
            return TABLE_COMMAND;
        }
        if (table_is_below(command, path))
            match = TABLE_GROUP;
    }
    return match;
}

/* The words that may follow the path, each once, hidden commands left out. */
static size_t words_below(const struct cli_program *program, struct str path, struct arena *arena,
                          const char ***ret_words)
{
    const char **words = ARENA_ARRAY(arena, const char *, program->count + 1);
    size_t count = 0;
    for (size_t i = 0; i < program->count; i++) {
        const struct cli_command *command = program->rows[i].command;
        if ((command->flags & CLI_HIDDEN) || !table_is_below(command, path))
            continue;
        struct str word = table_next_word(command, path);
        if (count == 0 || !str_is(word, words[count - 1]))
            words[count++] = arena_strdup(arena, word);
    }
    *ret_words = words;
    return count;
}

/* The command whose last word this is: "show" was meant to be "config show". */
static const char *path_ending_in(const struct cli_program *program, struct str word)
{
    for (size_t i = 0; i < program->count; i++) {
        const struct cli_command *command = program->rows[i].command;
        const char *last = strrchr(command->path, ' ');
        if (last != NULL && str_is(word, last + 1) && !(command->flags & CLI_HIDDEN))
            return command->path;
    }
    return NULL;
}

bool table_unknown(const struct cli_program *program, struct str path, struct str word,
                   struct error *err)
{
    cleanup_arena struct arena arena = {0};
    const char **words = NULL;
    size_t count = words_below(program, path, &arena, &words);
    const char *space = path.len > 0 ? " " : "";
    const char *nearest = str_nearest(word, words, count);
    const char *elsewhere = path_ending_in(program, word);
    if (nearest == NULL && elsewhere != NULL)
        return err_set(err, ERR_USAGE,
                       "unknown command \"%" PRIstr "%s%" PRIstr "\", did you mean \"%s\"?",
                       STR_ARG(path), space, STR_ARG(word), elsewhere);
    err_set(err, ERR_USAGE, "unknown command \"%" PRIstr "%s%" PRIstr "\"", STR_ARG(path), space,
            STR_ARG(word));
    if (nearest != NULL) {
        struct error plain = *err;
        err_set(err, ERR_USAGE, "%s, did you mean \"%" PRIstr "%s%s\"?", plain.msg, STR_ARG(path),
                space, nearest);
    }
    return false;
}

bool table_incomplete(const struct cli_program *program, struct str path, struct error *err)
{
    cleanup_arena struct arena arena = {0};
    cleanup_buf struct buf list = buf_make(BUF_LINE);
    const char **words = NULL;
    size_t count = words_below(program, path, &arena, &words);
    for (size_t i = 0; i < count; i++)
        buf_addf(&list, "%s%s", i == 0 ? "" : i + 1 < count ? ", " : " or ", words[i]);
    return err_set(err, ERR_USAGE, "\"%" PRIstr "\" needs one more word: %s", STR_ARG(path),
                   buf_cstr(&list));
}
