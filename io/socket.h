/* socket.h - ZeroMQ sockets, all with the same bounds. */

#ifndef IO_SOCKET_H
#define IO_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zmq.h>

struct keys;

enum {
    SOCKET_ID_SIZE = 16,      /* of a routing id, which is random */
    SOCKET_ID_SIZE_MAX = 255, /* of what others take for one */
    SOCKET_CONNECT_MS = 5000, /* for a connection, handshake and all */
};

struct socket_message {
    uint8_t id[SOCKET_ID_SIZE_MAX]; /* of a ROUTER's peer */
    size_t id_size;
    zmq_msg_t body; /* the first part behind the id */
    unsigned parts; /* behind the id; 1 is right */
};

/* All of these give NULL, with errno set, when that cannot be had. */

/* A ROUTER.  With `keys` others need keys too, and `domain` says who is asked
 * about them; without, anyone may come. */
void *socket_new_router(void *zmq, const struct keys *keys, const char *domain);

/* A DEALER for one connection: it has a routing id of its own, and libzmq does
 * not reconnect it.  `server_key` NULL: in plain. */
void *socket_new_dealer(void *zmq,
                        const struct keys *keys,
                        const char *server_key);

/* What is asked whether a key may connect. */
void *socket_new_doorkeeper(void *zmq);

/* Where `events` of `socket` may be read, two parts each. */
void *socket_new_monitor(void *zmq, void *socket, int events);

int socket_bind(void *socket, const char *address);
int socket_connect(void *socket, const char *address);

/* Let what was sent go out for at most `linger_ms`, in the background.  NULL is
 * a no-op, for `monitor` too, which is that of `socket`. */
void socket_close(void *socket, void *monitor, int linger_ms);

/* Readable when there may be something; the socket itself knows if there is. */
int socket_fd(void *socket);

/* The next message, whose body is to be closed; false if there is none. */
bool socket_receive(void *socket, struct socket_message *m);

/* NULL, or why it was not sent.  Only a ROUTER's messages have an id. */
const char *socket_send(void *socket,
                        const uint8_t *id,
                        size_t id_size,
                        const uint8_t *bytes,
                        size_t size);

/* The next of a monitor; false if there is none. */
bool socket_take_event(void *monitor, int *event, int *value);

#endif
