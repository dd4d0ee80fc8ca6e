/* TLS against openssl's own server, with a certificate authority made for the occasion. */
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "http_kit.h"

enum { SKIPPED = 77 };

/* openssl req -x509 makes the authority, req -CA the server's certificate for 127.0.0.1. */
static const char *const MAKE_CA[] = {"openssl",
                                      "req",
                                      "-x509",
                                      "-newkey",
                                      "ec",
                                      "-pkeyopt",
                                      "ec_paramgen_curve:P-256",
                                      "-nodes",
                                      "-keyout",
                                      "ca.key",
                                      "-out",
                                      "ca.pem",
                                      "-days",
                                      "2",
                                      "-subj",
                                      "/CN=test authority",
                                      NULL};
static const char *const MAKE_SERVER[] = {"openssl",
                                          "req",
                                          "-x509",
                                          "-newkey",
                                          "ec",
                                          "-pkeyopt",
                                          "ec_paramgen_curve:P-256",
                                          "-nodes",
                                          "-keyout",
                                          "server.key",
                                          "-out",
                                          "server.pem",
                                          "-days",
                                          "2",
                                          "-subj",
                                          "/CN=127.0.0.1",
                                          "-addext",
                                          "subjectAltName=IP:127.0.0.1",
                                          "-CA",
                                          "ca.pem",
                                          "-CAkey",
                                          "ca.key",
                                          NULL};
/* -HTTP: files below the current directory are whole answers. */
static const char *const SERVE[] = {"openssl", "s_server",   "-accept", "127.0.0.1:0", "-HTTP",
                                    "-cert",   "server.pem", "-key",    "server.key",  NULL};

struct tls {
    char dir[32];
    pid_t pid;
    int port;
};

/* Starts a child in the directory with its output in a pipe. */
static pid_t start(const struct tls *tls, const char *const *argv, int *ret_out)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(ends[1], STDOUT_FILENO);
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        if (chdir(tls->dir) == 0)
            execvp(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    close(ends[1]);
    *ret_out = ends[0];
    return pid;
}

static int run(const struct tls *tls, const char *const *argv)
{
    int out = -1, status = 0;
    char sink[512];
    pid_t pid = start(tls, argv, &out);
    while (read(out, sink, sizeof(sink)) > 0)
        continue;
    close(out);
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* "ACCEPT 127.0.0.1:PORT" comes once it listens. */
static int accepted_port(int out)
{
    char text[4096];
    size_t len = 0;
    ssize_t got = 0;
    int port = 0;
    while (len < sizeof(text) - 1 && (got = read(out, text + len, sizeof(text) - 1 - len)) > 0) {
        len += (size_t)got;
        text[len] = '\0';
        const char *line = strstr(text, "ACCEPT 127.0.0.1:");
        if (line != NULL && strchr(line, '\n') != NULL && sscanf(line + 17, "%d", &port) == 1)
            return port;
    }
    return 0;
}

static void write_file(const struct tls *tls, const char *name, const char *text)
{
    cleanup_free char *path = xasprintf("%s/%s", tls->dir, name);
    cleanup_file FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
}

static int set_up(void **state)
{
    struct tls *tls = xcalloc(1, sizeof(*tls));
    int out = -1;
    snprintf(tls->dir, sizeof(tls->dir), "/tmp/teerex-tls-XXXXXX");
    assert_non_null(mkdtemp(tls->dir));
    if (run(tls, MAKE_CA) != 0 || run(tls, MAKE_SERVER) != 0)
        return -1;
    write_file(tls, "page", "HTTP/1.0 200 OK\r\nContent-Length: 6\r\n\r\nsecure");
    write_file(tls, "down", "HTTP/1.0 302 X\r\nLocation: http://127.0.0.1:1/\r\n\r\n");
    tls->pid = start(tls, SERVE, &out);
    tls->port = accepted_port(out);
    *state = tls;
    return tls->port > 0 ? 0 : -1;
}

static int tear_down(void **state)
{
    static const char *const REMOVE[] = {"rm",         "-f",     "ca.key", "ca.pem", "server.key",
                                         "server.pem", "ca.srl", "page",   "down",   NULL};
    struct tls *tls = *state;
    kill(tls->pid, SIGKILL);
    waitpid(tls->pid, NULL, 0);
    run(tls, REMOVE);
    rmdir(tls->dir);
    free(tls);
    return 0;
}

static bool ask(const struct tls *tls, const char *host, const char *path, bool trust,
                struct http_response *ret, struct error *err)
{
    cleanup_kit struct kit kit = {0};
    cleanup_free char *ca = xasprintf("%s/ca.pem", tls->dir);
    cleanup_free char *url = xasprintf("https://%s:%d/%s", host, tls->port, path);
    struct http_request request = {.method = "GET", .url = url, .max_body = 1000, .redirects = 3};
    kit_open_with(&kit, cap_observe(), (struct http_network){.ca_file = trust ? ca : NULL});
    bool ok = http_do(kit.client, &request, ret, err);
    assert_int_equal(kit.slept_ms, 0); /* nothing here is worth a second try */
    return ok;
}

static void test_own_authority(void **state)
{
    cleanup_http_response struct http_response answer = {0};
    struct error err;
    assert_ok(ask(*state, "127.0.0.1", "page", true, &answer, &err), &err);
    assert_str(buf_str(&answer.body), "secure");
    assert_true(answer.timing.tls_us > 0);
}

static void test_unknown_authority(void **state)
{
    cleanup_http_response struct http_response answer = {0};
    struct error err;
    assert_fails(ask(*state, "127.0.0.1", "page", false, &answer, &err), &err, ERR_VERIFY,
                 "certificate");
}

static void test_wrong_name(void **state)
{
    cleanup_http_response struct http_response answer = {0};
    struct error err;
    assert_fails(ask(*state, "localhost", "page", true, &answer, &err), &err, ERR_VERIFY,
                 "localhost");
}

static void test_downgrade_refused(void **state)
{
    cleanup_http_response struct http_response answer = {0};
    struct error err;
    assert_fails(ask(*state, "127.0.0.1", "down", true, &answer, &err), &err, ERR_FAILED,
                 "to 'http://127.0.0.1:1/': redirect from https to http refused");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_own_authority),
        cmocka_unit_test(test_unknown_authority),
        cmocka_unit_test(test_wrong_name),
        cmocka_unit_test(test_downgrade_refused),
    };
    static const char *const VERSION[] = {"openssl", "version", NULL};
    if (run(&(struct tls){.dir = "/"}, VERSION) != 0) {
        puts("skipped: there is no openssl program");
        return SKIPPED;
    }
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
