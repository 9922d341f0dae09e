/* down.c - mezzo down: stop what mezzo up has started, and what that has.
 *
 * A master or an agent that was killed does not know what it has left behind
 * until it runs again; so what is missing is started first.  Then frameworks
 * are torn down, which ends their tasks, and when none is left the daemons
 * stop: the master last, for the agents to be heard. */

#include <errno.h>
#include <mezzo/operator.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "cli/bring_up.h"
#include "cli/command.h"
#include "cli/pool.h"

enum {
    ASK_MS = 2000,
    TASKS_WAIT_S = 20, /* a task has 5 s to end unless it was given more */
    DAEMON_WAIT_MS = 10 * 1000,
    PAUSE_MS = 30,
};

static const char *state;

static const struct options_row rows[] = {
    {.name = "state",
     .argument = "DIR",
     .kind = OPTIONS_STRING,
     .value = &state,
     .is_command_line_only = true,
     .help = "the state directory of the cluster; MEZZO_STATE, or what mezzo "
             "up started last unless told"},
};

static const struct options down_options = {
    .program = "mezzo down",
    .operands = "",
    .summary = "stop the cluster that mezzo up started",
    .text = "All tasks end.  The state directory stays: mezzo up goes on with "
            "the same keys and options.",
    .rows = rows,
    .rows_count = sizeof rows / sizeof rows[0],
};

/* ------------------------------------------------------------- what runs */

/* The launcher of an agent outlives it, with its tasks. */
static bool has_launcher(const struct pool *p, const struct daemon *agent)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd, length;
    bool answers;

    length = snprintf(address.sun_path, sizeof address.sun_path,
                      "%s/%s/launcher.sock", p->state, agent->name);
    if (length >= (int)sizeof address.sun_path)
        return false;
    fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    answers =
        connect(fd, (const struct sockaddr *)&address, sizeof address) == 0;
    close(fd);
    return answers;
}

static bool anything_runs(const struct pool *p)
{
    bool runs = p->master.pid != 0 || pool_is_up(p);

    for (int i = 0; !runs && i < POOL_STANDBYS; i++)
        runs = p->standbys[i].pid != 0;
    for (int i = 0; !runs && i < POOL_KEEPERS; i++)
        runs = p->keepers[i].pid != 0;
    for (int i = 0; !runs && i < p->agents_count; i++)
        runs = has_launcher(p, &p->agents[i]);
    for (size_t i = 0; !runs && i < POOL_FRAMEWORKS_MAX; i++)
        runs = p->frameworks[i].pid != 0;
    return runs;
}

/* ------------------------------------------------------------------ tasks */

static void tear_down_frameworks(struct mezzo_operator *op)
{
    const struct mezzo_answer *answer;
    char **ids;
    size_t count;

    if (mezzo_operator_frameworks(op, &answer) < 0)
        return;
    count = answer->frameworks_count;
    ids = calloc(count + 1, sizeof *ids);
    for (size_t i = 0; ids != NULL && i < count; i++)
        ids[i] = strdup(answer->frameworks[i].id);
    for (size_t i = 0; ids != NULL && i < count; i++) {
        const struct mezzo_question question = {
            .kind = MEZZO_TEARDOWN_FRAMEWORK, .subject = ids[i]};

        if (ids[i] != NULL)
            mezzo_operator_wait(op, &question, &answer);
        free(ids[i]);
    }
    free(ids);
}

static size_t alive_count(const struct mezzo_answer *answer)
{
    size_t count = 0;

    for (size_t i = 0; i < answer->tasks_count; i++)
        count += !mezzo_task_has_ended(answer->tasks[i].state);
    return count;
}

/* How many have not ended in time. */
static size_t wait_for_tasks(struct mezzo_operator *op)
{
    const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};
    const time_t deadline = time(NULL) + TASKS_WAIT_S;
    const struct mezzo_answer *answer;
    size_t count = 0;

    do {
        if (mezzo_operator_tasks(op, &answer) == 0)
            count = alive_count(answer);
        if (count == 0)
            return 0;
        nanosleep(&pause, NULL);
    } while (time(NULL) < deadline);
    return count;
}

static int end_tasks(struct pool *p, struct error *err)
{
    const struct mezzo_operator_options options = {
        .cluster = {.state = p->state}, .timeout_ms = ASK_MS};
    struct mezzo_operator *op = mezzo_operator_new(&options);
    const struct mezzo_answer *answer;
    size_t count;
    int rc = bring_up(p, op, &answer, &count, err);

    for (size_t i = 0; i < POOL_FRAMEWORKS_MAX; i++)
        daemon_stop(&p->frameworks[i], p->state, SIGTERM, DAEMON_WAIT_MS);
    if (rc == 0) {
        tear_down_frameworks(op);
        count = wait_for_tasks(op);
        if (count > 0)
            rc = error_set(err, -ETIMEDOUT, "%zu tasks do not end", count);
    }
    mezzo_operator_free(op);
    return rc;
}

/* ----------------------------------------------------------------- daemons */

static void stop(struct pool *p, struct daemon *d)
{
    if (!daemon_stop(d, p->state, SIGTERM, DAEMON_WAIT_MS))
        fprintf(stderr, "mezzo: %s did not stop, and was killed\n", d->name);
}

static void stop_all(struct pool *p)
{
    for (int i = 0; i < POOL_AGENTS_MAX; i++)
        stop(p, &p->agents[i]);
    for (int i = 0; i < POOL_STANDBYS; i++)
        stop(p, &p->standbys[i]);
    stop(p, &p->master);
    for (int i = 0; i < POOL_KEEPERS; i++)
        stop(p, &p->keepers[i]);
}

static int run(int argc, char **argv)
{
    static struct pool pool; /* too large for the stack */
    struct mezzo_cluster cluster;
    struct error err;
    int rc;

    options_parse(&down_options, argc, argv);
    unsetenv("MEZZO_MASTER"); /* it is a directory that is taken down */
    if (state == NULL &&
        mezzo_cluster_find(NULL, &cluster, (char[MEZZO_ERROR_SIZE]){0}) == 0)
        state = cluster.state;
    rc = pool_open(&pool, state, false, &err);
    if (rc < 0) {
        fprintf(stderr, "mezzo: %s\n", err.text);
        return 2;
    }
    if (anything_runs(&pool)) {
        rc = end_tasks(&pool, &err);
        if (rc < 0)
            fprintf(stderr, "mezzo: %s\n", err.text);
        stop_all(&pool);
    } else {
        fprintf(stderr, "mezzo: nothing of %s is running\n", pool.state);
    }
    pool_close(&pool);
    return rc < 0 ? 1 : 0;
}

const struct command command_down = {
    .name = "down", .run = run, .options = &down_options};
