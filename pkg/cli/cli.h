/* The command line from one table: parsing, help, completion, man pages and the README's table all
 * read the same rows, so they cannot drift apart.
 *
 * A verb is a `struct cli_command` in a file of its own. Its options are bound to fields of a
 * context struct that the framework allocates, zeroed, and frees; texts in it point into argv or
 * into the parsed call. This module neither prints nor exits nor reads configuration. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/core.h"

struct app; /* whoever runs the verbs; known to cmd/ only */

/* ---- options ------------------------------------------------------------------------------ */

enum cli_type {
    CLI_TYPE_FLAG,     /* bool */
    CLI_TYPE_STRING,   /* const char *, NULL when not given */
    CLI_TYPE_STRINGS,  /* struct cli_strings; may be given repeatedly */
    CLI_TYPE_INT,      /* int64_t, CLI_UNSET when not given */
    CLI_TYPE_DURATION, /* int64_t milliseconds, CLI_UNSET when not given */
    CLI_TYPE_CHOICE    /* int, index into `choices`; 0 when not given */
};

enum { CLI_UNSET = -1 };

struct cli_strings {
    const char **items;
    size_t count;
};

/* What completes an argument. Choices complete by themselves. */
enum cli_complete { CLI_COMPLETE_NONE, CLI_COMPLETE_ENV, CLI_COMPLETE_FILE, CLI_COMPLETE_DIR };

/* An option, or a positional argument. */
struct cli_option {
    const char *name; /* "out"; of a positional as shown, "ENV"; NULL ends the array */
    char letter;      /* 'o', 0: none */
    enum cli_type type;
    size_t offset;              /* of the field in the context */
    const char *arg;            /* "FILE"; NULL for flags and positionals */
    const char *help;           /* lower case, no full stop */
    const char *fallback;       /* taken when not given, as if written; NULL: none */
    const char *const *choices; /* NULL-terminated */
    int64_t min, max;           /* of an int; max 0: no bound */
    const char *excludes;       /* name of another option that may not be given beside it */
    bool required;              /* of an option; a positional is required unless `optional` */
    bool optional;
    bool hidden;
    enum cli_complete complete;
};

/* The field must have the type that goes with the option: a wrong one does not compile. */
#define CLI_FIELD(struct_type, field, field_type)                                                 \
    (offsetof(struct_type, field) +                                                               \
     0 * sizeof(                                                                                  \
             char[__builtin_types_compatible_p(__typeof__(((struct_type *)0)->field), field_type) \
                      ? 1                                                                         \
                      : -1]))
#define CLI_BOUND(t, struct_type, field, field_type) \
    .type = (t), .offset = CLI_FIELD(struct_type, field, field_type)

/* For use inside of braces, with more designators after it when needed:
 *     {CLI_STRING(struct plan_options, out, "out", 'o', "FILE", "save the plan to FILE"),
 *      .complete = CLI_COMPLETE_FILE},                                                          */
#define CLI_FLAG(struct_type, field, long_name, short_name, text) \
    .name = (long_name), .letter = (short_name), .help = (text),  \
    CLI_BOUND(CLI_TYPE_FLAG, struct_type, field, bool)
#define CLI_STRING(struct_type, field, long_name, short_name, argument, text)       \
    .name = (long_name), .letter = (short_name), .arg = (argument), .help = (text), \
    CLI_BOUND(CLI_TYPE_STRING, struct_type, field, const char *)
#define CLI_STRINGS(struct_type, field, long_name, short_name, argument, text)      \
    .name = (long_name), .letter = (short_name), .arg = (argument), .help = (text), \
    CLI_BOUND(CLI_TYPE_STRINGS, struct_type, field, struct cli_strings)
#define CLI_INT(struct_type, field, long_name, short_name, argument, text)          \
    .name = (long_name), .letter = (short_name), .arg = (argument), .help = (text), \
    CLI_BOUND(CLI_TYPE_INT, struct_type, field, int64_t)
#define CLI_DURATION(struct_type, field, long_name, short_name, text)               \
    .name = (long_name), .letter = (short_name), .arg = "DURATION", .help = (text), \
    CLI_BOUND(CLI_TYPE_DURATION, struct_type, field, int64_t)
#define CLI_CHOICE(struct_type, field, long_name, short_name, list, text)                      \
    .name = (long_name), .letter = (short_name), .arg = "", .help = (text), .choices = (list), \
    CLI_BOUND(CLI_TYPE_CHOICE, struct_type, field, int)

/* Positional arguments; the last one may take all that follow. */
#define CLI_ARGUMENT(struct_type, field, shown, text) \
    .name = (shown), .help = (text), CLI_BOUND(CLI_TYPE_STRING, struct_type, field, const char *)
#define CLI_ARGUMENTS(struct_type, field, shown, text) \
    .name = (shown), .help = (text),                   \
    CLI_BOUND(CLI_TYPE_STRINGS, struct_type, field, struct cli_strings)
#define CLI_CHOICE_ARGUMENT(struct_type, field, shown, list, text) \
    .name = (shown), .help = (text), .choices = (list),            \
    CLI_BOUND(CLI_TYPE_CHOICE, struct_type, field, int)
#define CLI_ENVIRONMENT(struct_type, field)                                           \
    CLI_ARGUMENT(struct_type, field, "ENV", "the environment, a file envs/ENV.yaml"), \
        .complete = CLI_COMPLETE_ENV

/* ---- commands ----------------------------------------------------------------------------- */

enum cli_flag {
    CLI_NEEDS_PROJECT = 1 << 0, /* a teerex.yaml must be found */
    CLI_MUTATES = 1 << 1,       /* gets the applying capability */
    CLI_STREAMS = 1 << 2,       /* --format json streams JSON lines (docs/output.md) */
    CLI_HIDDEN = 1 << 3,        /* in no help, table or completion */
    CLI_RAW = 1 << 4            /* all that follows the verb is positional */
};

enum { CLI_EXITS_MAX = 12, CLI_EXAMPLES_MAX = 4 };

struct cli_example {
    const char *command; /* "teerexctl deploy local"; NULL ends */
    const char *what;    /* what it does, lower case */
};

struct cli_command {
    const char *path;    /* "deploy" or "config show" */
    const char *summary; /* one line of at most 50 columns, lower case, no full stop */
    const char *details; /* paragraphs for help and man page, separated by a blank line; or NULL */
    const struct cli_option *options;                  /* ends with a NULL name; NULL: none */
    const struct cli_option *positionals;              /* likewise */
    struct cli_example examples[CLI_EXAMPLES_MAX + 1]; /* two to four */
    unsigned char exits[CLI_EXITS_MAX]; /* exit statuses beside 0, 1, 3 and 130; 0 ends */
    unsigned flags;                     /* enum cli_flag */
    size_t context_size;                /* of the struct that options are bound to */
    /* Does it. A status other than 0 without an error (changes pending) is set in the app. */
    bool (*run)(struct app *app, void *context, struct error *err);
};

struct cli_row {
    const char *section; /* heading in the list of commands */
    const struct cli_command *command;
};

/* A whole program. */
struct cli_program {
    const char *name;    /* "teerexctl" */
    const char *version; /* "0.1.0" */
    const char *built;   /* date for man pages, "2026-02-03" */
    const char *summary;
    const struct cli_row *rows; /* in the order of help; sections stand together */
    size_t count;
};

/* What a status means, for help; NULL when it is none of ours. Statuses are those of
 * err_kind_info, and 2 (changes are pending). */
const char *cli_exit_meaning(int status);

/* ---- parsing ------------------------------------------------------------------------------ */

enum cli_format { CLI_TEXT, CLI_JSON };

/* Options that every command understands, before or after the verb. */
struct cli_globals {
    const char *project;   /* --project DIR */
    int format;            /* --format text|json: enum cli_format */
    const char *json_into; /* --json-into FILE */
    const char *yes;       /* --yes=ENV */
    bool plain, no_color, quiet, verbose, help, version;
};

enum cli_action {
    CLI_RUN,    /* run command->run(app, context) */
    CLI_HELP,   /* print cli_help of `topic` */
    CLI_VERSION /* print the version */
};

struct cli_call {
    enum cli_action action;
    const struct cli_command *command; /* CLI_RUN */
    void *context;                     /* CLI_RUN; context_size bytes */
    const char *topic;                 /* CLI_HELP: a command, a group ("config") or "" */
    struct cli_globals globals;
    struct arena arena;
};

/* Reads argv (borrowed for the life of the call). ERR_USAGE says what is wrong, suggests the
 * nearest name, and names the help to read. Understood: --opt=value, --opt value, -o value,
 * -ovalue, -ab, --no-opt for flags, -- ; options and arguments in any order. */
bool cli_parse(const struct cli_program *program, int argc, char *const *argv,
               struct cli_call *ret_call, struct error *err) must_use;
/* Frees the context and all that parsing allocated. */
void cli_call_release(struct cli_call *call);
#define cleanup_cli_call cleanup(cli_call_release)

/* ---- help and what else is made from the table --------------------------------------------- */

/* Help for the topic (a path, a group, or "" for the program), at most 80 columns; `color` sets the
 * headings in bold. ERR_USAGE when there is no such command. */
bool cli_help(const struct cli_program *program, const char *topic, bool color, struct buf *out,
              struct error *err) must_use;
/* A man page in mdoc(7) for the topic, as above. */
bool cli_man(const struct cli_program *program, const char *topic, struct buf *out,
             struct error *err) must_use;
/* The README's table of commands in Markdown. */
void cli_markdown(const struct cli_program *program, struct buf *out);
/* The meaning of every exit status, likewise. */
void cli_markdown_exits(struct buf *out);
/* All topics that have a man page, one a line: name of the page, a tab, the topic:
 * "teerexctl-config-show\tconfig show". */
void cli_topics(const struct cli_program *program, struct buf *out);

/* The script that a shell sources; it asks the hidden verb `complete`. */
enum cli_shell { CLI_BASH, CLI_ZSH, CLI_FISH };
void cli_completion_script(const struct cli_program *program, enum cli_shell shell,
                           struct buf *out);
/* Their names in that order, NULL at the end; for CLI_CHOICE. */
extern const char *const cli_shells[];

/* Candidates for the last of `words` (the words after the program's name, the last one may be ""),
 * one a line: the word, a tab, what it is. Environments are the names of `envs_dir`/NAME.yaml,
 * which is not read further; NULL: none. A line ":file" or ":dir" asks the shell for names of
 * files. */
void cli_complete(const struct cli_program *program, const char *const *words, size_t count,
                  const char *envs_dir, struct buf *out);

/* ---- results as tables --------------------------------------------------------------------- */

/* A table for people, cut to the terminal: columns are as wide as their widest cell, and the ones
 * marked `shrink` give way when a row is wider than `columns`. */
struct cli_column {
    const char *title; /* upper case */
    bool right;        /* aligned right */
    bool shrink;
};
struct cli_table {
    const struct cli_column *columns;
    size_t column_count;
    const char *const *cells; /* rows one after the other; NULL shows as "-" */
    size_t row_count;
};
/* Appends the table; `width` 0 never cuts; `utf8` picks the mark of a cut cell. Cells are foreign
 * text and are shown with control characters escaped. */
void cli_table_add(const struct cli_table *table, size_t width, bool utf8, struct buf *out);
