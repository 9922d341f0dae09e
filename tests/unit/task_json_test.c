/* task_json_test.c - a task as programs read it: what is not known is null or
 * not there, and what others wrote is still JSON. */

#include "cli/task_json.h"

#include <stdlib.h>
#include <string.h>

#include "tests/test.h"

static bool is_text(const json_t *row, const char *key, const char *expected)
{
    const char *text = json_string_value(json_object_get(row, key));

    return text != NULL && strcmp(text, expected) == 0;
}

static bool is_number(const json_t *row, const char *key, json_int_t expected)
{
    const json_t *number = json_object_get(row, key);

    return json_is_integer(number) && json_integer_value(number) == expected;
}

static void all_that_is_known_is_there(void)
{
    const struct mezzo_label labels[] = {{"k", "v"}, {"alone", NULL}};
    const struct mezzo_status status = {
        .message = "m",
        .reason = "REASON_X",
        .wall_ms = 7,
        .has_exit_code = true,
        .signal = 9,
        .has_health = true,
        .has_usage = true,
        .usage = {.cpu_user_ms = 1, .memory_max_bytes = 2},
    };
    const struct mezzo_task_row task = {.id = "t1",
                                        .name = "n",
                                        .framework_id = "f1",
                                        .agent_id = "a1",
                                        .hostname = "h",
                                        .state = MEZZO_TASK_FAILED,
                                        .resources = {.cpu_milli = 1500},
                                        .labels = labels,
                                        .labels_count = 2,
                                        .status = &status,
                                        .started_wall_ms = 5};
    json_t *row = task_json(&task);
    const json_t *usage = json_object_get(row, "usage");

    CHECK(is_text(row, "id", "t1") && is_text(row, "full_id", "f1/t1"));
    CHECK(is_text(row, "state", "TASK_FAILED"));
    CHECK(is_text(row, "agent_name", "h"));
    CHECK(json_is_null(json_object_get(row, "executor")));
    CHECK(is_text(row, "message", "m") && is_text(row, "reason", "REASON_X"));
    CHECK(is_number(row, "exit_code", 0) && is_number(row, "signal", 9));
    CHECK(is_number(row, "started_ms", 5) && is_number(row, "changed_ms", 7));
    CHECK(json_is_false(json_object_get(row, "healthy")));
    CHECK(is_number(usage, "cpu_user_ms", 1) &&
          is_number(usage, "memory_max_bytes", 2));
    CHECK(json_real_value(json_object_get(json_object_get(row, "resources"),
                                          "cpus")) == 1.5);
    CHECK(json_array_size(json_object_get(row, "labels")) == 2);
    CHECK(json_is_null(json_object_get(
        json_array_get(json_object_get(row, "labels"), 1), "value")));
    json_decref(row);
}

static void what_is_not_known_is_not_made_up(void)
{
    const struct mezzo_task_row task = {.id = "t", .framework_id = "f"};
    json_t *row = task_json(&task);

    CHECK(json_is_null(json_object_get(row, "name")));
    CHECK(json_is_null(json_object_get(row, "agent")));
    CHECK(json_object_get(row, "started_ms") == NULL);
    CHECK(json_object_get(row, "exit_code") == NULL);
    CHECK(json_object_get(row, "healthy") == NULL);
    CHECK(json_object_get(row, "message") == NULL);
    json_decref(row);
}

static void what_others_wrote_is_still_json(void)
{
    const struct mezzo_status status = {.message = "a\xff\xc3.\n"};
    const struct mezzo_task_row task = {.id = "t",
                                        .framework_id = "f",
                                        .name = "\xed\xa0\x80",
                                        .status = &status};
    json_t *row = task_json(&task);
    char *text = json_dumps(row, 0);

    CHECK(text != NULL && strstr(text, "\"a??.\\n\"") != NULL);
    CHECK(is_text(row, "name", "???"));
    free(text);
    json_decref(row);
}

int main(void)
{
    all_that_is_known_is_there();
    what_is_not_known_is_not_made_up();
    what_others_wrote_is_still_json();
    return test_done();
}
