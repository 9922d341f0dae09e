/* operator.h - all that an operator knows.  For the files of its core only:
 * operator.c asks, operator_loop.c does so for real. */

#ifndef LIBFRAMEWORK_OPERATOR_H
#define LIBFRAMEWORK_OPERATOR_H

#include <sys/queue.h>

#include "base/random.h"
#include "libframework/core.h"
#include "libframework/masters.h"
#include "libframework/readers.h"
#include "libframework/rows.h"

enum {
    OPERATOR_TIMEOUT_MS = 10000,
    OPERATOR_FAILOVER_MS = 60000, /* to find a master that leads */
    OPERATOR_WAITING_MS = 2000,   /* then it is said; and again after ... */
    OPERATOR_WAITING_MORE_MS = 15000,
    OPERATOR_PAGE_ROWS = 500,
};

struct question {
    TAILQ_ENTRY(question) entry;
    uint64_t id; /* of the request, the latest page's */
    bool is_asked;
    bool is_read;  /* changes nothing: may be asked twice */
    bool was_lost; /* on its way, with a master; it may have been done */
    msec_t due;
    Mesos__V1__Master__Call *call;
    char *after; /* the page before; NULL: the first */
    struct rows *rows;
    mezzo_answered_f *answered;
    void *arg;
    char *task; /* GET_TICKET, for a reader, who is told instead */
    Mesos__V1__TicketVerb verb;
};
TAILQ_HEAD(question_list, question);

struct mezzo_operator {
    bool is_linked;
    bool was_heard;              /* on this link */
    char lost[MEZZO_ERROR_SIZE]; /* why there is no link; empty: there is */
    bool is_stepping;
    bool is_called;    /* something waits for the end of the next step */
    unsigned failures; /* links on end that no master was heard on */
    struct core_surroundings surroundings;
    struct mezzo_cluster_options cluster; /* its strings are ours */
    msec_t timeout_ms;
    msec_t failover_ms; /* to find a master; 0: as timeout_ms */
    msec_t
        unheard_since; /* with questions; MSEC_NEVER: is heard, or not asked */
    msec_t told_at;    /* that none is: when next */
    void (*waiting)(void *arg, const char *why);
    void *waiting_arg;
    struct error fault;
    struct loop *loop; /* operator_loop.c's; NULL: none, or another's */

    msec_t now;
    struct random random;
    uint64_t asked;
    struct masters *masters;
    struct question_list questions;
    size_t questions_count;
    struct readers *readers;
    mezzo_output_f *output; /* of mezzo_operator_read() */
    void *output_arg;
    uint64_t reader;   /* whose; 0: nobody's */
    struct rows *kept; /* what was answered last, to who waits for it */
};

/* -EINVAL, -EBUSY, and why in `fault`. */
int operator_start(struct mezzo_operator *o,
                   const struct mezzo_question *question,
                   mezzo_answered_f *answered,
                   void *arg);

/* Without its loop. */
void operator_free(struct mezzo_operator *o);

void operator_called(struct mezzo_operator *o);

#endif
