/* quotas.h - weights, guarantees and limits of roles: checked, stored, and only
 * then in force. */

#ifndef MASTER_QUOTAS_H
#define MASTER_QUOTAS_H

#include "master/state.h"
#include "proto/master.pb-c.h"

/* Put in force what is set, in that allocator. */
void quotas_resume(struct turn *t, struct alloc *alloc);

/* UPDATE_WEIGHTS or UPDATE_QUOTA.  NULL: it is being stored, and its operator
 * is answered then; or why not, and nothing has changed. */
const char *quotas_update(struct turn *t, const Mesos__V1__Master__Call *call);

/* May so much more be reserved, so that the guarantees of others can still be
 * met, and its role's limit lets it use all?  NULL, or why not. */
const char *quotas_check_reserved(struct turn *t,
                                  const struct resources *reserved);

/* NULL when it has neither. */
Mesos__V1__Master__QuotaConfig *quotas_describe(const struct turn *t,
                                                const char *role);

#endif
