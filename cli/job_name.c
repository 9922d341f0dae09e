/* job_name.c - letters replaced, a number behind. */

#include "cli/job_name.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

void job_task_id(const char *name,
                 size_t instance,
                 size_t instances,
                 char id[JOB_TASK_ID_SIZE])
{
    /* Room for "-10000" and ".100". */
    int length = snprintf(id, JOB_TASK_ID_SIZE - 12, "%s", name);

    if (length >= JOB_TASK_ID_SIZE - 12)
        length = JOB_TASK_ID_SIZE - 13;
    for (char *c = id; *c != '\0'; c++)
        if (!isalnum((unsigned char)*c) && (c == id || !strchr("._-:", *c)))
            *c = c == id ? 't' : '-';
    if (instances > 1)
        snprintf(id + length, (size_t)(JOB_TASK_ID_SIZE - length), "-%zu",
                 instance + 1);
}
