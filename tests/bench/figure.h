/* figure.h - what a benchmark measured: one line of JSON on stdout, which
 * bench.sh gathers into bench.json. */

#ifndef BENCH_FIGURE_H
#define BENCH_FIGURE_H

struct figure {
    const char *name;
    double value;
    const char *unit;
    const char *against; /* what it should be */
};

/* With a note in the words of printf, without quotes and backslashes. */
__attribute__((format(printf, 2, 3))) void figure_print(const struct figure *f,
                                                        const char *note,
                                                        ...);

/* A complaint, and the end of the process. */
__attribute__((noreturn, format(printf, 1, 2))) void figure_fail(
    const char *text, ...);

/* CLOCK_MONOTONIC in seconds. */
double figure_seconds(void);

#endif
