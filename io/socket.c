/* socket.c - the one place that makes a socket, so that none lacks a bound. */

#include "io/socket.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "io/keys.h"
#include "proto/frame.h"

/* Whoever sends more than this is cut off by libzmq, without a word to us.
 * What is over FRAME_SIZE_MAX but below still arrives, to be refused and
 * logged. */
#define SIZE_MAX_ACCEPTED ((int64_t)4 * FRAME_SIZE_MAX)

/* A connection that breaks is not repaired: its socket is closed long before.
 * To turn reconnecting off altogether would lose what came last and is still
 * unread, such as a farewell: libzmq drops it with the pipe. */
#define A_DAY_MS (24 * 60 * 60 * 1000)

static const struct {
    int name;
    int value;
} bounds[] = {
    {ZMQ_SNDHWM, 4000}, /* then the peer does not drain: its link ends */
    {ZMQ_RCVHWM, 1000}, /* then TCP holds the peer back */
    {ZMQ_LINGER, 0},
    {ZMQ_RECONNECT_IVL, A_DAY_MS},
    {ZMQ_CONNECT_TIMEOUT, SOCKET_CONNECT_MS},
    {ZMQ_HANDSHAKE_IVL, SOCKET_CONNECT_MS},
    {ZMQ_BACKLOG, 1024},
};

static int set_int(void *socket, int name, int value)
{
    return zmq_setsockopt(socket, name, &value, sizeof value);
}

static void *make(void *zmq, int type)
{
    void *socket = zmq_socket(zmq, type);
    const int64_t size_max = SIZE_MAX_ACCEPTED;
    int rc;

    if (socket == NULL)
        return NULL;
    rc = zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &size_max, sizeof size_max);
    for (size_t i = 0; i < sizeof bounds / sizeof bounds[0]; i++)
        rc |= set_int(socket, bounds[i].name, bounds[i].value);
    if (rc == 0)
        return socket;
    zmq_close(socket);
    return NULL;
}

/* `rc` is what the options of a socket came to. */
static void *finish(void *socket, int rc)
{
    int number = errno;

    if (rc == 0)
        return socket;
    zmq_close(socket);
    errno = number;
    return NULL;
}

/* libzmq lets everyone in when there is nobody to ask: the doorkeeper must be
 * there before such a socket, and until after it. */
static int guard(void *socket, const struct keys *keys, const char *domain)
{
    return set_int(socket, ZMQ_CURVE_SERVER, 1) |
           zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, keys->secret_key,
                          sizeof keys->secret_key) |
           zmq_setsockopt(socket, ZMQ_ZAP_DOMAIN, domain, strlen(domain));
}

void *socket_new_router(void *zmq, const struct keys *keys, const char *domain)
{
    void *socket = make(zmq, ZMQ_ROUTER);
    int rc;

    if (socket == NULL)
        return NULL;
    /* Or what cannot be sent vanishes silently. */
    rc = set_int(socket, ZMQ_ROUTER_MANDATORY, 1);
    if (keys != NULL)
        rc |= guard(socket, keys, domain);
    return finish(socket, rc);
}

static int set_keys(void *socket,
                    const struct keys *keys,
                    const char *server_key)
{
    return zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, server_key,
                          PRINCIPAL_KEY_SIZE) |
           zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, keys->public_key,
                          sizeof keys->public_key) |
           zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, keys->secret_key,
                          sizeof keys->secret_key);
}

void *socket_new_dealer(void *zmq,
                        const struct keys *keys,
                        const char *server_key)
{
    void *socket = make(zmq, ZMQ_DEALER);
    uint8_t id[SOCKET_ID_SIZE];
    int rc = 0;

    if (socket == NULL)
        return NULL;
    if (getrandom(id, sizeof id, 0) != sizeof id)
        return finish(socket, -1);
    id[0] |= 1; /* a leading zero is libzmq's own */
    rc = zmq_setsockopt(socket, ZMQ_ROUTING_ID, id, sizeof id);
    if (server_key != NULL)
        rc |= set_keys(socket, keys, server_key);
    return finish(socket, rc);
}

void *socket_new_doorkeeper(void *zmq)
{
    void *socket = make(zmq, ZMQ_REP);

    if (socket == NULL)
        return NULL;
    return finish(socket, zmq_bind(socket, "inproc://zeromq.zap.01"));
}

void *socket_new_monitor(void *zmq, void *socket, int events)
{
    void *monitor = make(zmq, ZMQ_PAIR);
    char address[48];
    int rc;

    if (monitor == NULL)
        return NULL;
    snprintf(address, sizeof address, "inproc://monitor-%p", socket);
    /* Events must never be in the way: libzmq's thread would wait for us, in
     * the middle of everyone's traffic.  They are as few as connections. */
    rc = set_int(monitor, ZMQ_RCVHWM, 0) |
         zmq_socket_monitor(socket, address, events) |
         zmq_connect(monitor, address);
    return finish(monitor, rc);
}

/* Not always: then the old numbers would be shown, and logged, as new ones. */
static int allow_ipv6(void *socket, const char *address)
{
    return strchr(address, '[') == NULL ? 0 : set_int(socket, ZMQ_IPV6, 1);
}

int socket_bind(void *socket, const char *address)
{
    static const char ipc[] = "ipc://";

    if (allow_ipv6(socket, address) < 0 || zmq_bind(socket, address) < 0)
        return -1;
    /* Whoever may come as far as to its directory: users of all kinds have
     * something to say there, and say who they are. */
    if (strncmp(address, ipc, sizeof ipc - 1) == 0)
        return chmod(address + sizeof ipc - 1, 0666);
    return 0;
}

int socket_connect(void *socket, const char *address)
{
    return allow_ipv6(socket, address) < 0 ? -1 : zmq_connect(socket, address);
}

void socket_close(void *socket, void *monitor, int linger_ms)
{
    if (socket == NULL)
        return;
    if (monitor != NULL) {
        zmq_socket_monitor(socket, NULL, 0);
        zmq_close(monitor);
    }
    set_int(socket, ZMQ_LINGER, linger_ms);
    zmq_close(socket);
}

int socket_fd(void *socket)
{
    int fd = -1;
    size_t size = sizeof fd;

    zmq_getsockopt(socket, ZMQ_FD, &fd, &size);
    return fd;
}

static bool is_router(void *socket)
{
    int type = 0;
    size_t size = sizeof type;

    zmq_getsockopt(socket, ZMQ_TYPE, &type, &size);
    return type == ZMQ_ROUTER;
}

/* A message comes whole: once its first part is there, so are the others. */
bool socket_receive(void *socket, struct socket_message *m)
{
    zmq_msg_t part;
    bool has_more = true;

    m->id_size = 0;
    m->parts = 0;
    zmq_msg_init(&m->body);
    if (is_router(socket)) {
        int size = zmq_recv(socket, m->id, sizeof m->id, ZMQ_DONTWAIT);

        if (size < 0)
            return false;
        m->id_size = (size_t)size;
    }
    while (has_more) {
        zmq_msg_t *next = m->parts == 0 ? &m->body : &part;

        zmq_msg_init(next);
        if (zmq_msg_recv(next, socket, ZMQ_DONTWAIT) < 0)
            return false;
        has_more = zmq_msg_more(next);
        if (m->parts++ > 0)
            zmq_msg_close(next);
    }
    return true;
}

const char *socket_send(void *socket,
                        const uint8_t *id,
                        size_t id_size,
                        const uint8_t *bytes,
                        size_t size)
{
    if ((id_size == 0 ||
         zmq_send(socket, id, id_size, ZMQ_SNDMORE | ZMQ_DONTWAIT) >= 0) &&
        zmq_send(socket, bytes, size, ZMQ_DONTWAIT) >= 0)
        return NULL;
    if (errno == EAGAIN)
        return "does not drain";
    return errno == EHOSTUNREACH ? "connection lost" : zmq_strerror(errno);
}

/* Two parts: number and value, then an address that says nothing new. */
bool socket_take_event(void *monitor, int *event, int *value)
{
    struct socket_message m;
    const uint8_t *bytes;
    uint16_t number = 0;
    uint32_t with = 0;
    bool is_event = socket_receive(monitor, &m);

    if (is_event && zmq_msg_size(&m.body) == sizeof number + sizeof with) {
        bytes = zmq_msg_data(&m.body);
        memcpy(&number, bytes, sizeof number);
        memcpy(&with, bytes + sizeof number, sizeof with);
    }
    zmq_msg_close(&m.body);
    *event = number;
    *value = (int)with;
    return is_event;
}
