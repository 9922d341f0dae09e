/* verdict_test.c - what the end of a process means, and why a task was ended,
 * also after it has been in the journal. */

#include "agent/verdict.h"

#include <signal.h>
#include <string.h>

#include "base/message.h"
#include "tests/test.h"

#define REASON(name) MESOS__V1__TASK_STATUS__REASON__REASON_##name
#define STATE(name) MESOS__V1__TASK_STATE__TASK_##name

static struct arena *arena;
static struct effects fx;
static struct task task;
static struct report report;
static Mesos__V1__TaskStatus status;

static void begin(int wait_status)
{
    fx = (struct effects){.arena = arena};
    resources_release(&task.resources);
    task = (struct task){.cause = END_NONE};
    report =
        (struct report){.is_status_known = true, .wait_status = wait_status};
    mesos__v1__task_status__init(&status);
}

static void judge(msec_t wall)
{
    struct step step = {.fx = &fx, .wall = wall};

    verdict_of_exit(&status, &report, &task, &step);
}

static void an_exit_status_is_told(void)
{
    begin(0);
    judge(0);
    CHECK(status.state == STATE(FINISHED) && !status.has_reason);
    CHECK(status.has_exit_code && status.exit_code == 0);
    CHECK(status.message == NULL && !status.has_signal);
    begin(3 << 8);
    judge(0);
    CHECK(status.state == STATE(FAILED) && status.exit_code == 3);
    CHECK(strcmp(status.message, "exited with status 3") == 0);
}

static void a_signal_is_told_by_number_and_name(void)
{
    begin(SIGSEGV | 0x80); /* with a core */
    judge(0);
    CHECK(status.state == STATE(FAILED) && !status.has_exit_code);
    CHECK(status.has_signal && status.signal == SIGSEGV);
    CHECK(strstr(status.message, "signal 11 (Segmentation fault)") != NULL);
    begin(SIGRTMIN + 1);
    judge(0);
    CHECK(strstr(status.message, "(real-time)") != NULL);
}

static void what_is_not_known_is_not_made_up(void)
{
    begin(0);
    report.is_status_known = false;
    report.fault = "lost";
    judge(0);
    CHECK(status.state == STATE(FAILED) && !status.has_exit_code);
    CHECK(strcmp(status.message, "exit status unknown") == 0);
    CHECK(status.usage == NULL);
}

static void usage_is_in_seconds_since_its_start(void)
{
    begin(0);
    report.usage = (struct report_usage){.cpu_user_us = 1500000,
                                         .cpu_system_us = 250000,
                                         .memory_max_bytes = 4096};
    task.started_wall = 1000;
    judge(3500);
    CHECK(status.usage->cpu_user_seconds == 1.5);
    CHECK(status.usage->cpu_system_seconds == 0.25);
    CHECK(status.usage->memory_max_bytes == 4096);
    CHECK(status.usage->has_wall_seconds && status.usage->wall_seconds == 2.5);
    begin(0);
    task.started_wall = 1000;
    judge(999); /* the clock was set back */
    CHECK(!status.usage->has_wall_seconds);
}

static void a_cause_of_ours_goes_before_the_signal(void)
{
    begin(SIGKILL);
    task.cause = END_WALLTIME;
    report.is_out_of_memory = true;
    judge(0);
    CHECK(status.state == STATE(FAILED) && status.signal == SIGKILL);
    CHECK(status.reason == REASON(MAX_COMPLETION_TIME_REACHED));
    begin(0); /* it was asked to end, and did well */
    task.cause = END_ASKED;
    judge(0);
    CHECK(status.state == STATE(KILLED) && !status.has_reason);
    CHECK(status.has_exit_code && status.exit_code == 0);
}

static void want_of_memory_is_told_with_the_limit(void)
{
    begin(SIGKILL);
    report.is_out_of_memory = true;
    resources_set_milli(&task.resources, "mem", 64000);
    judge(0);
    CHECK(status.state == STATE(FAILED));
    CHECK(status.reason == REASON(CONTAINER_LIMITATION_MEMORY));
    CHECK(strstr(status.message, "64 MiB") != NULL);
    CHECK(status.limitation->n_resources == 1);
    CHECK(strcmp(status.limitation->resources[0]->name, "mem") == 0);
    CHECK(status.limitation->resources[0]->scalar->value == 64);
}

static void an_executor_that_lost_one_to_memory_says_so(void)
{
    begin(0);
    status.state = STATE(FAILED);
    verdict_of_memory(&status);
    CHECK(status.reason == REASON(CONTAINER_LIMITATION_MEMORY));
    begin(0);
    status.state = STATE(FINISHED); /* it did well all the same */
    verdict_of_memory(&status);
    CHECK(!status.has_reason);
    status.state = STATE(KILLED);
    status.has_reason = true;
    status.reason = REASON(AGENT_DRAINING);
    verdict_of_memory(&status);
    CHECK(status.reason == REASON(AGENT_DRAINING));
}

static void causes_survive_the_journal(void)
{
    for (int cause = END_ASKED; cause <= END_DRAINED; cause++) {
        Mesos__V1__TaskStatus__Reason reason;
        bool has_reason = verdict_reason_of((enum end_cause)cause, &reason);

        CHECK(verdict_cause_of(has_reason, reason) == (enum end_cause)cause);
        begin(0);
        verdict_of_cause(&status, (enum end_cause)cause);
        CHECK(status.message != NULL && status.has_reason == has_reason);
    }
    /* Of a later version. */
    CHECK(verdict_cause_of(true, REASON(TASK_INVALID)) == END_ASKED);
}

int main(void)
{
    arena = arena_new();
    an_exit_status_is_told();
    a_signal_is_told_by_number_and_name();
    what_is_not_known_is_not_made_up();
    usage_is_in_seconds_since_its_start();
    a_cause_of_ours_goes_before_the_signal();
    want_of_memory_is_told_with_the_limit();
    an_executor_that_lost_one_to_memory_says_so();
    causes_survive_the_journal();
    resources_release(&task.resources);
    arena_free(arena);
    return test_done();
}
