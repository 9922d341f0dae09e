/* outcome_test.c - what a shell is told of a task's end, and a person. */

#include "cli/outcome.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/test.h"

static void exit_statuses_are_those_of_shells(void)
{
    const struct mezzo_status none = {.task_id = "t"};
    const struct mezzo_status zero = {.has_exit_code = true};
    const struct mezzo_status three = {.has_exit_code = true, .exit_code = 3};
    const struct mezzo_status killed = {.signal = 9};

    CHECK(outcome_exit_status(MEZZO_TASK_FINISHED, &zero) == 0);
    CHECK(outcome_exit_status(MEZZO_TASK_FINISHED, NULL) == 0);
    CHECK(outcome_exit_status(MEZZO_TASK_FAILED, &three) == 3);
    CHECK(outcome_exit_status(MEZZO_TASK_FAILED, &killed) == 137);
    CHECK(outcome_exit_status(MEZZO_TASK_KILLED, &killed) == 137);
    CHECK(outcome_exit_status(MEZZO_TASK_FAILED, NULL) == 125);
    CHECK(outcome_exit_status(MEZZO_TASK_LOST, &none) == 125);
    /* It was killed, and made the best of it. */
    CHECK(outcome_exit_status(MEZZO_TASK_KILLED, &zero) == 125);
    CHECK(outcome_exit_status(MEZZO_TASK_KILLED, &three) == 3);
}

/* What is said, on one line, of a task called "t"; "": nothing. */
static const char *said(enum mezzo_task_state state,
                        const struct mezzo_status *status)
{
    static char text[512];
    FILE *file = tmpfile();
    int old = dup(STDERR_FILENO);

    fflush(stderr);
    dup2(fileno(file), STDERR_FILENO);
    outcome_explain("t", state, status);
    fflush(stderr);
    dup2(old, STDERR_FILENO);
    close(old);
    rewind(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}

static void who_exits_by_himself_has_said_it(void)
{
    const struct mezzo_status three = {.has_exit_code = true, .exit_code = 3};

    CHECK(said(MEZZO_TASK_FINISHED, NULL)[0] == '\0');
    CHECK(said(MEZZO_TASK_FAILED, &three)[0] == '\0');
}

static void all_else_is_said_with_its_reason(void)
{
    const struct mezzo_status limit = {.has_exit_code = true,
                                       .exit_code = 1,
                                       .reason = "REASON_X",
                                       .message = "out of memory"};
    const struct mezzo_status killed = {.signal = 9, .message = ""};

    CHECK(strcmp(said(MEZZO_TASK_FAILED, &limit),
                 "mezzo: t: TASK_FAILED: out of memory (REASON_X)\n") == 0);
    CHECK(strcmp(said(MEZZO_TASK_KILLED, &killed),
                 "mezzo: t: TASK_KILLED: killed by signal 9 (Killed)\n") == 0);
    CHECK(strcmp(said(MEZZO_TASK_LOST, NULL), "mezzo: t: TASK_LOST\n") == 0);
}

int main(void)
{
    exit_statuses_are_those_of_shells();
    who_exits_by_himself_has_said_it();
    all_else_is_said_with_its_reason();
    return test_done();
}
