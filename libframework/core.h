/* core.h - the library's cores, for who drives them: loop.c for real, the
 * simulator in virtual time.
 *
 * Schedulers, operators and executors are stepped alike.  An INPUT_LOCAL is
 * mezzo_..._wake(); one whose `local` is not NULL is a struct core_election,
 * for a scheduler that stands by. */

#ifndef LIBFRAMEWORK_CORE_H
#define LIBFRAMEWORK_CORE_H

#include "base/error.h"
#include "base/machine.h"

struct mezzo_executor;
struct mezzo_operator;
struct mezzo_scheduler;

/* What a core cannot find out itself. */
struct core_surroundings {
    uint64_t seed;          /* another at each start */
    const char *user;       /* who we are; for schedulers that do not say */
    const char *masters;    /* as for masters_set() */
    const char *master_key; /* NULL or empty: in plain */
    /* Called when something waits to be done that was not asked from within a
     * step: step soon.  May be NULL. */
    void (*called)(void *arg);
    void *arg;
    /* Of executors.  A copy of a descriptor, or -errno, and its end; NULL: it
     * is only a number.  The environment that processes get where nobody says
     * another, NULL: none. */
    int (*copy_fd)(int fd);
    void (*close_fd)(int fd);
    const char *const *(*environment)(void);
};

enum core_election_kind {
    CORE_ELECTED,
    CORE_STANDING_BY, /* `text` is who works */
    CORE_DEPOSED,     /* `text` is why */
};

struct core_election {
    enum core_election_kind kind;
    const char *text;
};

/* Why a core has stopped: the status of its EFFECT_STOP. */
enum core_status {
    CORE_DONE = 0,
    CORE_REFUSED = 1,   /* mezzo_..._explain() says why */
    CORE_ABANDONED = 2, /* no master has heard that we leave */
};

/* Before the first step, once.  -EINVAL: what is wrong with the options. */
int scheduler_prepare(struct mezzo_scheduler *s,
                      const struct core_surroundings *surroundings,
                      struct error *err);
int operator_prepare(struct mezzo_operator *o,
                     const struct core_surroundings *surroundings,
                     struct error *err);
int executor_prepare(struct mezzo_executor *e,
                     const struct core_surroundings *surroundings,
                     struct error *err);

/* Valid as long as the core. */
struct machine scheduler_machine(struct mezzo_scheduler *s);
struct machine operator_machine(struct mezzo_operator *o);
struct machine executor_machine(struct mezzo_executor *e);

#endif
