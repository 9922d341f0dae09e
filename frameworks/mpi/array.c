/* array.c - one submission, many jobs. */

#include "frameworks/mpi/array.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/memory.h"
#include "frameworks/mpi/quantity.h"

static int compare(const void *a, const void *b)
{
    unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;

    return x < y ? -1 : x > y;
}

/* "3", "1-5", "1-9:2". */
static int parse_range(char *text, struct array *a, struct error *err)
{
    char *dash = strchr(text, '-'), *colon = strchr(text, ':');
    int64_t first, last, step = 1;
    int rc;

    if (dash != NULL)
        *dash = '\0';
    if (colon != NULL)
        *colon = '\0';
    rc = quantity_read_number(text, 0, ARRAY_INDEX_MAX, &first);
    last = first;
    if (rc == 0 && dash != NULL)
        rc = quantity_read_number(dash + 1, 0, ARRAY_INDEX_MAX, &last);
    if (rc == 0 && colon != NULL)
        rc = quantity_read_number(colon + 1, 1, ARRAY_INDEX_MAX, &step);
    if (rc < 0 || last < first || (colon != NULL && dash == NULL))
        return error_set(err, -EINVAL,
                         "an array is numbers from 0 to %d, such as "
                         "0-15, 1,3,5 or 0-99:10%%4",
                         ARRAY_INDEX_MAX);
    if ((last - first) / step >= ARRAY_COUNT_MAX - (int64_t)a->count)
        return error_set(err, -EINVAL,
                         "an array has at most %d jobs; submit it in parts",
                         ARRAY_COUNT_MAX);
    a->step = a->count == 0 ? (unsigned)step : 1;
    for (int64_t i = first; i <= last; i += step)
        a->indices[a->count++] = (unsigned)i;
    return 0;
}

int array_parse(const char *text, struct array *a, struct error *err)
{
    AUTO(auto_free) char *copy = memory_strdup(text);
    char *percent = strchr(copy, '%'), *rest = copy, *part;
    struct array made = {.step = 1};
    int64_t at_once = 0;
    size_t kept = 0;

    if (percent != NULL) {
        *percent = '\0';
        if (quantity_read_number(percent + 1, 1, ARRAY_COUNT_MAX, &at_once) < 0)
            return error_set(err, -EINVAL,
                             "%%%s: behind the %% is how many run at once",
                             percent + 1);
    }
    made.indices = memory_new(ARRAY_COUNT_MAX, sizeof *made.indices);
    while ((part = strsep(&rest, ",")) != NULL)
        if (parse_range(part, &made, err) < 0) {
            free(made.indices);
            return -EINVAL;
        }
    qsort(made.indices, made.count, sizeof *made.indices, compare);
    for (size_t i = 0; i < made.count; i++)
        if (i == 0 || made.indices[i] != made.indices[kept - 1])
            made.indices[kept++] = made.indices[i];
    made.count = kept;
    made.indices = memory_resize(made.indices, kept, sizeof *made.indices);
    made.at_once = (unsigned)at_once;
    array_release(a);
    *a = made;
    return 0;
}

void array_release(struct array *a)
{
    free(a->indices);
    *a = (struct array){0};
}
