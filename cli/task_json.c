/* task_json.c - what a task is, and what became of it. */

#include "cli/task_json.h"

#include <stdio.h>

#include "cli/amounts.h"
#include "cli/row.h"

static json_t *usage_json(const struct mezzo_usage *usage)
{
    json_t *object = json_object();

    row_number(object, "cpu_user_ms", usage->cpu_user_ms);
    row_number(object, "cpu_system_ms", usage->cpu_system_ms);
    row_number(object, "wall_ms", usage->wall_ms);
    row_number(object, "memory_max_bytes", (int64_t)usage->memory_max_bytes);
    return object;
}

static void add_status(json_t *row, const struct mezzo_status *status)
{
    row_text(row, "message", status->message);
    row_text(row, "reason", status->reason);
    row_number(row, "changed_ms", status->wall_ms);
    if (status->has_exit_code)
        row_number(row, "exit_code", status->exit_code);
    if (status->signal != 0)
        row_number(row, "signal", status->signal);
    if (status->has_health)
        row_flag(row, "healthy", status->is_healthy);
    if (status->has_usage)
        row_value(row, "usage", usage_json(&status->usage));
}

json_t *task_json(const struct mezzo_task_row *task)
{
    char full_id[2 * MEZZO_ID_MAX + 2];
    json_t *row = json_object();

    snprintf(full_id, sizeof full_id, "%s/%s", task->framework_id, task->id);
    row_text(row, "id", task->id);
    row_text(row, "name", task->name);
    row_text(row, "framework", task->framework_id);
    row_text(row, "full_id", full_id);
    row_text(row, "agent", task->agent_id);
    row_text(row, "agent_name", task->hostname);
    row_text(row, "executor", task->executor_id);
    row_text(row, "user", task->user);
    row_text(row, "state", mezzo_task_state_name(task->state));
    row_value(row, "resources", amounts_json(&task->resources));
    row_labels(row, "labels", task->labels, task->labels_count);
    if (task->started_wall_ms > 0)
        row_number(row, "started_ms", task->started_wall_ms);
    if (task->status != NULL)
        add_status(row, task->status);
    return row;
}
