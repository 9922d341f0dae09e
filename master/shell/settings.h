/* settings.h - what the command line, the environment and defaults say. */

#ifndef MASTER_SHELL_SETTINGS_H
#define MASTER_SHELL_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "io/options.h"

struct settings {
    const char *state, *listen_at, *advertise, *keys_path, *allow_path,
        *store_address, *zookeeper, *log_level, *history_path;
    int64_t offer_lease_ms, agent_timeout_ms, failover_timeout_ms;
    int64_t recall_ms, run_min_ms, half_life_ms, removals_percent;
    int64_t history_keep_ms, history_rows_max;
    bool is_plain;
};

/* Ends the process when they make no sense. */
const struct settings *settings_read(int argc, char **argv);

/* For options_fail(). */
extern const struct options settings_options;

#endif
