/* Workflow commands and files of GitHub Actions. Formats: the runner's ActionCommand.cs and
 * FileCommandManager.cs. Knows no events. */
#include "workflow.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "out.h"

static void add_escaped(struct buf *out, struct str text, const char *specials)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] != '\0' && strchr(specials, text.ptr[i]) != NULL)
            buf_addf(out, "%%%02X", (unsigned char)text.ptr[i]);
        else
            buf_addc(out, text.ptr[i]);
    }
}

void workflow_add_data(struct buf *out, struct str text)
{
    struct str line;
    for (bool first = true; str_next_line(&text, &line); first = false) {
        cleanup_buf struct buf visible = buf_make(BUF_BODY);
        text_add_visible(&visible, line);
        buf_adds(out, first ? "" : "%0A");
        add_escaped(out, buf_str(&visible), "%\r\n");
    }
}

void workflow_add_mask(struct buf *out, struct str form)
{
    add_escaped(out, form, "%\r\n");
}

void workflow_add_property(struct buf *out, bool *first, const char *name, struct str value)
{
    if (value.len == 0)
        return;
    cleanup_buf struct buf visible = buf_make(BUF_BODY);
    text_add_visible(&visible, value);
    buf_addf(out, "%s%s=", *first ? " " : ",", name);
    add_escaped(out, buf_str(&visible), "%\r\n:,");
    *first = false;
}

void workflow_token(const struct rng *rng, char ret_token[WORKFLOW_TOKEN_MAX])
{
    unsigned char bytes[(WORKFLOW_TOKEN_MAX - 1) / 2];
    rng_fill(rng, bytes, sizeof(bytes));
    hex_encode(bytes, sizeof(bytes), ret_token);
}

/* ---- files ------------------------------------------------------------------------------------
 */

static bool append(const char *path, const char *what, struct str bytes, struct error *err)
{
    cleanup_close int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0 || !out_write(fd, bytes))
        return err_sys(err, ERR_FAILED, errno, "%s %s", what, path);
    return true;
}

bool workflow_write_output(const char *path, const struct rng *rng, struct str name,
                           struct str value, struct error *err)
{
    char delimiter[WORKFLOW_TOKEN_MAX];
    cleanup_buf struct buf text = buf_make(BUF_BODY);
    workflow_token(rng, delimiter);
    buf_addf(&text, "%" PRIstr "<<%s\n", STR_ARG(name), delimiter);
    buf_add(&text, value);
    buf_addf(&text, "\n%s\n", delimiter);
    TRY(buf_check(&text, "the output", err));
    return append(path, "GITHUB_OUTPUT", buf_str(&text), err);
}

static const char CUT[] = "\n\n*(cut here: a summary may have 1 MiB)*\n";

static size_t size_of(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && st.st_size > 0 ? (size_t)st.st_size : 0;
}

/* At most `room` bytes, not ending inside of a character. */
static struct str cut_bytes(struct str text, size_t room)
{
    size_t len = room < text.len ? room : text.len;
    while (len < text.len && len > 0 && ((unsigned char)text.ptr[len] & 0xC0) == 0x80)
        len--;
    return str_sub(text, 0, len);
}

bool workflow_write_summary(const char *path, struct str markdown, struct error *err)
{
    cleanup_buf struct buf text = buf_make(SUMMARY_MAX);
    size_t used = size_of(path);
    if (used >= SUMMARY_MAX - sizeof(CUT))
        return true; /* it has been cut already */
    size_t room = SUMMARY_MAX - sizeof(CUT) - used;
    buf_add(&text, cut_bytes(markdown, room));
    if (markdown.len > room)
        buf_adds(&text, CUT);
    return append(path, "GITHUB_STEP_SUMMARY", buf_str(&text), err);
}
