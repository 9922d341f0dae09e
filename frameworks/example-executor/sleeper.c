/* sleeper.c - a framework that brings its own executor: `sleeper N` has N
 * naps taken, all by one process on one agent.
 *
 * Started by an agent the same program is the executor: it takes a nap for each
 * task it is launched, of the milliseconds in the task's data, with no process
 * or thread for it, and tells its scheduler what it dreamt. */

#include <err.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mezzo/executor.h"
#include "mezzo/framework.h"

enum {
    NAPS_MAX = 1000,
    ID_SIZE = 32,
    NAP_MS = 200,
};

/* ------------------------------------------------------------ executor */

struct nap {
    char id[ID_SIZE]; /* of its task; empty: none */
    int64_t ends_ms;
};

static struct nap naps[NAPS_MAX];

/* The earliest end is when to be called. */
static void set_alarm(struct mezzo_executor *e)
{
    int64_t due = INT64_MAX;

    for (size_t i = 0; i < NAPS_MAX; i++)
        if (naps[i].id[0] != '\0' && naps[i].ends_ms < due)
            due = naps[i].ends_ms;
    mezzo_executor_set_alarm(e, due);
}

static void launch_cb(struct mezzo_executor *e,
                      const struct mezzo_task *task,
                      void *arg)
{
    size_t i = 0;

    (void)arg;
    while (i < NAPS_MAX && naps[i].id[0] != '\0')
        i++;
    if (i == NAPS_MAX || strlen(task->id) >= ID_SIZE || task->data_size == 0) {
        mezzo_executor_say(e, task->id, MEZZO_TASK_FAILED, "no bed is free");
        return;
    }
    snprintf(naps[i].id, ID_SIZE, "%s", task->id);
    naps[i].ends_ms = mezzo_executor_now_ms(e) + atoi(task->data);
    mezzo_executor_say(e, task->id, MEZZO_TASK_RUNNING, NULL);
    set_alarm(e);
}

static void alarm_cb(struct mezzo_executor *e, void *arg)
{
    char dream[64];

    (void)arg;
    for (size_t i = 0; i < NAPS_MAX; i++) {
        if (naps[i].id[0] == '\0' || naps[i].ends_ms > mezzo_executor_now_ms(e))
            continue;
        snprintf(dream, sizeof dream, "%.31s: of %zu sheep", naps[i].id, i);
        mezzo_executor_message(e, dream, strlen(dream) + 1);
        mezzo_executor_say(e, naps[i].id, MEZZO_TASK_FINISHED, NULL);
        naps[i].id[0] = '\0';
    }
    set_alarm(e);
}

static void kill_cb(struct mezzo_executor *e,
                    const char *task_id,
                    int64_t grace_ms,
                    void *arg)
{
    (void)arg;
    (void)grace_ms; /* waking up takes no time */
    for (size_t i = 0; i < NAPS_MAX; i++)
        if (strcmp(naps[i].id, task_id) == 0)
            naps[i].id[0] = '\0';
    mezzo_executor_say(e, task_id, MEZZO_TASK_KILLED, NULL);
}

static int execute(void)
{
    static const struct mezzo_executor_callbacks callbacks = {
        .launch = launch_cb,
        .kill = kill_cb,
        .alarm = alarm_cb,
    };
    struct mezzo_executor *e = mezzo_executor_new(NULL, &callbacks, NULL);
    int result = mezzo_executor_run(e);

    if (result < 0)
        warnx("%s", mezzo_executor_explain(e));
    mezzo_executor_free(e);
    return result < 0;
}

/* ----------------------------------------------------------- scheduler */

static int wanted, ended, failed;
static char program[PATH_MAX];

/* All on the first agent that offers enough: they share the executor. */
static void launch(struct mezzo_scheduler *s, const struct mezzo_offer *offer)
{
    static const char *argv[] = {program, NULL};
    static const struct mezzo_executor_info executor = {
        .id = "bedroom",
        .command = {.argv = argv},
        .resources = {.cpu_milli = 100, .memory_mb = 32},
    };
    static struct mezzo_task tasks[NAPS_MAX];
    static char ids[NAPS_MAX][ID_SIZE], durations[NAPS_MAX][16];

    for (int i = 0; i < wanted; i++) {
        snprintf(ids[i], ID_SIZE, "nap-%d", i);
        snprintf(durations[i], sizeof durations[i], "%d", NAP_MS);
        tasks[i] = (struct mezzo_task){
            .id = ids[i],
            .resources = {.memory_mb = 1},
            .executor = &executor,
            .data = durations[i],
            .data_size = sizeof durations[i],
        };
    }
    if (mezzo_scheduler_accept(s, offer->id, tasks, (size_t)wanted) == 0)
        mezzo_scheduler_suppress(s, NULL);
    else
        warnx("%s: %s", offer->hostname, mezzo_scheduler_explain(s));
}

static void offers_cb(struct mezzo_scheduler *s,
                      const struct mezzo_offer *offers,
                      size_t offers_count,
                      void *arg)
{
    enum mezzo_task_state state;

    (void)arg;
    for (size_t i = 0; i < offers_count; i++) {
        if (ended == 0 && mezzo_scheduler_task_state(s, "nap-0", &state) < 0)
            launch(s, &offers[i]);
        mezzo_scheduler_decline(s, offers[i].id, -1); /* unless it is used */
    }
}

static void status_cb(struct mezzo_scheduler *s,
                      const struct mezzo_status *status,
                      void *arg)
{
    (void)arg;
    if (!mezzo_task_has_ended(status->state))
        return;
    if (status->state != MEZZO_TASK_FINISHED) {
        failed++;
        warnx("%s: %s, %s", status->task_id,
              mezzo_task_state_name(status->state),
              status->message != NULL ? status->message : "");
    }
    if (++ended == wanted)
        mezzo_scheduler_teardown(s);
}

static void message_cb(struct mezzo_scheduler *s,
                       const struct mezzo_message *message,
                       void *arg)
{
    (void)s;
    (void)arg;
    printf("%.*s\n", (int)message->size, (const char *)message->data);
}

static int schedule(void)
{
    static const struct mezzo_scheduler_callbacks callbacks = {
        .offers = offers_cb,
        .status = status_cb,
        .message = message_cb,
    };
    static const struct mezzo_scheduler_options options = {.name = "sleeper"};
    struct mezzo_scheduler *s = mezzo_scheduler_new(&options, &callbacks, NULL);
    int result = mezzo_scheduler_run(s);

    if (result < 0)
        warnx("%s", mezzo_scheduler_explain(s));
    mezzo_scheduler_free(s);
    printf("%d naps, %d failed\n", ended, failed);
    return result < 0 || failed > 0;
}

int main(int argc, char **argv)
{
    ssize_t size = readlink("/proc/self/exe", program, sizeof program - 1);

    if (getenv("MEZZO_EXECUTOR_ENDPOINT") != NULL)
        return execute();
    wanted = argc > 1 ? atoi(argv[1]) : 10;
    if (size < 0 || wanted < 1 || wanted > NAPS_MAX)
        errx(2, "usage: mezzo-sleeper [NAPS], of which %d are the most",
             NAPS_MAX);
    return schedule();
}
