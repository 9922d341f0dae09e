/* processes.c - a list; what is asked for was mostly added lately. */

#include "libframework/processes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/memory.h"
#include "base/message.h"
#include "libframework/checks.h"

#define CALL(name) MESOS__V1__EXECUTOR__CALL__TYPE__##name
#define SIGNAL_MAX 64
#define PATH_MAX_BYTES 4095

typedef Mesos__V1__Executor__Call__Spawn spawn_call;

enum process_state {
    PROCESS_WANTED,
    PROCESS_SENT,
    PROCESS_ALIVE,
    PROCESS_ENDED, /* to be released */
};

struct process {
    TAILQ_ENTRY(process) entry;
    uint64_t number;
    enum process_state state;
    uint64_t signals; /* to be sent: a bit for each */
    spawn_call *call; /* WANTED, SENT */
    int *fds;         /* the same */
    size_t fds_count;
};
TAILQ_HEAD(process_list, process);

struct processes {
    struct process_list list;
    size_t count; /* that have not ended */
    size_t sent_count;
    uint64_t made;
    bool has_news; /* something may have to be sent */
};

struct processes *processes_new(void)
{
    struct processes *all = memory_new(1, sizeof *all);

    TAILQ_INIT(&all->list);
    return all;
}

static void drop_call(struct process *p)
{
    if (p->call != NULL)
        protobuf_c_message_free_unpacked(&p->call->base, NULL);
    p->call = NULL;
    free(p->fds);
    p->fds = NULL;
    p->fds_count = 0;
}

static void set_state(struct processes *all,
                      struct process *p,
                      enum process_state state)
{
    all->sent_count -= p->state == PROCESS_SENT;
    all->sent_count += state == PROCESS_SENT;
    all->count -= p->state != PROCESS_ENDED && state == PROCESS_ENDED;
    p->state = state;
    all->has_news = true;
}

static void drop(struct processes *all, struct process *p)
{
    set_state(all, p, PROCESS_ENDED);
    TAILQ_REMOVE(&all->list, p, entry);
    drop_call(p);
    free(p);
}

void processes_free(struct processes *all)
{
    if (all == NULL)
        return;
    while (!TAILQ_EMPTY(&all->list))
        drop(all, TAILQ_FIRST(&all->list));
    free(all);
}

static struct process *find(const struct processes *all, uint64_t number)
{
    struct process *p;

    TAILQ_FOREACH_REVERSE (p, &all->list, process_list, entry)
        if (p->number == number)
            return p;
    return NULL;
}

static struct executor_order *order(struct effects *fx,
                                    enum executor_order_kind kind,
                                    const struct process *p)
{
    struct executor_order *o = arena_alloc(fx->arena, sizeof *o);

    o->kind = kind;
    if (p != NULL) {
        o->process = p->number;
        o->fds_count = p->fds_count;
        o->fds = arena_alloc(fx->arena, p->fds_count * sizeof *o->fds);
        if (p->fds_count > 0)
            memcpy(o->fds, p->fds, p->fds_count * sizeof *o->fds);
    }
    effects_local(fx, o);
    return o;
}

/* ------------------------------------------------------------- calls */

static size_t strings_count(const char *const *strings, size_t *size)
{
    size_t count = 0;

    for (; strings != NULL && strings[count] != NULL; count++)
        *size += strlen(strings[count]) + 1;
    return count;
}

static int check_targets(const struct mezzo_spawn *spawn, struct error *err)
{
    bool is_taken[MEZZO_SPAWN_TARGET_MAX + 1] = {false};

    if (spawn->fds_count > MEZZO_SPAWN_FDS_MAX)
        return error_set(err, -E2BIG, "more than %d descriptors",
                         MEZZO_SPAWN_FDS_MAX);
    for (size_t i = 0; i < spawn->fds_count; i++) {
        int target = spawn->targets[i];

        if (target < 0 || target > MEZZO_SPAWN_TARGET_MAX || is_taken[target])
            return error_set(err, -EINVAL,
                             "target %d is too high or there twice", target);
        is_taken[target] = true;
    }
    return 0;
}

static int check_spawn(const struct mezzo_executor *e,
                       const struct mezzo_spawn *spawn,
                       const char *const *environment,
                       struct error *err)
{
    size_t size = 0, count;

    if (e->state == EXECUTOR_NEW || e->state == EXECUTOR_OVER)
        return error_set(err, -ESHUTDOWN, "the executor does not run");
    if (spawn->argv == NULL || spawn->argv[0] == NULL ||
        spawn->argv[0][0] == '\0')
        return error_set(err, -EINVAL, "the process has no name");
    count = strings_count(spawn->argv, &size);
    count += strings_count(environment, &size);
    if (size > MEZZO_SPAWN_SIZE_MAX || count > PROCESSES_STRINGS_MAX)
        return error_set(err, -E2BIG,
                         "its arguments and environment have more than %d "
                         "bytes or %d strings",
                         MEZZO_SPAWN_SIZE_MAX, PROCESSES_STRINGS_MAX);
    if (checks_optional_text("working directory", spawn->working_directory,
                             PATH_MAX_BYTES, err) < 0)
        return -EINVAL;
    if (e->processes->count >= MEZZO_PROCESSES_MAX)
        return error_set(err, -ENOSPC, "more than %d processes",
                         MEZZO_PROCESSES_MAX);
    return check_targets(spawn, err);
}

static int copy_fds(const struct mezzo_executor *e,
                    struct process *p,
                    const struct mezzo_spawn *spawn,
                    struct error *err)
{
    if (spawn->fds_count == 0)
        return 0;
    p->fds = memory_new(spawn->fds_count, sizeof *p->fds);
    for (size_t i = 0; i < spawn->fds_count; i++) {
        int fd = e->surroundings.copy_fd != NULL
                     ? e->surroundings.copy_fd(spawn->fds[i])
                     : spawn->fds[i];

        if (fd < 0) {
            while (p->fds_count > 0)
                e->surroundings.close_fd(p->fds[--p->fds_count]);
            return error_set(err, fd == -EBADF ? -EBADF : -EMFILE,
                             "descriptor %d cannot be copied: %s",
                             spawn->fds[i], strerror(-fd));
        }
        p->fds[p->fds_count++] = fd;
    }
    return 0;
}

static spawn_call *write_call(const struct mezzo_spawn *spawn,
                              const char *const *environment,
                              uint64_t number)
{
    spawn_call call = MESOS__V1__EXECUTOR__CALL__SPAWN__INIT;
    uint32_t targets[MEZZO_SPAWN_FDS_MAX];
    size_t size = 0;

    for (size_t i = 0; i < spawn->fds_count; i++)
        targets[i] = (uint32_t)spawn->targets[i];
    call.process = number;
    call.arguments = (char **)spawn->argv;
    call.n_arguments = strings_count(spawn->argv, &size);
    call.environment = (char **)environment;
    call.n_environment = strings_count(environment, &size);
    call.working_directory = (char *)spawn->working_directory;
    call.targets = targets;
    call.n_targets = spawn->fds_count;
    return message_copy(&call);
}

int mezzo_executor_spawn(struct mezzo_executor *e,
                         const struct mezzo_spawn *spawn,
                         uint64_t *process)
{
    const char *const *environment = spawn->environment;
    struct processes *all = e->processes;
    struct process *p;
    int result;

    if (environment == NULL && e->surroundings.environment != NULL)
        environment = e->surroundings.environment();
    result = check_spawn(e, spawn, environment, &e->fault);
    if (result < 0)
        return result;
    p = memory_new(1, sizeof *p);
    result = copy_fds(e, p, spawn, &e->fault);
    if (result < 0) {
        drop_call(p);
        free(p);
        return result;
    }
    p->number = ++all->made;
    p->call = write_call(spawn, environment, p->number);
    TAILQ_INSERT_TAIL(&all->list, p, entry);
    all->count++;
    set_state(all, p, PROCESS_WANTED);
    if (process != NULL)
        *process = p->number;
    executor_called(e);
    return 0;
}

int mezzo_executor_signal(struct mezzo_executor *e, uint64_t process, int signo)
{
    struct process *p = find(e->processes, process);

    if (signo <= 0 || signo > SIGNAL_MAX)
        return error_set(&e->fault, -EINVAL, "%d is no signal", signo);
    if (p == NULL || p->state == PROCESS_ENDED)
        return error_set(&e->fault, -ENOENT, "there is no such process");
    p->signals |= (uint64_t)1 << (signo - 1);
    e->processes->has_news = true;
    executor_called(e);
    return 0;
}

/* ------------------------------------------------------------ events */

void processes_repeat(struct processes *all,
                      Mesos__V1__Executor__Call__Subscribe *subscribe,
                      struct effects *fx)
{
    size_t count = 0;
    struct process *p;

    TAILQ_FOREACH (p, &all->list, entry)
        count++;
    subscribe->processes = arena_alloc(fx->arena, count * sizeof(uint64_t));
    subscribe->spawning = arena_alloc(fx->arena, count * sizeof(uint64_t));
    TAILQ_FOREACH (p, &all->list, entry) {
        if (p->state == PROCESS_SENT)
            set_state(all, p, PROCESS_WANTED);
        if (p->state == PROCESS_ALIVE)
            subscribe->processes[subscribe->n_processes++] = p->number;
        else if (p->state == PROCESS_WANTED)
            subscribe->spawning[subscribe->n_spawning++] = p->number;
    }
    all->has_news = true;
    order(fx, EXECUTOR_PART, NULL); /* what was passed may be lost */
}

void processes_take_spawned(struct mezzo_executor *e,
                            const Mesos__V1__Executor__Event__Spawned *spawned,
                            struct effects *fx)
{
    struct process *p = find(e->processes, spawned->process);

    if (p == NULL || p->state >= PROCESS_ALIVE)
        return; /* it was said before */
    if (p->fds_count > 0)
        order(fx, EXECUTOR_CLOSE, p);
    drop_call(p);
    if (spawned->failure != NULL)
        drop(e->processes, p);
    else
        set_state(e->processes, p, PROCESS_ALIVE);
    if (e->callbacks->spawned != NULL)
        e->callbacks->spawned(e, spawned->process,
                              spawned->has_pid ? spawned->pid : 0,
                              spawned->failure, e->arg);
}

void processes_take_exited(struct mezzo_executor *e,
                           const Mesos__V1__Executor__Event__Exited *exited)
{
    struct process *p = find(e->processes, exited->process);

    if (p == NULL || p->state != PROCESS_ALIVE)
        return;
    set_state(e->processes, p, PROCESS_ENDED);
    if (e->callbacks->exited != NULL)
        e->callbacks->exited(e, exited->process,
                             exited->has_status ? exited->status : -1, e->arg);
}

/* ------------------------------------------------------------- flush */

static Mesos__V1__Executor__Call *new_call(const struct executor_frame *frame,
                                           Mesos__V1__Executor__Call__Type type)
{
    return executor_call_new(frame->executor, type, frame->fx->arena);
}

static void send_spawn(struct process *p, struct executor_frame *frame)
{
    struct arena *arena = frame->fx->arena;
    Mesos__V1__Executor__Call *call = new_call(frame, CALL(SPAWN));
    ProtobufCBinaryData bytes = message_pack_in(arena, &p->call->base);

    if (p->fds_count > 0)
        order(frame->fx, EXECUTOR_PASS, p);
    call->spawn =
        message_unpack_in(arena, &mesos__v1__executor__call__spawn__descriptor,
                          bytes.data, bytes.len);
    executor_frame_add(frame, call);
}

static void send_signals(struct process *p, struct executor_frame *frame)
{
    for (int signal = 1; signal <= SIGNAL_MAX; signal++) {
        Mesos__V1__Executor__Call *call;

        if ((p->signals >> (signal - 1) & 1) == 0)
            continue;
        call = new_call(frame, CALL(SIGNAL));
        call->signal = message_new(
            frame->fx->arena, &mesos__v1__executor__call__signal__descriptor);
        call->signal->process = p->number;
        call->signal->signal = signal;
        executor_frame_add(frame, call);
    }
    p->signals = 0;
}

static void send_release(struct process *p, struct executor_frame *frame)
{
    Mesos__V1__Executor__Call *call = new_call(frame, CALL(RELEASE));

    call->release = message_new(
        frame->fx->arena, &mesos__v1__executor__call__release__descriptor);
    call->release->process = p->number;
    executor_frame_add(frame, call);
}

void processes_flush(struct processes *all, struct executor_frame *frame)
{
    struct process *p, *next;

    if (!all->has_news)
        return;
    for (p = TAILQ_FIRST(&all->list); p != NULL; p = next) {
        next = TAILQ_NEXT(p, entry);
        if (p->state == PROCESS_WANTED &&
            all->sent_count < PROCESSES_SENT_MAX) {
            send_spawn(p, frame);
            set_state(all, p, PROCESS_SENT);
        }
        if (p->state == PROCESS_SENT || p->state == PROCESS_ALIVE)
            send_signals(p, frame);
        if (p->state == PROCESS_ENDED) {
            send_release(p, frame);
            drop(all, p);
        }
    }
    all->has_news = false;
}

void processes_close_all(const struct processes *all, void (*close_fd)(int fd))
{
    struct process *p;

    TAILQ_FOREACH (p, &all->list, entry)
        for (size_t i = 0; i < p->fds_count; i++)
            close_fd(p->fds[i]);
}
