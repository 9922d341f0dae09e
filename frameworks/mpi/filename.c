/* filename.c - names of output files with parts that each job fills in. */

#include "frameworks/mpi/filename.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    WIDTH_MAX = 10,
    NO_INDEX = 0xfffffffe,
};

/* The letter behind the % at `p`; a \0 when there is none. */
static char part_at(const char *p, int *width)
{
    *width = 0;
    for (p++; *p >= '0' && *p <= '9'; p++)
        *width = *width < WIDTH_MAX ? *width * 10 + (*p - '0') : WIDTH_MAX;
    if (*width > WIDTH_MAX)
        *width = WIDTH_MAX;
    return *p;
}

static const char *behind(const char *p)
{
    for (p++; *p >= '0' && *p <= '9'; p++)
        continue;
    return *p != '\0' ? p + 1 : p;
}

int filename_check(const char *pattern, struct error *err)
{
    int width;

    for (const char *p = strchr(pattern, '%'); p != NULL;
         p = strchr(behind(p), '%')) {
        char part = part_at(p, &width);

        if (part == '\0' || strchr("jJAaxuNnts%", part) == NULL)
            return error_set(err, -EINVAL,
                             "%%%c is not known in a file's name; there are "
                             "%%j %%J %%A %%a %%x %%u %%N %%n %%t %%s %%%%",
                             part != '\0' ? part : ' ');
    }
    return 0;
}

static void write_part(FILE *out,
                       char part,
                       int width,
                       const struct filename_facts *f)
{
    const struct {
        char letter;
        uint64_t number;
    } numbers[] = {
        {'j', f->job},
        {'J', f->job},
        {'A', f->is_in_array ? f->array_job : f->job},
        {'a', f->is_in_array ? f->array_index : NO_INDEX},
        {'n', f->node_index},
        {'t', f->rank},
        {'s', f->step},
    };

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (numbers[i].letter == part)
            fprintf(out, "%0*" PRIu64, width, numbers[i].number);
    if (part == 'x')
        fputs(f->name, out);
    else if (part == 'u')
        fputs(f->user, out);
    else if (part == 'N')
        fputs(f->node, out);
    else if (part == '%')
        fputc('%', out);
}

char *filename_expand(const char *pattern, const struct filename_facts *facts)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (out == NULL)
        abort();
    for (const char *p = pattern; *p != '\0';) {
        int width;
        char part;

        if (*p != '%') {
            fputc(*p++, out);
            continue;
        }
        part = part_at(p, &width);
        write_part(out, part, width, facts);
        p = behind(p);
    }
    fclose(out);
    if (text == NULL)
        abort();
    return text;
}
