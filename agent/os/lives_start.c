/* lives_start.c - PREPARE and LAUNCH. */

#include "config.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/os/closing.h"
#include "agent/os/containers.h"
#include "agent/os/lives.h"
#include "agent/os/lives_parts.h"
#include "agent/os/run_name.h"
#include "agent/os/sandbox.h"
#include "agent/os/variables.h"
#include "base/auto.h"

static void report_prepared(struct lives *l,
                            const char *run,
                            uint64_t ticket,
                            const char *fault)
{
    lives_report(l, &(struct report){.kind = REPORT_PREPARED,
                                     .run = run,
                                     .ticket = ticket,
                                     .fault = fault});
}

static void cannot_prepare(struct lives *l, struct run *run, const char *fault)
{
    AUTO(auto_free) char *name = strdup(run->name);
    uint64_t ticket = run->ticket;

    lives_end(l, run);
    report_prepared(l, name, ticket, fault);
}

/* When nothing is waited for any more. */
static void prepared(struct lives *l, struct run *run)
{
    if (run->fetch != NULL || run->is_waiting || !run->has_sandbox)
        return;
    run->state = RUN_PREPARED;
    lives_report(l, &(struct report){
                        .kind = REPORT_PREPARED,
                        .run = run->name,
                        .ticket = run->ticket,
                        .address = run->container == NULL
                                       ? NULL
                                       : container_address(run->container)});
}

static void container_ready(void *arg, const char *fault)
{
    struct run *run = arg;
    struct lives *l = run->lives;

    run->is_waiting = false;
    if (fault != NULL)
        cannot_prepare(l, run, fault);
    else
        prepared(l, run);
}

static void fetched(void *arg, const char *fault)
{
    struct run *run = arg;
    struct lives *l = run->lives;

    run->fetch = NULL;
    if (fault != NULL)
        cannot_prepare(l, run, fault);
    else
        prepared(l, run);
}

static void make_sandbox(struct lives *l, struct run *run)
{
    struct error err = {""};

    if (sandbox_make(l->options.sandboxes, run->name, run->user.uid,
                     run->user.gid, &err) < 0)
        cannot_prepare(l, run, err.text);
    else if ((run->has_sandbox = true) && run->fetch != NULL)
        fetch_start(run->fetch, &run->user, run->is_user_other);
    else
        prepared(l, run);
}

/* The run may be gone meanwhile, and so is named by its number. */
struct search {
    struct lives *lives;
    uint64_t number;
    lives_user_found_f *found;
};

static void search_cb(void *arg, const struct user *user, const char *fault)
{
    AUTO(auto_free) struct search *search = arg;
    struct run *run =
        run_table_find_number(search->lives->runs, search->number);

    if (run != NULL)
        search->found(run, user, fault);
}

void lives_find_user(struct lives *l,
                     struct run *run,
                     const char *name,
                     lives_user_found_f *found)
{
    struct search *search = malloc(sizeof *search);

    if (search == NULL)
        abort();
    *search = (struct search){l, run->number, found};
    users_find(l->users, name, search_cb, search);
}

static void user_found(struct run *run,
                       const struct user *user,
                       const char *fault)
{
    struct lives *l = run->lives;

    if (run->state != RUN_PREPARING)
        return;
    if (fault == NULL && user->uid != geteuid() && geteuid() != 0)
        fault = "only root can run tasks as other users";
    if (fault != NULL) {
        cannot_prepare(l, run, fault);
        return;
    }
    user_copy(&run->user, user);
    run->is_user_other = user->uid != geteuid();
    run->is_user_known = true;
    make_sandbox(l, run);
}

/* False: it cannot be, and that has been reported. */
static bool begin_container(struct lives *l,
                            struct run *run,
                            const struct order *o)
{
    struct error err = {""};

    if (o->prepare.container == NULL)
        return true;
    run->is_waiting = true;
    if (container_new(l->options.containers, run->name, o->prepare.container,
                      container_ready, run, &run->container, &err) == 0)
        return true;
    cannot_prepare(l, run, err.text);
    return false;
}

static int remove_volumes(struct lives *l,
                          const struct order *o,
                          struct error *err)
{
    const char *const *volume = o->prepare.removed_volumes;

    for (; volume != NULL && *volume != NULL; volume++)
        if (containers_remove_volume(l->options.containers, *volume, err) < 0)
            return -EIO;
    return 0;
}

void lives_prepare(struct lives *l, const struct order *o)
{
    struct error err;
    struct run *run;

    if (!run_name_is_valid(o->run)) {
        report_prepared(l, o->run, o->ticket, "its name is none of a run");
        return;
    }
    if (run_table_find(l->runs, o->run) != NULL) {
        report_prepared(l, o->run, o->ticket, "there is one of its name");
        return;
    }
    run = run_table_add(l->runs, o->run);
    if (run == NULL) {
        report_prepared(l, o->run, o->ticket, "there are too many runs");
        return;
    }
    run->lives = l;
    run->ticket = o->ticket;
    if (o->prepare.uris_count > 0)
        run->fetch = fetch_new(l->fetches, run->name, o->prepare.uris,
                               o->prepare.uris_count, fetched, run);
    if (remove_volumes(l, o, &err) < 0) {
        cannot_prepare(l, run, err.text);
        return;
    }
    if (!begin_container(l, run, o))
        return;
    lives_find_user(l, run, o->prepare.user, user_found);
}

static int request_process(struct lives *l,
                           struct run *run,
                           const struct order *o,
                           struct launcher_request *request,
                           struct error *err)
{
    AUTO(auto_free)
    const char **environment =
        variables_add(o->launch.environment, &run->user, request->directory);

    request->argv = o->launch.argv;
    request->environment = environment;
    request->working_directory = o->launch.working_directory;
    request->is_user_other = run->is_user_other;
    request->user = run->user.uid;
    request->group = run->user.gid;
    request->groups = run->user.groups;
    request->groups_count = run->user.groups_count;
    return launcher_launch(l->launcher, request, err);
}

/* Is its group called the same in all hierarchies, as runc will have it? */
static bool is_one_group(const struct launcher_request *request,
                         char group[SANDBOX_PATH_SIZE])
{
    char other[SANDBOX_PATH_SIZE];

    for (size_t i = 0; i < request->cgroups_count; i++) {
        container_cgroup(request->cgroups[i], i == 0 ? group : other);
        if (i > 0 && strcmp(group, other) != 0)
            return false;
    }
    return true;
}

/* From here on the sandbox is the container's: who is root in there could else
 * leave something for its user to execute. */
static int request_container(struct lives *l,
                             struct run *run,
                             const struct order *o,
                             struct launcher_request *request,
                             struct error *err)
{
    char cgroup[SANDBOX_PATH_SIZE] = "";
    const struct container_launch launch = {
        .sandbox = request->directory,
        .launch = &o->launch,
        .files = l->files,
        .cgroup = cgroup,
    };

    if (o->launch.container == NULL)
        return error_set(err, -EINVAL, "it was prepared as a container");
    if (!is_one_group(request, cgroup) &&
        !containers_runtime(l->options.containers)->is_crun)
        return error_set(err, -ENOTSUP,
                         "runc needs an agent that was started in one group of "
                         "all cgroup hierarchies; crun does not");
    if (chmod(request->directory, 0700) < 0 ||
        chown(request->directory, container_user(run->container),
              container_group(run->container)) < 0)
        return error_errno(err, "give away %s", request->directory);
    if (container_request(run->container, &launch, request, err) < 0)
        return -EINVAL;
    return launcher_launch(l->launcher, request, err);
}

static int request(struct lives *l,
                   struct run *run,
                   const struct order *o,
                   struct error *err)
{
    static const int stdin_fd = STDIN_FILENO;
    const struct launcher_limit files = {RLIMIT_NOFILE, l->files};
    char sandbox[SANDBOX_PATH_SIZE], name[RUN_NAME_SIZE];
    struct launcher_request request;
    struct cgroup_paths groups;
    AUTO(auto_close) int input = -1;
    int code;

    code = sandbox_path(l->options.sandboxes, run->name, sandbox, err);
    if (code < 0)
        return code;
    run_name_flat(run->name, name);
    run->line = pids_take(l->pids);
    if (run->line == PIDS_NONE)
        return error_set(err, -EAGAIN, "there are too many runs");
    cgroup_paths(l->options.cgroups, run->name, &run->cgroup, &groups);
    request = (struct launcher_request){
        .ticket = run->number,
        .directory = sandbox,
        .output = SANDBOX_OUTPUT,
        .error = SANDBOX_ERROR,
        .pid_file = pids_path(l->pids),
        .pid_offset = pids_offset(run->line),
        .pid_name = name,
        .cgroups = groups.v1,
        .cgroups_count = groups.v1_count,
        .cgroup_unified = groups.unified,
        .limits = &files,
        .limits_count = 1,
        .fds = &input,
        .targets = &stdin_fd,
        .is_fenced = o->launch.is_fenced,
    };
    if (o->launch.has_input) {
        code = lives_open_input(l, run, &input, err);
        if (code < 0)
            return code;
        request.fds_count = 1;
    }
    return run->container != NULL ? request_container(l, run, o, &request, err)
                                  : request_process(l, run, o, &request, err);
}

static void report_launched(struct lives *l,
                            const char *run,
                            uint64_t ticket,
                            const char *fault)
{
    lives_report(l, &(struct report){.kind = REPORT_LAUNCHED,
                                     .run = run,
                                     .ticket = ticket,
                                     .fault = fault});
}

void lives_launch(struct lives *l, const struct order *o)
{
    struct run *run = run_table_find(l->runs, o->run);
    struct error err = {""};

    if (run == NULL || run->state != RUN_PREPARED) {
        report_launched(l, o->run, o->ticket, "it has not been prepared");
        return;
    }
    run->ticket = o->ticket;
    if (o->launch.user != NULL && strcmp(o->launch.user, run->user.name) != 0) {
        lives_refused(l, run, "it was prepared for another user");
        return;
    }
    if (cgroup_make(l->options.cgroups, run->name, &o->launch, &run->cgroup,
                    &err) < 0 ||
        request(l, run, o, &err) < 0) {
        lives_refused(l, run, err.text);
        return;
    }
    if (o->token != NULL)
        run->token = strdup(o->token);
    run->output_bytes_max = o->launch.output_bytes_max;
    run->connection = l->connection;
    run->state = RUN_LAUNCHING;
}

void lives_launched(struct lives *l, struct run *run, pid_t pid, uint64_t ticks)
{
    run->pid = pid;
    run->started_ticks = ticks;
    run->state = RUN_RUNNING;
    if (run->pending_signal != 0)
        lives_deliver(l, run, run->pending_signal);
    run->pending_signal = 0;
    lives_report(l, &(struct report){.kind = REPORT_LAUNCHED,
                                     .run = run->name,
                                     .ticket = run->ticket,
                                     .pid = pid,
                                     .started_ticks = ticks});
}

void lives_refused(struct lives *l, struct run *run, const char *reason)
{
    AUTO(auto_free) char *name = strdup(run->name);
    uint64_t ticket = run->ticket;
    struct error why = {""};

    if (run->container != NULL)
        container_why(run->container, &why);
    if (why.text[0] == '\0')
        error_set(&why, 0, "%s", reason);
    lives_end(l, run);
    report_launched(l, name, ticket, why.text);
}
