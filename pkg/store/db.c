/* Opening, creating and migrating the file; what SQLite's failures mean for people. */
#include "sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { BUSY_MS = 5000, SQL_MAX = 256 };

/* ---- failures ----------------------------------------------------------------------------- */

struct meaning {
    int code; /* of SQLite, primary */
    enum err_kind kind;
    const char *text;
};

static const char DAMAGED[] =
    "it is damaged: put a backup in its place, or move it away and start a new one";

static const struct meaning MEANINGS[] = {
    {SQLITE_BUSY, ERR_TRANSIENT, "another process has been writing to it for too long"},
    {SQLITE_LOCKED, ERR_TRANSIENT, "another process has been writing to it for too long"},
    {SQLITE_CORRUPT, ERR_FAILED, DAMAGED},
    {SQLITE_NOTADB, ERR_FAILED,
     "it is damaged or not a store: put a backup in its place, or move it away"},
    {SQLITE_FULL, ERR_FAILED, "the disk is full: make room and run again"},
    {SQLITE_READONLY, ERR_AUTH, "it cannot be written: check the rights of file and directory"},
    {SQLITE_CANTOPEN, ERR_AUTH, "it cannot be opened: check the rights of file and directory"},
    {SQLITE_PERM, ERR_AUTH, "it cannot be opened: check the rights of file and directory"},
    {SQLITE_IOERR, ERR_FAILED, "the disk fails to read or write it"},
};

static const struct meaning *meaning_of(int code)
{
    for (size_t i = 0; i < ARRAY_LEN(MEANINGS); i++) {
        if (MEANINGS[i].code == code)
            return &MEANINGS[i];
    }
    return NULL;
}

static const char *where(const struct sqlite *db)
{
    return db->path ? db->path : "memory";
}

bool sqlite_fail(const struct sqlite *db, const char *doing, struct error *err)
{
    if (db->db == NULL)
        return err_set(err, ERR_BUG, "store '%s' is not open", where(db));
    const struct meaning *meaning = meaning_of(sqlite3_errcode(db->db));
    const char *said = sqlite3_errmsg(db->db);
    int sys = sqlite3_system_errno(db->db);
    if (meaning == NULL)
        err_set(err, ERR_FAILED, "cannot %s store '%s': %s", doing, where(db), said);
    else
        err_set(err, meaning->kind, "cannot %s store '%s': %s (%s)", doing, where(db),
                meaning->text, sys != 0 ? strerror(sys) : said);
    err->sys = sys;
    return false;
}

bool sqlite_exec(struct sqlite *db, const char *sql, struct error *err)
{
    if (sqlite3_exec(db->db, sql, NULL, NULL, NULL) != SQLITE_OK)
        return sqlite_fail(db, "use", err);
    return true;
}

/* The first column of the first row of a pragma, as text. */
static bool ask(struct sqlite *db, const char *pragma, char *out, size_t size, struct error *err)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(db->db, pragma, -1, &stmt, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        text_copy(out, size, (const char *)sqlite3_column_text(stmt, 0));
    /* finalize repeats the failure, so that sqlite_fail finds it. */
    sqlite3_finalize(stmt);
    return rc == SQLITE_ROW || sqlite_fail(db, "open", err);
}

static bool ask_number(struct sqlite *db, const char *pragma, int64_t *ret, struct error *err)
{
    char text[32];
    TRY(ask(db, pragma, text, sizeof(text), err));
    if (!str_to_i64(str_of(text), ret))
        return err_set(err, ERR_BUG, "%s answers '%s'", pragma, text);
    return true;
}

/* ---- formats ------------------------------------------------------------------------------ */

static bool set_format(struct sqlite *db, int64_t from, struct error *err)
{
    char sql[SQL_MAX];
    for (int64_t i = from; i < STORE_FORMAT; i++)
        TRY(sqlite_exec(db, SQL_FORMATS[i], err));
    snprintf(sql, sizeof(sql), "PRAGMA application_id = %d; PRAGMA user_version = %d",
             STORE_APPLICATION_ID, STORE_FORMAT);
    return sqlite_exec(db, sql, err);
}

static bool check_format(struct sqlite *db, int64_t *ret_format, struct error *err)
{
    int64_t application = 0, format = 0;
    TRY(ask_number(db, "PRAGMA application_id", &application, err));
    TRY(ask_number(db, "PRAGMA user_version", &format, err));
    if (application != STORE_APPLICATION_ID)
        return err_set(err, ERR_FAILED,
                       "'%s' is damaged or not a store of teerexctl: put a backup in its place, or "
                       "move it away and start a new one",
                       where(db));
    if (format > STORE_FORMAT)
        return err_set(err, ERR_FAILED,
                       "store '%s' has format %lld and this teerexctl knows up to %d: use a newer "
                       "teerexctl",
                       where(db), (long long)format, STORE_FORMAT);
    *ret_format = format;
    return true;
}

static bool migrate(struct sqlite *db, struct error *err)
{
    int64_t format = 0;
    cleanup_tx struct tx tx = {0};
    TRY(check_format(db, &format, err));
    if (format == STORE_FORMAT)
        return true;
    TRY(tx_begin(db, &tx, err));
    TRY(check_format(db, &format, err));
    TRY(set_format(db, format, err));
    return tx_commit(&tx, err);
}

/* ---- opening ------------------------------------------------------------------------------ */

static bool open_file(struct sqlite *db, const char *file, int flags, struct error *err)
{
    sqlite_disconnect(db);
    if (sqlite3_open_v2(file, &db->db, flags, NULL) != SQLITE_OK)
        return sqlite_fail(db, "open", err);
    sqlite3_busy_timeout(db->db, BUSY_MS);
    return true;
}

static bool open_empty(struct sqlite *db, struct error *err)
{
    TRY(open_file(db, ":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, err));
    return set_format(db, 0, err);
}

static bool fill_new(struct sqlite *db, struct error *err)
{
    cleanup_tx struct tx tx = {0};
    TRY(open_file(db, db->path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, err));
    TRY(tx_begin(db, &tx, err));
    TRY(set_format(db, 0, err));
    TRY(tx_commit(&tx, err));
    return sqlite_exec(db, "PRAGMA journal_mode = WAL", err);
}

static bool sync_directory(const char *path, struct error *err)
{
    const char *slash = strrchr(path, '/');
    cleanup_free char *dir = slash ? xstrndup(path, (size_t)(slash - path) + 1) : xstrdup(".");
    cleanup_close int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) != 0)
        return err_sys(err, ERR_FAILED, errno, "sync directory '%s'", dir);
    return true;
}

/* A store is made under another name and linked into place, so that an empty or half-made file
 * under its own name is always damage and never a store that starts again with fence 1. */
static bool create(const char *path, struct error *err)
{
    cleanup_free char *made = xasprintf("%s.new-%d", path, (int)getpid());
    struct sqlite db = {.path = made, .writing = true};
    unlink(made);
    bool ok = fill_new(&db, err);
    sqlite_disconnect(&db);
    if (ok && link(made, path) != 0 && errno != EEXIST)
        ok = err_sys(err, ERR_FAILED, errno, "put store '%s' in place", path);
    unlink(made);
    return ok ? sync_directory(path, err) : err_wrap(err, "create store '%s'", path);
}

static bool open_writing(struct sqlite *db, struct error *err)
{
    char verdict[SQL_MAX];
    if (access(db->path, F_OK) != 0)
        TRY(create(db->path, err));
    TRY(open_file(db, db->path, SQLITE_OPEN_READWRITE, err));
    TRY(migrate(db, err));
    TRY(ask(db, "PRAGMA quick_check(1)", verdict, sizeof(verdict), err));
    if (strcmp(verdict, "ok") != 0)
        return err_set(err, ERR_FAILED, "store '%s': %s (%s)", db->path, DAMAGED, verdict);
    return sqlite_exec(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL", err);
}

/* "file:PATH?immutable=1" with every special byte of the path escaped. */
static char *immutable_uri(const char *path)
{
    cleanup_buf struct buf uri = buf_make(BUF_LINE);
    buf_adds(&uri, "file:");
    for (const char *c = path; *c != '\0'; c++) {
        if (strchr("?#%", *c) != NULL)
            buf_addf(&uri, "%%%02x", (unsigned)(unsigned char)*c);
        else
            buf_addc(&uri, *c);
    }
    buf_adds(&uri, "?immutable=1");
    return buf_detach(&uri);
}

/* In a directory that we may not write, SQLite cannot make the memory that readers and writers
 * share. When no write-ahead log is there nobody writes, and the file can be read as it stands. */
static bool open_unshared(struct sqlite *db, struct error *err)
{
    int64_t format;
    cleanup_free char *wal = xasprintf("%s-wal", db->path);
    cleanup_free char *uri = immutable_uri(db->path);
    if (access(wal, F_OK) == 0)
        return false;
    TRY(open_file(db, uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, err));
    return check_format(db, &format, err);
}

static bool open_reading(struct sqlite *db, struct error *err)
{
    int64_t format;
    if (access(db->path, F_OK) != 0 && errno == ENOENT)
        return open_empty(db, err);
    TRY(open_file(db, db->path, SQLITE_OPEN_READONLY, err));
    if (check_format(db, &format, err))
        return true;
    return err->kind == ERR_AUTH && open_unshared(db, err);
}

bool sqlite_connect(struct sqlite *db, struct error *err)
{
    bool ok = db->path == NULL ? open_empty(db, err)
              : db->writing    ? open_writing(db, err)
                               : open_reading(db, err);
    if (!ok)
        sqlite_disconnect(db);
    return ok;
}

void sqlite_disconnect(struct sqlite *db)
{
    for (size_t i = 0; i < SQL_COUNT; i++) {
        sqlite3_finalize(db->stmts[i]);
        db->stmts[i] = NULL;
    }
    sqlite3_close(db->db);
    db->db = NULL;
}
