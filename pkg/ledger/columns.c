/* The names of the ledger's columns and states, and the cells as Markdown and back. */
#include "internal.h"

static const struct {
    const char *title, *key;
} COLUMNS[] = {
    [LEDGER_TIMESTAMP] = {"Timestamp", "timestamp"},
    [LEDGER_VERSION] = {"Version", "version"},
    [LEDGER_ENVIRONMENT] = {"Environment", "environment"},
    [LEDGER_MACHINE] = {"Machine", "machine"},
    [LEDGER_IMAGE_DIGEST] = {"Image digest", "image_digest"},
    [LEDGER_COMPOSE_HASH] = {"Compose hash", "compose_hash"},
    [LEDGER_PCR0] = {"PCR0", "pcr0"},
    [LEDGER_CHAIN_TX] = {"Chain TX", "chain_tx"},
    [LEDGER_STATUS] = {"Status", "status"},
};
_Static_assert(ARRAY_LEN(COLUMNS) == LEDGER_COLUMN_COUNT, "one row per column");

static const char *const STATUSES[] = {
    [LEDGER_ACTIVE] = "Active",
    [LEDGER_REPLACED] = "Replaced",
    [LEDGER_ROLLED_BACK] = "Rolled back",
    [LEDGER_FAILED] = "Failed",
};

/* Characters that begin markup or end a cell are escaped as Markdown does; those that HTML is made
 * of do not appear at all, so that no reader finds a comment or a tag, however simple it is. */
static const char MARKUP[] = "\\|`*[]~";
static const char HTML[] = "<>&";
static const char EMPTY_CELL[] = "-";

const char *ledger_column_title(enum ledger_column column)
{
    return COLUMNS[column].title;
}

const char *ledger_column_key(enum ledger_column column)
{
    return COLUMNS[column].key;
}

const char *ledger_status_name(enum ledger_status status)
{
    return STATUSES[status];
}

void cell_add(struct buf *out, struct str text)
{
    if (text.len == 0)
        buf_adds(out, EMPTY_CELL);
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        bool edge = i == 0 || i + 1 == text.len;
        if (c < ' ' || c == 0x7f || (c == ' ' && edge) || strchr(HTML, c) != NULL)
            buf_addf(out, "\\x%02x", c);
        else if (strchr(MARKUP, c) != NULL || (text.len == 1 && c == '-'))
            buf_addf(out, "\\%c", c);
        else
            buf_addc(out, (char)c);
    }
}

/* One escape at the start of `text`: its length, and the byte it stands for. */
static bool unescape(struct str text, size_t *ret_len, char *ret_byte)
{
    unsigned char byte;
    if (text.len < 2)
        return false;
    *ret_len = 2;
    *ret_byte = text.ptr[1];
    if (text.ptr[1] == '-' || strchr(MARKUP, text.ptr[1]) != NULL)
        return text.ptr[1] != '\0';
    if (text.ptr[1] != 'x' || text.len < 4 || !hex_decode(str_sub(text, 2, 2), &byte, 1))
        return false;
    *ret_len = 4;
    *ret_byte = (char)byte;
    return byte != 0;
}

bool cell_parse(struct str text, struct arena *a, const char **ret)
{
    cleanup_buf struct buf plain = buf_make(LEDGER_CELL_MAX);
    if (str_is(text, EMPTY_CELL))
        text = STR_EMPTY;
    for (size_t i = 0, len; i < text.len; i += len) {
        char byte = text.ptr[i];
        len = 1;
        if (byte == '\\' && !unescape(str_sub(text, i, SIZE_MAX), &len, &byte))
            return false;
        buf_addc(&plain, byte);
    }
    if (plain.overflow || !str_is_utf8(buf_str(&plain)))
        return false;
    *ret = arena_strdup(a, buf_str(&plain));
    return true;
}
