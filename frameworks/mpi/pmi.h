/* pmi.h - what the ranks of one step on one agent say to their process manager,
 * and what it answers: PMI-1 as MPICH, MVAPICH and Intel MPI speak it, and
 * PMI-2 to those who ask for it.
 *
 * A pure core: bytes of a rank in, bytes for ranks out.  What ranks say is
 * hostile: every line, key, value and number of them has a bound, and one who
 * does not keep to the protocol is to be ended.
 *
 * A barrier (a fence, in PMI-2) is one of all ranks of all agents.  When those
 * of this agent are in, `fence` is given what they have put, packed; when those
 * of all are, pmi_share() is told what all have put. */

#ifndef MPI_PMI_H
#define MPI_PMI_H

#include <stdbool.h>
#include <stddef.h>

#include "frameworks/mpi/pairs.h"

struct pmi;

enum {
    PMI_KEY_SIZE_MAX = PAIRS_KEY_SIZE_MAX,
    PMI_VALUE_SIZE_MAX = PAIRS_VALUE_SIZE_MAX,
    PMI_KEYS_MAX = 64, /* of one rank between two barriers */
    PMI_LINE_SIZE_MAX = 8192,
    PMI_PAIRS_MAX = 10000000, /* of all ranks */
};

enum pmi_stage {
    PMI_SILENT, /* it has not said a word */
    PMI_SPEAKS,
    PMI_WAITS,     /* in a barrier */
    PMI_FINALIZED, /* has said that it ends */
};

struct pmi_options {
    unsigned size;       /* ranks of the step */
    unsigned first_rank; /* of this agent */
    unsigned ranks_count;
    const char *name;    /* of the key space: "42.0" */
    const char *mapping; /* PMI_process_mapping */
};

/* Ranks are counted from the first of this agent. */
struct pmi_callbacks {
    void (*reply)(void *arg, unsigned rank, const void *bytes, size_t size);
    void (*fence)(void *arg, const void *pairs, size_t size);
    void (*abort)(void *arg, unsigned rank, int code, const char *message);
    void (*offends)(void *arg, unsigned rank, const char *how); /* end it */
    void (*refused)(void *arg, unsigned rank, const char *what);
};

/* Options are copied. */
struct pmi *pmi_new(const struct pmi_options *options,
                    const struct pmi_callbacks *callbacks,
                    void *arg);
void pmi_free(struct pmi *p);

void pmi_receive(struct pmi *p, unsigned rank, const void *bytes, size_t size);

/* All ranks of all agents are in the barrier, and have put `pairs`.  False if
 * these are not well-formed. */
bool pmi_share(struct pmi *p, const void *pairs, size_t size);

/* The rank's end of the connection is gone: it is in no barrier. */
void pmi_leave(struct pmi *p, unsigned rank);

enum pmi_stage pmi_stage(const struct pmi *p, unsigned rank);

#endif
