/* npmrc(5): lines "key = value" as npm's `ini` reads them, with ${NAME} from the environment. Knows
 * no key. */
#include "internal.h"

const char *environ_find(const char *const *environ, const char *name)
{
    size_t len = strlen(name);
    for (; environ != NULL && *environ != NULL; environ++) {
        if (strncmp(*environ, name, len) == 0 && (*environ)[len] == '=')
            return *environ + len + 1;
    }
    return NULL;
}

/* Appends the value of the variable between "${" and "}": an unset one stays as it is written,
 * unless a "?" follows its name. */
static void expand_one(struct npm_settings *settings, struct str name, const char *const *environ,
                       struct buf *out)
{
    struct str bare = name;
    bool may_lack = str_ends(name, STR("?"));
    if (may_lack)
        bare.len--;
    cleanup_free char *text = xstrndup(bare.ptr, bare.len);
    const char *value = environ_find(environ, text);
    if (value != NULL) {
        buf_adds(out, value);
        settings_need(settings, bare);
    } else if (!may_lack) {
        buf_addf(out, "${%" PRIstr "}", STR_ARG(name));
    }
}

static void expand(struct npm_settings *settings, struct str text, const char *const *environ,
                   struct buf *out)
{
    size_t at;
    while ((at = str_find(text, STR("${"))) != SIZE_MAX) {
        bool escaped = at > 0 && text.ptr[at - 1] == '\\';
        struct str rest = str_sub(text, at + 2, SIZE_MAX);
        size_t end = str_find(rest, STR("}"));
        if (end == SIZE_MAX)
            break;
        buf_add(out, str_sub(text, 0, escaped ? at - 1 : at));
        if (escaped)
            buf_addf(out, "${%" PRIstr "}", (int)end, rest.ptr);
        else
            expand_one(settings, str_sub(rest, 0, end), environ, out);
        text = str_sub(rest, end + 1, SIZE_MAX);
    }
    buf_add(out, text);
}

/* In quotes everything counts; outside of them a comment ends the value. */
static struct str value_of(struct str text)
{
    text = str_trim(text);
    if (text.len >= 2 && (text.ptr[0] == '"' || text.ptr[0] == '\'') &&
        text.ptr[text.len - 1] == text.ptr[0])
        return str_sub(text, 1, text.len - 2);
    for (size_t i = 0; i < text.len; i++) {
        if ((text.ptr[i] == ';' || text.ptr[i] == '#') && (i == 0 || text.ptr[i - 1] != '\\'))
            return str_trim(str_sub(text, 0, i));
    }
    return text;
}

static void read_line(struct npm_settings *settings, struct str line, const char *const *environ)
{
    struct str value;
    bool found = false;
    cleanup_buf struct buf key_text = buf_make(BUF_LINE), value_text = buf_make(BUF_LINE);
    struct str key = str_trim(str_cut(line, '=', &value, &found));
    expand(settings, value_of(key), environ, &key_text);
    expand(settings, found ? value_of(value) : STR("true"), environ, &value_text);
    if (key_text.len > 0 && !key_text.overflow && !value_text.overflow)
        settings_add(settings, buf_str(&key_text), buf_str(&value_text));
}

void npmrc_read(struct npm_settings *settings, struct str text, const char *const *environ)
{
    struct str line;
    bool in_section = false; /* what stands in a section is no setting of npm's */
    if (str_starts(text, STR("\xef\xbb\xbf")))
        text = str_sub(text, 3, SIZE_MAX);
    while (str_next_line(&text, &line)) {
        line = str_trim(line);
        if (line.len == 0 || line.ptr[0] == ';' || line.ptr[0] == '#')
            continue;
        if (line.ptr[0] == '[' && line.ptr[line.len - 1] == ']')
            in_section = true;
        else if (!in_section)
            read_line(settings, line, environ);
    }
}
