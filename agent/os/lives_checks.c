/* lives_checks.c - CHECK: a command inside a container, or a connection that is
 * made from where the run's network is. */

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/os/containers.h"
#include "agent/os/lives.h"
#include "agent/os/lives_parts.h"
#include "agent/os/probe.h"
#include "agent/os/tools.h"

enum {
    ARGUMENTS_MAX = 1024
};

/* The run may be gone meanwhile, and so is named by its number. */
struct check {
    struct lives *lives;
    uint64_t number;
    uint64_t ticket;
};

static void answer(struct check *check, const char *fault)
{
    struct lives *l = check->lives;
    struct run *run = run_table_find_number(l->runs, check->number);

    if (run != NULL && run->state == RUN_RUNNING)
        lives_report(l, &(struct report){.kind = REPORT_CHECKED,
                                         .run = run->name,
                                         .ticket = check->ticket,
                                         .fault = fault});
    free(check);
}

static void commanded(void *arg, const struct tool_result *result)
{
    answer(arg, result->fault);
}

static void probed(void *arg, const char *fault)
{
    answer(arg, fault);
}

static const char *start_command(struct lives *l,
                                 const struct run *run,
                                 const struct order *o,
                                 struct check *check)
{
    const struct runtime *r = containers_runtime(l->options.containers);
    const char *argv[ARGUMENTS_MAX + RUNTIME_ARGUMENTS_MAX];
    struct cgroup_paths groups;
    size_t n;

    if (run->container == NULL)
        return "it is no container";
    n = container_exec(run->container, NULL, argv);
    for (size_t i = 0; o->check.argv[i] != NULL && i < ARGUMENTS_MAX; i++)
        argv[n++] = o->check.argv[i];
    argv[n] = NULL;
    cgroup_paths(l->options.cgroups, run->name, &run->cgroup, &groups);
    return tool_start(l->options.tools,
                      &(struct tool_request){
                          .argv = argv,
                          .unmounts = r->unmounts,
                          .unmounts_count = r->unmounts_count,
                          .cgroups = groups.v1,
                          .cgroups_count = groups.v1_count,
                          .cgroup_unified = groups.unified,
                          .ms_max = o->check.ms_max,
                      },
                      commanded, check) != NULL
               ? NULL
               : "too many programs are running on the agent";
}

void lives_check(struct lives *l, const struct order *o)
{
    struct run *run = run_table_find(l->runs, o->run);
    const char *fault = NULL;
    struct check *check;

    if (run == NULL || run->state != RUN_RUNNING)
        return; /* its end is told */
    check = malloc(sizeof *check);
    if (check == NULL)
        abort();
    *check = (struct check){l, run->number, o->ticket};
    if (o->check.argv != NULL)
        fault = start_command(l, run, o, check);
    else
        probe_start(l->probes,
                    &(struct probe_request){
                        .pid = run->container != NULL ? run->pid : 0,
                        .address = o->check.address,
                        .port = o->check.port,
                        .path = o->check.path,
                        .ms_max = o->check.ms_max,
                    },
                    probed, check);
    if (fault != NULL)
        answer(check, fault);
}
