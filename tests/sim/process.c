/* process.c - what io/driver.c does, with virtual time, connections and disk.
 *
 * The links that it opens and those it accepts are two sets, as they are two
 * kinds of sockets. */

#include "tests/sim/process.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "base/permission.h"
#include "tests/sim/message_trace.h"

struct process {
    struct world *world;
    struct node *node;
    struct process_options options;
    struct principal guest;  /* it, to who takes anyone */
    struct principal server; /* it, to a framework that connected to it */
    struct disk_user *disk;
    bool is_up;
    bool is_stopped; /* it said so itself, in the step that is under way */
    int status;
    struct machine machine;
    struct links *links[2]; /* accepted; ours */
    uint64_t link_epoch;    /* grows over restarts too */
    uint64_t epoch_seen;    /* the highest of a leader that it listened to */
    struct event wake;
    msec_t paused_until;
    unsigned long steps_count, gaps_count;
    double cpu_seconds;
    unsigned long clock_reads;
    msec_t skew_ms; /* of its wall clock */
};

static double clock_of(struct process *p)
{
    struct timespec now = {.tv_sec = 0};

    if (p->options.is_timed) {
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
        p->clock_reads++;
    }
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void send_bytes(struct process *p,
                       const char *peer,
                       bool is_ours,
                       const uint8_t *bytes,
                       size_t size)
{
    if (!node_send(p->node, peer, is_ours, bytes, size))
        links_end(p->links[is_ours], peer, "unreachable");
}

static void send_message(struct process *p,
                         const char *peer,
                         const ProtobufCMessage *message)
{
    for (int is_ours = 0; is_ours < 2; is_ours++) {
        size_t size;
        const uint8_t *bytes =
            links_pack(p->links[is_ours], peer, message, world_now(p->world),
                       world_arena(p->world), &size);

        if (bytes != NULL)
            send_bytes(p, peer, is_ours, bytes, size);
    }
}

static void end_link(struct process *p, const struct effect *e)
{
    bool is_ours = node_has(p->node, e->peer, true);

    world_trace(p->world, "%s: ends link: %s", p->options.name, e->text);
    links_end(p->links[is_ours], e->peer, "%s", e->text);
}

static void connect_to(struct process *p, const struct effect *e)
{
    world_trace(p->world, "%s: connects to %s", p->options.name,
                e->connect.endpoint);
    links_open(p->links[true], e->peer, ++p->link_epoch, e->connect.epoch_min,
               world_now(p->world));
    node_connect(p->node, e->peer, e->connect.endpoint);
}

static void listen_as(struct process *p, uint64_t epoch)
{
    world_trace(p->world, "%s: listens, leader epoch %" PRIu64, p->options.name,
                epoch);
    links_set_leader_epoch(p->links[false], epoch);
    if (p->options.endpoint != NULL)
        node_listen(p->node, p->options.endpoint, false);
    if (p->options.guest_endpoint != NULL)
        node_listen(p->node, p->options.guest_endpoint, true);
}

static void store(struct process *p, const struct effect *e)
{
    if (world_is_traced(p->world))
        for (size_t i = 0; i < e->store.ops_count; i++)
            world_trace(p->world, "%s: stores %s", p->options.name,
                        e->store.ops[i].key);
    disk_store(p->disk, e->store.request, e->store.ops, e->store.ops_count);
}

static void carry_out(struct process *p, const struct effects *fx)
{
    effects_foreach (e, fx) {
        switch (e->kind) {
        case EFFECT_SEND:
            send_message(p, e->peer, e->message);
            break;
        case EFFECT_END_LINK:
            end_link(p, e);
            break;
        case EFFECT_CONNECT:
            connect_to(p, e);
            break;
        case EFFECT_LISTEN:
            listen_as(p, e->epoch);
            break;
        case EFFECT_STORE:
            store(p, e);
            break;
        case EFFECT_LOAD:
            disk_load(p->disk, e->store.request, e->text);
            break;
        case EFFECT_LOG:
            world_trace(p->world, "%s: %s", p->options.name, e->text);
            break;
        case EFFECT_LOCAL:
            if (p->options.local != NULL) /* masters keep no history here */
                p->options.local(p->options.arg, e->local);
            break;
        case EFFECT_STOP:
            world_trace(p->world, "%s: stops: %s", p->options.name, e->text);
            p->is_stopped = true;
            p->status = e->status;
            break;
        }
    }
}

static void step(struct process *p, struct input *input)
{
    struct effects fx = {.arena = world_arena(p->world)};

    if (p->is_stopped)
        return;
    input->wall = world_wall(p->world) + p->skew_ms;
    p->steps_count++;
    p->machine.step(p->machine.core, input, world_now(p->world), &fx);
    if (p->options.check != NULL) {
        const char *wrong =
            p->options.check(p->options.arg, world_arena(p->world));

        if (wrong != NULL)
            world_fail(p->world, "%s: %s", p->options.name, wrong);
    }
    carry_out(p, &fx);
}

/* Whose connection has ended is told with a farewell; then it is closed. */
static bool step_ended(struct process *p)
{
    struct world *w = p->world;
    struct input input;
    const uint8_t *farewell;
    size_t size;

    for (int is_ours = 0; is_ours < 2; is_ours++) {
        if (!links_take_ended(p->links[is_ours], world_arena(w), &input,
                              &farewell, &size))
            continue;
        if (farewell != NULL)
            node_send(p->node, input.peer, is_ours, farewell, size);
        node_close(p->node, input.peer, is_ours);
        world_trace(w, "%s: link ended: %s", p->options.name, input.reason);
        p->gaps_count += strncmp(input.reason, "gap", 3) == 0;
        step(p, &input);
        return true;
    }
    return false;
}

static void arm(struct process *p)
{
    msec_t due = p->machine.deadline(p->machine.core);

    for (int i = 0; i < 2; i++)
        if (links_deadline(p->links[i]) < due)
            due = links_deadline(p->links[i]);
    if (due == MSEC_NEVER)
        world_cancel(p->world, &p->wake);
    else
        world_set(p->world, &p->wake,
                  due > p->paused_until ? due : p->paused_until);
}

static void down(struct process *p, bool is_told)
{
    p->is_up = false;
    p->paused_until = 0;
    world_cancel(p->world, &p->wake);
    node_down(p->node, is_told);
    if (p->disk != NULL)
        disk_forget(p->disk);
    for (int i = 0; i < 2; i++)
        links_free(p->links[i]);
    p->options.stop(p->options.arg);
}

/* All that follows from an input, which may be NULL. */
static void turn(struct process *p, struct input *input)
{
    if (input != NULL)
        step(p, input);
    while (step_ended(p))
        ;
    arena_reset(world_arena(p->world));
    if (!p->is_stopped) {
        arm(p);
        return;
    }
    down(p, true);
    if (p->options.stopped != NULL)
        p->options.stopped(p->options.arg, p->status);
}

static void heartbeats(struct process *p)
{
    const uint8_t *bytes;
    size_t size;

    for (int is_ours = 0; is_ours < 2; is_ours++) {
        const char *peer;

        while ((peer = links_heartbeat(p->links[is_ours], world_now(p->world),
                                       world_arena(p->world), &bytes, &size)) !=
               NULL)
            send_bytes(p, peer, is_ours, bytes, size);
    }
}

static void wake_up(struct event *event)
{
    struct process *p = event->arg;
    struct input input = {.kind = INPUT_TIMEOUT};

    double began = clock_of(p);

    if (p->paused_until > world_now(p->world)) {
        arm(p);
        return;
    }
    heartbeats(p);
    if (p->machine.deadline(p->machine.core) <= world_now(p->world))
        turn(p, &input);
    else
        turn(p, NULL);
    p->cpu_seconds += clock_of(p) - began;
}

/* A deposed leader must not be heard after its successor. */
static void check_epoch(struct process *p, const uint8_t *bytes, size_t size)
{
    struct frame_header header;

    if (frame_decode(&header, bytes, size) != NULL || header.leader_epoch == 0)
        return;
    if (header.leader_epoch < p->epoch_seen)
        world_fail(p->world,
                   "%s listened to leader %" PRIu64 " after leader %" PRIu64,
                   p->options.name, header.leader_epoch, p->epoch_seen);
    p->epoch_seen = header.leader_epoch;
}

static const struct principal *principal_of(const struct process *p,
                                            const struct process *sender,
                                            bool is_ours,
                                            bool is_guest)
{
    if (is_guest)
        return &sender->guest;
    if (is_ours && p->options.principal.kind == PRINCIPAL_FRAMEWORK)
        return &sender->server;
    return &sender->options.principal;
}

static void receive(struct process *p,
                    const char *peer,
                    bool is_ours,
                    bool is_guest,
                    struct node *from,
                    const uint8_t *bytes,
                    size_t size)
{
    const struct process *sender = node_arg(from);
    struct input input;
    struct error text;
    const char *refusal = NULL;

    if (!links_receive(p->links[is_ours], peer, bytes, size,
                       world_now(p->world), world_arena(p->world), &input)) {
        turn(p, NULL);
        return;
    }
    input.principal = principal_of(p, sender, is_ours, is_guest);
    refusal =
        permission_refuses(input.principal, input.type, input.message, &text);
    if (refusal != NULL) {
        links_end(p->links[is_ours], peer, "%s", refusal);
        turn(p, NULL);
        return;
    }
    if (p->options.heard != NULL)
        p->options.heard(p->options.arg, &input);
    if (is_ours && !p->options.is_careless)
        check_epoch(p, bytes, size);
    if (world_is_traced(p->world))
        message_trace(p->world, p->options.name, sender->options.name,
                      input.message);
    turn(p, &input);
}

static void received_cb(void *arg,
                        const char *peer,
                        bool is_ours,
                        bool is_guest,
                        struct node *from,
                        const uint8_t *bytes,
                        size_t size)
{
    struct process *p = arg;
    double began = clock_of(p);

    if (p->is_up)
        receive(p, peer, is_ours, is_guest, from, bytes, size);
    p->cpu_seconds += clock_of(p) - began;
}

static void cut_cb(void *arg, const char *peer, bool is_ours)
{
    struct process *p = arg;

    links_end(p->links[is_ours], peer, "disconnected");
    turn(p, NULL);
}

static void answered_cb(void *arg,
                        uint64_t request,
                        const struct store_answer *answer)
{
    struct process *p = arg;
    struct input input = {
        .kind = INPUT_STORED, .request = request, .answer = answer};
    double began = clock_of(p);

    turn(p, &input);
    p->cpu_seconds += clock_of(p) - began;
}

struct process *process_new(struct world *w,
                            struct network *n,
                            const struct process_options *options)
{
    struct process *p = memory_new(1, sizeof *p);
    const struct node_callbacks callbacks = {received_cb, cut_cb, p};

    p->world = w;
    p->options = *options;
    p->guest = options->principal;
    p->guest.kind = PRINCIPAL_GUEST;
    p->guest.name = p->guest.key;
    p->server = options->principal;
    p->server.kind = PRINCIPAL_SERVER;
    p->node = node_new(n, options->name, &callbacks);
    if (options->disk != NULL)
        p->disk = disk_user_new(options->disk, options->name, answered_cb, p);
    p->wake.happen = wake_up;
    p->wake.arg = p;
    return p;
}

void process_free(struct process *p)
{
    if (p == NULL)
        return;
    if (p->is_up)
        down(p, true);
    disk_user_free(p->disk);
    free(p);
}

void process_start(struct process *p)
{
    struct input input = {.kind = INPUT_STARTED};

    world_trace(p->world, "%s: starts", p->options.name);
    p->is_up = true;
    p->is_stopped = false;
    p->paused_until = 0;
    p->epoch_seen = 0;
    for (int i = 0; i < 2; i++)
        p->links[i] = links_new(&p->options.links);
    p->machine = p->options.start(p->options.arg);
    turn(p, &input);
}

void process_kill(struct process *p, bool is_power_cut)
{
    if (!p->is_up)
        return;
    world_trace(p->world, "%s: is killed", p->options.name);
    down(p, !is_power_cut);
}

void process_pause(struct process *p, msec_t until)
{
    if (!p->is_up)
        return;
    world_trace(p->world, "%s: is paused", p->options.name);
    p->paused_until = until;
    node_pause(p->node, until);
    if (p->disk != NULL)
        disk_pause(p->disk, until);
}

void process_set_skew(struct process *p, msec_t ms)
{
    p->skew_ms = ms;
}

bool process_is_up(const struct process *p)
{
    return p->is_up;
}

msec_t process_paused_until(const struct process *p)
{
    return p->paused_until;
}

const char *process_name(const struct process *p)
{
    return p->options.name;
}

struct node *process_node(const struct process *p)
{
    return p->node;
}

void process_report(struct process *p, const void *report)
{
    struct input input = {.kind = INPUT_LOCAL, .local = report};

    if (p->is_up)
        turn(p, &input);
}

void process_wake(struct process *p)
{
    if (p->is_up)
        arm(p);
}

unsigned long process_steps_count(const struct process *p)
{
    return p->steps_count;
}

unsigned long process_gaps_count(const struct process *p)
{
    return p->gaps_count;
}

/* Of each two looks at the clock one is between them. */
double process_cpu_seconds(const struct process *p)
{
    enum {
        LOOKS = 10000
    };
    struct process idle = {.options.is_timed = true};
    double began = clock_of(&idle), look;

    for (int i = 0; i < LOOKS; i++)
        clock_of(&idle);
    look = (clock_of(&idle) - began) / LOOKS;
    return p->cpu_seconds - look * (double)(p->clock_reads / 2);
}
