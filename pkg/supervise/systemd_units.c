/* The unit files of a service: rendered from templates, written whole, removed when done. */
#include <stdio.h>

#include "fs/fs.h"
#include "systemd.h"
#include "template/template.h"

#define UNIT_DIR "/etc/systemd/system"

void unit_base(const struct settings *settings, char out[UNIT_NAME_MAX])
{
    snprintf(out, UNIT_NAME_MAX, "teerex-%s", settings->name);
}

void unit_of(const struct settings *settings, const char *id, char out[UNIT_NAME_MAX])
{
    snprintf(out, UNIT_NAME_MAX, "teerex-%s@%s.service", settings->name, id);
}

/* systemd.syntax(7): in double quotes, with C escapes; "%" begins a specifier and is itself when
 * doubled. Variables are not replaced: Environment= knows none, ExecStart=: turns them off. */
static void quote_char(struct buf *out, unsigned char c)
{
    enum { FIRST_PRINTABLE = 0x20, DELETE = 0x7f };
    if (c == '"' || c == '\\')
        buf_addf(out, "\\%c", c);
    else if (c == '%')
        buf_adds(out, "%%");
    else if (c < FIRST_PRINTABLE || c == DELETE)
        buf_addf(out, "\\x%02x", c);
    else
        buf_addc(out, (char)c);
}

void units_quote(struct buf *out, const char *word)
{
    buf_addc(out, '"');
    for (; *word != '\0'; word++)
        quote_char(out, (unsigned char)*word);
    buf_addc(out, '"');
}

static bool render_to(const struct cap *cap, const char *template_name, struct template_vars vars,
                      const char *path, struct error *err)
{
    cleanup_buf struct buf text = buf_make(BUF_TEXT);
    TRY(template_render_named(template_name, vars, &text, err));
    return fs_write(cap, path, buf_str(&text), 0644, err);
}

/* "[::]:4000" and "127.0.0.1:4000" are systemd's notation too; a unix socket is its bare path. */
static const char *listen_stream(const struct settings *settings)
{
    const char *unix_prefix = "unix:";
    size_t len = strlen(unix_prefix);
    return strncmp(settings->listen, unix_prefix, len) == 0 ? settings->listen + len
                                                            : settings->listen;
}

static void seconds(int64_t ms, char out[24])
{
    snprintf(out, 24, "%lld", (long long)((ms + 999) / 1000));
}

/* Units have the machine for a name space, services only their directory. */
static bool check_owner(const char *path, struct str dir, struct error *err)
{
    cleanup_buf struct buf text = buf_make(BUF_TEXT);
    if (!fs_read(path, &text, err))
        return err->kind == ERR_NOT_FOUND;
    if (str_has(buf_str(&text), dir))
        return true;
    return err_set(err, ERR_CONFLICT, "'%s' belongs to a service in another directory", path);
}

bool units_write_base(const struct cap *cap, const char *dir, const struct settings *settings,
                      struct error *err)
{
    static const char *const FILES[][2] = {{"units/service.socket", ".socket"},
                                           {"units/service.service", ".service"},
                                           {"units/service@.service", "@.service"}};
    char base[UNIT_NAME_MAX], ready[24], drain[24];
    unit_base(settings, base);
    seconds(settings->ready_max_ms, ready);
    seconds(settings->drain_max_ms, drain);
    cleanup_buf struct buf quoted = buf_make(BUF_LINE);
    units_quote(&quoted, dir);
    const struct template_var vars[] = {
        {"name", str_of(settings->name)}, {"unit", str_of(base)},
        {"dir", buf_str(&quoted)},        {"listen", str_of(listen_stream(settings))},
        {"ready_s", str_of(ready)},       {"drain_s", str_of(drain)},
    };
    struct template_vars all = {vars, ARRAY_LEN(vars)};
    cleanup_free char *instances = xasprintf(UNIT_DIR "/%s@.service", base);
    TRY(check_owner(instances, buf_str(&quoted), err));
    for (size_t i = 0; i < ARRAY_LEN(FILES); i++) {
        cleanup_free char *path = xasprintf(UNIT_DIR "/%s%s", base, FILES[i][1]);
        TRY(render_to(cap, FILES[i][0], all, path, err));
    }
    return true;
}

static char *drop_in_dir(const struct settings *settings, const char *id)
{
    char unit[UNIT_NAME_MAX];
    unit_of(settings, id, unit);
    return xasprintf(UNIT_DIR "/%s.d", unit);
}

static void add_words(struct buf *out, const char *key, const char *const *words)
{
    buf_adds(out, key);
    for (size_t i = 0; words[i] != NULL; i++) {
        buf_adds(out, i > 0 ? " " : "");
        units_quote(out, words[i]);
    }
    buf_addc(out, '\n');
}

/* A path stands as it is, to the end of the line; only a specifier must be undone. */
static void add_path(struct buf *out, const char *path)
{
    for (; *path != '\0'; path++) {
        if (*path == '%')
            buf_addc(out, '%');
        buf_addc(out, *path);
    }
}

bool units_write_command(const struct cap *cap, const struct settings *settings,
                         const struct supervise_start *what, struct error *err)
{
    cleanup_free char *dir = drop_in_dir(settings, what->id);
    cleanup_free char *path = fs_join(dir, "command.conf");
    cleanup_buf struct buf text = buf_make(BUF_TEXT);
    buf_adds(&text, "# What this instance runs, written by teerexctl.\n[Service]\n");
    buf_adds(&text, "WorkingDirectory=");
    add_path(&text, what->release_dir);
    buf_addc(&text, '\n');
    if (what->env[0] != NULL)
        add_words(&text, "Environment=", what->env);
    add_words(&text, "ExecStart=:", what->argv);
    TRY(buf_check(&text, path, err));
    TRY(fs_make_dirs(cap, dir, 0755, err));
    /* The environment may hold what is not for everybody. */
    return fs_write(cap, path, buf_str(&text), 0600, err);
}

bool units_write_promoted(const struct cap *cap, const struct settings *settings, const char *id,
                          struct error *err)
{
    char pause[24], most[24];
    cleanup_free char *dir = drop_in_dir(settings, id);
    cleanup_free char *path = fs_join(dir, "promoted.conf");
    snprintf(pause, sizeof(pause), "%lld", (long long)settings->restart_first_ms);
    snprintf(most, sizeof(most), "%lld", (long long)settings->restart_max);
    const struct template_var vars[] = {{"restart_ms", str_of(pause)},
                                        {"restart_max", str_of(most)}};
    struct template_vars all = {vars, ARRAY_LEN(vars)};
    return render_to(cap, "units/promoted.conf", all, path, err);
}

bool units_remove(const struct cap *cap, const struct settings *settings, const char *id, bool all,
                  struct error *err)
{
    cleanup_free char *dir = drop_in_dir(settings, id);
    cleanup_free char *promoted = fs_join(dir, "promoted.conf");
    return all ? fs_remove_tree(cap, dir, err) : fs_remove(cap, promoted, err);
}
