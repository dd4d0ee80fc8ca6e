/* Credentials by host and path, as npm-registry-fetch finds them: what is configured for a host
 * never goes to another one. */
#include "internal.h"

static const char *of_place(const struct npm_settings *settings, struct str place, const char *name,
                            struct arena *arena)
{
    return npm_setting(settings, arena_printf(arena, "%" PRIstr ":%s", STR_ARG(place), name));
}

static char *basic(struct str user, struct str password, struct arena *arena)
{
    cleanup_buf struct buf pair = buf_make(BUF_LINE), text = buf_make((size_t)2 * BUF_LINE);
    buf_addf(&pair, "%" PRIstr ":%" PRIstr, STR_ARG(user), STR_ARG(password));
    buf_add_base64(&text, buf_str(&pair));
    char *out = arena_printf(arena, "Basic %s", buf_cstr(&text));
    secret_wipe(pair.ptr, pair.len);
    return out;
}

/* The password is configured in base64; npm ignores one that is not. */
static char *from_password(const char *user, const char *password, struct arena *arena)
{
    cleanup_buf struct buf plain = buf_make(BUF_LINE);
    if (user == NULL || password == NULL ||
        !buf_add_base64_decoded(&plain, str_of(password), false))
        return NULL;
    return basic(str_of(user), buf_str(&plain), arena);
}

static const char *at_place(const struct npm_settings *settings, struct str place,
                            struct arena *arena)
{
    const char *token = of_place(settings, place, "_authToken", arena);
    const char *auth = of_place(settings, place, "_auth", arena);
    if (token != NULL)
        return arena_printf(arena, "Bearer %s", token);
    if (auth != NULL)
        return arena_printf(arena, "Basic %s", auth);
    return from_password(of_place(settings, place, "username", arena),
                         of_place(settings, place, "_password", arena), arena);
}

/* "//host/a/b" gives "//host/a/", "//host/a", "//host/", "//host". */
static struct str parent(struct str place)
{
    size_t len = place.len;
    if (len > 0 && place.ptr[len - 1] == '/')
        return str_sub(place, 0, len - 1);
    while (len > 0 && place.ptr[len - 1] != '/')
        len--;
    return str_sub(place, 0, len);
}

const char *npm_authorization(const struct npm_settings *settings, const char *url,
                              struct arena *arena)
{
    size_t scheme = str_find(str_of(url), STR("//"));
    if (scheme == SIZE_MAX)
        return NULL;
    struct str place = str_of(url + scheme);
    for (size_t i = 0; i < place.len; i++) {
        if (place.ptr[i] == '?' || place.ptr[i] == '#')
            place.len = i;
    }
    for (; place.len > 2; place = parent(place)) {
        const char *found = at_place(settings, place, arena);
        if (found != NULL)
            return found;
    }
    return NULL;
}

static bool is_secret(struct str key)
{
    return str_ends(key, STR(":_authToken")) || str_ends(key, STR(":_auth")) ||
           str_ends(key, STR(":_password")) || str_is(key, "_auth") || str_is(key, "_authToken") ||
           str_is(key, "-auth") || str_is(key, "_password");
}

static void hide(struct str value, struct events *events)
{
    cleanup_buf struct buf plain = buf_make(BUF_LINE);
    if (value.len == 0)
        return;
    events_add_secret(events, value);
    if (buf_add_base64_decoded(&plain, value, false) && str_is_utf8(buf_str(&plain)))
        events_add_secret(events, buf_str(&plain));
}

void npm_hide_credentials(const struct npm_settings *settings, struct events *events)
{
    for (size_t i = 0; i < settings->count; i++) {
        if (is_secret(str_of(settings->items[i].key)))
            hide(str_of(settings->items[i].value), events);
    }
}
