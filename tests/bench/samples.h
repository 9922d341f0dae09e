/* samples.h - measurements of one thing, and where most of them lie. */

#ifndef BENCH_SAMPLES_H
#define BENCH_SAMPLES_H

#include <stddef.h>

enum {
    SAMPLES_MAX = 10000
};

struct samples {
    double values[SAMPLES_MAX];
    size_t count;
};

void samples_add(struct samples *s, double value);

/* The value that `part` of them do not exceed; 0.5: the median.  Sorts them. */
double samples_quantile(struct samples *s, double part);

#endif
