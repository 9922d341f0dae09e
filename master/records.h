/* records.h - what the master keeps in its store, and taking it up again.
 *
 *     /cluster          record.Cluster
 *     /agents/ID        record.Agent
 *     /frameworks/ID    record.Framework
 *     /gangs/ID         record.Gang
 *     /roles/NAME       record.Role
 *     /usage            record.Usage */

#ifndef MASTER_RECORDS_H
#define MASTER_RECORDS_H

#include "master/state.h"
#include "proto/record.pb-c.h"

/* Load everything, claim the next epoch, then call `serve`. */
void records_start(struct turn *t, parked_f *serve);

/* Store these, and then do `then` with the id. */
void records_put_agent(struct turn *t,
                       const struct agent *agent,
                       Mezzo__Record__Agent__State state,
                       parked_f *then);
void records_put_framework(struct turn *t,
                           const struct framework *framework,
                           parked_f *then);
void records_put_ended(struct turn *t,
                       const struct framework *framework,
                       parked_f *then);
void records_put_role(struct turn *t,
                      const char *role,
                      const Mezzo__Record__Role *record,
                      parked_f *then);

void records_put_usage(struct turn *t, const Mezzo__Record__Usage *record);

void records_put_gang(struct turn *t,
                      const char *id,
                      const Mezzo__Record__Gang *record,
                      parked_f *then);

void records_forget_agent(struct turn *t, const char *id);
void records_forget_framework(struct turn *t, const char *id);
void records_forget_gang(struct turn *t, const char *id);

/* A conflict: another leads.  We stop. */
void records_deposed(struct turn *t);

/* NULL, or why `value` cannot be the record of that key. */
const char *records_refuses(const char *key, const uint8_t *value, size_t size);

#endif
