/* rows.h - agents, frameworks, tasks, roles and offers as operators see them,
 * a page at a time.
 *
 * A page says where the next begins.  Rows that come or go meanwhile may be
 * missed or seen twice, but for tasks, whose cursor is their serial number. */

#ifndef MASTER_ROWS_H
#define MASTER_ROWS_H

#include "master/state.h"
#include "proto/master.pb-c.h"

/* Each fills its part of `r` and, if there is more, r->next_page. */
void rows_agents(struct turn *t,
                 const Mesos__V1__Master__Call__Page *page,
                 Mesos__V1__Master__Response *r);
void rows_frameworks(struct turn *t,
                     const Mesos__V1__Master__Call__Page *page,
                     Mesos__V1__Master__Response *r);
void rows_tasks(struct turn *t,
                const Mesos__V1__Master__Call__Page *page,
                Mesos__V1__Master__Response *r);
void rows_offers(struct turn *t,
                 const Mesos__V1__Master__Call__Page *page,
                 Mesos__V1__Master__Response *r);
void rows_roles(struct turn *t, Mesos__V1__Master__Response *r);

#endif
