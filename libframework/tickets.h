/* tickets.h - tickets that a scheduler has made for others.  Pure. */

#ifndef LIBFRAMEWORK_TICKETS_H
#define LIBFRAMEWORK_TICKETS_H

#include "libframework/scheduler.h"
#include "proto/scheduler.pb-c.h"

struct tickets *tickets_new(void);
void tickets_free(struct tickets *t);

/* The master's answer. */
void tickets_take(struct mezzo_scheduler *s,
                  const Mesos__V1__Scheduler__Event__Ticket *ticket);

/* There is no master any more: none will come of those that were asked for. */
void tickets_lost(struct mezzo_scheduler *s);

#endif
