/* What may be done with a terminal or pipe, from the environment and the options. */
#include "event/event.h"

#include <sys/ioctl.h>
#include <unistd.h>

static const char *get(const struct look_request *r, const char *name)
{
    const char *value = r->env(name);
    return value ? value : "";
}

static bool is_set(const struct look_request *r, const char *name)
{
    return get(r, name)[0] != '\0';
}

/* As in the conventions of NO_COLOR and CLICOLOR: "0" switches a wish off again. */
static bool is_on(const struct look_request *r, const char *name)
{
    const char *value = get(r, name);
    return value[0] != '\0' && strcmp(value, "0") != 0 && strcmp(value, "false") != 0;
}

static bool speaks_utf8(const struct look_request *r)
{
    static const char *const NAMES[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++) {
        const char *value = get(r, NAMES[i]);
        if (value[0] != '\0')
            return strcasestr(value, "UTF-8") != NULL || strcasestr(value, "UTF8") != NULL;
    }
    return false;
}

static unsigned columns_of(const struct look_request *r, bool terminal)
{
    uint64_t columns = 0;
    if (!terminal)
        return 0;
    if (str_to_u64(str_of(get(r, "COLUMNS")), &columns) && columns > 0 && columns < LOOK_ASK)
        return (unsigned)columns;
    return LOOK_ASK;
}

struct look look_detect(const struct look_request *request)
{
    bool terminal = isatty(request->fd) == 1;
    bool dumb = strcmp(get(request, "TERM"), "dumb") == 0 || !is_set(request, "TERM");
    bool capable = terminal && !dumb && !request->plain;
    bool color = !request->plain && (capable || is_on(request, "CLICOLOR_FORCE"));
    return (struct look){
        .live = capable && !is_on(request, "CI"),
        .color = color && !request->no_color && !is_set(request, "NO_COLOR"),
        .utf8 = !request->plain && speaks_utf8(request),
        .columns = columns_of(request, terminal),
    };
}

size_t look_columns(const struct look *look, int fd)
{
    struct winsize size = {0};
    size_t columns = look->columns;
    if (columns == 0)
        return 0;
    if (columns == LOOK_ASK && ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        columns = size.ws_col;
    if (columns == LOOK_ASK)
        columns = LOOK_DEFAULT_COLUMNS;
    return columns > 1 ? columns - 1 : columns;
}
