/* A section put into a changelog that others wrote, too. */
#include "internal.h"

static const char UNRELEASED[] = "unreleased";

/* Where the new section goes, and what of the old text it replaces. */
struct place {
    size_t begin, end;
};

/* "## [1.2.0] - 2026-02-03", "## 1.2.0", "## v1.2.0": the version; empty for another line. */
static struct str heading_version(struct str line)
{
    if (!str_starts(line, STR("## ")))
        return STR_EMPTY;
    struct str rest = str_trim(str_sub(line, 3, SIZE_MAX));
    if (str_starts(rest, STR("[")))
        return str_cut(str_sub(rest, 1, SIZE_MAX), ']', &rest, NULL);
    struct str version = str_cut(rest, ' ', &rest, NULL);
    bool v =
        version.len > 1 && version.ptr[0] == 'v' && version.ptr[1] >= '0' && version.ptr[1] <= '9';
    return str_sub(version, v ? 1 : 0, SIZE_MAX);
}

static bool is_fence(struct str line)
{
    return str_starts(line, STR("```")) || str_starts(line, STR("~~~"));
}

/* "[1.2.0]: https://…": links stand at the end and belong to no release. */
static bool is_link(struct str line)
{
    return str_starts(line, STR("[")) && str_has(line, STR("]: "));
}

struct walk {
    struct str text, rest;
    bool fences; /* they are looked at */
    bool fenced;
};

/* One that is never closed hides nothing: what follows was meant to be read. */
static bool closes_its_fences(struct str text)
{
    struct str line;
    bool open = false;
    while (str_next_line(&text, &line))
        open = open != is_fence(line);
    return !open;
}

/* The next line that begins something: a release (its version), or the links (empty). */
static bool next_begin(struct walk *w, size_t *ret_at, struct str *ret_version)
{
    struct str line;
    for (;;) {
        size_t at = w->text.len - w->rest.len;
        if (!str_next_line(&w->rest, &line))
            return false;
        w->fenced = w->fences && w->fenced != is_fence(line);
        struct str version = heading_version(line);
        if (w->fenced || (version.len == 0 && !is_link(line)))
            continue;
        *ret_at = at;
        *ret_version = version;
        return true;
    }
}

static bool is_same(struct str version, const char *wanted)
{
    return str_is(version, wanted) ||
           (is_type(version, UNRELEASED) && is_type(str_of(wanted), UNRELEASED));
}

/* The place of the section about this version: where it is, or where it belongs. */
static struct place find_place(struct str text, const char *version)
{
    struct walk w = {.text = text, .rest = text, .fences = closes_its_fences(text)};
    struct place place = {text.len, text.len};
    struct str found;
    size_t at;
    bool mine = false, placed = false;
    bool unreleased = is_type(str_of(version), UNRELEASED);
    while (next_begin(&w, &at, &found)) {
        if (mine) {
            place.end = at;
            break;
        }
        mine = is_same(found, version);
        if (mine)
            place = (struct place){at, text.len};
        else if (!placed && (unreleased || !is_type(found, UNRELEASED)))
            place = (struct place){at, at};
        placed = placed || unreleased || !is_type(found, UNRELEASED);
        if (!mine && found.len == 0)
            break;
    }
    return place;
}

static void add_lines(struct buf *out, struct str text, bool crlf)
{
    struct str line;
    while (str_next_line(&text, &line)) {
        buf_add(out, line);
        buf_adds(out, crlf ? "\r\n" : "\n");
    }
}

static bool ends_blank(struct str text)
{
    return text.len == 0 || str_ends(text, STR("\n\n")) || str_ends(text, STR("\n\r\n"));
}

/* As the first line ends; one without an end is cut before its "\n" if it ends in "\r". */
static bool ends_in_crlf(struct str text)
{
    struct str rest;
    return str_ends(str_cut(text, '\n', &rest, NULL), STR("\r"));
}

void changelog_prepend(struct str text, struct str section, const char *version, struct buf *out)
{
    const char *wanted = version != NULL ? version : UNRELEASED;
    bool crlf = ends_in_crlf(text);
    const char *newline = crlf ? "\r\n" : "\n";
    struct str old =
        text.len > 0 ? text
                     : STR("# Changelog\n\nAll notable changes are in this file, newest first.\n");
    struct place place = find_place(old, wanted);
    struct str before = str_sub(old, 0, place.begin), after = str_sub(old, place.end, SIZE_MAX);
    buf_add(out, before);
    if (before.len > 0 && !str_ends(before, STR("\n")))
        buf_adds(out, newline);
    if (!ends_blank(before))
        buf_adds(out, newline);
    add_lines(out, section, crlf);
    if (after.len > 0)
        buf_adds(out, newline);
    buf_add(out, after);
}
