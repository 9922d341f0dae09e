/* machine.h - carries out the orders of the agent's core on a real machine.
 *
 * Lives on a libevent loop, and never blocks it: what waits for a disk, for the
 * net or for a process does so elsewhere, and is reported when it is done.
 *
 * Memory   orders are borrowed for the call, reports for the callback.
 * Threads  all is of the event base's; its own do not show. */

#ifndef AGENT_OS_MACHINE_H
#define AGENT_OS_MACHINE_H

#include "agent/orders.h"
#include "base/effect.h"
#include "base/error.h"

struct event_base;
struct os;

struct os_options {
    struct event_base *base;
    const char *directory; /* the state directory, which is there and ours */
    const char *launcher_program; /* paths */
    const char *fetch_program;
    const char *oci_runtime;       /* NULL: crun, then runc */
    const char *const *host_paths; /* see containers.h */
    const char *name;           /* of this agent on this machine, for cgroups */
    bool has_no_cgroups;        /* even where they could be had */
    const char *const *devices; /* that runs see only when granted: paths */
    size_t devices_count;
    int64_t output_bytes_max; /* of a run that is adopted; 0: no bound */
    int64_t fetch_bytes_max;  /* of one URI; 0: as mezzo-fetch will have it */
    msec_t fetch_ms;          /* for one URI; 0: likewise */
    int64_t image_bytes_max;  /* of one image; 0: likewise */
    msec_t settle_ms; /* then what the core has not adopted is ended; 10 s */
    /* May be called by os_order(), and may call it. */
    void (*report)(void *arg, const struct report *report);
    void (*log)(void *arg, enum log_level level, const char *text);
    void *arg;
};

int os_new(const struct os_options *options, struct os **os, struct error *err);

/* The processes go on, under their launcher; it goes too if it has none.  Waits
 * for the disk.  NULL is a no-op. */
void os_free(struct os *os);

/* Why there can be no containers; NULL: they can. */
const char *os_containers_fault(const struct os *os);

/* The address of the bridge that is their network; NULL: they can have none of
 * their own. */
const char *os_bridge_address(const struct os *os);

void os_order(struct os *os, const struct order *order);

#endif
