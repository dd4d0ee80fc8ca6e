/* npm's configuration: which place wins, whose credentials go where. */
#include "testing.h"

#include "fs/fs.h"
#include "npm/npm.h"

/* A home and a project with these .npmrc files; NULL: none. */
struct places {
    struct cap cap;
    struct fs_temp temp;
    const char *dir;
    char *project;
    char home_variable[256];
    const char *environ[8];
};

static void put(struct places *p, const char *dir, const char *name, const char *text)
{
    struct error err;
    cleanup_free char *path = fs_join(dir, name);
    if (text != NULL)
        assert_ok(fs_write(&p->cap, path, str_of(text), 0600, &err), &err);
}

static void places_make(struct places *p, const char *project, const char *user)
{
    struct error err;
    p->cap = cap_apply(NULL, NULL);
    assert_ok(fs_temp_dir(&p->cap, NULL, "teerex-npm-", &p->temp, &err), &err);
    p->dir = p->temp.path;
    p->project = fs_join(p->dir, "project");
    assert_ok(fs_make_dirs(&p->cap, p->project, 0700, &err), &err);
    snprintf(p->home_variable, sizeof(p->home_variable), "HOME=%s", p->dir);
    p->environ[0] = p->home_variable;
    put(p, p->project, ".npmrc", project);
    put(p, p->dir, ".npmrc", user);
}

static void places_remove(struct places *p)
{
    mem_free_at(&p->project);
    fs_temp_release(&p->temp);
}
#define cleanup_places cleanup(places_remove)

static void load(const struct places *p, struct npm_settings *settings)
{
    struct error err;
    const struct npm_place place = {p->project, p->environ};
    assert_ok(npm_settings_load(&place, settings, &err), &err);
}

static void the_environment_wins(void **state)
{
    cleanup_places struct places p = {.environ = {NULL, "NPM_CONFIG_REGISTRY=http://env.test/npm"}};
    cleanup_npm_settings struct npm_settings s = {0};
    (void)state;
    places_make(&p, "registry=http://project.test/\n", "registry=http://user.test/\n");
    load(&p, &s);
    assert_string_equal(s.registry, "http://env.test/npm/");
    assert_string_equal(npm_registry_of(&s, "left-pad"), "http://env.test/npm/");
    assert_int_equal(s.variable_count, 1);
    assert_null(s.variables[1]);
}

static void the_project_wins_over_the_user(void **state)
{
    cleanup_places struct places p = {0};
    cleanup_npm_settings struct npm_settings s = {0};
    (void)state;
    places_make(&p, "registry=http://project.test/\n",
                "registry=http://user.test/\n@aztec:registry = http://scope.test/x\n");
    load(&p, &s);
    assert_string_equal(npm_registry_of(&s, "left-pad"), "http://project.test/");
    assert_string_equal(npm_registry_of(&s, "@aztec/stdlib"), "http://scope.test/x/");
    assert_string_equal(npm_registry_of(&s, "@aztec-other/a"), "http://project.test/");
}

static void a_named_user_file_is_read(void **state)
{
    char named[256];
    cleanup_places struct places p = {0};
    cleanup_npm_settings struct npm_settings s = {0};
    (void)state;
    places_make(&p, NULL, "registry=http://home.test/\n");
    snprintf(named, sizeof(named), "npm_config_userconfig=%s/named", p.dir);
    p.environ[1] = named;
    put(&p, p.dir, "named",
        "\xef\xbb\xbf; a comment\n# another\nregistry = \"http://named.test/\" \r\n"
        "[s]\nregistry=http://no.test/\n");
    load(&p, &s);
    assert_string_equal(s.registry, "http://named.test/");
}

static const char *authorization(const struct npm_settings *s, const char *url, struct arena *arena)
{
    const char *found = npm_authorization(s, url, arena);
    return found ? found : "none";
}

static void credentials_stay_with_their_host(void **state)
{
    cleanup_arena struct arena arena = {0};
    cleanup_places struct places p = {.environ = {NULL, "TOKEN=abc"}};
    cleanup_npm_settings struct npm_settings s = {0};
    (void)state;
    places_make(&p,
                "registry=http://a.test:8080/npm/\n"
                "//a.test:8080/npm/:_authToken=${TOKEN}\n"
                "//b.test/:_auth=dTpw\n"
                "//c.test/:username=u\n//c.test/:_password=cA==\n"
                "//d.test/:_authToken=${UNSET}\n//e.test/:_authToken=${UNSET?}x\n",
                NULL);
    load(&p, &s);
    assert_string_equal(authorization(&s, "http://a.test:8080/npm/@x%2fy", &arena), "Bearer abc");
    assert_string_equal(authorization(&s, "http://a.test:8080/npm/a?x=//a.test:8080/", &arena),
                        "Bearer abc");
    assert_string_equal(authorization(&s, "http://a.test:8080/other/", &arena), "none");
    assert_string_equal(authorization(&s, "http://a.test/npm/", &arena), "none");
    assert_string_equal(authorization(&s, "http://a.test:8080.evil.test/npm/", &arena), "none");
    assert_string_equal(authorization(&s, "https://b.test/deep/er", &arena), "Basic dTpw");
    assert_string_equal(authorization(&s, "https://c.test/", &arena), "Basic dTpw");
    assert_string_equal(authorization(&s, "https://d.test/", &arena), "Bearer ${UNSET}");
    assert_string_equal(authorization(&s, "https://e.test/", &arena), "Bearer x");
    assert_string_equal(authorization(&s, "https://evil.test/?//b.test/", &arena), "none");
}

static void no_address_is_refused(void **state)
{
    struct error err = {0};
    struct npm_settings s = {0};
    cleanup_places struct places p = {.environ = {NULL, "npm_config_registry=file:///etc/"}};
    (void)state;
    places_make(&p, NULL, NULL);
    const struct npm_place place = {p.project, p.environ};
    assert_fails(npm_settings_load(&place, &s, &err), &err, ERR_CONFIG, "not an http address");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_environment_wins),
        cmocka_unit_test(the_project_wins_over_the_user),
        cmocka_unit_test(a_named_user_file_is_read),
        cmocka_unit_test(credentials_stay_with_their_host),
        cmocka_unit_test(no_address_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
