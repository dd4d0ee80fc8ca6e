/* Redirects, followed by our own hand: each hop decides anew what it may carry. */
#include <strings.h>

#include "internal.h"

static bool is_redirect(int status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* RFC 9110 15.4: 303 asks for the result with GET; 301 and 302 do so for POST by old custom. */
static const char *next_method(int status, const char *method)
{
    bool to_get = status == 303 || (status < 303 && strcmp(method, "POST") == 0);
    return to_get && strcmp(method, "HEAD") != 0 ? "GET" : method;
}

static bool is_https(const char *url)
{
    return strncasecmp(url, "https:", 6) == 0;
}

/* The hop leads away from where the caller sent the request. */
static bool may_leave(const struct transfer *t, const char *method, const char *url,
                      struct error *err)
{
    if (is_https(t->url) && !is_https(url))
        return err_set(err, ERR_FAILED, "redirect from https to http refused");
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
        return err_set(err, ERR_FAILED, "redirect of a %s to another origin refused", method);
    if (t->request->unix_socket != NULL)
        return err_set(err, ERR_FAILED, "redirect away from a unix socket refused");
    return true;
}

static bool hop_allowed(struct transfer *t, const char *method, const char *url, struct error *err)
{
    char origin[HTTP_ORIGIN_MAX], shown[HTTP_URL_TEXT_MAX];
    if (t->redirects >= t->request->redirects)
        return err_set(err, ERR_FAILED, "more than %d redirects", t->request->redirects);
    TRY(url_origin(url, origin, err));
    /* Once away, always away: a stranger must not send our secrets anywhere. */
    t->foreign = t->foreign || strcmp(origin, t->origin) != 0;
    if (!t->foreign || may_leave(t, method, url, err))
        return true;
    http_redact_url(str_of(url), shown);
    return err_wrap(err, "to '%s'", shown);
}

bool redirect_follow(struct transfer *t, bool *ret_follow, struct error *err)
{
    struct str location = http_header(&t->response, "Location");
    const char *method = next_method(t->response.status, t->method);
    cleanup_free char *url = NULL;
    if (t->request->redirects == 0 || !is_redirect(t->response.status) || location.len == 0) {
        *ret_follow = false;
        return true;
    }
    TRY(url_resolve(t->url, location, &url, err));
    TRY(hop_allowed(t, method, url, err));
    t->body_left = t->body_left || method != t->method;
    t->method = method;
    t->redirects++;
    free(t->url);
    t->url = steal_ptr(&url);
    *ret_follow = true;
    return true;
}
