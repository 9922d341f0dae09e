/* swf.c - lines of eighteen numbers, comments between them. */

#include "tests/bench/swf.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum {
    FIELDS = 18,
    /* Indices into them. */
    SUBMIT = 1,
    RUN = 3,
    PROCESSORS_USED = 4,
    PROCESSORS_REQUESTED = 7,
    TIME_REQUESTED = 8,
    USER = 11,
    SECONDS_MAX = 2000000000,
};

static const char *const names[FIELDS] = {
    "job number",     "submit time",      "wait time", "run time",
    "processors",     "processor time",   "memory",    "requested processors",
    "requested time", "requested memory", "status",    "user",
    "group",          "executable",       "queue",     "partition",
    "preceding job",  "think time",
};

static const char blanks[] = " \t\r\n";

/* The fields of one line; 0, or the number of the one that is wrong. */
static int read_fields(const char *text, double fields[FIELDS])
{
    for (int i = 0; i < FIELDS; i++) {
        char *end;

        fields[i] = strtod(text, &end);
        if (end == text || strchr(blanks, *end) == NULL ||
            !isfinite(fields[i]) || fields[i] > SECONDS_MAX ||
            fields[i] < -SECONDS_MAX)
            return i + 1;
        text = end;
    }
    return text[strspn(text, blanks)] == '\0' ? 0 : FIELDS + 1;
}

static int refuse(const char *file,
                  size_t line,
                  const char *text,
                  int field,
                  struct error *err)
{
    const char *at = text + strspn(text, blanks);

    if (field > FIELDS)
        return error_set(err, -EINVAL, "%s:%zu: more than %d fields", file,
                         line, FIELDS);
    for (int i = 1; i < field; i++) {
        at += strcspn(at, blanks);
        at += strspn(at, blanks);
    }
    if (*at == '\0')
        return error_set(err, -EINVAL, "%s:%zu: field %d (%s) is missing", file,
                         line, field, names[field - 1]);
    return error_set(err, -EINVAL, "%s:%zu: field %d (%s) is no number: %.*s",
                     file, line, field, names[field - 1],
                     (int)(strcspn(at, blanks) < 40 ? strcspn(at, blanks) : 40),
                     at);
}

static bool make_job(const double fields[FIELDS],
                     uint64_t processors,
                     struct swf_job *job)
{
    double wanted = fields[PROCESSORS_REQUESTED] > 0
                        ? fields[PROCESSORS_REQUESTED]
                        : fields[PROCESSORS_USED];
    double run = fields[RUN], walltime = fields[TIME_REQUESTED];

    if (run <= 0 || wanted < 1 || wanted > (double)processors)
        return false;
    *job = (struct swf_job){
        .submit = (msec_t)(fields[SUBMIT] * 1000),
        .run = (msec_t)(run * 1000),
        .walltime = (msec_t)((walltime > run ? walltime : run) * 1000),
        .processors = (uint32_t)wanted,
        .user = fields[USER] > 0 ? (unsigned)fields[USER] : 0,
    };
    return true;
}

static int by_submit(const void *a, const void *b)
{
    const struct swf_job *x = a, *y = b;

    if (x->submit != y->submit)
        return x->submit < y->submit ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

static void add(struct swf_job **jobs, size_t *count, const struct swf_job *job)
{
    if ((*count & (*count - 1)) == 0)
        *jobs =
            memory_resize(*jobs, *count > 0 ? *count * 2 : 1, sizeof(**jobs));
    (*jobs)[*count] = *job;
    (*jobs)[*count].number = *count;
    ++*count;
}

static int read_lines(FILE *stream,
                      const char *file,
                      uint64_t processors,
                      struct swf_job **jobs,
                      size_t *jobs_count,
                      struct error *err)
{
    char *text = NULL;
    size_t size = 0;
    int rc = 0;

    for (size_t line = 1; rc == 0 && getline(&text, &size, stream) >= 0;
         line++) {
        char first = text[strspn(text, blanks)];
        double fields[FIELDS];
        struct swf_job job;
        int wrong;

        if (first == '\0' || first == ';')
            continue;
        wrong = read_fields(text, fields);
        if (wrong > 0)
            rc = refuse(file, line, text, wrong, err);
        else if (make_job(fields, processors, &job))
            add(jobs, jobs_count, &job);
    }
    if (rc == 0 && ferror(stream))
        rc = error_errno(err, "%s", file);
    free(text);
    return rc;
}

int swf_read(const char *file,
             uint64_t processors,
             struct swf_job **jobs,
             size_t *jobs_count,
             struct error *err)
{
    FILE *stream = fopen(file, "r");
    int rc;

    *jobs = NULL;
    *jobs_count = 0;
    if (stream == NULL)
        return error_errno(err, "%s", file);
    rc = read_lines(stream, file, processors, jobs, jobs_count, err);
    fclose(stream);
    if (rc == 0 && *jobs_count == 0)
        rc = error_set(err, -EINVAL,
                       "%s: no job in it could run on %llu processors", file,
                       (unsigned long long)processors);
    if (rc < 0) {
        free(*jobs);
        *jobs = NULL;
        return rc;
    }
    qsort(*jobs, *jobs_count, sizeof(**jobs), by_submit);
    return 0;
}
