/* What verbs about upstream share: the workspace, what it uses, and the registry. A project needs
 * no teerex.yaml for them. */
#pragma once

#include "app.h"
#include "configuration.h"
#include "http/http.h"
#include "upgrade/upgrade.h"

struct follow {
    struct app *app;
    const char *dir; /* of the root package.json */
    struct config config;
    struct upgrade_setup setup;
    struct workspace workspace;
    struct manifest_uses uses;
    struct npm_settings settings;
    struct http_client *http;
    struct npm_client npm;
    struct cap own; /* for the cache */
};

/* Reads the configuration (or takes the defaults), the workspace and what it uses. */
bool follow_open(struct app *app, struct follow *ret, struct error *err) must_use;
/* Reads npm's configuration and readies the client; the credentials are known to the redactor. */
bool follow_registry(struct follow *follow, struct error *err) must_use;
void follow_close(struct follow *follow);
#define cleanup_follow cleanup(follow_close)

/* A list of strings as a member. */
void follow_write_strings(struct json_writer *w, const char *key, const config_strings *strings);
