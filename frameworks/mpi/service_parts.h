/* service_parts.h - what the files of the running framework share. */

#ifndef MPI_SERVICE_PARTS_H
#define MPI_SERVICE_PARTS_H

#include "frameworks/mpi/door.h"
#include "frameworks/mpi/queue.h"
#include "frameworks/mpi/service.h"

struct service {
    struct service_options options;
    struct watches *watches;
    struct watch library, signals;
    struct mezzo_scheduler *scheduler;
    struct queue *queue;
    struct door *door;
    bool has_stopped;
    int result;
    struct error failure;
};

/* reception.c: who comes in, and what he is told. */
extern const struct door_callbacks reception_callbacks;

void reception_job_changed(struct service *s, const struct job *j);
/* Tickets that were asked for will not come. */
void reception_disconnected(struct service *s);
void reception_ticket(struct service *s, const struct mezzo_ticket *ticket);

/* Those who wait for the master's word do so for a while only: look whether
 * that is over.  Is there any? */
void reception_look(struct service *s);
bool reception_has_waiting(const struct service *s);

#endif
