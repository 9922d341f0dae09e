/* swf.h - a log in the Standard Workload Format: who wanted what, and when.
 *
 * The rules are those of the literature, so that results compare: processors
 * are those requested, else those used; jobs without run time or processors, or
 * wider than the pool, are left out; the walltime is what was requested, but at
 * least the run time. */

#ifndef BENCH_SWF_H
#define BENCH_SWF_H

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"

struct swf_job {
    msec_t submit;
    msec_t run;
    msec_t walltime;
    uint32_t processors;
    unsigned user; /* 0: not known */
    size_t number; /* among those of the log that are not left out */
};

/* All jobs of `file` for a pool of so many processors, in the order of their
 * submits; the caller frees them.
 *
 * -EINVAL  `err` names file, line and field, or no job could run
 * -errno   it cannot be read */
int swf_read(const char *file,
             uint64_t processors,
             struct swf_job **jobs,
             size_t *jobs_count,
             struct error *err);

#endif
