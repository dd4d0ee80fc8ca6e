/* Any line of a child, any message: in the log of GitHub Actions the only commands are ours. */
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "event/event.h"

static void must(bool holds)
{
    if (!holds)
        abort();
}

static bool is_ours(struct str line)
{
    static const char *const OURS[] = {
        "::stop-commands::", "::warning::", "::group::", "::endgroup::", "::error title="};
    bool resume = line.len == 36 && str_ends(line, STR("::"));
    for (size_t i = 0; i < ARRAY_LEN(OURS) && !resume; i++) {
        if (str_starts(line, str_of(OURS[i])))
            return true;
    }
    return resume;
}

static void check_log(int fd)
{
    off_t size = lseek(fd, 0, SEEK_END);
    cleanup_free char *log = xmalloc((size_t)size + 1);
    must(pread(fd, log, (size_t)size, 0) == size);
    struct str rest = str_n(log, (size_t)size), line;
    while (str_next_line(&rest, &line)) {
        bool command = str_starts(str_trim(line), STR("::"));
        must(!command || is_ours(line));
        must(command || !str_has(line, STR("##[")));
    }
}

static void tell(struct events *ev, struct str text)
{
    struct error err;
    cleanup_free char *word = xstrndup(text.ptr, text.len);
    events_group(ev, "%s", word);
    step_id step = events_step_begin(ev, word, word);
    events_step_output(ev, step, text);
    events_step_retry(ev, step, 1, 0, word);
    events_note(ev, "%s", word);
    events_warn(ev, "%s", word);
    events_verdict(ev, word, word, VERDICT_FAIL, word);
    events_step_output(ev, step, text);
    events_step_end(ev, step, STEP_FAILED, "%s", word);
    err_set(&err, ERR_FAILED, "%s", word);
    events_finish(ev, &(struct event_finish){.err = &err, .exit_status = 1, .hint = word});
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cleanup_close int fd = memfd_create("log", MFD_CLOEXEC);
    struct events *ev = events_new(clock_system(), rng_system());
    events_add_sink(
        ev, sink_github(&(struct github_options){
                .fd = fd, .rng = rng_system(), .story = STORY_VERBOSE, .program = "teerexctl"}));
    tell(ev, str_n(data, size));
    events_free(ev);
    check_log(fd);
    return 0;
}
