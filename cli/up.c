/* up.c - mezzo up: a cluster on this machine, in the background. */

#include <errno.h>
#include <inttypes.h>
#include <mezzo/operator.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/amounts.h"
#include "cli/bring_up.h"
#include "cli/command.h"
#include "cli/pool.h"

enum {
    ASK_MS = 1000,
    AGENTS_DEFAULT = 3,
    PORT_DEFAULT = 5050,
};

#define RESOURCES_DEFAULT "cpus:4;mem:2048"

static const char *state, *resources;
static int64_t agents, port;
static bool is_ha;

static const struct options_row rows[] = {
    {.name = "agents",
     .argument = "N",
     .kind = OPTIONS_INTEGER,
     .min = 1,
     .max = POOL_AGENTS_MAX,
     .value = &agents,
     .is_command_line_only = true,
     .help = "how many agents; 3 unless told"},
    {.name = "resources",
     .argument = "RESOURCES",
     .kind = OPTIONS_STRING,
     .value = &resources,
     .is_command_line_only = true,
     .help = "what each agent offers; " RESOURCES_DEFAULT " unless told"},
    {.name = "ha",
     .kind = OPTIONS_FLAG,
     .value = &is_ha,
     .is_command_line_only = true,
     .help = "three masters behind three servers of ZooKeeper, so that one of "
             "each may fail"},
    {.name = "state",
     .argument = "DIR",
     .kind = OPTIONS_STRING,
     .value = &state,
     .is_command_line_only = true,
     .help = "where to keep everything; MEZZO_STATE, or ~/.local/state/mezzo, "
             "or root's /var/lib/mezzo unless told"},
    {.name = "port",
     .argument = "PORT",
     .kind = OPTIONS_INTEGER,
     .min = 1024,
     .max = 65535 - POOL_PORTS,
     .value = &port,
     .is_command_line_only = true,
     .help = "of the master, on 127.0.0.1; the agents have the next ones; "
             "5050 unless told"},
};

static const struct options up_options = {
    .program = "mezzo up",
    .operands = "",
    .summary = "start a cluster on this machine, in the background",
    .text = "A master and agents that share this machine, with keys of their "
            "own.  It returns when all agents are registered.  Called again, "
            "it starts what is not running any more.  mezzo down stops it.",
    .rows = rows,
    .rows_count = sizeof rows / sizeof rows[0],
};

/* What has gone wrong with the cluster is for whoever gave the options. */
static int fail(const struct error *err)
{
    fprintf(stderr, "mezzo: %s\n", err->text);
    return 2;
}

/* ------------------------------------------------------- what is asked for */

static int check_resources(const struct pool *p, struct error *err)
{
    char text[POOL_RESOURCES_SIZE];
    struct error why;
    int rc = 0;

    if (strpbrk(p->resources, " \t\r\n") != NULL)
        return error_set(err, -EINVAL, "--resources %s: no blanks are allowed",
                         p->resources);
    rc = pool_agent_resources(p, 0, text, &why);
    if (rc < 0)
        return error_set(err, rc, "--resources %s: %s", p->resources, why.text);
    return 0;
}

/* Options change what is not running; what runs must fit them. */
static int settle(struct pool *p, struct error *err)
{
    bool is_up = pool_is_up(p) || p->master.pid != 0;
    int64_t count = agents > 0            ? agents
                    : p->agents_count > 0 ? p->agents_count
                                          : AGENTS_DEFAULT;

    if (is_up && ((port > 0 && port != p->port) ||
                  (resources != NULL && strcmp(resources, p->resources) != 0) ||
                  (is_ha && !p->is_ha) || count < p->agents_count))
        return error_set(err, -EBUSY,
                         "the cluster in %s is up with other options; first: "
                         "mezzo down --state %s",
                         p->state, p->state);
    p->agents_count = count;
    p->is_ha = p->is_ha || is_ha;
    if (port > 0 || p->port == 0)
        p->port = port > 0 ? port : PORT_DEFAULT;
    if (resources != NULL && strlen(resources) >= sizeof p->resources)
        return error_set(err, -EINVAL, "--resources: they are too long");
    if (resources != NULL || p->resources[0] == '\0')
        snprintf(p->resources, sizeof p->resources, "%s",
                 resources != NULL ? resources : RESOURCES_DEFAULT);
    return check_resources(p, err);
}

/* ----------------------------------------------------------------- report */

static void say_if_overcommitted(int64_t cpu_milli, int64_t memory_mb)
{
    int64_t own_cpus = sysconf(_SC_NPROCESSORS_ONLN);
    int64_t own_mb = (int64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE) /
                     (1024 * 1024);

    if (cpu_milli <= own_cpus * 1000 && memory_mb <= own_mb)
        return;
    fprintf(stderr,
            "mezzo: together that is %" PRId64 " cpus and %" PRId64
            " MiB, more than this machine's %" PRId64 " cpus and %" PRId64
            " MiB: tasks that use all they asked for will be slow\n",
            cpu_milli / 1000, memory_mb, own_cpus, own_mb);
}

static void report(const struct pool *p,
                   const struct mezzo_answer *answer,
                   size_t started_count)
{
    int64_t cpu_milli = 0, memory_mb = 0;

    char zookeeper[DAEMON_PATH_SIZE];

    pool_zookeeper(p, "", zookeeper);
    if (p->is_ha)
        fprintf(stderr, "mezzo: one of three masters leads; %s knows which\n",
                zookeeper);
    else
        fprintf(stderr, "mezzo: the master is at 127.0.0.1:%" PRId64 "\n",
                p->port);
    for (int i = 0; i < p->agents_count; i++) {
        const struct mezzo_agent_row *agent =
            bring_up_find_agent(answer, p->agents[i].name);
        char text[AMOUNTS_TEXT_SIZE];

        amounts_format(&agent->total, text);
        fprintf(stderr, "mezzo: %s offers %s\n", p->agents[i].name, text);
        cpu_milli += agent->total.cpu_milli;
        memory_mb += agent->total.memory_mb;
    }
    say_if_overcommitted(cpu_milli, memory_mb);
    if (geteuid() == 0)
        fputs("mezzo: started by root: frameworks may run tasks as any user\n",
              stderr);
    if (started_count == 0)
        fputs("mezzo: all of it was running already\n", stderr);
    fprintf(stderr, "mezzo: its state and logs are in %s\n", p->state);
}

static int start_and_report(struct pool *p, struct error *err)
{
    const struct mezzo_operator_options options = {
        .cluster = {.state = p->state}, .timeout_ms = ASK_MS};
    const struct mezzo_answer *answer;
    struct mezzo_operator *op;
    size_t started_count;
    int rc = settle(p, err);

    if (rc < 0)
        return rc;
    op = mezzo_operator_new(&options);
    rc = bring_up(p, op, &answer, &started_count, err);
    if (rc == 0) {
        report(p, answer, started_count);
        rc = pool_remember(p, err);
    }
    mezzo_operator_free(op);
    return rc;
}

static int run(int argc, char **argv)
{
    static struct pool pool; /* too large for the stack */
    struct error err;
    int rc;

    options_parse(&up_options, argc, argv);
    /* The state directory is what this command is about. */
    unsetenv("MEZZO_MASTER");
    if (pool_open(&pool, state, true, &err) < 0)
        return fail(&err);
    rc = start_and_report(&pool, &err);
    pool_close(&pool);
    return rc < 0 ? fail(&err) : 0;
}

const struct command command_up = {
    .name = "up", .run = run, .options = &up_options};
