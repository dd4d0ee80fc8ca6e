/* The client's life. */
#include "http/http.h"

#include <curl/curl.h>

bool http_client_new(const struct http_client_options *options unused_arg,
                     struct http_client **ret unused_arg, struct error *err)
{
    return err_set(err, ERR_BUG, "the http client is not built yet (curl %s)", curl_version());
}
