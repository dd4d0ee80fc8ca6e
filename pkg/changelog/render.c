/* Commits as the sections of a release. */
#include <stdlib.h>

#include "internal.h"
#include "semver/semver.h"
#include "template/template.h"

enum { SHORT_SHA = 7, SECTION_MAX = 16 * 1024 * 1024 };

struct entry {
    enum heading heading;
    struct str scope, subject, sha;
    uint64_t pull_request;
};

struct entries {
    struct entry *items;
    size_t count, cap;
};

static void entries_release(struct entries *e)
{
    free(e->items);
}

/* --- Reverts ------------------------------------------------------------------------------ */

static int by_sha(const void *a, const void *b)
{
    const struct git_log_entry *const *x = a, *const *y = b;
    return str_cmp((*x)->sha, (*y)->sha);
}

struct reverts {
    const struct git_log_entry *commits;
    const struct git_log_entry **sorted;
    size_t count;
    bool *gone; /* of each commit */
};

/* The index of the commit whose name begins so; SIZE_MAX: none. */
static size_t find_commit(const struct reverts *r, struct str prefix)
{
    size_t low = 0, high = r->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (str_cmp(r->sorted[middle]->sha, prefix) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == r->count || !str_starts(r->sorted[low]->sha, prefix))
        return SIZE_MAX;
    return (size_t)(r->sorted[low] - r->commits);
}

/* A revert and what it reverts come to nothing. Newest first, so a revert that was itself reverted
 * reverts nothing. */
static void cancel(struct reverts *r, size_t index)
{
    struct changelog_message m;
    changelog_read_message(r->commits[index].message, &m);
    for (size_t i = 0; i < m.revert_count && !r->gone[index]; i++) {
        size_t target = find_commit(r, m.reverts[i]);
        if (target == SIZE_MAX || target <= index || m.revert_count > 1)
            continue;
        r->gone[index] = r->gone[target] = true;
    }
}

static void find_reverts(const struct changelog_release *release, bool *gone)
{
    cleanup_free const struct git_log_entry **sorted =
        xcalloc(release->count + 1, sizeof(struct git_log_entry *));
    struct reverts r = {release->commits, sorted, release->count, gone};
    for (size_t i = 0; i < release->count; i++)
        sorted[i] = &release->commits[i];
    qsort((void *)sorted, release->count, sizeof(struct git_log_entry *), by_sha);
    for (size_t i = 0; i < release->count; i++)
        cancel(&r, i);
}

/* --- Entries ------------------------------------------------------------------------------ */

static void add_entry(struct entries *e, struct entry entry)
{
    e->items = array_grow(e->items, &e->cap, e->count + 1, sizeof(*e->items));
    e->items[e->count++] = entry;
}

/* An unknown type is told as what it is about: "store: …" is of the store. */
static void add_header(struct entries *e, const struct changelog_header *h, bool breaking,
                       struct str sha)
{
    const struct commit_type *type = type_find(h->type);
    enum heading heading = type != NULL ? type->heading : HEADING_CHANGED;
    struct str scope = type == NULL && h->scope.len == 0 ? h->type : h->scope;
    if (h->reverts)
        heading = HEADING_REMOVED;
    if (breaking)
        heading = HEADING_BREAKING;
    if (heading != HEADING_NONE)
        add_entry(e, (struct entry){heading, scope, h->subject, sha, h->pull_request});
}

/* A squashed commit is told by its own first line, or, when that is of no type, by those of the
 * commits it was made of. */
static void add_squashed(struct entries *e, const struct changelog_message *m, struct str sha)
{
    struct str rest = m->body, line;
    while (str_next_line(&rest, &line)) {
        struct changelog_header h;
        if (!changelog_read_squashed(line, &h))
            continue;
        if (h.pull_request == 0)
            h.pull_request = m->header.pull_request;
        add_header(e, &h, h.breaking, sha);
    }
}

static void add_commit(struct entries *e, const struct git_log_entry *commit)
{
    struct changelog_message m;
    changelog_read_message(commit->message, &m);
    if (m.header.conventional || m.header.reverts || m.is_breaking)
        add_header(e, &m.header, m.is_breaking, commit->sha);
    else
        add_squashed(e, &m, commit->sha);
    if (m.breaking.len > 0 && !str_eq(m.breaking, m.header.subject))
        add_entry(e, (struct entry){HEADING_BREAKING, m.header.scope, m.breaking, commit->sha,
                                    m.header.pull_request});
}

/* --- Text --------------------------------------------------------------------------------- */

/* One line of Markdown that is text and nothing else; what is no UTF-8 becomes U+FFFD. */
static void add_text(struct buf *out, struct str text)
{
    while (text.len > 0) {
        uint32_t code = 0;
        size_t len = str_utf8_char(text, &code);
        if (len == 0)
            buf_adds(out, "\xEF\xBF\xBD");
        else if (code < ' ' || code == 0x7F)
            buf_addc(out, ' ');
        else if (code == '<')
            buf_adds(out, "&lt;");
        else
            buf_add(out, str_sub(text, 0, len));
        text = str_sub(text, len > 0 ? len : 1, SIZE_MAX);
    }
}

static void add_links(struct buf *out, const struct entry *e, const char *url)
{
    struct str sha = str_sub(e->sha, 0, SHORT_SHA);
    if (e->pull_request > 0 && url != NULL)
        buf_addf(out, " ([#%llu](%s/pull/%llu))", (unsigned long long)e->pull_request, url,
                 (unsigned long long)e->pull_request);
    else if (e->pull_request > 0)
        buf_addf(out, " (#%llu)", (unsigned long long)e->pull_request);
    if (url != NULL)
        buf_addf(out, " ([%" PRIstr "](%s/commit/%" PRIstr "))", STR_ARG(sha), url,
                 STR_ARG(e->sha));
    else
        buf_addf(out, " (%" PRIstr ")", STR_ARG(sha));
}

static bool render(const char *name, const struct template_var *vars, size_t count, struct buf *out,
                   struct error *err)
{
    return template_render_named(name, (struct template_vars){vars, count}, out, err);
}

static bool render_entry(const struct entry *e, const char *url, struct buf *out, struct error *err)
{
    cleanup_buf struct buf scope = buf_make(BUF_TEXT), subject = buf_make(BUF_TEXT),
                           links = buf_make(BUF_TEXT);
    if (e->scope.len > 0) {
        buf_adds(&scope, "**");
        add_text(&scope, e->scope);
        buf_adds(&scope, ":** ");
    }
    add_text(&subject, e->subject);
    add_links(&links, e, url);
    const struct template_var vars[] = {
        {"scope", buf_str(&scope)}, {"subject", buf_str(&subject)}, {"links", buf_str(&links)}};
    return render("changelog/entry.md", vars, ARRAY_LEN(vars), out, err);
}

static bool render_section(const struct entries *e, enum heading heading, const char *url,
                           struct buf *out, struct error *err)
{
    cleanup_buf struct buf entries = buf_make(SECTION_MAX);
    for (size_t i = 0; i < e->count; i++) {
        if (e->items[i].heading == heading)
            TRY(render_entry(&e->items[i], url, &entries, err));
    }
    TRY(buf_check(&entries, "a section of the changelog", err));
    const struct template_var vars[] = {{"title", str_of(heading_title(heading))},
                                        {"entries", buf_str(&entries)}};
    return entries.len == 0 || render("changelog/section.md", vars, ARRAY_LEN(vars), out, err);
}

bool changelog_render(const struct changelog_release *release, struct buf *out, struct error *err)
{
    cleanup(entries_release) struct entries entries = {0};
    cleanup_free bool *gone = xcalloc(release->count + 1, sizeof(*gone));
    cleanup_buf struct buf sections = buf_make(SECTION_MAX), date = buf_make(BUF_LINE);
    find_reverts(release, gone);
    for (size_t i = 0; i < release->count; i++) {
        if (!gone[i])
            add_commit(&entries, &release->commits[i]);
    }
    for (int heading = 0; heading < HEADING_COUNT; heading++)
        TRY(render_section(&entries, (enum heading)heading, release->url, &sections, err));
    if (entries.count == 0)
        buf_adds(&sections, "\nNothing that concerns those who use it.\n");
    if (release->date != NULL)
        buf_addf(&date, " - %s", release->date);
    TRY(buf_check(&sections, "the changelog", err));
    const struct template_var vars[] = {
        {"version", str_of(release->version != NULL ? release->version : "Unreleased")},
        {"date", buf_str(&date)},
        {"sections", buf_str(&sections)}};
    TRY(render("changelog/release.md", vars, ARRAY_LEN(vars), out, err));
    return buf_check(out, "the changelog", err);
}

struct str changelog_version_of(struct str tags)
{
    const struct str intro = STR("tag: refs/tags/");
    while (tags.len > 0) {
        struct semver version;
        struct str name = str_trim(str_cut(tags, ',', &tags, NULL));
        if (str_starts(name, intro) &&
            semver_parse_npm(str_sub(name, intro.len, SIZE_MAX), &version))
            return version.text;
    }
    return STR_EMPTY;
}
