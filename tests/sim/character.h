/* character.h - what kind of scheduler one is, and what it wants. */

#ifndef SIM_CHARACTER_H
#define SIM_CHARACTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

struct disk;

enum scheduler_kind {
    SCHEDULER_PLAIN,   /* runs its tasks, declines the rest */
    SCHEDULER_HOARDER, /* takes offers and never answers most of them */
    SCHEDULER_REFUSER, /* declines everything */
    SCHEDULER_KILLER,  /* kills its tasks at any time */
    SCHEDULER_SLOW,    /* acknowledges by hand, late, and not in order */
    SCHEDULER_LEAVER,  /* tears its framework down in the middle */
    SCHEDULER_KINDS_COUNT,
};

/* What it asks for instead of taking what comes. */
enum gang_kind {
    GANG_NONE,
    GANG_PLAIN,
    GANG_SILENT,     /* never answers */
    GANG_REVIVER,    /* declines all, and wants it again at once */
    GANG_IMPOSSIBLE, /* wants more than there is */
    GANG_LIAR,       /* its tasks take longer than it says */
    GANG_WAVERER,    /* withdraws and changes its asks at any time */
    GANG_KILLER,     /* kills tasks of it before they have begun */
    GANG_KINDS_COUNT,
};

struct gang_options {
    enum gang_kind kind;
    unsigned gangs_max;  /* that it wants to run */
    unsigned tasks_min;  /* of each gang */
    unsigned tasks_more; /* that it would like to have beyond */
    int64_t cpu_milli;   /* of each task */
    bool is_spread;      /* no two on one agent */
};

struct scheduler_options {
    const char *name; /* borrowed */
    const char *role;
    const char *master; /* host:port */
    enum scheduler_kind kind;
    unsigned tasks_max;
    msec_t steady_ms; /* one so often; 0: all as soon as there is room */
    msec_t failover_timeout_ms;
    struct gang_options gang;
    struct disk *disk; /* NULL: it remembers its id by itself */
};

#endif
