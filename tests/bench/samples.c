/* samples.c - an array that is sorted when it is asked. */

#include "tests/bench/samples.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

void samples_add(struct samples *s, double value)
{
    assert(s->count < SAMPLES_MAX);
    s->values[s->count++] = value;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

double samples_quantile(struct samples *s, double part)
{
    size_t rank = (size_t)ceil(part * (double)s->count);

    assert(s->count > 0);
    qsort(s->values, s->count, sizeof *s->values, compare);
    return s->values[rank > 0 ? rank - 1 : 0];
}
