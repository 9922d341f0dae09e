/* ganger.c - a framework for system tests: it asks for one gang of tasks of a
 * shell command, launches it whole, says what becomes of each task, and ends
 * when all have ended: with 0 if they finished.
 *
 *     ganger [-n COUNT] [-m MIN] [-c CPUS_MILLI] [-t MAX_SECONDS]
 *            [-w SIGNAL:SECONDS] [-p PRIORITY] [-r ROLE] [-s BAD_TASK] [-x]
 *            [-o] [-q] COMMAND
 *
 * -s: the task of that number fetches a file that is not there; -x: an
 * executor of its own runs the tasks; -m more than COUNT: all of them; -o: it
 * accepts the offers one by one; -q: the first time that it is offered what it
 * asked for it withdraws the ask, and asks again. */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mezzo/executor.h"
#include "mezzo/framework.h"

enum {
    TASKS_MAX = 1000,
    ID_SIZE = 24,
};

static unsigned count = 3, min = TASKS_MAX, launched, ended, finished;
static int64_t cpus_milli = 500, max_seconds, warn_seconds;
static int priority, bad_task = -1, warn_signal;
static bool has_executor, is_one_by_one, is_quitting;
static const char *command, *self, *role = "*";

static void say(const char *what, const char *id, const char *more)
{
    printf("%s %s %s\n", what, id, more != NULL ? more : "-");
    fflush(stdout);
}

static void fill(struct mezzo_task *task,
                 char id[ID_SIZE],
                 const struct mezzo_uri *bad,
                 const struct mezzo_executor_info *executor)
{
    snprintf(id, ID_SIZE, "task-%u", launched);
    *task = (struct mezzo_task){
        .id = id,
        .resources = {.cpu_milli = cpus_milli, .memory_mb = 16},
        .duration_max_ms = max_seconds * 1000,
        .warn_signal = warn_signal,
        .warn_before_ms = warn_seconds * 1000,
    };
    if (has_executor)
        task->executor = executor;
    else
        task->command.shell = command;
    if ((int)launched == bad_task) {
        task->command.uris = bad;
        task->command.uris_count = 1;
    }
}

/* Those on one offer together; they follow each other. */
static int accept_each(struct mezzo_scheduler *s,
                       const struct mezzo_placement *placements,
                       size_t placed)
{
    static struct mezzo_task tasks[TASKS_MAX];
    size_t at = 0, n;
    int rc = 0;

    for (; at < placed && rc == 0; at += n) {
        for (n = 0; at + n < placed && strcmp(placements[at + n].offer_id,
                                              placements[at].offer_id) == 0;
             n++)
            tasks[n] = placements[at + n].task;
        rc = mezzo_scheduler_accept(s, placements[at].offer_id, tasks, n);
    }
    return rc;
}

static void take(struct mezzo_scheduler *s,
                 const struct mezzo_offer *offers,
                 size_t offers_count)
{
    static const struct mezzo_uri bad = {.value = "/there/is/no/such/file"};
    static struct mezzo_placement placements[TASKS_MAX];
    static char ids[TASKS_MAX][ID_SIZE];
    const char *argv[] = {self, NULL};
    const char *path = getenv("LD_LIBRARY_PATH"); /* not installed */
    const struct mezzo_variable libraries = {"LD_LIBRARY_PATH", path};
    const struct mezzo_executor_info executor = {
        .id = "ganger",
        .command = {.argv = argv,
                    .environment = &libraries,
                    .environment_count = path != NULL},
        .resources = {.cpu_milli = 100, .memory_mb = 16},
    };
    size_t first = launched, placed = 0;
    int rc = 0;

    for (size_t i = 0; i < offers_count; i++)
        for (uint32_t k = 0; k < offers[i].slot_counts[0]; k++) {
            placements[placed].offer_id = offers[i].id;
            fill(&placements[placed].task, ids[launched], &bad, &executor);
            placed++;
            launched++;
        }
    if (offers[0].gang_id != NULL && !is_one_by_one)
        rc = mezzo_scheduler_accept_gang(s, offers[0].gang_id, placements,
                                         placed);
    else
        rc = accept_each(s, placements, placed);
    if (rc < 0)
        errx(3, "accept: %s", mezzo_scheduler_explain(s));
    for (size_t i = first; i < launched; i++)
        say("LAUNCHED", ids[i],
            offers[0].gang_id != NULL ? offers[0].gang_id : "alone");
}

static void ask(struct mezzo_scheduler *s)
{
    /* With an executor each place has room for one. */
    const struct mezzo_slot slot = {
        .each = {.cpu_milli = cpus_milli + (has_executor ? 100 : 0),
                 .memory_mb = has_executor ? 32 : 16},
        .count = count,
        .min = min < count ? min : count,
    };
    const struct mezzo_ask ask = {.id = "gang",
                                  .slots = &slot,
                                  .slots_count = 1,
                                  .duration_max_ms = max_seconds * 1000,
                                  .priority = priority};

    if (mezzo_scheduler_ask(s, &ask) < 0)
        errx(3, "ask: %s", mezzo_scheduler_explain(s));
}

static void offers_cb(struct mezzo_scheduler *s,
                      const struct mezzo_offer *offers,
                      size_t offers_count,
                      void *arg)
{
    (void)arg;
    if (!is_quitting) {
        take(s, offers, offers_count);
        return;
    }
    is_quitting = false;
    if (mezzo_scheduler_withdraw(s, "gang") < 0)
        errx(3, "withdraw: %s", mezzo_scheduler_explain(s));
    say("WITHDRAWN", "gang", NULL);
    for (size_t i = 0; i < offers_count; i++)
        mezzo_scheduler_decline(s, offers[i].id, 0);
    ask(s);
}

static void status_cb(struct mezzo_scheduler *s,
                      const struct mezzo_status *status,
                      void *arg)
{
    char line[300];

    (void)arg;
    snprintf(line, sizeof line, "%s %s", status->reason ? status->reason : "-",
             status->message ? status->message : "-");
    say(mezzo_task_state_name(status->state), status->task_id, line);
    finished += status->state == MEZZO_TASK_FINISHED;
    ended += mezzo_task_has_ended(status->state);
    if (ended == count)
        mezzo_scheduler_teardown(s);
}

static void recalled_cb(struct mezzo_scheduler *s,
                        const struct mezzo_recall *recall,
                        void *arg)
{
    (void)s;
    (void)arg;
    for (size_t i = 0; i < recall->tasks_count; i++)
        say("RECALLED", recall->task_ids[i], recall->reason);
}

static void ask_cb(struct mezzo_scheduler *s,
                   const struct mezzo_ask_answer *answer,
                   void *arg)
{
    (void)s;
    (void)arg;
    say(answer->is_refused ? "REFUSED" : "WAITS", answer->ask_id,
        answer->explanation);
}

static int schedule(void)
{
    const struct mezzo_scheduler_callbacks callbacks = {.offers = offers_cb,
                                                        .status = status_cb,
                                                        .ask_updated = ask_cb,
                                                        .recalled =
                                                            recalled_cb};
    const struct mezzo_scheduler_options options = {.name = "ganger",
                                                    .begins_suppressed = true,
                                                    .roles = &role,
                                                    .roles_count = 1};
    struct mezzo_scheduler *s = mezzo_scheduler_new(&options, &callbacks, NULL);
    int rc;

    ask(s);
    rc = mezzo_scheduler_run(s);
    if (rc < 0)
        errx(3, "%s", mezzo_scheduler_explain(s));
    mezzo_scheduler_free(s);
    return finished == count ? 0 : 1;
}

static void launch_cb(struct mezzo_executor *e,
                      const struct mezzo_task *task,
                      void *arg)
{
    (void)arg;
    mezzo_executor_say(e, task->id, MEZZO_TASK_RUNNING, NULL);
    mezzo_executor_say(e, task->id, MEZZO_TASK_FINISHED, NULL);
}

static int execute(void)
{
    const struct mezzo_executor_callbacks callbacks = {.launch = launch_cb};
    const struct mezzo_executor_options options = {0};
    struct mezzo_executor *e = mezzo_executor_new(&options, &callbacks, NULL);
    int rc = mezzo_executor_run(e);

    mezzo_executor_free(e);
    return rc < 0;
}

int main(int argc, char **argv)
{
    int option;

    if (getenv("MEZZO_EXECUTOR_TOKEN") != NULL)
        return execute();
    self = realpath(argv[0], NULL);
    while ((option = getopt(argc, argv, "n:m:c:t:w:p:r:s:xoq")) != -1)
        switch (option) {
        case 'n':
            count = (unsigned)atoi(optarg);
            break;
        case 'm':
            min = (unsigned)atoi(optarg);
            break;
        case 'c':
            cpus_milli = atoi(optarg);
            break;
        case 't':
            max_seconds = atoi(optarg);
            break;
        case 'w':
            warn_signal = atoi(optarg);
            warn_seconds = atoi(strchr(optarg, ':') + 1);
            break;
        case 'p':
            priority = atoi(optarg);
            break;
        case 'r':
            role = optarg;
            break;
        case 's':
            bad_task = atoi(optarg);
            break;
        case 'o':
            is_one_by_one = true;
            break;
        case 'q':
            is_quitting = true;
            break;
        case 'x':
            has_executor = true;
            break;
        default:
            return 64;
        }
    if (count > TASKS_MAX || (optind == argc && !has_executor))
        return 64;
    command = argv[optind];
    return schedule();
}
