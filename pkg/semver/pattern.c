/* Compiles a channel's pattern: text into pieces, refusing what could be read in two ways. */
#include "internal.h"

static const struct {
    const char *name;
    bool ordered;
} PLACEHOLDERS[SEMVER_PIECE_KINDS] = {
    [SEMVER_CORE] = {"core", true}, [SEMVER_COUNT] = {"number", true},
    [SEMVER_DATE] = {"date", true}, [SEMVER_HASH] = {"hash", false},
    [SEMVER_ANY] = {"any", false},
};

struct compiler {
    struct str text; /* the whole pattern, for messages */
    struct str rest;
    struct semver_pattern out;
    bool open; /* between "[" and "]" */
};

static bool wrong(const struct compiler *c, const char *what, struct error *err)
{
    return err_set(err, ERR_CONFIG, "pattern \"%" PRIstr "\": %s", STR_ARG(c->text), what);
}

static bool add_piece(struct compiler *c, enum semver_piece_kind kind, struct str literal,
                      struct error *err)
{
    if (c->out.count == SEMVER_PIECES_MAX)
        return wrong(c, "too many parts", err);
    c->out.pieces[c->out.count++] = (struct semver_piece){.kind = kind, .literal = literal};
    return true;
}

static bool unknown(const struct compiler *c, struct str name, struct error *err)
{
    const char *names[SEMVER_PIECE_KINDS];
    size_t count = 0;
    for (size_t i = 0; i < SEMVER_PIECE_KINDS; i++)
        if (PLACEHOLDERS[i].name != NULL)
            names[count++] = PLACEHOLDERS[i].name;
    const char *nearest = str_nearest(name, names, count);
    return err_set(
        err, ERR_CONFIG, "pattern \"%" PRIstr "\": unknown placeholder \"%" PRIstr "\"%s%s%s",
        STR_ARG(c->text), STR_ARG(name), nearest ? ", did you mean {" : "",
        nearest ? nearest : "; there are core, number, date, hash, any", nearest ? "}" : "");
}

static bool take_placeholder(struct compiler *c, struct error *err)
{
    bool closed;
    struct str name = str_cut(str_sub(c->rest, 1, c->rest.len), '}', &c->rest, &closed);
    if (!closed)
        return wrong(c, "a \"{\" is not closed", err);
    for (size_t i = 0; i < SEMVER_PIECE_KINDS; i++) {
        if (PLACEHOLDERS[i].name == NULL || !str_is(name, PLACEHOLDERS[i].name))
            continue;
        c->out.ordered = c->out.ordered && PLACEHOLDERS[i].ordered;
        return add_piece(c, (enum semver_piece_kind)i, STR_EMPTY, err);
    }
    return unknown(c, name, err);
}

static bool take_bracket(struct compiler *c, struct error *err)
{
    bool opens = c->rest.ptr[0] == '[';
    if (opens == c->open)
        return wrong(c, opens ? "a \"[\" inside of another" : "a \"]\" without its \"[\"", err);
    c->open = opens;
    c->rest = str_sub(c->rest, 1, c->rest.len);
    return add_piece(c, opens ? SEMVER_OPEN : SEMVER_CLOSE, STR_EMPTY, err);
}

static bool take_literal(struct compiler *c, struct error *err)
{
    size_t n = 0;
    while (n < c->rest.len && (is_identifier_char(c->rest.ptr[n]) || c->rest.ptr[n] == '.'))
        n++;
    if (n == 0)
        return wrong(c, "only letters, digits, \".\" and \"-\" stand for themselves", err);
    struct str literal = str_n(c->rest.ptr, n);
    c->rest = str_sub(c->rest, n, c->rest.len);
    return add_piece(c, SEMVER_LITERAL, literal, err);
}

static bool is_bracket(const struct semver_piece *p)
{
    return p->kind == SEMVER_OPEN || p->kind == SEMVER_CLOSE;
}

/* Where one piece ends must be plain from the text alone: after a placeholder and after a bracket
 * stands "." or "-", or nothing. */
static bool check_seams(const struct compiler *c, struct error *err)
{
    const struct semver_pattern *p = &c->out;
    const struct semver_piece *before = NULL;
    for (size_t i = 0; i < p->count; i++) {
        const struct semver_piece *piece = &p->pieces[i];
        if (is_bracket(piece))
            continue;
        bool bracket = i > 0 && is_bracket(&p->pieces[i - 1]);
        bool separates = piece->kind == SEMVER_LITERAL && strchr(".-", piece->literal.ptr[0]);
        if (before != NULL && before->kind == SEMVER_ANY)
            return wrong(c, "{any} stands at the end", err);
        if (!separates && (bracket || (before != NULL && before->kind != SEMVER_LITERAL)))
            return wrong(c, "a \".\" or \"-\" is needed after a placeholder, \"[\" and \"]\"", err);
        before = piece;
    }
    return before != NULL || wrong(c, "it is empty", err);
}

bool semver_pattern_compile(struct str text, struct semver_pattern *ret, struct error *err)
{
    struct compiler c = {.text = text, .rest = text, .out = {.ordered = true}};
    if (text.len > SEMVER_PATTERN_MAX)
        return err_set(err, ERR_CONFIG, "a pattern has at most %d characters", SEMVER_PATTERN_MAX);
    while (c.rest.len > 0) {
        if (c.rest.ptr[0] == '{')
            TRY(take_placeholder(&c, err));
        else if (c.rest.ptr[0] == '[' || c.rest.ptr[0] == ']')
            TRY(take_bracket(&c, err));
        else
            TRY(take_literal(&c, err));
    }
    if (c.open)
        return wrong(&c, "a \"[\" is not closed", err);
    TRY(check_seams(&c, err));
    *ret = c.out;
    return true;
}
