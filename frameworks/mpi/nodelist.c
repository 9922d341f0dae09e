/* nodelist.c - many names, or numbers, in few words. */

#include "frameworks/mpi/nodelist.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DIGITS_MAX = 9
};

/* A name, and the number at its end. */
struct parts {
    size_t prefix; /* its size */
    size_t digits; /* 0: no number */
    unsigned value;
};

static struct parts split(const char *name)
{
    struct parts p = {.prefix = strlen(name)};

    while (p.prefix > 0 && p.digits < DIGITS_MAX && name[p.prefix - 1] >= '0' &&
           name[p.prefix - 1] <= '9') {
        p.prefix--;
        p.digits++;
    }
    p.value = (unsigned)strtoul(name + p.prefix, NULL, 10);
    return p;
}

static bool is_alike(const char *a, const char *b)
{
    struct parts x = split(a), y = split(b);

    return x.digits > 0 && y.digits > 0 && x.prefix == y.prefix &&
           memcmp(a, b, x.prefix) == 0;
}

/* May `b` follow `a` in a range?  "9" and "10" do, "09" and "10", but not "9"
 * and "010". */
static bool follows(const char *a, const char *b)
{
    struct parts x = split(a), y = split(b);
    char next[DIGITS_MAX + 2];

    if (!is_alike(a, b))
        return false;
    snprintf(next, sizeof next, "%0*u", (int)x.digits, x.value + 1);
    return strcmp(next, b + y.prefix) == 0;
}

/* Ranges of those from `first` up to `end`, which are alike. */
static void write_group(FILE *out,
                        const char *const *names,
                        size_t first,
                        size_t end)
{
    size_t prefix = split(names[first]).prefix;

    fprintf(out, "%.*s[", (int)prefix, names[first]);
    for (size_t i = first; i < end;) {
        size_t last = i;

        while (last + 1 < end && follows(names[last], names[last + 1]))
            last++;
        fprintf(out, "%s%s", i > first ? "," : "", names[i] + prefix);
        if (last > i)
            fprintf(out, "-%s", names[last] + prefix);
        i = last + 1;
    }
    fputc(']', out);
}

char *nodelist_compress(const char *const *names, size_t count)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (out == NULL)
        abort();
    for (size_t i = 0; i < count;) {
        size_t end = i + 1;

        while (end < count && is_alike(names[i], names[end]))
            end++;
        if (i > 0)
            fputc(',', out);
        if (end == i + 1)
            fputs(names[i], out);
        else
            write_group(out, names, i, end);
        i = end;
    }
    fclose(out);
    if (text == NULL)
        abort();
    return text;
}

char *nodelist_counts(const unsigned *numbers, size_t count)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (out == NULL)
        abort();
    for (size_t i = 0; i < count;) {
        size_t end = i + 1;

        while (end < count && numbers[end] == numbers[i])
            end++;
        fprintf(out, "%s%u", i > 0 ? "," : "", numbers[i]);
        if (end > i + 1)
            fprintf(out, "(x%zu)", end - i);
        i = end;
    }
    fclose(out);
    if (text == NULL)
        abort();
    return text;
}
