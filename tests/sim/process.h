/* process.h - a core as it runs in the world: the driver's double.
 *
 * It has links, as io/driver has, and checks what it receives against the
 * principal of who sent it; its core is stepped with what comes through, with
 * answers of its disk, and at its deadlines; its effects are carried out.
 * When it dies its core is freed with all that it knew. */

#ifndef SIM_PROCESS_H
#define SIM_PROCESS_H

#include "base/links.h"
#include "base/machine.h"
#include "tests/sim/disk.h"
#include "tests/sim/network.h"

struct process;

struct process_options {
    const char *name;
    struct principal principal; /* who it is to others */
    struct links_options links;
    const char *endpoint;       /* opened by EFFECT_LISTEN; NULL: none */
    const char *guest_endpoint; /* the same, for anyone */
    struct disk *disk;          /* NULL: it stores nothing */
    bool is_careless;           /* it may listen to a deposed leader */
    bool is_timed;              /* see process_cpu_seconds() */
    void *arg;                  /* of these: */
    struct machine (*start)(void *arg);          /* make a core */
    void (*stop)(void *arg);                     /* free it */
    void (*local)(void *arg, const void *order); /* EFFECT_LOCAL; or NULL */
    void (*stopped)(void *arg, int status);      /* EFFECT_STOP; or NULL */
    void (*heard)(void *arg, const struct input *input); /* what is let through
                                                          * to it; or NULL */
    /* After every step: NULL, or what is wrong with it; or NULL. */
    const char *(*check)(void *arg, struct arena *arena);
};

/* Strings are borrowed.  It is not started. */
struct process *process_new(struct world *w,
                            struct network *n,
                            const struct process_options *options);
void process_free(struct process *p);

void process_start(struct process *p);

/* As by SIGKILL; or all at once with its machine, and nobody is told. */
void process_kill(struct process *p, bool is_power_cut);

/* As by SIGSTOP and SIGCONT. */
void process_pause(struct process *p, msec_t until);

/* From now on its machine's wall clock is so far from all others'. */
void process_set_skew(struct process *p, msec_t ms);

bool process_is_up(const struct process *p);
msec_t process_paused_until(const struct process *p); /* maybe long ago */
const char *process_name(const struct process *p);
struct node *process_node(const struct process *p);

/* INPUT_LOCAL; nothing happens while it is not up. */
void process_report(struct process *p, const void *report);

/* Its core was used from outside, and its deadline may be another. */
void process_wake(struct process *p);

/* Steps of its cores so far; links that ended because of a gap. */
unsigned long process_steps_count(const struct process *p);
unsigned long process_gaps_count(const struct process *p);

/* How long the processor has worked for it: steps, packing, unpacking, links.
 * The one thing here that is not the same in every run; nothing in the world
 * may depend on it. */
double process_cpu_seconds(const struct process *p);

#endif
