/* What a service is kept with: DIR/service.json, written by whoever ensures the service, read by
 * its supervisor at each start. */
#pragma once

#include "supervise/supervise.h"

struct settings {
    enum supervise_backend backend;
    char name[SUPERVISE_ID_MAX];
    char exe[SUPERVISE_PATH_MAX];
    char listen[SUPERVISE_ADDR_MAX];
    int64_t drain_max_ms;
    int64_t ready_max_ms;
    uint64_t log_max_bytes;
    int64_t log_files;
    int64_t restart_first_ms;
    int64_t restart_max;
};

/* Checked, with defaults for what is zero. ERR_CONFIG. */
bool settings_from(const struct supervise_service *service, struct settings *ret,
                   struct error *err) must_use;
bool settings_equal(const struct settings *a, const struct settings *b);
bool settings_write(const struct cap *cap, const char *dir, const struct settings *settings,
                    struct error *err) must_use;
/* ERR_NOT_FOUND when there is none, ERR_CONFIG when it cannot be understood. */
bool settings_read(const char *dir, struct settings *ret, struct error *err) must_use;
