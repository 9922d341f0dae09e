/* keeper.c - the single-threaded client, behind one descriptor.
 *
 * The client names a socket and a time; both may be others after each call of
 * it.  So the socket is put into an epoll set of ours anew each time, beside a
 * timer, and the set's descriptor is what a loop watches. */

#include "io/keeper.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum {
    RETRY_MS = 500, /* when not even a socket could be made */
    DNS_DELAY_MS = 60 * 60 * 1000,
    TROUBLE_SIZE = 160,
};

struct keeper {
    struct keeper_address address;
    zhandle_t *zh;
    int64_t session; /* the last that was connected; 0: none */
    bool is_connected;
    bool has_expired; /* close it, and open another */
    msec_t lost_at;   /* MSEC_NEVER: it is not, or its end has been told */
    int epoll_fd, timer_fd;
    int socket_fd; /* in the epoll set; -1: none */
    char trouble[TROUBLE_SIZE];
    LIST_HEAD(watchers, keeper_watcher) watchers;
};

static msec_t clock_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_BOOTTIME, &ts);
    return (msec_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void set_timer(const struct keeper *k, int64_t us)
{
    const struct itimerspec at = {
        .it_value = {us / 1000000, us % 1000000 * 1000 + 1}};

    timerfd_settime(k->timer_fd, 0, &at, NULL);
}

void keeper_touch(struct keeper *k)
{
    set_timer(k, 0);
}

static void tell_connected(struct keeper *k, bool is_new)
{
    struct keeper_watcher *w, *next;

    for (w = LIST_FIRST(&k->watchers); w != NULL; w = next) {
        next = LIST_NEXT(w, entry);
        w->connected(w->arg, is_new);
    }
}

static void tell_lost(struct keeper *k)
{
    struct keeper_watcher *w, *next;

    for (w = LIST_FIRST(&k->watchers); w != NULL; w = next) {
        next = LIST_NEXT(w, entry);
        w->lost(w->arg, k->trouble);
    }
}

__attribute__((format(printf, 2, 3))) static void lose(struct keeper *k,
                                                       const char *format,
                                                       ...)
{
    bool was_connected = k->is_connected;
    va_list args;

    va_start(args, format);
    vsnprintf(k->trouble, sizeof k->trouble, format, args);
    va_end(args);
    k->is_connected = false;
    if (!was_connected)
        return;
    k->lost_at = clock_ms();
    tell_lost(k);
}

static void expire(struct keeper *k)
{
    struct keeper_watcher *w, *next;

    k->has_expired = true;
    if (k->lost_at == MSEC_NEVER)
        return;
    k->lost_at = MSEC_NEVER;
    for (w = LIST_FIRST(&k->watchers); w != NULL; w = next) {
        next = LIST_NEXT(w, entry);
        if (w->expired != NULL)
            w->expired(w->arg, k->trouble);
    }
}

void keeper_renew(struct keeper *k, const char *why)
{
    lose(k, "%s", why);
    expire(k);
    keeper_touch(k);
}

static void connect_again(struct keeper *k)
{
    int64_t session = zoo_client_id(k->zh)->client_id;
    bool is_new = session != k->session;

    k->session = session;
    k->is_connected = true;
    k->lost_at = MSEC_NEVER;
    k->trouble[0] = '\0';
    tell_connected(k, is_new);
}

/* Called by the client with what becomes of the session. */
static void session_cb(
    zhandle_t *zh, int type, int state, const char *path, void *arg)
{
    struct keeper *k = arg;

    (void)path;
    if (type != ZOO_SESSION_EVENT || (k->zh != NULL && zh != k->zh))
        return;
    if (state == ZOO_CONNECTED_STATE) {
        k->zh = zh;
        connect_again(k);
    } else if (state == ZOO_EXPIRED_SESSION_STATE) {
        lose(k, "the session with ZooKeeper has expired");
        expire(k);
    } else if (state == ZOO_AUTH_FAILED_STATE) {
        lose(k, "ZooKeeper refuses the user and password");
        expire(k);
    } else {
        lose(k, "no connection to ZooKeeper at %.100s", k->address.hosts);
    }
}

static int open_session(struct keeper *k)
{
    k->has_expired = false;
    zoo_set_debug_level((ZooLogLevel)0);
    k->zh = zookeeper_init(k->address.hosts, session_cb, KEEPER_SESSION_MS,
                           NULL, k, ZOO_NO_LOG_CLIENTENV);
    if (k->zh == NULL)
        return -errno;
    zoo_set_servers_resolution_delay(k->zh, DNS_DELAY_MS);
    if (k->address.credentials[0] != '\0')
        zoo_add_auth(k->zh, "digest", k->address.credentials,
                     (int)strlen(k->address.credentials), NULL, NULL);
    return 0;
}

static void close_session(struct keeper *k)
{
    zhandle_t *zh = k->zh;

    if (zh == NULL)
        return;
    if (k->socket_fd >= 0)
        epoll_ctl(k->epoll_fd, EPOLL_CTL_DEL, k->socket_fd, NULL);
    k->socket_fd = -1;
    k->is_connected = false;
    zookeeper_close(zh); /* completes what is on its way */
    k->zh = NULL;
}

/* Have what the client waits for wake us. */
static void arm(struct keeper *k)
{
    struct epoll_event e = {.events = 0};
    struct timeval tv = {.tv_usec = RETRY_MS * 1000};
    int fd = -1, interest = 0;
    int rc = k->zh == NULL ? ZINVALIDSTATE
                           : zookeeper_interest(k->zh, &fd, &interest, &tv);

    if (k->socket_fd >= 0)
        epoll_ctl(k->epoll_fd, EPOLL_CTL_DEL, k->socket_fd, NULL);
    k->socket_fd = -1;
    e.events |= (interest & ZOOKEEPER_READ) != 0 ? (uint32_t)EPOLLIN : 0;
    e.events |= (interest & ZOOKEEPER_WRITE) != 0 ? (uint32_t)EPOLLOUT : 0;
    if (fd >= 0 && epoll_ctl(k->epoll_fd, EPOLL_CTL_ADD, fd, &e) == 0)
        k->socket_fd = fd;
    if (rc != ZOK || (tv.tv_sec == 0 && tv.tv_usec == 0 && fd < 0))
        tv = (struct timeval){.tv_usec = RETRY_MS * 1000};
    set_timer(k, (int64_t)tv.tv_sec * 1000000 + tv.tv_usec);
}

static int ready_events(const struct keeper *k)
{
    struct pollfd p = {.fd = k->socket_fd, .events = POLLIN | POLLOUT};
    int events = 0;

    if (k->socket_fd < 0 || poll(&p, 1, 0) <= 0)
        return 0;
    events |= (p.revents & (POLLIN | POLLERR | POLLHUP)) ? ZOOKEEPER_READ : 0;
    events |= (p.revents & POLLOUT) ? ZOOKEEPER_WRITE : 0;
    return events;
}

void keeper_process(struct keeper *k)
{
    uint64_t count;

    if (read(k->timer_fd, &count, sizeof count) < 0 && errno != EAGAIN)
        abort();
    if (k->zh != NULL && !k->has_expired)
        zookeeper_process(k->zh, ready_events(k));
    if (k->lost_at != MSEC_NEVER &&
        clock_ms() >= k->lost_at + KEEPER_SESSION_MS)
        expire(k);
    if (k->has_expired)
        close_session(k);
    if (k->zh == NULL)
        open_session(k);
    arm(k);
}

zhandle_t *keeper_session(const struct keeper *k)
{
    return k->is_connected ? k->zh : NULL;
}

const char *keeper_path(const struct keeper *k)
{
    return k->address.path;
}

const struct ACL_vector *keeper_acl(const struct keeper *k)
{
    return k->address.credentials[0] != '\0' ? &ZOO_CREATOR_ALL_ACL
                                             : &ZOO_OPEN_ACL_UNSAFE;
}

const struct ACL_vector *keeper_acl_shown(const struct keeper *k)
{
    static struct ACL entries[2];
    static const struct ACL_vector shown = {.count = 2, .data = entries};

    entries[0] = (struct ACL){.perms = ZOO_PERM_ALL, .id = ZOO_AUTH_IDS};
    entries[1] =
        (struct ACL){.perms = ZOO_PERM_READ, .id = ZOO_ANYONE_ID_UNSAFE};
    return k->address.credentials[0] != '\0' ? &shown : &ZOO_OPEN_ACL_UNSAFE;
}

static void parent_cb(int rc, const char *path, const void *arg)
{
    (void)rc;
    (void)path;
    (void)arg;
}

void keeper_make_parents(struct keeper *k, const char *path)
{
    char parent[KEEPER_PATH_MAX + 64];

    snprintf(parent, sizeof parent, "%s", path);
    for (char *c = parent + 1; (c = strchr(c, '/')) != NULL; c++) {
        *c = '\0';
        zoo_acreate(k->zh, parent, "", 0, keeper_acl_shown(k), 0, parent_cb,
                    NULL);
        *c = '/';
    }
    keeper_touch(k);
}

const char *keeper_trouble(const struct keeper *k)
{
    return k->trouble;
}

int keeper_fd(const struct keeper *k)
{
    return k->epoll_fd;
}

void keeper_watch(struct keeper *k, struct keeper_watcher *w)
{
    LIST_INSERT_HEAD(&k->watchers, w, entry);
    if (k->is_connected)
        w->connected(w->arg, true);
}

void keeper_forget(struct keeper *k, struct keeper_watcher *w)
{
    (void)k;
    LIST_REMOVE(w, entry);
}

int keeper_open(const char *address, struct keeper **keeper, struct error *err)
{
    struct keeper *k = calloc(1, sizeof *k);
    struct epoll_event e = {.events = EPOLLIN};
    int rc;

    if (k == NULL)
        abort();
    LIST_INIT(&k->watchers);
    k->epoll_fd = k->timer_fd = k->socket_fd = -1;
    k->lost_at = MSEC_NEVER;
    rc = keeper_address_parse(address, &k->address, err);
    if (rc == 0) {
        k->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
        k->timer_fd =
            timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
        if (k->epoll_fd < 0 || k->timer_fd < 0 ||
            epoll_ctl(k->epoll_fd, EPOLL_CTL_ADD, k->timer_fd, &e) < 0)
            rc = error_errno(err, "timer");
    }
    if (rc < 0) {
        keeper_close(k);
        return rc;
    }
    lose(k, "no answer yet from ZooKeeper at %.100s", k->address.hosts);
    keeper_touch(k);
    *keeper = k;
    return 0;
}

void keeper_close(struct keeper *k)
{
    if (k == NULL)
        return;
    close_session(k);
    if (k->timer_fd >= 0)
        close(k->timer_fd);
    if (k->epoll_fd >= 0)
        close(k->epoll_fd);
    free(k);
}
