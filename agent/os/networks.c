/* networks.c - a seat is taken in three steps, each elsewhere: bridge and
 * namespace by a thread, the address by one plugin, ports by another. */

#include "config.h"

#include "agent/os/networks_parts.h"

#include <errno.h>
#include <event2/event.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/os/tools.h"
#include "agent/os/worker.h"
#include "base/auto.h"
#include "io/file.h"

enum {
    IDLE_S = 3,
    PATH_SIZE = 4096,
};

static const char *const plugin_directories[] = {"/usr/lib/cni",
                                                 "/opt/cni/bin"};

struct opening {
    struct job job;
    struct network_seat *seat; /* NULL: the bridge is to go ... */
    struct overlay overlay;
    bool is_change; /* ... or only of the overlay */
    struct networks *all;
    struct error err;
    int fd;
};

/* ------------------------------------------------------------------ leaving */

void network_seat_free(struct network_seat *s)
{
    if (s == NULL)
        return;
    TAILQ_REMOVE(&s->all->seats, s, link);
    if (s->fd >= 0)
        close(s->fd);
    free(s->ports);
    free(s);
}

static void wait_idle(struct networks *n)
{
    const struct timeval wait = {.tv_sec = IDLE_S};

    if (n->is_up && TAILQ_EMPTY(&n->seats))
        evtimer_add(n->idle, &wait);
}

static void left(void *arg, const struct tool_result *result)
{
    struct network_seat *s = arg;
    struct networks *n = s->all;

    (void)result; /* what cannot be given back now, is at the next start */
    network_seat_free(s);
    wait_idle(n);
}

static void unmapped(void *arg, const struct tool_result *result)
{
    struct network_seat *s = arg;

    (void)result;
    s->tool = network_run_plugin(s, "bridge", "DEL", NULL, left);
    if (s->tool == NULL)
        network_seat_free(s);
}

static void give_back(struct network_seat *s)
{
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
    s->path[0] = '\0';
    s->tool = s->has_ports
                  ? network_run_plugin(s, "portmap", "DEL", NULL, unmapped)
                  : network_run_plugin(s, "bridge", "DEL", NULL, left);
    if (s->tool == NULL)
        network_seat_free(s);
}

void network_leave(struct network_seat *s)
{
    if (s == NULL)
        return;
    s->is_leaving = true;
    if (s->is_opening)
        return;
    tool_cancel(s->tool);
    give_back(s);
}

/* ------------------------------------------------------------------ joining */

static void joined(struct network_seat *s, const char *fault)
{
    s->joined(s->arg, fault); /* the seat may be gone now */
}

static void mapped(void *arg, const struct tool_result *result)
{
    struct network_seat *s = arg;
    char fault[512];

    s->tool = NULL;
    if (result->fault == NULL) {
        joined(s, NULL);
        return;
    }
    network_plugin_fault(result, "its ports", fault);
    joined(s, fault);
}

/* The first address of a result: ..."address": "10.88.7.2/24"... */
static bool read_address(struct network_seat *s, const char *output)
{
    const char *at = strstr(output, "\"address\": \"");
    size_t size;

    if (at == NULL)
        return false;
    at += strlen("\"address\": \"");
    size = strspn(at, "0123456789.");
    if (size == 0 || size >= sizeof s->address)
        return false;
    memcpy(s->address, at, size);
    s->address[size] = '\0';
    return true;
}

static void addressed(void *arg, const struct tool_result *result)
{
    struct network_seat *s = arg;
    char fault[512];

    s->tool = NULL;
    if (result->fault != NULL) {
        network_plugin_fault(result, "its network", fault);
        joined(s, fault);
    } else if (!read_address(s, result->output)) {
        joined(s, "its network: the bridge plugin gave no address");
    } else if (s->ports_count == 0) {
        joined(s, NULL);
    } else {
        s->has_ports = true;
        s->tool =
            network_run_plugin(s, "portmap", "ADD", result->output, mapped);
        if (s->tool == NULL)
            joined(s, "too many programs are running on the agent");
    }
}

static void note_bridge(const struct networks *n)
{
    char path[PATH_SIZE], text[64];
    struct error err;

    snprintf(path, sizeof path, "%s/bridge", n->directory);
    snprintf(text, sizeof text, "%s %u\n", n->bridge.name,
             n->bridge.subnet.third);
    file_write(path, 0600, text, strlen(text), &err);
}

static unsigned hash(const char *text)
{
    uint32_t h = 2166136261u;

    for (; *text != '\0'; text++)
        h = (h ^ (unsigned char)*text) * 16777619u;
    return h;
}

static void open_run(struct job *job)
{
    struct opening *o = (struct opening *)job;
    struct networks *n = o->all;

    if (o->is_change) {
        if (bridge_is_there(&n->bridge))
            overlay_apply(&o->overlay, &n->bridge);
        return;
    }
    if (o->seat == NULL) {
        overlay_remove(&n->bridge);
        bridge_remove(&n->bridge);
        return;
    }
    if (!bridge_is_there(&n->bridge)) {
        if (bridge_make(&n->bridge, &o->err) < 0)
            return;
        overlay_apply(&o->overlay, &n->bridge);
    }
    o->fd = bridge_new_namespace(&o->err);
}

static void open_done(struct job *job)
{
    struct opening *o = (struct opening *)job;
    struct network_seat *s = o->seat;

    if (s == NULL)
        return; /* nobody waits for it */
    s->is_opening = false;
    s->fd = o->fd;
    s->all->is_up = true;
    if (s->is_leaving) {
        struct networks *n = s->all;

        network_seat_free(s);
        wait_idle(n);
        return;
    }
    if (s->fd < 0) {
        joined(s, o->err.text);
        return;
    }
    snprintf(s->path, sizeof s->path, "/proc/%ld/fd/%d", (long)getpid(), s->fd);
    s->tool = network_run_plugin(s, "bridge", "ADD", NULL, addressed);
    if (s->tool == NULL)
        joined(s, "too many programs are running on the agent");
}

static void submit(struct networks *n, struct network_seat *s, bool is_change)
{
    struct opening *o = calloc(1, sizeof *o);

    if (o == NULL)
        abort();
    *o = (struct opening){
        .job = {.run = open_run, .done = open_done},
        .seat = s,
        .overlay = n->overlay,
        .is_change = is_change,
        .all = n,
        .fd = -1,
    };
    worker_submit(n->worker, &o->job);
}

static struct network_seat *add(struct networks *n, const char *id)
{
    struct network_seat *s = calloc(1, sizeof *s);

    if (s == NULL)
        abort();
    s->all = n;
    s->fd = -1;
    snprintf(s->id, sizeof s->id, "%s", id);
    TAILQ_INSERT_TAIL(&n->seats, s, link);
    return s;
}

struct network_seat *network_join(struct networks *n,
                                  const char *id,
                                  const struct order_port *ports,
                                  size_t ports_count,
                                  network_joined_f *done,
                                  void *arg)
{
    struct network_seat *s = add(n, id);

    s->joined = done;
    s->arg = arg;
    s->ports = calloc(ports_count + 1, sizeof *s->ports);
    if (s->ports == NULL)
        abort();
    if (ports_count > 0)
        memcpy(s->ports, ports, ports_count * sizeof *ports);
    s->ports_count = ports_count;
    s->is_opening = true;
    evtimer_del(n->idle);
    submit(n, s, false);
    return s;
}

struct network_seat *network_adopt(struct networks *n, const char *id)
{
    struct network_seat *s = add(n, id);

    s->has_ports = true; /* for all we know */
    evtimer_del(n->idle);
    return s;
}

void network_sweep(struct networks *n, const char *id)
{
    if (n->plugins != NULL && n->is_up)
        network_leave(network_adopt(n, id));
}

const char *network_seat_address(const struct network_seat *s)
{
    return s->address;
}

const char *network_seat_path(const struct network_seat *s)
{
    return s->path;
}

/* ---------------------------------------------------------------- the whole */

static void idle_cb(evutil_socket_t fd, short what, void *arg)
{
    struct networks *n = arg;

    (void)fd;
    (void)what;
    if (!n->is_up || !TAILQ_EMPTY(&n->seats))
        return;
    n->is_up = false;
    submit(n, NULL, false);
}

const char *networks_fault(const struct networks *n)
{
    if (geteuid() != 0)
        return "the agent is not root";
    if (n->fault[0] != '\0')
        return n->fault;
    return n->plugins == NULL ? "its machine has no network plugins "
                                "(containernetworking-plugins)"
                              : NULL;
}

static void set_gateway(struct networks *n)
{
    note_bridge(n);
    snprintf(n->gateway, sizeof n->gateway, SUBNET_FORMAT ".1",
             n->bridge.subnet.third);
}

/* The subnet of an earlier agent is ours again, if it can be had. */
static void settle(struct networks *n)
{
    AUTO(auto_free) char *text = NULL;
    char path[PATH_SIZE];
    struct error err;
    size_t size;

    snprintf(n->bridge.name, sizeof n->bridge.name, "mezzo%08x",
             hash(n->directory));
    n->bridge.subnet.third = 1 + hash(n->directory) % 255;
    snprintf(path, sizeof path, "%s/bridge", n->directory);
    if (file_read(path, sizeof path, &text, &size, NULL) == 0)
        (void)!sscanf(text, "%15s %u", n->bridge.name, &n->bridge.subnet.third);
    if (networks_fault(n) != NULL)
        return;
    if (subnet_claim(&n->bridge.subnet, n->bridge.name, &err) < 0) {
        snprintf(n->fault, sizeof n->fault, "%.240s", err.text);
        return;
    }
    set_gateway(n);
    n->is_up = bridge_is_there(&n->bridge);
    wait_idle(n);
}

/* The master has found that another agent has the one that we took. */
static void move(struct networks *n, unsigned third)
{
    struct subnet wanted = {.third = third, .claim = -1};
    struct error err;

    if (n->is_up || !TAILQ_EMPTY(&n->seats)) {
        error_set(&err, 0,
                  "the containers' subnet is another agent's; it stays while "
                  "there are containers");
    } else if (subnet_claim(&wanted, n->bridge.name, &err) == 0) {
        if (wanted.third == third) {
            subnet_release(&n->bridge.subnet);
            n->bridge.subnet = wanted;
            set_gateway(n);
            return;
        }
        subnet_release(&wanted);
        error_set(&err, 0,
                  "the subnet " SUBNET_FORMAT ".0/24, which the master gives, "
                  "is taken on this machine",
                  third);
    }
    n->options.log(n->options.arg, LOG_LEVEL_ERROR, err.text);
}

void networks_configure(struct networks *n, const struct order *order)
{
    struct overlay *o = &n->overlay;

    if (n->gateway[0] == '\0')
        return;
    if (order->network.third != 0 &&
        order->network.third != n->bridge.subnet.third)
        move(n, order->network.third);
    if (order->network.is_all)
        memset(o, 0, sizeof *o);
    snprintf(o->local, sizeof o->local, "%s",
             order->network.local != NULL ? order->network.local : "");
    for (size_t i = 0; i < order->network.peers_count; i++)
        snprintf(o->remotes[order->network.peers[i].third & 255],
                 sizeof o->remotes[0], "%s", order->network.peers[i].address);
    submit(n, NULL, true);
}

const char *networks_gateway(const struct networks *n)
{
    return n->gateway[0] != '\0' ? n->gateway : NULL;
}

int networks_open(const struct networks_options *options,
                  struct networks **networks,
                  struct error *err)
{
    struct networks *n = calloc(1, sizeof *n);
    char path[PATH_SIZE];

    if (n == NULL ||
        asprintf(&n->directory, "%s/network", options->directory) < 0)
        abort();
    n->options = *options;
    n->bridge.subnet.claim = -1;
    TAILQ_INIT(&n->seats);
    if (file_make_directories(n->directory, 0700, err) < 0) {
        free(n->directory);
        free(n);
        return -EIO;
    }
    for (size_t i = 0; n->plugins == NULL && i < 2; i++) {
        snprintf(path, sizeof path, "%s/portmap", plugin_directories[i]);
        if (access(path, X_OK) == 0)
            n->plugins = plugin_directories[i];
    }
    n->worker = worker_new(options->base, "networks");
    n->idle = evtimer_new(options->base, idle_cb, n);
    if (n->idle == NULL)
        abort();
    settle(n);
    *networks = n;
    return 0;
}

void networks_close(struct networks *n)
{
    bool is_idle;

    if (n == NULL)
        return;
    is_idle = n->is_up && TAILQ_EMPTY(&n->seats);
    worker_free(n->worker);
    if (is_idle) {
        overlay_remove(&n->bridge);
        bridge_remove(&n->bridge);
    }
    while (!TAILQ_EMPTY(&n->seats))
        network_seat_free(TAILQ_FIRST(&n->seats));
    subnet_release(&n->bridge.subnet);
    event_free(n->idle);
    free(n->directory);
    free(n);
}
