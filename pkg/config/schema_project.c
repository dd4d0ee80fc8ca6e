/* The schema of teerex.yaml. */
#include "schema_common.h"

static const char *const MERGE[] = {
    [CONFIG_MERGE_MANUAL] = "manual", [CONFIG_MERGE_AUTO] = "auto", NULL};
static const char *const DEPLOY_ON[] = {[CONFIG_DEPLOY_MANUAL] = "manual",
                                        [CONFIG_DEPLOY_MERGE] = "merge",
                                        [CONFIG_DEPLOY_TAG] = "tag",
                                        NULL};

static const struct schema_field PROJECT_FIELDS[] = {
    {.key = "name",
     .type = SCHEMA_STRING,
     .flags = SCHEMA_REQUIRED,
     .pattern = &PATTERN_NAME,
     AT(config_project, name),
     .doc = "The project's name."},
    {.key = "repository",
     .type = SCHEMA_STRING,
     .pattern = &PATTERN_REPOSITORY,
     AT(config_project, repository),
     .doc = "OWNER/NAME where the project is hosted."},
    {.key = NULL},
};

static const struct schema_field BUILD_FIELDS[] = {
    {.key = "preset",
     .type = SCHEMA_STRING,
     .pattern = &PATTERN_NAME,
     .fallback = "dev",
     AT(config_build, preset),
     .doc = "The CMake preset whose build is deployed; {{preset}} in artifacts."},
    {.key = NULL},
};

static const struct schema_field CHANNEL_FIELDS[] = {
    {.key = "pattern",
     .type = SCHEMA_STRING,
     AT(config_channel, pattern),
     .doc = "Which of upstream's versions belong to it: {core}-rc.{number}, see docs/versions.md."},
    {.key = "from",
     LIST_OF_TEXT(TEXT_ITEM),
     AT(config_channel, from),
     .doc = "Patterns of other versions that may be replaced by one of it; none: any version."},
    {.key = "dist_tag",
     .type = SCHEMA_STRING,
     AT(config_channel, dist_tag),
     .doc = "Upstream's dist-tag that names its newest version."},
    {.key = "branch_prefix",
     .type = SCHEMA_STRING,
     AT(config_channel, branch_prefix),
     .doc = "How branches of its updates begin."},
    {.key = "target_branch",
     .type = SCHEMA_STRING,
     AT(config_channel, target_branch),
     .doc = "The branch its updates are proposed to."},
    {.key = "label",
     .type = SCHEMA_STRING,
     AT(config_channel, label),
     .doc = "The label of its pull requests."},
    {.key = "schedule",
     .type = SCHEMA_STRING,
     AT(config_channel, schedule),
     .doc = "When it is looked at, as cron writes it."},
    {.key = "publish_tag",
     .type = SCHEMA_STRING,
     AT(config_channel, publish_tag),
     .doc = "The dist-tag our packages get."},
    {.key = "network",
     .type = SCHEMA_STRING,
     AT(config_channel, network),
     .doc = "The network its versions speak to."},
    {.key = "merge",
     .type = SCHEMA_ENUM,
     .choices = MERGE,
     .fallback = "manual",
     AT(config_channel, merge),
     .doc = "Whether a green update merges by itself."},
    {.key = "cooldown",
     .type = SCHEMA_DURATION,
     .fallback = "0",
     AT(config_channel, cooldown_ms),
     .doc = "How old a version must be before it is taken."},
    {.key = "latest",
     .type = SCHEMA_BOOL,
     .fallback = "false",
     AT(config_channel, latest),
     .doc = "Whether its versions may become our latest."},
    {.key = NULL},
};

static const struct schema_field CHANNEL = {
    .key = "", .type = SCHEMA_TABLE, .fields = CHANNEL_FIELDS, .doc = "A line of versions."};

static const struct schema_field UPSTREAM_FILE_FIELDS[] = {
    {.key = "path",
     .type = SCHEMA_STRING,
     .flags = SCHEMA_REQUIRED | SCHEMA_NOT_EMPTY,
     AT(config_upstream_file, path),
     .doc = "Which files, as a pattern: docker/Dockerfile.*"},
    {.key = "match",
     .type = SCHEMA_STRING,
     .flags = SCHEMA_REQUIRED | SCHEMA_NOT_EMPTY,
     AT(config_upstream_file, match),
     .doc = "The text around the version: ARG AZTEC_VERSION={version}"},
    {.key = NULL},
};

static const struct schema_field UPSTREAM_FILE = {.key = "",
                                                  .type = SCHEMA_TABLE,
                                                  .fields = UPSTREAM_FILE_FIELDS,
                                                  .doc = "Files that name upstream's version."};

static const struct schema_field UPSTREAM_FIELDS[] = {
    {.key = "scope",
     .type = SCHEMA_STRING,
     AT(config_upstream, scope),
     .doc = "What upstream's package names begin with, such as \"@aztec/\"."},
    {.key = "anchor",
     .type = SCHEMA_STRING,
     AT(config_upstream, anchor),
     .doc = "The package that is asked for the current version."},
    {.key = "channels",
     .type = SCHEMA_MAP,
     .item = &CHANNEL,
     .pattern = &PATTERN_NAME,
     .item_size = sizeof(struct config_channel),
     AT(config_upstream, channels),
     .doc = "The lines of versions that are followed."},
    {.key = "files",
     .type = SCHEMA_LIST,
     .item = &UPSTREAM_FILE,
     .item_size = sizeof(struct config_upstream_file),
     AT(config_upstream, files),
     .doc = "Files beside package.json that `bump upstream` changes."},
    {.key = NULL},
};

static const struct schema_field PACKAGE_FIELDS[] = {
    {.key = "path",
     .type = SCHEMA_STRING,
     .flags = SCHEMA_REQUIRED,
     .pattern = &PATTERN_INSIDE,
     AT(config_package, path),
     .doc = "The directory of its package.json."},
    {.key = "publish",
     .type = SCHEMA_BOOL,
     .fallback = "false",
     AT(config_package, publish),
     .doc = "Whether releases publish it."},
    {.key = NULL},
};

static const struct schema_field PACKAGE = {
    .key = "", .type = SCHEMA_TABLE, .fields = PACKAGE_FIELDS, .doc = "A package of ours."};

static const struct schema_pattern PATTERN_KIND = {"added, modified, deleted or renamed",
                                                   "^(added|modified|deleted|renamed)$"};

static const struct schema_field KIND_ITEM = {
    .key = "", .type = SCHEMA_STRING, .pattern = &PATTERN_KIND, .doc = "A kind of change."};

static const struct schema_field FILTER_FIELDS[] = {
    {.key = "paths",
     LIST_OF_TEXT(TEXT_ITEM),
     .flags = SCHEMA_REQUIRED,
     AT(config_filter, paths),
     .doc = "Patterns as in .gitignore; the last one that matches a file decides, and '!' in front "
            "leaves out."},
    {.key = "on",
     LIST_OF_TEXT(KIND_ITEM),
     AT(config_filter, on),
     .doc = "Which changes count: added, modified, deleted, renamed; all when not said."},
    {.key = NULL},
};

static const struct schema_field FILTER = {
    .key = "", .type = SCHEMA_TABLE, .fields = FILTER_FIELDS, .doc = "Files that belong together."};

static const struct schema_field COMPONENT = {
    .key = "",
    .type = SCHEMA_TABLE,
    .fields = COMPONENT_FIELDS,
    .doc = "Something that is deployed; environments may say more or other about it."};

const struct schema_field RETENTION_FIELDS[] = {
    {.key = "releases",
     .type = SCHEMA_INT,
     .fallback = "5",
     .min = 1,
     .max = 1000,
     AT(config_retention, releases),
     .doc = "Releases kept on a host besides the live and the previous one."},
    {.key = NULL},
};

static const struct schema_field POLICY_FIELDS[] = {
    {.key = "deploy_on",
     .type = SCHEMA_ENUM,
     .choices = DEPLOY_ON,
     .fallback = "manual",
     AT(config_policies, deploy_on),
     .doc = "What starts a deployment: somebody, a merge, or a release tag."},
    {.key = NULL},
};

static const struct schema_field FIELDS[] = {
    {.key = "version",
     .type = SCHEMA_ENUM,
     .choices = FORMAT_VERSIONS,
     .flags = SCHEMA_REQUIRED,
     AT(project_file, version),
     .doc = "The version of this format: 1."},
    {.key = "project",
     .type = SCHEMA_TABLE,
     .fields = PROJECT_FIELDS,
     .flags = SCHEMA_REQUIRED,
     AT(project_file, project),
     .doc = "What this is."},
    {.key = "build",
     .type = SCHEMA_TABLE,
     .fields = BUILD_FIELDS,
     AT(project_file, build),
     .doc = "Which build is deployed."},
    {.key = "upstream",
     .type = SCHEMA_TABLE,
     .fields = UPSTREAM_FIELDS,
     AT(project_file, upstream),
     .doc = "Whose versions are followed."},
    {.key = "packages",
     .type = SCHEMA_MAP,
     .item = &PACKAGE,
     AT(project_file, packages),
     .item_size = sizeof(struct config_package),
     .doc = "Packages of ours, by name."},
    {.key = "components",
     .type = SCHEMA_MAP,
     .item = &COMPONENT,
     .pattern = &PATTERN_NAME,
     .item_size = sizeof(struct config_component),
     AT(project_file, components),
     .doc = "What can be deployed."},
    {.key = "filters",
     .type = SCHEMA_MAP,
     .item = &FILTER,
     .pattern = &PATTERN_NAME,
     .item_size = sizeof(struct config_filter),
     AT(project_file, filters),
     .doc = "Files that `teerexctl changes` tells of, beside those of the components."},
    {.key = "retention",
     .type = SCHEMA_TABLE,
     .fields = RETENTION_FIELDS,
     AT(project_file, retention),
     .doc = "What is kept."},
    {.key = "policies",
     .type = SCHEMA_TABLE,
     .fields = POLICY_FIELDS,
     AT(project_file, policies),
     .doc = "What may happen when."},
    {.key = "defaults",
     .type = SCHEMA_TABLE,
     .fields = ENV_FIELDS,
     AT(project_file, defaults),
     .doc = "What holds in every environment that does not say otherwise."},
    {.key = NULL},
};

const struct schema CONFIG_PROJECT_SCHEMA = {"teerex.yaml", FIELDS, sizeof(struct project_file)};
