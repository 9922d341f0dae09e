/* executor.c - mezzo-mpi-executor: runs one job's part on one agent.
 *
 * It is started by the agent, as the job's user; what is decided is decided in
 * node.c. */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <mezzo/executor.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "frameworks/mpi/counter.h"
#include "frameworks/mpi/pmix_server.h"
#include "frameworks/mpi/process.h"
#include "frameworks/mpi/program.h"
#include "frameworks/mpi/relay.h"
#include "frameworks/mpi/workaround.h"

enum {
    DESCRIPTORS_COUNT = 4096, /* for those of some 1,000 ranks */
};

struct part {
    struct mezzo_executor *executor;
    struct watches *watches;
    struct watch library;
    struct node *node;
    struct processes *processes;
    struct counter *counter;
    struct relay *relay; /* of the stdin of a job without a script */
    struct pmix_server *pmix;
    char task_id[MEZZO_ID_MAX + 1];
    char group[MEZZO_ID_MAX + 1];
    char sandbox[PATH_MAX / 2];
    char place[300], name[MEZZO_NAME_MAX + 1];
    bool has_workarounds;
    int output[2]; /* files of the task */
    bool has_stopped;
};

/* ---------------------------------------------------------------- the host */

static int64_t now_cb(void *arg)
{
    (void)arg;
    return watches_now_ms();
}

/* Nodes are executors "JOB.ATTEMPT.NODE" of the group "JOB.ATTEMPT". */
static int send_cb(void *arg, unsigned node, const void *piece, size_t size)
{
    struct part *p = arg;
    char id[MEZZO_ID_MAX + 1];

    snprintf(id, sizeof id, "%.150s.%u", p->group, node);
    return mezzo_executor_send(p->executor, id, piece, size);
}

static const char *check_cb(void *arg,
                            const char *program,
                            const char *path,
                            const char *directory)
{
    static char text[600];
    char full[PATH_MAX];
    const char *why;

    (void)arg;
    if (access(directory, X_OK) < 0) {
        snprintf(text, sizeof text, "the directory %.300s: %s", directory,
                 strerror(errno));
        return text;
    }
    if (program_find(program, path, directory, full, &why))
        return NULL;
    snprintf(text, sizeof text, "the program %.400s %s", program, why);
    return text;
}

static const char *write_script_cb(void *arg, const char *text)
{
    static char path[PATH_MAX];
    struct part *p = arg;
    size_t size = strlen(text);
    int fd;
    ssize_t written;

    snprintf(path, sizeof path, "%s/script", p->sandbox);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);
    if (fd < 0)
        return NULL;
    written = write(fd, text, size);
    close(fd);
    return written == (ssize_t)size ? path : NULL;
}

/* Before all in the script's PATH: what starts ranks in its own job. */
static void add_wrappers(struct part *p, struct words *environment)
{
    static const char *const names[] = {"srun", "mpiexec", "mpirun",
                                        "mpiexec.hydra"};
    const char *old = words_get(environment, "PATH");
    AUTO(auto_free) char *path = NULL;
    char directory[PATH_MAX / 2 + 16], link[PATH_MAX], target[PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", target, sizeof target - 32);

    if (size < 0)
        return;
    target[size] = '\0';
    snprintf(strrchr(target, '/') + 1, 32, "mezzo-mpi-step");
    snprintf(directory, sizeof directory, "%s/bin", p->sandbox);
    mkdir(directory, 0755);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(link, sizeof link, "%s/%s", directory, names[i]);
        if (symlink(target, link) < 0 && errno != EEXIST)
            warn("%s", link);
    }
    if (asprintf(&path, "%s:%s", directory,
                 old != NULL ? old : "/usr/bin:/bin") < 0)
        abort();
    words_set(environment, "PATH", path);
}

static struct relay *open_relay(struct part *p, int *fd)
{
    char path[PATH_MAX];

    snprintf(path, sizeof path, "%s/tasks/%s/stdin", p->sandbox, p->task_id);
    return relay_new(p->watches, path, fd);
}

static const char *spawn_cb(void *arg,
                            uint64_t key,
                            const struct node_spawn *spawn)
{
    struct part *p = arg;
    struct words environment = {0};
    struct node_spawn changed = *spawn;
    const char *why;
    int input = -1;

    words_append(&environment, spawn->environment);
    changed.environment = &environment;
    if (spawn->is_script) {
        p->counter = counter_new(p->watches, p->node);
        if (p->counter != NULL)
            words_set(&environment, "MEZZO_MPI_STEP",
                      counter_address(p->counter));
        add_wrappers(p, &environment);
    } else {
        if (p->counter != NULL && spawn->has_input)
            input = counter_take_input(p->counter, spawn->step);
        else if (spawn->has_input && p->relay == NULL)
            p->relay = open_relay(p, &input);
        if (p->has_workarounds)
            workaround_apply(spawn->argv->items[0], spawn->directory,
                             &environment);
    }
    why = processes_spawn(p->processes, key, &changed, input);
    words_release(&environment);
    return why;
}

static void signal_cb(void *arg, uint64_t key, int signal_number)
{
    struct part *p = arg;

    processes_signal(p->processes, key, signal_number);
}

static void pmi_cb(void *arg, uint64_t key, const void *bytes, size_t size)
{
    struct part *p = arg;

    processes_write_pmi(p->processes, key, bytes, size);
}

static void output_cb(void *arg, int stream, const char *bytes, size_t size)
{
    struct part *p = arg;

    while (size > 0) {
        ssize_t written = write(p->output[stream - 1], bytes, size);

        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return; /* the disk is full: what cannot be kept is lost */
        bytes += written;
        size -= (size_t)written;
    }
}

static void step_output_cb(
    void *arg, unsigned step, int stream, const char *bytes, size_t size)
{
    struct part *p = arg;

    if (p->counter != NULL)
        counter_output(p->counter, step, stream, bytes, size);
}

static void step_ended_cb(void *arg, unsigned step, int code, const char *text)
{
    struct part *p = arg;

    if (p->counter != NULL)
        counter_ended(p->counter, step, code, text);
}

static void hold_cb(void *arg, unsigned step, bool holds)
{
    struct part *p = arg;

    processes_hold(p->processes, step, holds);
}

static void pmix_begin_cb(void *arg, const struct node_step *step)
{
    struct part *p = arg;
    char full[PATH_MAX];
    const char *why;

    if (!program_find(step->program, words_get(step->environment, "PATH"),
                      step->directory, full, &why) ||
        program_may_speak_pmix(full, step->environment))
        pmix_server_begin(p->pmix, step);
}

static void pmix_environment_cb(void *arg,
                                unsigned step,
                                unsigned rank,
                                struct words *environment)
{
    struct part *p = arg;

    pmix_server_environment(p->pmix, step, rank, environment);
}

static void pmix_share_cb(void *arg,
                          unsigned step,
                          const void *bytes,
                          size_t size)
{
    struct part *p = arg;

    pmix_server_share(p->pmix, step, bytes, size);
}

static void pmix_ask_cb(
    void *arg, unsigned step, unsigned rank, unsigned from, unsigned number)
{
    struct part *p = arg;

    pmix_server_ask(p->pmix, step, rank, from, number);
}

static void pmix_tell_cb(void *arg,
                         unsigned number,
                         const void *bytes,
                         size_t size)
{
    struct part *p = arg;

    pmix_server_tell(p->pmix, number, bytes, size);
}

static void pmix_end_cb(void *arg, unsigned step)
{
    struct part *p = arg;

    pmix_server_end(p->pmix, step);
}

static void say_cb(void *arg,
                   enum mezzo_task_state state,
                   const char *message,
                   const char *data)
{
    struct part *p = arg;
    const struct mezzo_status status = {
        .task_id = p->task_id,
        .state = state,
        .message = message,
        .data = data,
        .data_size = data != NULL ? strlen(data) : 0,
    };

    if (mezzo_executor_update(p->executor, &status) < 0)
        warnx("%s", mezzo_executor_explain(p->executor));
    if (mezzo_task_has_ended(state))
        mezzo_executor_stop(p->executor);
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
    .pmix_begin = pmix_begin_cb,
    .pmix_environment = pmix_environment_cb,
    .pmix_share = pmix_share_cb,
    .pmix_ask = pmix_ask_cb,
    .pmix_tell = pmix_tell_cb,
    .pmix_end = pmix_end_cb,
    .say = say_cb,
};

/* ------------------------------------------------------------ the library */

static void subscribed_cb(struct mezzo_executor *e,
                          const struct mezzo_assignment *a,
                          void *arg)
{
    struct part *p = arg;

    (void)e;
    /* Agents that share the memory and the network of a machine are one node
     * to an MPI library. */
    snprintf(p->place, sizeof p->place, "%.100s:%.100s",
             a->boot_id != NULL ? a->boot_id : a->agent_id,
             a->network_namespace != NULL ? a->network_namespace : "");
    snprintf(p->name, sizeof p->name, "%s", a->hostname);
    snprintf(p->group, sizeof p->group, "%s",
             a->group != NULL ? a->group : a->executor_id);
}

static int open_output(const struct part *p, const char *name)
{
    char path[PATH_MAX];

    snprintf(path, sizeof path, "%s/tasks/%s/%s", p->sandbox, p->task_id, name);
    return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

static void launch_cb(struct mezzo_executor *e,
                      const struct mezzo_task *task,
                      void *arg)
{
    struct part *p = arg;

    if (p->node != NULL) {
        mezzo_executor_say(e, task->id, MEZZO_TASK_FAILED,
                           "an executor of mezzo-mpi has one task");
        return;
    }
    snprintf(p->task_id, sizeof p->task_id, "%s", task->id);
    p->output[0] = open_output(p, "stdout");
    p->output[1] = open_output(p, "stderr");
    p->node = node_new(&host, p, p->place, p->name);
    p->processes = processes_new(&(struct processes_options){
        .executor = e,
        .watches = p->watches,
        .node = p->node,
    });
    p->pmix = pmix_server_new(p->watches, p->node, p->sandbox);
    p->has_workarounds = workaround_is_wanted(task->data, task->data_size);
    if (!node_launch(p->node, task->data, task->data_size))
        say_cb(p, MEZZO_TASK_FAILED, "the task is none of mezzo-mpi serve",
               NULL);
}

static void kill_cb(struct mezzo_executor *e,
                    const char *task_id,
                    int64_t grace_ms,
                    void *arg)
{
    struct part *p = arg;

    (void)e;
    (void)task_id;
    if (p->node != NULL)
        node_kill(p->node, grace_ms);
}

static void shutdown_cb(struct mezzo_executor *e, void *arg)
{
    kill_cb(e, "", 0, arg);
    if (((struct part *)arg)->node == NULL)
        mezzo_executor_stop(e);
}

static void spawned_cb(struct mezzo_executor *e,
                       uint64_t process,
                       int64_t pid,
                       const char *failure,
                       void *arg)
{
    struct part *p = arg;

    (void)e;
    processes_spawned(p->processes, process, pid, failure);
}

static void exited_cb(struct mezzo_executor *e,
                      uint64_t process,
                      int wait_status,
                      void *arg)
{
    struct part *p = arg;

    (void)e;
    pmix_server_hear(p->pmix);
    processes_exited(p->processes, process, wait_status);
}

/* Its node is the number behind the last dot. */
static bool read_peer(const struct part *p, const char *id, unsigned *node)
{
    const char *dot = strrchr(id, '.');

    return p->node != NULL && dot != NULL &&
           sscanf(dot + 1, "%9u", node) == 1 &&
           (size_t)(dot - id) == strlen(p->group) &&
           memcmp(id, p->group, strlen(p->group)) == 0;
}

static void peer_message_cb(struct mezzo_executor *e,
                            const char *peer,
                            const void *data,
                            size_t size,
                            void *arg)
{
    struct part *p = arg;
    unsigned node;

    (void)e;
    if (read_peer(p, peer, &node))
        node_piece(p->node, node, data, size);
}

static void peer_lost_cb(struct mezzo_executor *e,
                         const char *peer,
                         const char *reason,
                         void *arg)
{
    struct part *p = arg;
    unsigned node;

    (void)e;
    if (read_peer(p, peer, &node))
        node_peer_lost(p->node, node, reason);
}

static void library_ready(struct watch *w, uint32_t events)
{
    struct part *p = w->arg;
    int rc = mezzo_executor_process(p->executor);

    (void)events;
    if (rc == 1)
        return;
    if (rc < 0)
        warnx("%s", mezzo_executor_explain(p->executor));
    p->has_stopped = true;
}

static int64_t timeout_of(struct part *p)
{
    int64_t due, now = watches_now_ms();

    if (p->node == NULL)
        return -1;
    due = node_deadline_ms(p->node);
    if (processes_deadline_ms(p->processes) < due)
        due = processes_deadline_ms(p->processes);
    return due == INT64_MAX ? -1 : due > now ? due - now : 0;
}

static void run(struct part *p)
{
    while (!p->has_stopped) {
        watches_wait(p->watches, timeout_of(p));
        if (p->node == NULL)
            continue;
        node_alarm(p->node);
        processes_alarm(p->processes);
    }
}

/* Ranks have three descriptors here each.  The kernel makes room for them by
 * doubling, and if there are threads by then it waits each time until none of
 * them can be reading: some 10 ms.  There are none yet. */
static void make_room(void)
{
    struct rlimit limit;
    rlim_t last = DESCRIPTORS_COUNT - 1;
    int fd;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (last >= limit.rlim_cur)
        last = limit.rlim_cur - 1;
    fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, (int)last);
    if (fd >= 0)
        close(fd);
}

int main(void)
{
    static const struct mezzo_executor_callbacks callbacks = {
        .subscribed = subscribed_cb,
        .launch = launch_cb,
        .kill = kill_cb,
        .shutdown = shutdown_cb,
        .spawned = spawned_cb,
        .exited = exited_cb,
        .peer_message = peer_message_cb,
        .peer_lost = peer_lost_cb,
    };
    static struct part part = {.output = {-1, -1}};
    struct part *p = &part;
    const char *sandbox = getenv("MEZZO_SANDBOX");

    if (getenv("MEZZO_EXECUTOR_ENDPOINT") == NULL)
        errx(2, "an agent starts this, for: mezzo mpi run");
    make_room();
    signal(SIGPIPE, SIG_IGN);
    snprintf(p->sandbox, sizeof p->sandbox, "%s",
             sandbox != NULL ? sandbox : ".");
    p->watches = watches_new();
    p->executor = mezzo_executor_new(NULL, &callbacks, p);
    p->library = (struct watch){
        .fd = mezzo_executor_fd(p->executor), .ready = library_ready, .arg = p};
    if (p->library.fd < 0)
        errx(1, "%s", mezzo_executor_explain(p->executor));
    watches_add(p->watches, &p->library, EPOLLIN);
    library_ready(&p->library, 0);
    run(p);
    pmix_server_free(p->pmix);
    counter_free(p->counter);
    relay_free(p->relay);
    processes_free(p->processes);
    node_free(p->node);
    mezzo_executor_free(p->executor);
    watches_free(p->watches);
    return 0;
}
