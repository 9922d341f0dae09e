/* crew.c - a framework with an executor on each of several agents, which does
 * what it is told: for tests of processes and of peers.
 *
 *     crew AGENTS WORD...
 *
 *     spawn COUNT       start so many processes, each with a pipe; read a line
 *                       of each and its status, and say how long it took
 *     shell SCRIPT      one process, /bin/sh; say how it ended
 *     orphan SCRIPT     the same, say its pid, and end without waiting
 *     input             one whose stdin is the task's, and whose stdout is the
 *                       file of the task: cat(1)
 *     signal NUMBER     one that sleeps, and gets this
 *     where             say on which machine and in which network it is
 *     ring ROUNDS       pass a message round so many times
 *     flood COUNT SIZE  the first sends so many to the second, which says
 *                       whether they come in order
 *     leave             the second ends when it has heard of the first, which
 *                       says why it is lost
 *
 * What executors say is printed. */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mezzo/executor.h"
#include "mezzo/framework.h"
#include "mezzo/guest.h"

enum {
    MEMBERS_MAX = 16,
    TEXT_SIZE = 4096,
    PROCESSES_MAX = 1000,
};

/* ------------------------------------------------------------ executor */

static char task_id[MEZZO_ID_MAX + 1], words[TEXT_SIZE];
static int count, spawned_count, exited_count, wrong_count;
static int64_t begun_ms;
static int outputs[PROCESSES_MAX];
static uint64_t numbers[PROCESSES_MAX];

__attribute__((format(printf, 2, 3))) static void say(struct mezzo_executor *e,
                                                      const char *format,
                                                      ...)
{
    char text[TEXT_SIZE];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    mezzo_executor_message(e, text, strlen(text));
}

static void finish(struct mezzo_executor *e)
{
    mezzo_executor_say(
        e, task_id, wrong_count == 0 ? MEZZO_TASK_FINISHED : MEZZO_TASK_FAILED,
        NULL);
    mezzo_executor_stop(e);
}

static void start(struct mezzo_executor *e, const char *script, int i)
{
    const char *const argv[] = {"/bin/sh", "-c", script, NULL};
    int ends[2], targets[] = {7};
    struct mezzo_spawn spawn = {.argv = argv, .targets = targets};

    if (pipe(ends) < 0)
        err(1, "pipe");
    spawn.fds = &ends[1];
    spawn.fds_count = 1;
    if (mezzo_executor_spawn(e, &spawn, &numbers[i]) < 0)
        say(e, "spawn: %s", mezzo_executor_explain(e));
    close(ends[1]);
    outputs[i] = ends[0];
}

static void talk(struct mezzo_executor *e);
static void say_place(struct mezzo_executor *e);

/* As doc/protocol.md says: what is sent to the task is read from its fifo. */
static void start_input(struct mezzo_executor *e)
{
    static const char *const argv[] = {"/bin/cat", NULL};
    static const int targets[] = {0, 1};
    char path[PATH_MAX];
    int fds[2];
    const struct mezzo_spawn spawn = {
        .argv = argv, .fds = fds, .targets = targets, .fds_count = 2};

    snprintf(path, sizeof path, "%s/tasks/%s/stdin", getenv("MEZZO_SANDBOX"),
             task_id);
    fds[0] = open(path, O_RDONLY);
    snprintf(path, sizeof path, "%s/tasks/%s/stdout", getenv("MEZZO_SANDBOX"),
             task_id);
    fds[1] = open(path, O_WRONLY | O_CREAT | O_APPEND, 0644);
    if (mezzo_executor_spawn(e, &spawn, &numbers[0]) < 0)
        say(e, "spawn: %s", mezzo_executor_explain(e));
    close(fds[0]);
    close(fds[1]);
    outputs[0] = -1;
}

static const char *argument(void)
{
    const char *blank = strchr(words, ' ');

    return blank == NULL ? "" : blank + 1;
}

static bool does(const char *word)
{
    return strncmp(words, word, strlen(word)) == 0;
}

static void launch_cb(struct mezzo_executor *e,
                      const struct mezzo_task *task,
                      void *arg)
{
    char script[64];

    (void)arg;
    snprintf(task_id, sizeof task_id, "%s", task->id);
    snprintf(words, sizeof words, "%.*s", (int)task->data_size,
             (const char *)task->data);
    mezzo_executor_say(e, task_id, MEZZO_TASK_RUNNING, NULL);
    begun_ms = mezzo_executor_now_ms(e);
    if (does("where")) {
        say_place(e);
        return;
    }
    if (does("ring") || does("flood") || does("leave")) {
        talk(e);
        return;
    }
    if (does("input")) {
        count = 1;
        start_input(e);
        return;
    }
    count = does("spawn") ? atoi(argument()) : 1;
    for (int i = 0; i < count; i++) {
        snprintf(script, sizeof script, "echo %d >&7; exit %d", i, i % 100);
        start(e,
              does("spawn")    ? script
              : does("signal") ? "exec sleep 1000"
                               : argument(),
              i);
    }
}

static void spawned_cb(struct mezzo_executor *e,
                       uint64_t process,
                       int64_t pid,
                       const char *failure,
                       void *arg)
{
    (void)arg;
    if (failure != NULL) {
        say(e, "process %" PRIu64 ": %s", process, failure);
        wrong_count++;
        exited_count++;
    }
    if (pid > 0)
        spawned_count++;
    if (does("signal"))
        mezzo_executor_signal(e, process, atoi(argument()));
    if (does("orphan"))
        say(e, "leaves %" PRId64, pid);
    if (does("orphan") || exited_count == count)
        finish(e);
}

/* --------------------------------------------------------------- peers */

static char self[MEZZO_ID_MAX + 1], place[256];
static int rounds, heard;

static void subscribed_cb(struct mezzo_executor *e,
                          const struct mezzo_assignment *assignment,
                          void *arg)
{
    (void)e;
    (void)arg;
    snprintf(self, sizeof self, "%s", assignment->executor_id);
    snprintf(place, sizeof place, "boot %s network %s", assignment->boot_id,
             assignment->network_namespace);
}

static void say_place(struct mezzo_executor *e)
{
    say(e, "%s", place);
    finish(e);
}

static int own_number(void)
{
    return atoi(strchr(self, '.') + 1);
}

static int members_count(void)
{
    return atoi(strrchr(words, '/') + 1);
}

/* False: there is no room for it now. */
static bool send_number(struct mezzo_executor *e,
                        int to,
                        int number,
                        size_t size)
{
    static char data[MEZZO_DATA_MAX];
    char id[32];
    int result;

    snprintf(id, sizeof id, "crew.%d", to % members_count());
    snprintf(data, sizeof data, "%d", number);
    result = mezzo_executor_send(e, id, data, size);
    if (result < 0 && result != -ENOBUFS)
        say(e, "send: %s", mezzo_executor_explain(e));
    return result == 0;
}

/* What there is room for; the rest at the next alarm. */
static void flood(struct mezzo_executor *e)
{
    size_t size = (size_t)atoi(strchr(argument(), ' ') + 1);

    while (rounds < atoi(argument()) && send_number(e, 1, rounds, size))
        rounds++;
    if (rounds < atoi(argument()))
        mezzo_executor_set_alarm(e, mezzo_executor_now_ms(e) + 5);
}

static void alarm_cb(struct mezzo_executor *e, void *arg)
{
    (void)arg;
    flood(e);
}

static void talk(struct mezzo_executor *e)
{
    if (own_number() != 0)
        return;
    if (does("flood"))
        flood(e);
    else
        send_number(e, 1, 0, 16);
}

static void peer_message_cb(struct mezzo_executor *e,
                            const char *peer,
                            const void *data,
                            size_t size,
                            void *arg)
{
    int number = atoi(data);
    int last = atoi(argument());

    (void)size;
    (void)arg;
    if (does("ring")) {
        rounds += own_number() == 0;
        if (rounds == last && own_number() == 0)
            say(e, "%d rounds in %d ms", last,
                (int)(mezzo_executor_now_ms(e) - begun_ms));
        if (rounds < last || own_number() != 0)
            send_number(e, own_number() + 1, number + 1, 16);
        if (number >=
            (last - 1) * members_count() +
                (own_number() + members_count() - 1) % members_count())
            finish(e);
    } else if (does("flood")) {
        if (own_number() == 0) {
            finish(e);
            return;
        }
        wrong_count += number != heard++;
        if (heard < last)
            return;
        say(e, "%d messages from %s, %d out of order, %d ms", heard, peer,
            wrong_count, (int)(mezzo_executor_now_ms(e) - begun_ms));
        send_number(e, 0, 0, 16);
        mezzo_executor_set_alarm(e, INT64_MAX);
        finish(e);
    } else {
        finish(e);
    }
}

static void peer_lost_cb(struct mezzo_executor *e,
                         const char *peer,
                         const char *reason,
                         void *arg)
{
    (void)arg;
    if (!does("leave"))
        return;
    say(e, "lost %s: %s", peer, reason);
    finish(e);
}

static int index_of(uint64_t process)
{
    for (int i = 0; i < count; i++)
        if (numbers[i] == process)
            return i;
    errx(1, "a process that is none");
}

static void exited_cb(struct mezzo_executor *e,
                      uint64_t process,
                      int status,
                      void *arg)
{
    int i = index_of(process);
    char line[64] = "", expected[64];

    (void)arg;
    exited_count++;
    if (does("spawn")) {
        ssize_t size = read(outputs[i], line, sizeof line - 1);

        line[size > 0 ? size : 0] = '\0';
        snprintf(expected, sizeof expected, "%d\n", i);
        wrong_count += strcmp(line, expected) != 0 || !WIFEXITED(status) ||
                       WEXITSTATUS(status) != i % 100;
        if (exited_count == count)
            say(e, "%d processes, %d wrong, %d ms", count, wrong_count,
                (int)(mezzo_executor_now_ms(e) - begun_ms));
    } else if (status >= 0 && WIFSIGNALED(status)) {
        say(e, "signal %d", WTERMSIG(status));
    } else {
        say(e, "exit %d", status < 0 ? -1 : WEXITSTATUS(status));
    }
    close(outputs[i]);
    if (exited_count == count)
        finish(e);
}

static void kill_cb(struct mezzo_executor *e,
                    const char *id,
                    int64_t grace_ms,
                    void *arg)
{
    (void)grace_ms;
    (void)arg;
    mezzo_executor_say(e, id, MEZZO_TASK_KILLED, NULL);
    mezzo_executor_stop(e);
}

static int execute(void)
{
    static const struct mezzo_executor_callbacks callbacks = {
        .subscribed = subscribed_cb,
        .launch = launch_cb,
        .kill = kill_cb,
        .alarm = alarm_cb,
        .peer_message = peer_message_cb,
        .peer_lost = peer_lost_cb,
        .spawned = spawned_cb,
        .exited = exited_cb,
    };
    struct mezzo_executor *e = mezzo_executor_new(NULL, &callbacks, NULL);
    int result = mezzo_executor_run(e);

    if (result < 0)
        warnx("%s", mezzo_executor_explain(e));
    mezzo_executor_free(e);
    return result < 0;
}

/* ----------------------------------------------------------- scheduler */

static int wanted, begun, ended, failed;
static char program[PATH_MAX], used[MEMBERS_MAX][MEZZO_ID_MAX + 1];

static bool is_used(const char *agent_id)
{
    for (int i = 0; i < begun; i++)
        if (strcmp(used[i], agent_id) == 0)
            return true;
    return false;
}

static void launch(struct mezzo_scheduler *s, const struct mezzo_offer *offer)
{
    static const char *argv[] = {program, NULL};
    char id[32], executor_id[32];
    const struct mezzo_executor_info executor = {
        .id = executor_id,
        .command = {.argv = argv},
        .resources = {.cpu_milli = 100, .memory_mb = 32},
        .group = "crew",
    };
    const struct mezzo_task task = {
        .id = id,
        .resources = {.memory_mb = 1},
        .executor = &executor,
        .data = words,
        .data_size = strlen(words),
        .has_input = does("input"),
    };

    snprintf(id, sizeof id, "crew-%d", begun);
    snprintf(executor_id, sizeof executor_id, "crew.%d", begun);
    if (mezzo_scheduler_accept(s, offer->id, &task, 1) < 0)
        errx(1, "%s", mezzo_scheduler_explain(s));
    snprintf(used[begun++], sizeof used[0], "%s", offer->agent_id);
}

static void offers_cb(struct mezzo_scheduler *s,
                      const struct mezzo_offer *offers,
                      size_t offers_count,
                      void *arg)
{
    (void)arg;
    for (size_t i = 0; i < offers_count; i++) {
        if (begun < wanted && !is_used(offers[i].agent_id))
            launch(s, &offers[i]);
        mezzo_scheduler_decline(s, offers[i].id, -1); /* unless it is used */
    }
}

static struct mezzo_guest *guest;

static void output_cb(struct mezzo_scheduler *s,
                      const struct mezzo_output *output,
                      void *arg)
{
    (void)arg;
    if (output->kind == MEZZO_OUTPUT_DATA)
        printf("output: %.*s\n", (int)output->size, (const char *)output->data);
    else
        mezzo_scheduler_teardown(s);
}

static void ticket_cb(struct mezzo_scheduler *s,
                      const struct mezzo_ticket *ticket,
                      void *arg)
{
    uint64_t stream;

    (void)s;
    (void)arg;
    if (mezzo_guest_input(guest, ticket, &stream) < 0)
        errx(1, "%s", mezzo_guest_explain(guest));
    mezzo_guest_write(guest, stream, argument(), strlen(argument()), NULL);
    mezzo_guest_end_input(guest, stream);
}

static void guest_output_cb(struct mezzo_guest *g,
                            const struct mezzo_output *output,
                            void *arg)
{
    (void)g;
    (void)arg;
    if (output->kind == MEZZO_OUTPUT_FAILED)
        warnx("input: %s", output->reason);
}

static void status_cb(struct mezzo_scheduler *s,
                      const struct mezzo_status *status,
                      void *arg)
{
    static const struct mezzo_guest_callbacks guest_callbacks = {
        .output = guest_output_cb};

    (void)arg;
    if (does("input") && status->state == MEZZO_TASK_RUNNING && guest == NULL) {
        guest = mezzo_guest_new(&guest_callbacks, NULL);
        mezzo_scheduler_read(
            s,
            &(struct mezzo_read){.task_id = status->task_id, .follows = true},
            NULL);
        mezzo_scheduler_ticket(s, status->task_id, MEZZO_VERB_INPUT,
                               mezzo_guest_key(guest), NULL);
    }
    if (!mezzo_task_has_ended(status->state))
        return;
    if (status->state != MEZZO_TASK_FINISHED) {
        failed++;
        warnx("%s: %s, %s", status->task_id,
              mezzo_task_state_name(status->state),
              status->message != NULL ? status->message : "");
    }
    if (++ended == wanted && !does("input"))
        mezzo_scheduler_teardown(s);
}

static void message_cb(struct mezzo_scheduler *s,
                       const struct mezzo_message *message,
                       void *arg)
{
    (void)s;
    (void)arg;
    printf("%s: %.*s\n", message->executor_id, (int)message->size,
           (const char *)message->data);
}

static int schedule(void)
{
    static const struct mezzo_scheduler_callbacks callbacks = {
        .offers = offers_cb,
        .status = status_cb,
        .message = message_cb,
        .ticket = ticket_cb,
        .output = output_cb,
    };
    const struct mezzo_scheduler_options options = {
        .name = "crew", .user = getenv("CREW_USER")};
    struct mezzo_scheduler *s = mezzo_scheduler_new(&options, &callbacks, NULL);
    int result;

    while ((result = mezzo_scheduler_process(s)) > 0) {
        struct pollfd fds[] = {
            {.fd = mezzo_scheduler_fd(s), .events = POLLIN},
            {.fd = guest != NULL ? mezzo_guest_fd(guest) : -1,
             .events = POLLIN},
        };

        poll(fds, 2, -1);
        if (guest != NULL)
            mezzo_guest_process(guest);
    }
    mezzo_guest_free(guest);
    if (result < 0)
        warnx("%s", mezzo_scheduler_explain(s));
    mezzo_scheduler_free(s);
    return result < 0 || failed > 0;
}

int main(int argc, char **argv)
{
    ssize_t size = readlink("/proc/self/exe", program, sizeof program - 1);

    setvbuf(stdout, NULL, _IOLBF, 0);
    if (getenv("MEZZO_EXECUTOR_ENDPOINT") != NULL)
        return execute();
    if (size < 0 || argc < 3 || atoi(argv[1]) < 1 ||
        atoi(argv[1]) > MEMBERS_MAX)
        errx(2, "usage: crew AGENTS WORD...");
    wanted = atoi(argv[1]);
    for (int i = 2; i < argc; i++)
        snprintf(words + strlen(words), sizeof words - strlen(words), "%s%s",
                 i > 2 ? " " : "", argv[i]);
    snprintf(words + strlen(words), sizeof words - strlen(words), " #/%d",
             wanted);
    return schedule();
}
