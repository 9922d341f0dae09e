/* files.h - the bytes of runs: what orders.h says of READ, WATCH, LIST and
 * REMOVE, and the bounds of outputs. */

#ifndef AGENT_OS_FILES_H
#define AGENT_OS_FILES_H

#include <stdbool.h>

#include "agent/orders.h"
#include "base/effect.h"

struct event_base;
struct files;
struct sandboxes;

enum {
    FILES_WATCHES_MAX = 4096,
    FILES_JOBS_MAX = 10000, /* reads and lists not done yet */
};

struct files_cb {
    void (*report)(void *arg, const struct report *report);
    bool (*is_alive)(void *arg, const char *run); /* may it still write? */
    void (*log)(void *arg, enum log_level level, const char *text);
};

struct files_options {
    struct event_base *base;
    struct sandboxes *sandboxes;
    const struct files_cb *cb;
    void *arg;
};

struct files *files_new(const struct files_options *options);

/* NULL is a no-op. */
void files_free(struct files *f);

void files_read(struct files *f, const struct order *order);
void files_list(struct files *f, const struct order *order);
void files_watch(struct files *f, const struct order *order);
void files_remove(struct files *f, const struct order *order);

/* Have sandboxes made in advance, if few are left. */
void files_stock_up(struct files *f);

/* The run is alive no more: who watches is told. */
void files_run_ended(struct files *f, const char *run);

/* See sandbox_bound_output(); soon. */
void files_bound(struct files *f, const char *run, int64_t output_bytes_max);

#endif
