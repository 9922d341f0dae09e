/* start.c - clone3, and what a child does before its exec.
 *
 * A fork of this process costs what posix_spawn does, since it holds next to
 * nothing; so the child has memory of its own, and may do as it likes. */

#include "config.h"

#include "agent/launcher/start.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PATH_SIZE 4096

/* As the kernel has it; the C library's headers may be older. */
struct clone_request {
    uint64_t flags;
    uint64_t pidfd;
    uint64_t child_tid;
    uint64_t parent_tid;
    uint64_t exit_signal;
    uint64_t stack;
    uint64_t stack_size;
    uint64_t tls;
    uint64_t set_tid;
    uint64_t set_tid_size;
    uint64_t cgroup;
};

#define INTO_CGROUP 0x200000000ull

/* The pipe brings 8 bytes of ticks, and then, if it failed, a reason. */
#define PROGRESS_SIZE_MAX (sizeof(uint64_t) + START_REASON_SIZE)

static char *strings[START_STRINGS_MAX];
static gid_t groups[START_GROUPS_MAX];

static const char *parse_text(const struct packet_item *item,
                              struct start_request *request)
{
    const char *text = packet_string(item);

    if (text == NULL)
        return "a field is not a string";
    switch (item->tag) {
    case FIELD_DIRECTORY:
        request->directory = text;
        break;
    case FIELD_WORKING_DIRECTORY:
        request->working_directory = text;
        break;
    case FIELD_OUTPUT:
        request->output = text;
        break;
    case FIELD_ERROR:
        request->error = text;
        break;
    case FIELD_PID_FILE:
        request->pid_file = text;
        break;
    case FIELD_PID_NAME:
        request->pid_name = text;
        break;
    case FIELD_CGROUP_UNIFIED:
        request->cgroup_unified = text;
        break;
    case FIELD_INPUT:
        request->input = text;
        break;
    case FIELD_CONTAINER:
        request->container = text;
        break;
    case FIELD_OVERLAY:
        request->mounts.overlay = text;
        break;
    case FIELD_OVERLAY_AT:
        request->mounts.overlay_at = text;
        break;
    case FIELD_OVERLAY_FROM:
        request->mounts.overlay_from = text;
        break;
    case FIELD_UNMOUNT:
        if (request->mounts.unmounts_count == CONTAINER_UNMOUNTS_MAX)
            return "too much is to be unmounted";
        request->mounts.unmounts[request->mounts.unmounts_count++] = text;
        break;
    case FIELD_CGROUP:
        if (request->cgroups_count == START_CGROUPS_MAX)
            return "too many cgroups";
        request->cgroups[request->cgroups_count++] = text;
        break;
    default:
        break;
    }
    return NULL;
}

static const char *parse_target(const struct packet_item *item,
                                struct start_request *request)
{
    uint64_t number;

    if (!packet_numbers(item, &number, 1) || number > START_TARGET_MAX)
        return "a descriptor's target is no small number";
    if (request->targets_count == DESCRIPTORS_MAX)
        return "too many descriptors";
    request->targets[request->targets_count++] = (int)number;
    return NULL;
}

static const char *parse_number(const struct packet_item *item,
                                struct start_request *request)
{
    uint64_t number, limit[3];

    if (item->tag == FIELD_LIMIT) {
        if (!packet_numbers(item, limit, 3))
            return "a limit is not three numbers";
        if (request->limits_count == START_LIMITS_MAX)
            return "too many limits";
        request->limits[request->limits_count++] = (struct start_limit){
            .resource = (int)limit[0],
            .value = {.rlim_cur = limit[1], .rlim_max = limit[2]},
        };
        return NULL;
    }
    if (item->tag == FIELD_TARGET)
        return parse_target(item, request);
    if (!packet_numbers(item, &number, 1) || number > UINT32_MAX)
        return "a field is not a number";
    if (item->tag == FIELD_USER)
        request->user = (uid_t)number;
    else if (item->tag == FIELD_GROUP)
        request->group = (gid_t)number;
    else if (item->tag == FIELD_PID_OFFSET)
        request->pid_offset = (off_t)number;
    else if (item->tag == FIELD_TERMINAL)
        request->has_terminal = number != 0;
    else if (item->tag == FIELD_FENCED)
        request->is_fenced = number != 0;
    else if (request->groups_count == START_GROUPS_MAX)
        return "too many groups";
    else
        groups[request->groups_count++] = (gid_t)number;
    return NULL;
}

static const char *parse_item(const struct packet_item *item,
                              struct start_request *request)
{
    switch (item->tag) {
    case FIELD_DIRECTORY:
    case FIELD_WORKING_DIRECTORY:
    case FIELD_OUTPUT:
    case FIELD_ERROR:
    case FIELD_PID_FILE:
    case FIELD_PID_NAME:
    case FIELD_CGROUP_UNIFIED:
    case FIELD_CGROUP:
    case FIELD_INPUT:
    case FIELD_CONTAINER:
    case FIELD_OVERLAY:
    case FIELD_OVERLAY_AT:
    case FIELD_OVERLAY_FROM:
    case FIELD_UNMOUNT:
        return parse_text(item, request);
    case FIELD_USER:
    case FIELD_GROUP:
    case FIELD_OTHER_GROUP:
    case FIELD_LIMIT:
    case FIELD_PID_OFFSET:
    case FIELD_TARGET:
    case FIELD_TERMINAL:
    case FIELD_FENCED:
        return parse_number(item, request);
    default:
        return NULL; /* the list of strings, or of a later version */
    }
}

/* All strings of `tag` and a NULL, behind `*used` others. */
static char **parse_list(struct packet_reader packet,
                         enum packet_field tag,
                         size_t *used,
                         const char **fault)
{
    char **list = strings + *used;
    struct packet_item item;

    while (packet_next(&packet, &item)) {
        if (item.tag != tag)
            continue;
        if (packet_string(&item) == NULL)
            *fault = "a field is not a string";
        else if (*used + 2 > START_STRINGS_MAX)
            *fault = "too many arguments and variables";
        else
            strings[(*used)++] = (char *)(uintptr_t)packet_string(&item);
        if (*fault != NULL)
            return NULL;
    }
    strings[(*used)++] = NULL;
    return list;
}

const char *start_parse(struct packet_reader *packet,
                        const struct descriptors *fds,
                        struct start_request *request)
{
    struct packet_reader all = *packet;
    struct packet_item item;
    const char *fault = NULL;
    size_t used = 0;

    *request = (struct start_request){
        .user = (uid_t)-1,
        .group = (gid_t)-1,
        .groups = groups,
        .pid_name = "-",
        .fds = fds->fds,
    };
    while (fault == NULL && packet_next(packet, &item))
        fault = parse_item(&item, request);
    if (fault != NULL)
        return fault;
    request->argv = parse_list(all, FIELD_ARGUMENT, &used, &fault);
    if (fault == NULL && used + 1 < START_STRINGS_MAX)
        request->environment =
            parse_list(all, FIELD_ENVIRONMENT, &used, &fault);
    if (fault != NULL)
        return fault;
    if (request->environment == NULL)
        return "too many arguments and variables";
    if (request->argv[0] == NULL)
        return "no arguments";
    if (request->directory == NULL)
        return "no directory";
    if (fds->were_more || fds->count != request->targets_count)
        return "not as many descriptors came as it is to have";
    if (request->mounts.overlay != NULL &&
        (request->mounts.overlay_at == NULL ||
         request->mounts.overlay_from == NULL))
        return "an overlay without its place";
    return NULL;
}

__attribute__((noreturn)) static void fail(int pipe,
                                           const char *what,
                                           const char *which)
{
    const char *cause = strerror(errno);
    char text[START_REASON_SIZE];

    snprintf(text, sizeof text, "%s%s%s: %s", what, *which == '\0' ? "" : " ",
             which, cause);
    (void)!write(pipe, text, strlen(text));
    _exit(127);
}

static int write_file(const char *path, const char *text, off_t offset)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    ssize_t count;

    if (fd < 0)
        return -1;
    count = pwrite(fd, text, strlen(text), offset);
    if (close(fd) < 0 || count < 0)
        return -1;
    return 0;
}

/* Of v1, "tasks": a process that moves itself there, alone, keeps nobody else
 * from forking, while moving it by "cgroup.procs" waits for an RCU grace period
 * of some 10 ms. */
static int enter_cgroup(const char *directory)
{
    static const char *const names[] = {"tasks", "cgroup.procs"};
    char path[PATH_SIZE];
    int result = -1;

    for (size_t i = 0; result < 0 && i < 2; i++) {
        if (snprintf(path, sizeof path, "%s/%s", directory, names[i]) >=
            (int)sizeof path) {
            errno = ENAMETOOLONG;
            return -1;
        }
        result = write_file(path, "0", 0);
        if (result < 0 && errno != ENOENT)
            break;
    }
    return result;
}

static int read_from(const char *name)
{
    int opened = open(name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY);
    int result;

    if (opened < 0)
        return -1;
    result = dup2(opened, STDIN_FILENO);
    close(opened);
    return result < 0 ? -1 : 0;
}

static int append_to(const struct start_request *r, const char *name, int fd)
{
    int opened = open(name,
                      O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC |
                          O_NOCTTY | O_NONBLOCK,
                      0644);
    int result;

    if (opened < 0)
        return -1;
    /* Not to hang on a fifo put there; but its blocking is the task's. */
    result = fcntl(opened, F_SETFL, O_APPEND);
    if (result == 0 && r->container != NULL && r->user != (uid_t)-1)
        result = fchown(opened, r->user, r->group);
    if (result == 0)
        result = dup2(opened, fd);
    close(opened);
    return result < 0 ? -1 : 0;
}

static int become_user(const struct start_request *r)
{
    if (r->user == (uid_t)-1 || r->container != NULL)
        return 0;
    if (setgroups(r->groups_count, r->groups) < 0)
        return -1;
    if (setresgid(r->group, r->group, r->group) < 0)
        return -1;
    return setresuid(r->user, r->user, r->user);
}

static int write_pid(const struct start_request *r, uint64_t ticks)
{
    char text[PATH_SIZE];

    snprintf(text, sizeof text, "%s %ld %llu\n", r->pid_name, (long)getpid(),
             (unsigned long long)ticks);
    return write_file(r->pid_file, text, r->pid_offset);
}

/* As who we are: where the task may not reach any more. */
static void prepare(const struct start_request *r, int pipe, uint64_t ticks)
{
    const char *what;

    setsid();
    for (size_t i = 0; i < r->cgroups_count; i++)
        if (enter_cgroup(r->cgroups[i]) < 0)
            fail(pipe, "enter cgroup", r->cgroups[i]);
    if (r->pid_file != NULL && write_pid(r, ticks) < 0)
        fail(pipe, "write", r->pid_file);
    what = container_enter(&r->mounts);
    if (what != NULL)
        fail(pipe, what, "");
    if (chdir(r->directory) < 0)
        fail(pipe, "enter", r->directory);
    for (size_t i = 0; i < r->limits_count; i++)
        if (setrlimit((__rlimit_resource_t)r->limits[i].resource,
                      &r->limits[i].value) < 0)
            fail(pipe, "set a resource limit", "");
}

/* First out of each other's way, and the pipe too, whose new place it is. */
static int place_descriptors(const struct start_request *r, int pipe)
{
    int places[DESCRIPTORS_MAX], floor = STDERR_FILENO + 1, moved;

    if (r->targets_count == 0)
        return pipe;
    for (size_t i = 0; i < r->targets_count; i++)
        if (r->targets[i] >= floor)
            floor = r->targets[i] + 1;
    moved = fcntl(pipe, F_DUPFD_CLOEXEC, floor);
    if (moved < 0)
        fail(pipe, "place its descriptors", "");
    for (size_t i = 0; i < r->targets_count; i++) {
        places[i] = fcntl(r->fds[i], F_DUPFD_CLOEXEC, floor);
        if (places[i] < 0)
            fail(moved, "place its descriptors", "");
    }
    for (size_t i = 0; i < r->targets_count; i++)
        if (dup2(places[i], r->targets[i]) < 0)
            fail(moved, "place its descriptors", "");
    return moved;
}

__attribute__((noreturn)) static void run(const struct start_request *r,
                                          int pipe)
{
    uint64_t ticks = start_ticks(getpid());
    sigset_t none;

    (void)!write(pipe, &ticks, sizeof ticks);
    prepare(r, pipe, ticks);
    if (become_user(r) < 0)
        fail(pipe, "become the user", "");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        fail(pipe, "give up privileges", "");
    umask(022);
    if (r->input != NULL && read_from(r->input) < 0)
        fail(pipe, "open", r->input);
    if (r->output != NULL && append_to(r, r->output, STDOUT_FILENO) < 0)
        fail(pipe, "open", r->output);
    if (r->error != NULL && append_to(r, r->error, STDERR_FILENO) < 0)
        fail(pipe, "open", r->error);
    pipe = place_descriptors(r, pipe);
    if (r->has_terminal && ioctl(STDIN_FILENO, TIOCSCTTY, 0) < 0)
        fail(pipe, "take its terminal", "");
    if (r->working_directory != NULL && chdir(r->working_directory) < 0)
        fail(pipe, "enter", r->working_directory);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    environ = r->environment;
    execvp(r->argv[0], r->argv); /* by the PATH of its own environment */
    fail(pipe, "execute", r->argv[0]);
}

static pid_t clone_child(int cgroup, int *pidfd)
{
    struct clone_request request = {
        .flags = CLONE_PIDFD | (cgroup >= 0 ? INTO_CGROUP : 0),
        .pidfd = (uintptr_t)pidfd,
        .exit_signal = SIGCHLD,
        .cgroup = cgroup >= 0 ? (uint64_t)cgroup : 0,
    };

    return (pid_t)syscall(SYS_clone3, &request, sizeof request);
}

/* Where clone3 is not there or not allowed. */
static pid_t fork_child(int *pidfd)
{
    pid_t pid = fork();

    if (pid > 0) {
        *pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
        if (*pidfd < 0) {
            int number = errno;

            kill(pid, SIGKILL);
            errno = number;
            return -1;
        }
    }
    return pid;
}

/* The child enters it, or says why it cannot. */
static void enter_later(struct start_request *r)
{
    if (r->cgroup_unified != NULL && r->cgroups_count < START_CGROUPS_MAX)
        r->cgroups[r->cgroups_count++] = r->cgroup_unified;
}

int start_child(const struct start_request *request, struct started *started)
{
    struct start_request r = *request;
    int pipes[2], number;
    int cgroup = -1;
    pid_t pid;

    if (pipe2(pipes, O_CLOEXEC) < 0)
        return -errno;
    if (r.cgroup_unified != NULL)
        cgroup = open(r.cgroup_unified, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (cgroup < 0)
        enter_later(&r);
    pid = clone_child(cgroup, &started->pidfd);
    if (pid < 0 && errno != EAGAIN && errno != ENOMEM) {
        if (cgroup >= 0)
            enter_later(&r);
        pid = fork_child(&started->pidfd);
    }
    if (pid == 0)
        run(&r, pipes[1]);
    number = errno;
    if (cgroup >= 0)
        close(cgroup);
    close(pipes[1]);
    if (pid < 0) {
        close(pipes[0]);
        return -number;
    }
    started->pid = pid;
    started->pipe = pipes[0];
    return 0;
}

bool start_result(int pipe, uint64_t *ticks, char reason[START_REASON_SIZE])
{
    uint8_t bytes[PROGRESS_SIZE_MAX];
    size_t size = 0;
    ssize_t count;

    while (size < sizeof bytes &&
           (count = read(pipe, bytes + size, sizeof bytes - size)) > 0)
        size += (size_t)count;
    *ticks = 0;
    if (size < sizeof *ticks) {
        snprintf(reason, START_REASON_SIZE, "it was killed at once");
        return false;
    }
    memcpy(ticks, bytes, sizeof *ticks);
    size -= sizeof *ticks;
    if (size == 0)
        return true;
    if (size == START_REASON_SIZE)
        size--;
    memcpy(reason, bytes + sizeof *ticks, size);
    reason[size] = '\0';
    return false;
}

uint64_t start_ticks(pid_t pid)
{
    char path[64], text[1024];
    const char *at;
    ssize_t size;
    int fd;

    snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    size = read(fd, text, sizeof text - 1);
    close(fd);
    if (size <= 0)
        return 0;
    text[size] = '\0';
    at = strrchr(text, ')'); /* its name may hold anything */
    for (int field = 2; at != NULL && field < 22; field++)
        at = strchr(at + 1, ' ');
    return at == NULL ? 0 : strtoull(at + 1, NULL, 10);
}
