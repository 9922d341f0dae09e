/* driver.c - messages, answers and one timer, turned into steps.
 *
 * Nothing is done twice and nothing waits: a wake handles so many messages for
 * so long, and what is left makes the timer's time "at once". */

#include "io/driver.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "base/permission.h"
#include "io/detector.h"
#include "io/store.h"
#include "io/transport.h"

enum {
    MESSAGES_PER_WAKE = 256, /* so that a flood cannot starve the timer */
    WAKE_MS = 20,            /* and neither can what is slow to handle */
    STATUS_NO_ENDPOINT = 2,
    PEER_NAME_SIZE = 64,
};

#define AT_ONCE 0

struct driver {
    struct driver_options options;
    struct driver_endpoint *endpoints;
    struct arena *arena;
    struct links *links;
    struct transport *transport;
    char detected[PEER_NAME_SIZE]; /* the last link to a detected master */
    struct effects *effects;       /* that are being carried out, or NULL */
    uint64_t link_epoch;           /* of the last link we opened */
    int epoll_fd;
    int timer_fd;
    msec_t armed; /* what the timer is set to; -1: it has to be set */
    bool is_started;
    bool is_listening;
    bool has_stopped;
    int status;
};

static msec_t read_clock(clockid_t clock)
{
    struct timespec ts;

    clock_gettime(clock, &ts);
    return (msec_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static msec_t now_ms(void)
{
    return read_clock(CLOCK_BOOTTIME);
}

/* A frame that is not sent leaves a gap, so its link ends.  The core hears of
 * it after the present step, from turn(). */
static void send_bytes(struct driver *d,
                       const char *peer,
                       const uint8_t *bytes,
                       size_t size)
{
    const char *fault = transport_send(d->transport, peer, bytes, size);

    if (fault != NULL)
        links_end(d->links, peer, "%s", fault);
}

static void send_message(struct driver *d,
                         const char *peer,
                         const ProtobufCMessage *message)
{
    size_t size;
    const uint8_t *bytes =
        links_pack(d->links, peer, message, now_ms(), d->arena, &size);

    if (bytes != NULL) /* else it has ended, and the core is being told */
        send_bytes(d, peer, bytes, size);
}

/* Larger than all before, also than those before a restart. */
static uint64_t next_link_epoch(struct driver *d)
{
    uint64_t wall = (uint64_t)read_clock(CLOCK_REALTIME);

    d->link_epoch = wall > d->link_epoch ? wall : d->link_epoch + 1;
    return d->link_epoch;
}

/* To whom it leads is found by the detector. */
static void open_detected(struct driver *d, const struct effect *e, msec_t now)
{
    const struct detector *detector = d->options.detector;
    const char *key = e->connect.server_key;

    if (detector == NULL || detector->endpoint == NULL) {
        links_end(d->links, e->peer, "nobody leads: %s",
                  detector == NULL ? "masters are not looked for here"
                                   : detector->trouble);
        return;
    }
    if (key == NULL && d->options.keys != NULL)
        key = detector->server_key;
    snprintf(d->detected, sizeof d->detected, "%s", e->peer);
    transport_connect(d->transport, e->peer, detector->endpoint, key, now);
}

static void open_link(struct driver *d, const struct effect *e)
{
    msec_t now = now_ms();

    links_open(d->links, e->peer, next_link_epoch(d), e->connect.epoch_min,
               now);
    if (detector_is_address(e->connect.endpoint))
        open_detected(d, e, now);
    else
        transport_connect(d->transport, e->peer, e->connect.endpoint,
                          e->connect.server_key, now);
}

static void start_listening(struct driver *d, uint64_t epoch)
{
    struct error err;

    links_set_leader_epoch(d->links, epoch);
    if (d->is_listening)
        return;
    d->is_listening = true;
    if (transport_listen(d->transport, &err) == 0)
        return;
    d->options.log(d->options.arg, LOG_LEVEL_ERROR, err.text);
    driver_stop(d, STATUS_NO_ENDPOINT);
}

static void stop(struct driver *d, int status, const char *text)
{
    enum log_level level = status == 0 ? LOG_LEVEL_NOTICE : LOG_LEVEL_ERROR;

    if (text[0] != '\0')
        d->options.log(d->options.arg, level, text);
    driver_stop(d, status);
}

static void carry_out(struct driver *d, const struct effect *e)
{
    switch (e->kind) {
    case EFFECT_SEND:
        send_message(d, e->peer, e->message);
        break;
    case EFFECT_END_LINK:
        links_end(d->links, e->peer, "%s", e->text);
        break;
    case EFFECT_CONNECT:
        open_link(d, e);
        break;
    case EFFECT_LISTEN:
        start_listening(d, e->epoch);
        break;
    case EFFECT_STORE:
        store_submit(d->options.store, e->store.request, e->store.ops,
                     e->store.ops_count);
        break;
    case EFFECT_LOAD:
        store_load(d->options.store, e->store.request, e->text);
        break;
    case EFFECT_LOG:
        d->options.log(d->options.arg, e->level, e->text);
        break;
    case EFFECT_LOCAL:
        d->options.local(d->options.arg, e->local);
        break;
    case EFFECT_STOP:
        stop(d, e->status, e->text);
        break;
    }
}

static void step_core(struct driver *d,
                      const struct input *input,
                      struct effects *fx)
{
    struct input timed = *input;

    timed.wall = read_clock(CLOCK_REALTIME);
    d->options.machine.step(d->options.machine.core, &timed, now_ms(), fx);
}

/* By number, since carrying out a local effect may step the core again and add
 * to them.  Nothing follows the one that stops. */
static void step(struct driver *d, const struct input *input)
{
    struct effects fx = {.arena = d->arena};

    d->effects = &fx;
    step_core(d, input, &fx);
    for (size_t i = 0; i < fx.count && !d->has_stopped; i++) {
        const struct effect e = fx.items[i];

        carry_out(d, &e);
    }
    d->effects = NULL;
}

/* One input, which may be NULL, and then every link that has ended meanwhile:
 * each ends once, so this does too. */
static void turn(struct driver *d, const struct input *input)
{
    const uint8_t *farewell;
    struct input ended;
    size_t size;

    if (input != NULL)
        step(d, input);
    while (links_take_ended(d->links, d->arena, &ended, &farewell, &size)) {
        transport_part(d->transport, ended.peer, farewell, size, now_ms());
        if (d->is_started)
            step(d, &ended);
    }
    arena_reset(d->arena); /* whatever became of the input */
}

static void leader_changed(void *arg)
{
    struct driver *d = arg;

    if (d->detected[0] == '\0')
        return;
    links_end(d->links, d->detected, "another master leads now");
    d->detected[0] = '\0';
    turn(d, NULL);
}

/* "At once" is a time that has passed: the descriptor is then readable in the
 * next turn of the loop, and everything else gets its turn too. */
static void arm_timer(struct driver *d)
{
    struct itimerspec at = {.it_value = {0, 0}}; /* never */
    const msec_t deadlines[] = {
        d->options.machine.deadline(d->options.machine.core),
        links_deadline(d->links),
        transport_deadline(d->transport),
    };
    msec_t due = MSEC_NEVER;

    for (size_t i = 0; i < sizeof deadlines / sizeof deadlines[0]; i++)
        if (deadlines[i] < due)
            due = deadlines[i];
    if (d->has_stopped || transport_is_pending(d->transport))
        due = AT_ONCE;
    if (due == d->armed)
        return;
    if (due != MSEC_NEVER)
        at.it_value = (struct timespec){due / 1000, due % 1000 * 1000000 + 1};
    timerfd_settime(d->timer_fd, TFD_TIMER_ABSTIME, &at, NULL);
    d->armed = due;
}

static void start(struct driver *d)
{
    if (d->is_started)
        return;
    d->is_started = true;
    turn(d, &(struct input){.kind = INPUT_STARTED});
}

static void answered(void *arg,
                     uint64_t request,
                     const struct store_answer *answer)
{
    const struct input input = {
        .kind = INPUT_STORED,
        .request = request,
        .answer = answer,
    };

    turn(arg, &input);
}

static void send_heartbeats(struct driver *d)
{
    msec_t now = now_ms();
    const char *peer;
    const uint8_t *bytes;
    size_t size;

    while ((peer = links_heartbeat(d->links, now, d->arena, &bytes, &size)))
        send_bytes(d, peer, bytes, size);
    turn(d, NULL);
}

/* Fills `input` and is true when the core is to hear of it. */
static bool accept_frame(struct driver *d,
                         const struct transport_event *e,
                         struct input *input)
{
    struct error text;
    const char *fault;

    if (!links_receive(d->links, e->peer, e->bytes, e->size, now_ms(), d->arena,
                       input))
        return false;
    fault =
        permission_refuses(e->principal, input->type, input->message, &text);
    if (fault != NULL)
        links_end(d->links, e->peer, "%s", fault);
    input->principal = e->principal;
    return fault == NULL;
}

static void handle(struct driver *d, const struct transport_event *e)
{
    struct input input;
    bool is_input = false;

    if (e->peer == NULL)
        return;
    if (links_refuses(d->links, e->peer)) { /* its id has come back */
        transport_part(d->transport, e->peer, NULL, 0, now_ms());
        return;
    }
    if (e->reason != NULL)
        links_end(d->links, e->peer, "%s", e->reason);
    else
        is_input = accept_frame(d, e, &input);
    turn(d, is_input ? &input : NULL);
}

static void receive(struct driver *d)
{
    const msec_t until = now_ms() + WAKE_MS;
    struct transport_event e;

    for (int i = 0; i < MESSAGES_PER_WAKE && !d->has_stopped; i++) {
        if (!transport_receive(d->transport, &e))
            return;
        handle(d, &e);
        if (now_ms() >= until)
            return;
    }
}

void driver_process(struct driver *d)
{
    msec_t now = now_ms();

    if (d->armed <= now)
        d->armed = -1;
    start(d);
    transport_poll(d->transport, now);
    if (d->options.store != NULL)
        store_process(d->options.store, answered, d);
    if (d->options.detector != NULL)
        detector_process(d->options.detector, leader_changed, d);
    send_heartbeats(d);
    if (d->options.machine.deadline(d->options.machine.core) <= now_ms())
        turn(d, &(struct input){.kind = INPUT_TIMEOUT});
    receive(d);
    arm_timer(d);
}

void driver_input(struct driver *d, const struct input *input)
{
    if (d->effects != NULL) {
        step_core(d, input, d->effects);
        return;
    }
    start(d);
    turn(d, input);
    arm_timer(d);
}

void driver_set_principals(struct driver *d,
                           const struct principals *principals)
{
    transport_set_principals(d->transport, principals);
    arm_timer(d);
}

bool driver_has_stopped(const struct driver *d)
{
    return d->has_stopped;
}

int driver_status(const struct driver *d)
{
    return d->status;
}

void driver_stop(struct driver *d, int status)
{
    if (d->has_stopped)
        return; /* the first reason counts */
    d->has_stopped = true;
    d->status = status;
    if (d->effects == NULL)
        arm_timer(d); /* so that the loop sees it */
}

const char *driver_address(const struct driver *d, size_t i)
{
    return transport_address(d->transport, i);
}

int driver_fd(const struct driver *d)
{
    return d->epoll_fd;
}

static int watch(struct driver *d, int fd)
{
    struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};

    return epoll_ctl(d->epoll_fd, EPOLL_CTL_ADD, fd, &e);
}

/* Not a timer of the host's loop, whose clock may stand still in suspend. */
static int open_descriptors(struct driver *d, struct error *err)
{
    d->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    d->timer_fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
    if (d->epoll_fd < 0 || d->timer_fd < 0 || watch(d, d->timer_fd) < 0 ||
        watch(d, transport_fd(d->transport)) < 0)
        return error_errno(err, "timer");
    if (d->options.store != NULL && watch(d, store_fd(d->options.store)) < 0)
        return error_errno(err, "store");
    if (d->options.detector != NULL &&
        watch(d, detector_fd(d->options.detector)) < 0)
        return error_errno(err, "detector");
    return 0;
}

int driver_new(const struct driver_options *options,
               struct driver **driver,
               struct error *err)
{
    struct driver *d = calloc(1, sizeof *d);
    size_t size = options->endpoints_count * sizeof *d->endpoints;
    int rc;

    if (d == NULL || (d->endpoints = malloc(size + 1)) == NULL)
        abort();
    if (size > 0)
        memcpy(d->endpoints, options->endpoints, size);
    d->options = *options;
    d->arena = arena_new();
    d->links =
        links_new(options->links == NULL ? &links_defaults : options->links);
    d->epoll_fd = d->timer_fd = d->armed = -1;
    rc = transport_new(
        &(struct transport_options){
            .endpoints = d->endpoints,
            .endpoints_count = options->endpoints_count,
            .keys = options->keys,
            .principals = options->principals,
            .server = options->server,
            .context = options->context,
            .log = options->log,
            .arg = options->arg,
        },
        &d->transport, err);
    if (rc == 0)
        rc = open_descriptors(d, err);
    if (rc < 0) {
        driver_free(d);
        return rc;
    }
    d->armed = AT_ONCE;
    timerfd_settime(d->timer_fd, TFD_TIMER_ABSTIME,
                    &(struct itimerspec){.it_value = {0, 1}}, NULL);
    *driver = d;
    return 0;
}

void driver_free(struct driver *d)
{
    if (d == NULL)
        return;
    if (d->transport != NULL) {
        d->is_started = false; /* the core hears no more */
        links_end_all(d->links, "the other side has stopped");
        turn(d, NULL);
    }
    transport_free(d->transport);
    links_free(d->links);
    arena_free(d->arena);
    if (d->timer_fd >= 0)
        close(d->timer_fd);
    if (d->epoll_fd >= 0)
        close(d->epoll_fd);
    free(d->endpoints);
    free(d);
}
