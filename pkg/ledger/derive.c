/* Events become rows: who is active where, and what became of those before. */
#include "data/data.h"
#include "internal.h"

/* What a payload holds: the members of an entry and of a row that one key stands for. */
struct member {
    const char *key;
    size_t entry_at, row_at; /* offsets of a const char * */
    bool required;           /* in a payload that is read */
};

#define CELL(column) (offsetof(struct ledger_row, cells) + sizeof(const char *) * (column))
#define FIELD(name) offsetof(struct ledger_entry, name)

static const struct member MEMBERS[] = {
    {"component", FIELD(component), offsetof(struct ledger_row, component), false},
    {"instance", FIELD(instance), offsetof(struct ledger_row, instance), false},
    {"version", FIELD(version), CELL(LEDGER_VERSION), true},
    {"machine", FIELD(machine), CELL(LEDGER_MACHINE), true},
    {"image_digest", FIELD(image_digest), CELL(LEDGER_IMAGE_DIGEST), true},
    {"compose_hash", FIELD(compose_hash), CELL(LEDGER_COMPOSE_HASH), true},
    {"pcr0", FIELD(pcr0), CELL(LEDGER_PCR0), true},
    {"chain_tx", FIELD(chain_tx), CELL(LEDGER_CHAIN_TX), true},
};

static const char *text_at(const void *base, size_t offset)
{
    const char *text;
    memcpy(&text, (const char *)base + offset, sizeof(text));
    return text;
}

bool ledger_append(struct store *s, const struct hold *hold, const struct ledger_write *write,
                   int64_t now_ms, struct error *err)
{
    cleanup_buf struct buf payload = buf_make(STORE_TEXT_MAX);
    struct json_writer w = jw_make(&payload, JSON_COMPACT);
    jw_object_begin(&w);
    for (size_t i = 0; i < ARRAY_LEN(MEMBERS); i++) {
        const char *key = MEMBERS[i].key;
        struct str text = str_of(text_at(&write->entry, MEMBERS[i].entry_at));
        if (text.len > LEDGER_CELL_MAX || !str_is_utf8(text))
            return err_set(err, ERR_FAILED, "%s is not UTF-8 of at most %d bytes", key,
                           LEDGER_CELL_MAX);
        jw_member_str(&w, key, text);
    }
    jw_object_end(&w);
    TRY(jw_finish(&w, "ledger entry", err));
    struct chain_write event = {
        .kind = write->kind, .env = write->env, .payload = buf_str(&payload)};
    return chain_append(s, hold, &event, now_ms, err);
}

static bool read_cells(const struct chain_event *event, struct arena *a, struct ledger_row *row,
                       struct error *err)
{
    cleanup_json_doc struct json_doc doc = {0};
    if (!json_parse(str_of(event->payload), &(struct json_options){.name = "payload"}, &doc, err))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(MEMBERS); i++) {
        struct json value = json_get(json_root(&doc), MEMBERS[i].key);
        const char *text = json_cstr(value, a);
        if (text == NULL && !MEMBERS[i].required && !json_exists(value))
            text = "";
        if (text == NULL || strlen(text) > LEDGER_CELL_MAX)
            return err_set(err, ERR_VERIFY, "payload: no usable '%s'", MEMBERS[i].key);
        memcpy((char *)row + MEMBERS[i].row_at, &text, sizeof(text));
    }
    return true;
}

static bool read_row(const struct chain_event *event, struct arena *a, struct ledger_row *row,
                     struct error *err)
{
    char time[TIME_TEXT_MAX];
    time_format_utc(event->time_ms, time);
    *row = (struct ledger_row){.run = event->run, .seq = event->seq, .component = ""};
    for (size_t i = 0; i < LEDGER_COLUMN_COUNT; i++)
        row->cells[i] = "";
    row->cells[LEDGER_TIMESTAMP] = arena_strdup(a, str_of(time));
    row->cells[LEDGER_ENVIRONMENT] = event->env;
    if (read_cells(event, a, row, err))
        return true;
    err->kind = ERR_VERIFY;
    return err_wrap(err, "event %llu", (unsigned long long)event->seq);
}

static bool same_cell(const struct ledger_row *a, const struct ledger_row *b,
                      enum ledger_column column)
{
    return strcmp(a->cells[column], b->cells[column]) == 0;
}

/* The row that is Active where `row` belongs, or NULL. Rows are in the order of events here. */
static struct ledger_row *active_row(const struct ledger *ledger, const struct ledger_row *row)
{
    const char *active = ledger_status_name(LEDGER_ACTIVE);
    for (size_t i = ledger->count; i-- > 0;) {
        struct ledger_row *other = &ledger->rows[i];
        if (strcmp(other->cells[LEDGER_STATUS], active) == 0 &&
            strcmp(other->component, row->component) == 0 &&
            same_cell(other, row, LEDGER_ENVIRONMENT) && same_cell(other, row, LEDGER_MACHINE))
            return other;
    }
    return NULL;
}

/* One version may be deployed twice, built or set up otherwise: the instance tells them apart, as
 * far as events name it. */
static bool same_deployment(const struct ledger_row *a, const struct ledger_row *b)
{
    if (a->instance[0] != '\0' && b->instance[0] != '\0')
        return strcmp(a->instance, b->instance) == 0;
    return same_cell(a, b, LEDGER_VERSION);
}

static void set_status(struct ledger_row *row, enum ledger_status status)
{
    if (row != NULL)
        row->cells[LEDGER_STATUS] = ledger_status_name(status);
}

static void add_row(struct ledger *ledger, struct ledger_row *row, enum ledger_status status)
{
    set_status(row, status);
    ledger->rows[ledger->count++] = *row;
}

static void tell(struct ledger *ledger, enum chain_kind kind, struct ledger_row *row)
{
    struct ledger_row *active = active_row(ledger, row);
    switch (kind) {
    case CHAIN_DEPLOYED:
        set_status(active, LEDGER_REPLACED);
        add_row(ledger, row, LEDGER_ACTIVE);
        break;
    case CHAIN_REPLACED:
        set_status(active, LEDGER_REPLACED);
        break;
    case CHAIN_ROLLED_BACK:
        if (active != NULL && same_deployment(active, row))
            set_status(active, LEDGER_ROLLED_BACK);
        else
            add_row(ledger, row, LEDGER_ROLLED_BACK);
        break;
    case CHAIN_FAILED:
        add_row(ledger, row, LEDGER_FAILED);
        break;
    case CHAIN_KIND_COUNT:
        break;
    }
}

static void newest_first(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->count / 2; i++) {
        struct ledger_row row = ledger->rows[i];
        ledger->rows[i] = ledger->rows[ledger->count - 1 - i];
        ledger->rows[ledger->count - 1 - i] = row;
    }
}

bool ledger_derive(const struct chain *chain, struct arena *a, struct ledger *ret,
                   struct error *err)
{
    struct ledger ledger = {.rows = ARENA_ARRAY(a, struct ledger_row, chain->count + 1),
                            .events = chain->count};
    for (size_t i = 0; i < chain->count; i++) {
        struct ledger_row row;
        TRY(read_row(&chain->items[i], a, &row, err));
        tell(&ledger, chain->items[i].kind, &row);
    }
    newest_first(&ledger);
    snprintf(ledger.head, sizeof(ledger.head), "%s", chain_head(chain));
    *ret = ledger;
    return true;
}
