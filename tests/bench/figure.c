/* figure.c - a figure as text. */

#include "tests/bench/figure.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void figure_print(const struct figure *f, const char *note, ...)
{
    char text[1024];
    va_list args;

    va_start(args, note);
    vsnprintf(text, sizeof text, note, args);
    va_end(args);
    assert(strpbrk(text, "\"\\\n") == NULL);
    printf("{\"name\": \"%s\", \"value\": %.3f, \"unit\": \"%s\", "
           "\"against\": \"%s\", \"note\": \"%s\"}\n",
           f->name, f->value, f->unit, f->against, text);
    fflush(stdout);
}

void figure_fail(const char *text, ...)
{
    va_list args;

    fflush(stdout);
    fputs("bench: ", stderr);
    va_start(args, text);
    vfprintf(stderr, text, args);
    va_end(args);
    fputc('\n', stderr);
    exit(1);
}

double figure_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}
