/* mpi_node_test.c - the executors of a job, all in one process, whose machines
 * are played by hand; and what they are made of. */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frameworks/mpi/letter.h"
#include "frameworks/mpi/lines.h"
#include "frameworks/mpi/node.h"
#include "frameworks/mpi/partitions.h"
#include "tests/test.h"

enum {
    NODES_MAX = 20,
    QUEUE_MAX = 4096,
    TEXT_SIZE = 1 << 16,
};

struct machine {
    struct node *node;
    unsigned number;
    unsigned spawned, signalled;
    int last_signal;
    bool lacks_program;
    enum mezzo_task_state state;
    char data[512];
    char output[TEXT_SIZE];
    size_t output_size;
    struct words pmi; /* what rank 0 of it was answered */
};

static struct machine machines[NODES_MAX];
static unsigned machines_count;
static int64_t now;
static struct {
    unsigned from, to;
    size_t size;
    void *bytes;
} queue[QUEUE_MAX];
static size_t queue_first, queue_end;

static int64_t now_cb(void *arg)
{
    (void)arg;
    return now;
}

static int send_cb(void *arg, unsigned node, const void *piece, size_t size)
{
    struct machine *m = arg;

    queue[queue_end].from = m->number;
    queue[queue_end].to = node;
    queue[queue_end].size = size;
    queue[queue_end].bytes = malloc(size);
    memcpy(queue[queue_end++].bytes, piece, size);
    return 0;
}

static const char *check_cb(void *arg,
                            const char *program,
                            const char *path,
                            const char *directory)
{
    (void)program;
    (void)path;
    (void)directory;
    return ((struct machine *)arg)->lacks_program ? "the program is not there"
                                                  : NULL;
}

static const char *write_script_cb(void *arg, const char *text)
{
    (void)arg;
    (void)text;
    return "/script";
}

static const char *spawn_cb(void *arg,
                            uint64_t key,
                            const struct node_spawn *spawn)
{
    struct machine *m = arg;

    (void)key;
    CHECK(spawn->argv->count > 0);
    m->spawned++;
    return NULL;
}

static void signal_cb(void *arg, uint64_t key, int signal_number)
{
    struct machine *m = arg;

    (void)key;
    m->signalled++;
    m->last_signal = signal_number;
}

static void pmi_cb(void *arg, uint64_t key, const void *bytes, size_t size)
{
    struct machine *m = arg;

    if ((unsigned)key == 0)
        words_format(&m->pmi, "%.*s", (int)size, (const char *)bytes);
}

static void output_cb(void *arg, int stream, const char *bytes, size_t size)
{
    struct machine *m = arg;

    (void)stream;
    memcpy(m->output + m->output_size, bytes, size);
    m->output_size += size;
}

static void step_output_cb(
    void *arg, unsigned step, int stream, const char *bytes, size_t size)
{
    (void)step;
    output_cb(arg, stream, bytes, size);
}

static void step_ended_cb(void *arg, unsigned step, int code, const char *text)
{
    struct machine *m = arg;

    m->output_size += (size_t)sprintf(m->output + m->output_size,
                                      "step %u: %d %s\n", step, code, text);
}

static void hold_cb(void *arg, unsigned step, bool holds)
{
    (void)arg;
    (void)step;
    (void)holds;
}

static void begin_cb(void *arg, const struct node_step *step)
{
    (void)arg;
    (void)step;
}

static void environment_cb(void *arg,
                           unsigned step,
                           unsigned rank,
                           struct words *environment)
{
    (void)arg;
    (void)step;
    (void)rank;
    (void)environment;
}

static void end_cb(void *arg, unsigned step)
{
    (void)arg;
    (void)step;
}

static void say_cb(void *arg,
                   enum mezzo_task_state state,
                   const char *message,
                   const char *data)
{
    struct machine *m = arg;

    (void)message;
    m->state = state;
    snprintf(m->data, sizeof m->data, "%s", data != NULL ? data : "");
}

static const struct node_host host = {
    .now_ms = now_cb,
    .send = send_cb,
    .check = check_cb,
    .write_script = write_script_cb,
    .spawn = spawn_cb,
    .signal = signal_cb,
    .pmi = pmi_cb,
    .output = output_cb,
    .step_output = step_output_cb,
    .step_ended = step_ended_cb,
    .hold = hold_cb,
    .pmix_begin = begin_cb,
    .pmix_environment = environment_cb,
    .pmix_end = end_cb,
    .say = say_cb,
};

static void deliver(void)
{
    while (queue_first < queue_end) {
        struct machine *to = &machines[queue[queue_first].to];

        node_piece(to->node, queue[queue_first].from, queue[queue_first].bytes,
                   queue[queue_first].size);
        free(queue[queue_first++].bytes);
    }
    queue_first = queue_end = 0;
    for (unsigned i = 0; i < machines_count; i++)
        if (node_deadline_ms(machines[i].node) <= now)
            node_alarm(machines[i].node);
}

/* A job of two ranks on each machine, of a program or of a script. */
static void open_job(unsigned count, bool has_script)
{
    json_t *layout = json_array(), *plan, *data;
    char name[32], *text;

    machines_count = count;
    now = 1000;
    for (unsigned i = 0; i < count; i++) {
        machines[i] = (struct machine){.number = i};
        snprintf(name, sizeof name, "agent-%u", i);
        json_array_append_new(layout, json_pack("{s:s, s:s, s:i}", "host", name,
                                                "agent", "a", "ranks", 2));
        machines[i].node = node_new(&host, &machines[i], "boot:net", name);
    }
    plan = json_pack("{s:s, s:s, s:s, s:[s], s:[s], s:b, s:o}", "name", "job",
                     "user", "ann", "directory", "/", "argv", "prog",
                     "environment", "A=b", "label", 0, "layout", layout);
    if (has_script)
        json_object_set_new(plan, "script", json_string("#!/bin/sh\n"));
    for (unsigned i = 0; i < count; i++) {
        data = json_pack("{s:i, s:i, s:i, s:i}", "job", 7, "attempt", 0, "node",
                         (int)i, "nodes", (int)count);
        if (i == 0)
            json_object_set(data, "plan", plan);
        text = json_dumps(data, 0);
        CHECK(node_launch(machines[i].node, text, strlen(text)));
        free(text);
        json_decref(data);
    }
    json_decref(plan);
}

static void close_job(void)
{
    for (unsigned i = 0; i < machines_count; i++) {
        node_free(machines[i].node);
        words_release(&machines[i].pmi);
    }
    for (; queue_first < queue_end; queue_first++)
        free(queue[queue_first].bytes);
    queue_first = queue_end = 0;
}

static uint64_t key_of(unsigned step, unsigned i)
{
    return (uint64_t)step << 32 | i;
}

static void leave(unsigned machine, unsigned step, unsigned i, int status)
{
    node_exited(machines[machine].node, key_of(step, i), status);
    node_output_ended(machines[machine].node, key_of(step, i), NODE_OUT);
    node_output_ended(machines[machine].node, key_of(step, i), NODE_ERR);
}

static void leave_all(unsigned step)
{
    for (unsigned i = 0; i < machines_count; i++)
        for (unsigned k = 0; k < 2; k++)
            leave(i, step, k, 0);
    deliver();
}

static void ranks_start_when_all_are_ready(void)
{
    open_job(18, false); /* the root has more children than the tree is wide */
    CHECK(machines[0].spawned == 0);
    deliver();
    for (unsigned i = 0; i < 18; i++)
        CHECK(machines[i].spawned == 2 &&
              machines[i].state == MEZZO_TASK_RUNNING);
    leave_all(0);
    for (unsigned i = 0; i < 18; i++)
        CHECK(machines[i].state == MEZZO_TASK_FINISHED);
    close_job();
}

static void nothing_starts_when_one_cannot(void)
{
    open_job(3, false);
    machines[2].lacks_program = true;
    deliver();
    for (unsigned i = 0; i < 3; i++)
        CHECK(machines[i].spawned == 0 &&
              mezzo_task_has_ended(machines[i].state));
    CHECK(machines[0].state == MEZZO_TASK_FAILED);
    CHECK(strstr(machines[0].data, "on agent-2: the program is not there; "
                                   "nothing was started") != NULL);
    close_job();
}

static void a_fence_is_of_all(void)
{
    static const char *const lines[] = {"cmd=init pmi_version=1\n",
                                        "cmd=barrier_in\n"};

    open_job(3, false);
    deliver();
    for (unsigned l = 0; l < 2; l++)
        for (unsigned i = 0; i < 3; i++)
            for (unsigned k = 0; k < 2; k++) {
                if (l == 1)
                    CHECK(machines[0].pmi.count == 1);
                node_pmi(machines[i].node, key_of(0, k), lines[l],
                         strlen(lines[l]));
                if (i < 2 || k < 1)
                    deliver();
            }
    CHECK(machines[0].pmi.count == 1);
    deliver();
    for (unsigned i = 0; i < 3; i++)
        CHECK(machines[i].pmi.count == 2 &&
              strcmp(machines[i].pmi.items[1], "cmd=barrier_out\n") == 0);
    close_job();
}

static void a_crash_ends_all(void)
{
    open_job(3, false);
    deliver();
    leave(1, 0, 1, SIGSEGV);
    deliver();
    CHECK(machines[0].signalled == 2 && machines[2].signalled == 2);
    CHECK(machines[0].last_signal == SIGTERM);
    now += 1000;
    deliver();
    CHECK(machines[2].last_signal == SIGKILL); /* within two seconds */
    leave_all(0);
    CHECK(machines[0].state == MEZZO_TASK_FAILED);
    CHECK(strstr(machines[0].data, "rank 3 on agent-1: killed by signal 11 "
                                   "(SIGSEGV)") != NULL);
    CHECK(machines[1].state == MEZZO_TASK_KILLED);
    close_job();
}

static void a_lost_node_is_told_of(void)
{
    open_job(3, false);
    deliver();
    node_peer_lost(machines[0].node, 2, "its agent is gone");
    deliver();
    CHECK(machines[0].state == MEZZO_TASK_FAILED);
    CHECK(strstr(machines[0].data, "\"lost\":true") != NULL);
    close_job();
}

static void a_script_asks_for_steps(void)
{
    json_t *wanted = json_pack("{s:[s], s:[], s:s, s:i}", "argv", "prog",
                               "environment", "directory", "/", "ranks", 2);
    struct error err;

    open_job(2, true);
    deliver();
    CHECK(machines[0].spawned == 1 && machines[1].spawned == 0);
    CHECK(node_request(machines[0].node, wanted, &err) == 0);
    deliver();
    CHECK(machines[0].spawned == 3 && machines[1].spawned == 0);
    node_output(machines[0].node, key_of(0, 0), NODE_OUT, "hello\n", 6);
    leave(0, 0, 0, 0);
    leave(0, 0, 1, 0x0300);
    deliver();
    CHECK(strcmp(machines[0].output,
                 "hello\nstep 0: 3 rank 1 on agent-0: exited with 3\n") == 0);
    json_object_set_new(wanted, "ranks", json_integer(5));
    CHECK(node_request(machines[0].node, wanted, &err) == -1);
    CHECK(strstr(err.text, "5 ranks are more than the job has: 4 on 2 nodes") !=
          NULL);
    node_exited(machines[0].node, NODE_SCRIPT_KEY, 0x0500);
    deliver();
    CHECK(machines[0].state == MEZZO_TASK_FAILED &&
          strstr(machines[0].data, "\"exit\":5") != NULL);
    CHECK(mezzo_task_has_ended(machines[1].state));
    json_decref(wanted);
    close_job();
}

/* ------------------------------------------------------------ small things */

static int keep_piece(void *arg, const void *piece, size_t size)
{
    struct letter_inbox *inbox = arg;
    struct letter letter;
    static unsigned pieces;
    int rc = letter_read(inbox, piece, size, &letter);

    pieces++;
    if (rc == 1)
        CHECK(letter.kind == LETTER_FENCE && letter.step == 4 &&
              letter.size == 150000 && pieces == 3 &&
              ((const char *)letter.bytes)[149999] == 'x');
    return rc < 0 ? rc : 0;
}

static void large_letters_go_in_pieces(void)
{
    struct letter_inbox inbox = {0};
    struct letter letter;
    char *bytes = malloc(150000);

    memset(bytes, 'x', 150000);
    CHECK(letter_write(&(struct letter){.kind = LETTER_FENCE,
                                        .step = 4,
                                        .bytes = bytes,
                                        .size = 150000},
                       keep_piece, &inbox) == 0);
    CHECK(letter_read(&inbox, "too short", 9, &letter) == -EBADMSG);
    CHECK(letter_parent(1) == 0 && letter_parent(17) == 1);
    CHECK(letter_children_count(0, 20) == 16);
    CHECK(letter_children_count(1, 20) == 3);
    letter_inbox_release(&inbox);
    free(bytes);
}

static char written[200];

static void write_cb(void *arg, const char *bytes, size_t size)
{
    (void)arg;
    strncat(written, bytes, size);
    strcat(written, "|");
}

static void lines_are_whole(void)
{
    struct lines l = {0};

    lines_add(&l, "a", 1, "[1] ", write_cb, NULL);
    CHECK(written[0] == '\0');
    lines_add(&l, "b\nc\nd", 5, "[1] ", write_cb, NULL);
    CHECK(strcmp(written, "[1] ab\n|[1] c\n|") == 0);
    lines_end(&l, "", write_cb, NULL);
    CHECK(strcmp(written, "[1] ab\n|[1] c\n|d|") == 0);
}

static void partitions_are_lines(void)
{
    struct partitions p;
    struct error err;
    char *names;

    CHECK(partitions_parse("f", "", &p, &err) == 0 && p.count == 1);
    partitions_release(&p);
    CHECK(partitions_parse("f",
                           "# of the pool\n"
                           "partition a time=30 nodes=2\n"
                           "partition b default constraint=rack:equals:r1\n"
                           "account physics\n",
                           &p, &err) == 0);
    CHECK(strcmp(partitions_find(&p, NULL)->name, "b") == 0);
    CHECK(partitions_find(&p, "a")->walltime_max_ms == 30 * 60000);
    CHECK(partitions_find(&p, "b")->constraints[0].op == MEZZO_EQUALS);
    CHECK(partitions_find(&p, "c") == NULL);
    CHECK(partitions_has_account(&p, "physics"));
    names = partitions_names(&p);
    CHECK(strcmp(names, "a, b") == 0);
    free(names);
    partitions_release(&p);
    CHECK(partitions_parse("f", "\npartition a colour=red\n", &p, &err) < 0 &&
          strcmp(err.text, "f:2: red is no number above 0") == 0);
    CHECK(partitions_parse("f", "queue a\n", &p, &err) < 0);
    CHECK(partitions_parse("f", "partition a constraint=x\n", &p, &err) < 0);
}

int main(void)
{
    ranks_start_when_all_are_ready();
    nothing_starts_when_one_cannot();
    a_fence_is_of_all();
    a_crash_ends_all();
    a_lost_node_is_told_of();
    a_script_asks_for_steps();
    large_letters_go_in_pieces();
    lines_are_whole();
    partitions_are_lines();
    return test_done();
}
