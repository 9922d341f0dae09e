/* faults.h - what goes wrong in a cluster, and when. */

#ifndef SIM_FAULTS_H
#define SIM_FAULTS_H

#include "tests/sim/cluster.h"

struct faults;

/* Until `until` things go wrong, at a pace and of kinds that are drawn from the
 * world's seed; then all is well again. */
struct faults *faults_new(struct cluster *c, msec_t until);

/* All kinds; each is made good after some minutes, and at most so long after
 * that there is another. */
void faults_set_pace(struct faults *f, msec_t pause_ms_max);
void faults_free(struct faults *f);

#endif
