/* fetch.h - brings URIs into a sandbox: mezzo-fetch, one process for each.
 *
 * They are the launcher's children, as tasks are, and run as the task's user.
 * A run's URIs come one after the other; so many at a time of all runs. */

#ifndef AGENT_OS_FETCH_H
#define AGENT_OS_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/orders.h"
#include "agent/os/users.h"
#include "base/clock.h"

struct fetch;
struct fetches;
struct launcher;
struct sandboxes;

enum {
    FETCHES_AT_A_TIME = 8,
};

struct fetches_options {
    struct launcher *launcher;
    struct sandboxes *sandboxes;
    const char *program;
    int64_t bytes_max; /* of one URI; 0: as mezzo-fetch will have it */
    msec_t ms_max;     /* for one URI; 0: likewise */
};

struct fetches *fetches_new(const struct fetches_options *options);
void fetches_free(struct fetches *f);

/* `fault` NULL: all are there.  The fetch is gone.  May be called by
 * fetch_start(). */
typedef void fetch_done_f(void *arg, const char *fault);

/* A copy of `uris` is kept. */
struct fetch *fetch_new(struct fetches *f,
                        const char *run,
                        const struct order_uri *uris,
                        size_t uris_count,
                        fetch_done_f *done,
                        void *arg);

/* `user` must outlive the fetch. */
void fetch_start(struct fetch *fetch,
                 const struct user *user,
                 bool is_user_other);

/* End it; `done` is not called.  NULL is a no-op. */
void fetch_cancel(struct fetch *fetch);

/* What the launcher says; true if it was of a fetch. */
bool fetches_launched(struct fetches *f, uint64_t ticket, pid_t pid);
bool fetches_refused(struct fetches *f, uint64_t ticket, const char *reason);
bool fetches_exited(struct fetches *f, pid_t pid, int wait_status);

/* Which of them still run is not known any more: they have failed. */
void fetches_lost(struct fetches *f);

#endif
