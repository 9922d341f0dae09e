/* job_name.h - the ids of a job's tasks follow from its name. */

#ifndef CLI_JOB_NAME_H
#define CLI_JOB_NAME_H

#include <mezzo/task.h>

enum {
    JOB_TASK_ID_SIZE = MEZZO_ID_MAX + 1,
};

/* Letters that ids cannot have become '-'; of several, instance 0 is NAME-1. */
void job_task_id(const char *name,
                 size_t instance,
                 size_t instances,
                 char id[JOB_TASK_ID_SIZE]);

#endif
