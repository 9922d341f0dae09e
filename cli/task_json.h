/* task_json.h - a task of an answer as JSON. */

#ifndef CLI_TASK_JSON_H
#define CLI_TASK_JSON_H

#include <jansson.h>
#include <mezzo/operator.h>

/* Never NULL; what is not known is null. */
json_t *task_json(const struct mezzo_task_row *task);

#endif
