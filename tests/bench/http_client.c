/* Asks one address COUNT times, PARALLEL at a time (0: one after another by http_do), and prints
 * the milliseconds. For bench_http.py. */
#include <inttypes.h>

#include "http/http.h"

static bool count_done(void *ctx, size_t index unused_arg, struct http_outcome *outcome,
                       struct error *err)
{
    uint64_t *fine = ctx;
    if (!outcome->ok || outcome->response.status != 200)
        return err_set(err, ERR_FAILED, "%s", outcome->ok ? "not 200" : outcome->error.msg);
    ++*fine;
    return true;
}

static bool one_by_one(struct http_client *client, const struct http_request *request,
                       uint64_t count, struct error *err)
{
    for (uint64_t i = 0; i < count; i++) {
        cleanup_http_response struct http_response answer = {0};
        TRY(http_do(client, request, &answer, err));
        TRY(http_expect(&answer, err));
    }
    return true;
}

static bool at_once(struct http_client *client, const struct http_request *request, uint64_t count,
                    uint64_t parallel, struct error *err)
{
    uint64_t fine = 0;
    cleanup_free struct http_request *requests = xcalloc(count, sizeof(*requests));
    for (uint64_t i = 0; i < count; i++)
        requests[i] = *request;
    const struct http_batch batch = {requests, count, parallel, count_done, &fine};
    return http_run(client, &batch, err);
}

static bool measure(const char *url, uint64_t count, uint64_t parallel, struct error *err)
{
    cleanup_http_client struct http_client *client = NULL;
    const struct http_client_options options = {
        .clock = clock_system(), .rng = rng_system(), .cap = cap_observe()};
    const struct http_request request = {.method = "GET", .url = url, .max_body = BUF_LINE};
    struct timespec begin = {0}, end = {0};
    TRY(http_client_new(&options, &client, err));
    clock_gettime(CLOCK_MONOTONIC, &begin);
    TRY(parallel == 0 ? one_by_one(client, &request, count, err)
                      : at_once(client, &request, count, parallel, err));
    clock_gettime(CLOCK_MONOTONIC, &end);
    printf("%.3f\n",
           (double)(end.tv_sec - begin.tv_sec) * 1e3 + (double)(end.tv_nsec - begin.tv_nsec) / 1e6);
    return true;
}

int main(int argc, char **argv)
{
    struct error err;
    uint64_t count = 0, parallel = 0;
    if (argc != 4 || !str_to_u64(str_of(argv[2]), &count) ||
        !str_to_u64(str_of(argv[3]), &parallel)) {
        fputs("usage: bench_http_client URL COUNT PARALLEL\n", stderr);
        return 3;
    }
    if (measure(argv[1], count, parallel, &err))
        return 0;
    fprintf(stderr, "%s\n", err.msg);
    return 1;
}
