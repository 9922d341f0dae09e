/* crowd.c - many agents in one process: their cores, each with a driver and a
 * CURVE key of its own, before a real master; on machines that do what they are
 * told at once and keep nothing.
 *
 * A task whose command is "/bin/true" has ended as soon as it has begun; any
 * other runs for ever.
 *
 * usage: crowd COUNT ENDPOINT MASTER_KEY ALLOW MASTER_PID; where ENDPOINT is
 * "zk://HOSTS/PATH" each has a session with ZooKeeper; adds the agents to the
 * allow-list ALLOW, lets the master read it, prints the time
 * (CLOCK_MONOTONIC) and connects.  Runs until it is killed. */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "agent/agent.h"
#include "agent/orders.h"
#include "base/memory.h"
#include "io/context.h"
#include "io/detector.h"
#include "io/driver.h"
#include "io/keys.h"
#include "tests/bench/figure.h"

enum {
    READ_AGAIN_MS = 1000, /* until the master has its new list, surely */
    EVENTS_MAX = 64,
    LIST_SIZE = 1 << 20,
    SOCKETS_EACH = 4,
};

/* What 500 tasks have room in. */
static const char resources_text[] =
    "cpus:64;mem:65536;disk:65536;ports:[20000-20999]";

struct member {
    char name[24];
    struct keys keys;
    struct agent *core;
    struct driver *driver;
    struct detector *detector; /* NULL: the master's own address is given */
    pid_t pid;                 /* of the last task */
};

static const struct principal master = {.name = "master",
                                        .kind = PRINCIPAL_MASTER};

static void tell(struct member *m, struct report report)
{
    driver_input(m->driver,
                 &(struct input){.kind = INPUT_LOCAL, .local = &report});
}

/* ---------------------------------------------- a machine that does nothing */

static void launch(struct member *m, const struct order *o)
{
    bool is_short = strcmp(o->launch.argv[0], "/bin/true") == 0;

    m->pid++;
    tell(m, (struct report){.kind = REPORT_LAUNCHED,
                            .run = o->run,
                            .ticket = o->ticket,
                            .pid = m->pid,
                            .started_ticks = 1});
    if (is_short)
        tell(m, (struct report){.kind = REPORT_EXITED,
                                .run = o->run,
                                .is_status_known = true});
}

static void order_cb(void *arg, const void *order)
{
    struct member *m = arg;
    const struct order *o = order;

    switch (o->kind) {
    case ORDER_RECOVER:
        tell(m, (struct report){.kind = REPORT_RECOVERED,
                                .ticket = o->ticket,
                                .boot_id = "crowd"});
        break;
    case ORDER_JOURNAL:
    case ORDER_REWRITE:
        tell(m, (struct report){.kind = REPORT_JOURNALED, .ticket = o->ticket});
        break;
    case ORDER_PREPARE:
        tell(m, (struct report){.kind = REPORT_PREPARED,
                                .run = o->run,
                                .ticket = o->ticket});
        break;
    case ORDER_LAUNCH:
        launch(m, o);
        break;
    case ORDER_REAP:
        tell(m, (struct report){
                    .kind = REPORT_REAPED, .run = o->run, .ticket = o->ticket});
        break;
    default: /* nothing was there before, nobody kills, reads or has images:
              * what a crowd is not ordered needs no line here */
        break;
    }
}

static void log_cb(void *arg, enum log_level level, const char *text)
{
    if (level == LOG_LEVEL_ERROR)
        fprintf(stderr, "%s: %s\n", ((struct member *)arg)->name, text);
}

/* ------------------------------------------------------------------ agents */

static void add(struct member *m,
                unsigned number,
                const struct agent_master *of,
                const struct resources *resources,
                struct context *context)
{
    struct error err;
    struct agent_options options = {
        .hostname = m->name,
        .resources = resources,
        .masters = of,
        .masters_count = 1,
        .stream_endpoint = "tcp://127.0.0.1:1",
        .executor_endpoint = "ipc:///nowhere",
        .version = "0",
        .user = "root",
        .may_switch_user = true,
        .seed = (uint64_t)getpid() << 32 | number, /* others run beside us */
    };

    m->core = agent_new(&options);
    if (detector_is_address(of->endpoint) &&
        detector_open(of->endpoint, &m->detector, &err) < 0)
        figure_fail("%s: %s", m->name, err.text);
    if (driver_new(&(struct driver_options){.machine = agent_machine(m->core),
                                            .keys = &m->keys,
                                            .server = &master,
                                            .context = context,
                                            .detector = m->detector,
                                            .local = order_cb,
                                            .log = log_cb,
                                            .arg = m},
                   &m->driver, &err) < 0)
        figure_fail("%s: %s", m->name, err.text);
}

/* The master admits them from its next look at the list on. */
static void introduce(struct member *members,
                      unsigned count,
                      const char *allow,
                      pid_t master_pid)
{
    static char text[LIST_SIZE];
    FILE *list = fopen(allow, "a");

    if (list == NULL)
        figure_fail("%s cannot be written", allow);
    setvbuf(list, text, _IOFBF, sizeof text); /* others write to it too */
    for (unsigned i = 0; i < count; i++) {
        snprintf(members[i].name, sizeof members[i].name, "crowd-%d-%u",
                 (int)getpid(), i);
        keys_make(&members[i].keys);
        fprintf(list, "%s %s agent - -\n", members[i].name,
                members[i].keys.public_key);
    }
    if (fclose(list) != 0 || kill(master_pid, SIGHUP) < 0)
        figure_fail("the master does not read its list again");
    nanosleep(&(struct timespec){.tv_sec = READ_AGAIN_MS / 1000}, NULL);
}

static void run(struct member *members, unsigned count, int epoll)
{
    struct epoll_event events[EVENTS_MAX];

    for (unsigned i = 0; i < count; i++) {
        struct epoll_event e = {.events = EPOLLIN, .data.ptr = &members[i]};

        if (epoll_ctl(epoll, EPOLL_CTL_ADD, driver_fd(members[i].driver), &e) <
            0)
            figure_fail("too many descriptors");
    }
    for (;;) {
        int ready = epoll_wait(epoll, events, EVENTS_MAX, -1);

        for (int i = 0; i < ready; i++)
            driver_process(((struct member *)events[i].data.ptr)->driver);
    }
}

int main(int argc, char **argv)
{
    unsigned count = argc == 6 ? (unsigned)strtoul(argv[1], NULL, 10) : 0;
    struct member *members;
    struct context *context;
    struct resources resources;

    if (count == 0)
        figure_fail("usage: crowd COUNT ENDPOINT MASTER_KEY ALLOW MASTER_PID");
    resources_init(&resources);
    if (resources_parse(&resources, resources_text, NULL) < 0)
        abort();
    members = memory_new(count, sizeof *members);
    introduce(members, count, argv[4], (pid_t)strtol(argv[5], NULL, 10));
    context = context_new(&(struct context_options){
        .sockets_max = (int)count * SOCKETS_EACH + 100});
    for (unsigned i = 0; i < count; i++)
        add(&members[i], i,
            &(struct agent_master){.endpoint = argv[2], .server_key = argv[3]},
            &resources, context);
    printf("%.6f\n", figure_seconds());
    fflush(stdout);
    run(members, count, epoll_create1(EPOLL_CLOEXEC));
}
