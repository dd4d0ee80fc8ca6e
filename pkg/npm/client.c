/* Asking the registry: one request a question, all at once, with what the cache knows. */
#include "internal.h"

/* Each what: how it is asked for. */
static const struct {
    const char *accept;
    const char *before, *after; /* of the package's name in the path */
} WHAT[] = {
    [NPM_ABBREVIATED] = {"application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8", "",
                         ""},
    [NPM_FULL] = {"application/json", "", ""},
    [NPM_TAGS] = {"application/json", "-/package/", "/dist-tags"},
};

enum { ASK_HEADERS = 2 };

/* A question on its way. */
struct asking {
    const struct npm_client *client;
    const struct npm_question *question;
    struct arena arena;
    struct cached cached;
    char *key; /* of the cache */
    const char *url;
    struct http_header headers[ASK_HEADERS];
    struct npm_answer *answer;
};

bool npm_sign(void *ctx, const struct http_signing *what, struct http_header_list *ret_add,
              struct error *err unused_arg)
{
    cleanup_arena struct arena arena = {0};
    const struct npm_settings *settings = ctx;
    const char *value = npm_authorization(settings, what->url, &arena);
    if (value != NULL)
        http_header_add(ret_add, "Authorization", value);
    return true;
}

/* "@scope/name" is "@scope%2fname" in an address, as npm writes it. */
static const char *address(struct asking *a)
{
    struct str rest = STR_EMPTY;
    bool scoped = false;
    const char *package = a->question->package;
    struct str first = str_cut(str_of(package), '/', &rest, &scoped);
    return arena_printf(&a->arena, "%s%s%" PRIstr "%s%" PRIstr "%s",
                        npm_registry_of(a->client->settings, package),
                        WHAT[a->question->what].before, STR_ARG(first), scoped ? "%2f" : "",
                        STR_ARG(rest), WHAT[a->question->what].after);
}

static struct http_request request_of(struct asking *a)
{
    size_t count = 1;
    a->headers[0] = (struct http_header){STR("Accept"), str_of(WHAT[a->question->what].accept)};
    if (a->cached.etag != NULL)
        a->headers[count++] = (struct http_header){STR("If-None-Match"), str_of(a->cached.etag)};
    return (struct http_request){
        .method = "GET",
        .url = a->url,
        .headers = a->headers,
        .header_count = count,
        .max_body = NPM_BODY_MAX,
        .accept_gzip = true,
        .redirects = 3,
        .sign = npm_sign,
        .sign_ctx = (void *)(uintptr_t)a->client->settings,
    };
}

static void prepare(struct asking *a)
{
    a->url = address(a);
    a->key = arena_printf(&a->arena, "%s %s", WHAT[a->question->what].accept, a->url);
    cache_get(a->client, a->key, &a->cached);
}

/* The endpoint of the dist-tags answers with their object alone. */
static bool scan(const struct asking *a, struct str text, struct npm_packument *ret,
                 struct error *err)
{
    if (a->question->what != NPM_TAGS)
        return npm_packument_scan(text, a->question->package, ret, err);
    cleanup_buf struct buf wrapped = buf_make(NPM_BODY_MAX);
    cleanup_npm_packument struct npm_packument packument = {0};
    buf_adds(&wrapped, "{\"dist-tags\":");
    buf_add(&wrapped, text);
    buf_addc(&wrapped, '}');
    TRY(buf_check(&wrapped, "the dist-tags", err));
    TRY(npm_packument_scan(buf_str(&wrapped), a->question->package, &packument, err));
    packument.text = wrapped;
    wrapped = (struct buf){0};
    *ret = packument;
    packument = (struct npm_packument){0};
    return true;
}

static bool check_name(const struct asking *a, const struct npm_packument *packument,
                       struct error *err)
{
    if (packument->name.len == 0 || str_is(packument->name, a->question->package))
        return true;
    return err_set(err, ERR_VERIFY, "the registry answered with the package '%" PRIstr "'",
                   STR_ARG(packument->name));
}

/* Takes the document over when it is right. */
static bool take(struct asking *a, struct buf *body, struct npm_packument *ret, struct error *err)
{
    cleanup_npm_packument struct npm_packument packument = {0};
    TRY(scan(a, buf_str(body), &packument, err));
    TRY(check_name(a, &packument, err));
    if (a->question->what != NPM_TAGS) {
        packument.text = *body;
        *body = (struct buf){0};
    }
    *ret = packument;
    packument = (struct npm_packument){0};
    return true;
}

static bool answer(struct asking *a, struct http_outcome *outcome, struct error *err)
{
    struct http_response *response = &outcome->response;
    if (!outcome->ok) {
        *err = outcome->error;
        return false;
    }
    if (response->status == 304 && a->cached.etag != NULL)
        return take(a, &a->cached.body, &a->answer->packument, err);
    TRY(http_expect_status(response, 200, err));
    cleanup_free char *etag =
        xstrndup(http_header(response, "etag").ptr, http_header(response, "etag").len);
    struct str body = buf_str(&response->body);
    TRY(take(a, &response->body, &a->answer->packument, err));
    cache_put(a->client, a->key, str_of(etag), body);
    return true;
}

static bool done(void *ctx, size_t index, struct http_outcome *outcome, struct error *err)
{
    struct asking *a = (struct asking *)ctx + index;
    if (!outcome->ok && outcome->error.kind == ERR_INTERRUPTED) {
        *err = outcome->error;
        return false;
    }
    a->answer->ok = answer(a, outcome, &a->answer->error);
    if (!a->answer->ok)
        err_wrap(&a->answer->error, "%s", a->question->package);
    return true;
}

static void let_go(struct asking *asking, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        cached_release(&asking[i].cached);
        arena_release(&asking[i].arena);
    }
}

bool npm_ask(const struct npm_client *client, const struct npm_question *questions, size_t count,
             struct npm_answer *ret_answers, struct error *err)
{
    cleanup_free struct asking *asking = xcalloc(count + 1, sizeof(*asking));
    cleanup_free struct http_request *requests = xcalloc(count + 1, sizeof(*requests));
    for (size_t i = 0; i < count; i++)
        TRY(npm_name_check(questions[i].package, err));
    for (size_t i = 0; i < count; i++) {
        ret_answers[i] = (struct npm_answer){0};
        asking[i] =
            (struct asking){.client = client, .question = &questions[i], .answer = &ret_answers[i]};
        prepare(&asking[i]);
        requests[i] = request_of(&asking[i]);
    }
    const struct http_batch batch = {
        .requests = requests, .count = count, .done = done, .ctx = asking};
    bool ok = http_run(client->http, &batch, err);
    let_go(asking, count);
    if (!ok)
        npm_answers_release(ret_answers, count);
    return ok;
}

void npm_answers_release(struct npm_answer *answers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        npm_packument_release(&answers[i].packument);
}

bool npm_ask_one(const struct npm_client *client, const struct npm_question *question,
                 struct npm_packument *ret, struct error *err)
{
    struct npm_answer answer = {0};
    TRY(npm_ask(client, question, 1, &answer, err));
    if (!answer.ok) {
        *err = answer.error;
        return false;
    }
    *ret = answer.packument;
    return true;
}
