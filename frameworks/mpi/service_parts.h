/* service_parts.h - what the files of the running framework share. */

#ifndef MPI_SERVICE_PARTS_H
#define MPI_SERVICE_PARTS_H

#include "frameworks/mpi/queue.h"
#include "frameworks/mpi/service.h"
#include "frameworks/mpi/visitors.h"

struct service {
    struct service_options options;
    struct event_base *base;
    struct mezzo_scheduler *scheduler;
    struct queue *queue;
    struct visitors *visitors; /* NULL: jobs are not loaded yet */
    bool has_stopped;
    int result;
    struct error failure;
};

/* reception.c: who comes in, and what he is told. */
extern const struct visitors_callbacks reception_callbacks;

void reception_job_changed(struct service *s, const struct job *j);
/* Tickets that were asked for will not come. */
void reception_disconnected(struct service *s);
void reception_ticket(struct service *s, const struct mezzo_ticket *ticket);

/* Those who wait for the master's word do so for a while only: look whether
 * that is over.  Is there any? */
void reception_look(struct service *s);
bool reception_has_waiting(const struct service *s);

#endif
