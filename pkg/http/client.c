/* The client's life: its settings, its handles, its open directories. */
#include <errno.h>
#include <unistd.h>

#include "internal.h"

enum { KEPT_CONNECTIONS = 64 };

/* Lower case wins, as in every tool; empty is unset. */
static const char *from_env(const char *upper, const char *lower)
{
    const char *value = lower != NULL ? getenv(lower) : NULL;
    if (value == NULL || *value == '\0')
        value = getenv(upper);
    return value != NULL && *value != '\0' ? value : NULL;
}

struct http_network http_network_from_env(void)
{
    const char *bundle = from_env("CURL_CA_BUNDLE", NULL);
    return (struct http_network){
        .https_proxy = from_env("HTTPS_PROXY", "https_proxy"),
        .http_proxy = from_env("HTTP_PROXY", "http_proxy"),
        .all_proxy = from_env("ALL_PROXY", "all_proxy"),
        .no_proxy = from_env("NO_PROXY", "no_proxy"),
        .ca_file = bundle != NULL ? bundle : from_env("SSL_CERT_FILE", NULL),
        .ca_dir = from_env("SSL_CERT_DIR", NULL),
    };
}

/* curl would say it at the first https request, and not which variable is meant. */
static bool check_readable(const char *path, struct error *err)
{
    return path == NULL || access(path, R_OK) == 0 ||
           err_sys(err, ERR_CONFIG, errno,
                   "read the certificates '%s' (CURL_CA_BUNDLE, SSL_CERT_FILE, SSL_CERT_DIR)",
                   path);
}

bool http_client_new(const struct http_client_options *options, struct http_client **ret,
                     struct error *err)
{
    cleanup_http_client struct http_client *client = NULL;
    if (options->clock == NULL || options->rng == NULL || options->cap == NULL)
        return err_set(err, ERR_BUG, "an http client without clock, rng or capability");
    TRY(check_readable(options->network.ca_file, err));
    TRY(check_readable(options->network.ca_dir, err));
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return err_set(err, ERR_FAILED, "libcurl cannot be initialised");
    client = xcalloc(1, sizeof(*client));
    client->options = *options;
    client->multi = curl_multi_init();
    if (client->multi == NULL)
        return err_set(err, ERR_FAILED, "libcurl cannot be initialised");
    curl_multi_setopt(client->multi, CURLMOPT_MAXCONNECTS, (long)KEPT_CONNECTIONS);
    *ret = steal_ptr(&client);
    return true;
}

void http_client_free(struct http_client *client)
{
    if (client == NULL)
        return;
    for (size_t i = 0; i < client->idle_count; i++)
        curl_easy_cleanup(client->idle[i]);
    curl_multi_cleanup(client->multi);
    for (size_t i = 0; i < client->dir_count; i++) {
        free(client->dirs[i].path);
        close(client->dirs[i].fd);
    }
    free(client->dirs);
    free(client);
    curl_global_cleanup();
}

void http_client_free_at(struct http_client **client)
{
    http_client_free(*client);
}

CURL *client_take_handle(struct http_client *client)
{
    if (client->idle_count > 0)
        return client->idle[--client->idle_count];
    CURL *handle = curl_easy_init();
    if (handle == NULL)
        abort(); /* out of memory, as in core/mem.h */
    return handle;
}

void client_give_handle(struct http_client *client, CURL *handle)
{
    if (client->idle_count == IDLE_HANDLES) {
        curl_easy_cleanup(handle);
        return;
    }
    curl_easy_reset(handle);
    client->idle[client->idle_count++] = handle;
}
