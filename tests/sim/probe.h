/* probe.h - a framework that only collects offers, to see from the outside
 * that everything is free. */

#ifndef SIM_PROBE_H
#define SIM_PROBE_H

#include "tests/sim/process.h"

struct probe;

struct probe *probe_new(struct world *w,
                        struct network *n,
                        const char *master); /* host:port,... */
void probe_free(struct probe *p);

/* What it has been offered and holds. */
int64_t probe_cpu_milli(const struct probe *p);
int64_t probe_memory_mb(const struct probe *p);

#endif
