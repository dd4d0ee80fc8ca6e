/* A small command table with one of everything. */
#pragma once

#include "cli/cli.h"
#include "testing.h"

static const char *const COLORS[] = {"red", "green", "blue", NULL};

struct deploy_options {
    const char *env;
    struct cli_strings hosts;
    const char *release;
    struct cli_strings components;
    int64_t wait_ms;
    int64_t retries;
    int64_t port;
    int color;
    bool dry, force, careful;
};

static bool run_nothing(struct app *app, void *context, struct error *err)
{
    (void)app;
    (void)context;
    (void)err;
    return true;
}

static const struct cli_command DEPLOY = {
    .path = "deploy",
    .summary = "deploy an environment",
    .details = "First line of the details, which is long enough to be wrapped when it is shown in "
               "eighty columns.\n\nSecond paragraph.",
    .options =
        (const struct cli_option[]){
            {CLI_STRING(struct deploy_options, release, "release", 'r', "TAG", "the release")},
            {CLI_STRINGS(struct deploy_options, components, "component", 'c', "NAME", "only this")},
            {CLI_DURATION(struct deploy_options, wait_ms, "wait", 0, "how long"),
             .fallback = "60s"},
            {CLI_INT(struct deploy_options, retries, "retries", 0, "N", "how often"), .min = 0,
             .max = 9},
            {CLI_INT(struct deploy_options, port, "port", 0, "N", "which")},
            {CLI_CHOICE(struct deploy_options, color, "color", 0, COLORS, "which")},
            {CLI_FLAG(struct deploy_options, dry, "dry", 'n', "nothing")},
            {CLI_FLAG(struct deploy_options, force, "force", 'f', "all"), .excludes = "dry"},
            {CLI_FLAG(struct deploy_options, careful, "careful", 0, "more"), .fallback = "true"},
            {.name = NULL},
        },
    .positionals =
        (const struct cli_option[]){
            {CLI_ENVIRONMENT(struct deploy_options, env)},
            {CLI_ARGUMENTS(struct deploy_options, hosts, "HOST", "hosts"), .optional = true},
            {.name = NULL},
        },
    .examples = {{"tool deploy local", "deploys local"}},
    .exits = {5, 6},
    .context_size = sizeof(struct deploy_options),
    .run = run_nothing,
};

struct show_options {
    const char *key;
};
static const struct cli_command SHOW = {
    .path = "config show",
    .summary = "show it",
    .options =
        (const struct cli_option[]){
            {CLI_STRING(struct show_options, key, "key", 0, "KEY", "which"), .required = true},
            {.name = NULL},
        },
    .context_size = sizeof(struct show_options),
    .run = run_nothing,
};
static const struct cli_command CHECK = {
    .path = "config check", .summary = "check it", .run = run_nothing};
static const struct cli_command RAW = {
    .path = "raw",
    .summary = "takes anything",
    .flags = CLI_HIDDEN | CLI_RAW,
    .positionals =
        (const struct cli_option[]){
            {CLI_ARGUMENTS(struct deploy_options, hosts, "WORD", "words"), .optional = true},
            {.name = NULL},
        },
    .context_size = sizeof(struct deploy_options),
    .run = run_nothing,
};

static const struct cli_row ROWS[] = {
    {"Work", &DEPLOY}, {"Look", &SHOW}, {"Look", &CHECK}, {"Look", &RAW}};
static const struct cli_program TOOL = {.name = "tool",
                                        .version = "1",
                                        .built = "2026-03-04",
                                        .summary = "does things",
                                        .rows = ROWS,
                                        .count = ARRAY_LEN(ROWS)};
