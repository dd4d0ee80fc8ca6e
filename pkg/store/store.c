/* The handle: asks the capability, checks names and sizes, then the backend. */
#include "internal.h"

struct store *store_new(const struct store_ops *ops, void *impl, const char *where,
                        const struct cap *cap)
{
    struct store *s = xcalloc(1, sizeof(*s));
    *s = (struct store){.ops = ops, .impl = impl, .cap = cap, .where = xstrdup(where)};
    return s;
}

void store_close(struct store *s)
{
    if (s == NULL)
        return;
    s->ops->close(s->impl);
    free(s->where);
    free(s);
}

void store_close_at(struct store **s)
{
    store_close(*s);
    *s = NULL;
}

void text_copy(char *out, size_t size, const char *text)
{
    struct str s = str_sub(str_of(text), 0, size - 1);
    while (s.len > 0 && s.len == size - 1 && !str_is_utf8(s))
        s.len--;
    memcpy(out, s.ptr, s.len);
    out[s.len] = '\0';
}

static bool check_name(const char *what, const char *name, size_t max, struct error *err)
{
    size_t len = name ? strlen(name) : 0;
    if (len == 0 || len >= max)
        return err_set(err, ERR_BUG, "the name of a %s must have 1 to %zu bytes, not %zu", what,
                       max - 1, len);
    return true;
}

/* Stored text is handed out as C strings and shown to people. */
static bool check_text(const char *what, struct str text, struct error *err)
{
    if (text.len > STORE_TEXT_MAX)
        return err_set(err, ERR_FAILED, "%s has %zu bytes, more than the store's %d", what,
                       text.len, STORE_TEXT_MAX);
    if (!str_is_utf8(text) || (text.len > 0 && memchr(text.ptr, '\0', text.len) != NULL))
        return err_set(err, ERR_FAILED, "%s is not UTF-8 text", what);
    return true;
}

bool record_get(struct store *s, const char *name, struct arena *a, struct record *ret,
                struct error *err)
{
    TRY(check_name("record", name, STORE_NAME_MAX, err));
    return s->ops->record_get(s->impl, name, a, ret, err);
}

bool record_list(struct store *s, const char *prefix, struct arena *a, struct record_list *ret,
                 struct error *err)
{
    return s->ops->record_list(s->impl, prefix, a, ret, err);
}

bool record_put(struct store *s, const struct hold *hold, const struct record_write *write,
                int64_t now_ms, struct error *err)
{
    TRY(check_name("record", write->name, STORE_NAME_MAX, err));
    TRY(check_text(write->name, write->text, err));
    TRY(cap_allow(s->cap, EFFECT_IDEMPOTENT, "write record", write->name, err));
    return s->ops->record_put(s->impl, hold, write, now_ms, err);
}

bool journal_append(struct store *s, const struct hold *hold, const struct journal_write *write,
                    int64_t now_ms, struct error *err)
{
    const char *kind = journal_kind_name(write->kind);
    TRY(check_name("run", hold->run_id, RUN_ID_MAX, err));
    TRY(check_text(kind, write->payload, err));
    TRY(cap_allow(s->cap, EFFECT_ONCE, "append to the journal", kind, err));
    return s->ops->journal_append(s->impl, hold, write, now_ms, err);
}

bool journal_read(struct store *s, const char *run_id, struct arena *a, struct journal *ret,
                  struct error *err)
{
    return s->ops->journal_read(s->impl, run_id, a, ret, err);
}

bool store_runs(struct store *s, const struct run_query *query, struct arena *a,
                struct run_list *ret, struct error *err)
{
    return s->ops->runs(s->impl, query, a, ret, err);
}

bool chain_append(struct store *s, const struct hold *hold, const struct chain_write *write,
                  int64_t now_ms, struct error *err)
{
    const char *kind = chain_kind_name(write->kind);
    TRY(check_name("environment", write->env, STORE_NAME_MAX, err));
    TRY(check_text(kind, write->payload, err));
    TRY(cap_allow(s->cap, EFFECT_ONCE, "chain an event", kind, err));
    return s->ops->chain_append(s->impl, hold, write, now_ms, err);
}

bool chain_read(struct store *s, struct arena *a, struct chain *ret, struct error *err)
{
    return s->ops->chain_read(s->impl, a, ret, err);
}
