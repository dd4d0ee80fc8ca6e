/* Forms of text and rows that both schemas use. */
#pragma once

#include "config.h"

/* The offset of a row. */
#define AT(type, member) .offset = offsetof(struct type, member)
#define LIST_OF_TEXT(item_row) .type = SCHEMA_LIST, .item = &(item_row), .item_size = sizeof(char *)

/* teerex.yaml as it is bound. */
struct project_file {
    unsigned version; /* index into FORMAT_VERSIONS */
    struct config_project project;
    struct config_build build;
    struct config_upstream upstream;
    config_packages packages;
    ARRAY_OF(struct config_component) components;
    ARRAY_OF(struct config_filter) filters;
    struct config_retention retention;
    struct config_policies policies;
    struct config_env defaults;
};

/* Versions of both formats that are read. */
extern const char *const FORMAT_VERSIONS[];

extern const struct schema_pattern PATTERN_NAME, PATTERN_VARIABLE, PATTERN_ADDRESS, PATTERN_MODE,
    PATTERN_INSIDE, PATTERN_ROUTE, PATTERN_REFERENCE, PATTERN_REPOSITORY, PATTERN_URL;

extern const struct schema_field TEXT_ITEM, NAME_ITEM, GATE_ROW;
extern const struct schema_field COMPONENT_FIELDS[], RETENTION_FIELDS[], ENV_FIELDS[];
