/* tasks.c - mezzo tasks: show the tasks, and those that have ended lately. */

#include <mezzo/operator.h>

#include "cli/command.h"
#include "cli/query.h"
#include "cli/task_json.h"

static const struct options tasks_options = {
    .program = "mezzo tasks",
    .operands = "",
    .summary = "show the tasks, and those that have ended lately",
    .text = "Other commands know a task by its name, its id, FRAMEWORK/TASK, "
            "or the beginning of its id if no other task has it.",
    .rows = query_options,
    .rows_count = QUERY_OPTIONS_COUNT,
};

static const struct listing_column columns[] = {
    {.title = "TASK", .key = "name"},
    {.title = "STATE", .key = "state"},
    {.title = "EXIT", .key = "exit_code", .is_right = true},
    {.title = "CPUS", .key = "resources.cpus", .is_right = true},
    {.title = "MEM", .key = "resources.mem", .is_right = true},
    {.title = "AGENT", .key = "agent_name"},
    {.title = "ID", .key = "full_id"},
};

static size_t count_rows(const struct mezzo_answer *answer)
{
    return answer->tasks_count;
}

static json_t *row_json(const struct mezzo_answer *answer, size_t i)
{
    const struct mezzo_task_row *task = &answer->tasks[i];

    return task_json(task);
}

static const struct query tasks_query = {
    .options = &tasks_options,
    .kind = MEZZO_ASK_TASKS,
    .row = row_json,
    .count = count_rows,
    .columns = columns,
    .columns_count = sizeof columns / sizeof columns[0],
    .order = "full_id",
    .nouns = "tasks",
};

static int run(int argc, char **argv)
{
    return query_run(&tasks_query, argc, argv);
}

const struct command command_tasks = {
    .name = "tasks", .run = run, .options = &tasks_options};
