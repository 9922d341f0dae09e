/* script.h - tasks that together do all that tasks may do: what they need of
 * an offer, and what their processes will do (runs.h). */

#ifndef SIM_SCRIPT_H
#define SIM_SCRIPT_H

#include "mezzo/task.h"
#include "tests/sim/world.h"

/* What is left of an offer. */
struct script_room {
    int64_t cpu_milli;
    int64_t memory_mb;
    uint64_t port_next; /* 0: none */
    uint64_t port_last;
};

struct script {
    char text[64];
    bool needs_kill; /* it would run for ever */
    bool is_missing; /* a file that it needs */
    bool is_fenced;
    int64_t duration_max_ms;
    int64_t cpu_milli;
    int64_t memory_mb;
    struct mezzo_range port;
    const char *argv[3];
    struct mezzo_uri uri;
    char image[32]; /* "": a plain process */
    struct mezzo_container container;
    struct mezzo_health_check check;
};

struct script_room script_room_of(const struct mezzo_resources *resources);

/* A task that fits into `room`, of which it takes its part; false when none
 * does. */
bool script_write(struct script *s, struct world *w, struct script_room *room);

/* As a task, which points into `s`. */
void script_task(struct script *s, const char *id, struct mezzo_task *task);

#endif
