/* transport.h - connections and what comes over them: names of peers become
 * sockets, routing ids and descriptors here, and nowhere else.
 *
 * Where we listen, a peer is called by its routing id in hexadecimal, with "/I"
 * behind it at endpoint I > 0, so that nobody at one endpoint can be taken for
 * somebody at another; where we connect, as the caller likes.  It is there from
 * its first message until transport_part(). */

#ifndef IO_TRANSPORT_H
#define IO_TRANSPORT_H

#include "base/clock.h"
#include "base/effect.h"
#include "io/endpoint.h"

struct context;
struct keys;
struct transport;

/* As those of a driver. */
struct transport_options {
    const struct driver_endpoint *endpoints;
    size_t endpoints_count;
    const struct keys *keys;
    const struct principals *principals;
    const struct principal *server;
    struct context *context;
    void (*log)(void *arg, enum log_level level, const char *text);
    void *arg;
};

/* Something that was read: `peer` sent `bytes`, or is to be ended because of
 * `reason`; with neither it does not matter. */
struct transport_event {
    const char *peer;
    const struct principal *principal;
    const uint8_t *bytes;
    size_t size;
    const char *reason;
};

/* -EINVAL  as endpoint_check() */
int transport_new(const struct transport_options *options,
                  struct transport **transport,
                  struct error *err);

/* Whoever is still there is cut off; what was sent may go out for a moment. */
void transport_free(struct transport *t);

/* Readable when transport_poll() is to be called. */
int transport_fd(const struct transport *t);

/* Do what is due, and see who can be read; when to call again at the latest, or
 * MSEC_NEVER. */
void transport_poll(struct transport *t, msec_t now);
msec_t transport_deadline(const struct transport *t);

int transport_listen(struct transport *t, struct error *err);

/* Where endpoint `i` is; NULL if it is not open. */
const char *transport_address(const struct transport *t, size_t i);

/* If it fails, that is an event like any other end. */
void transport_connect(struct transport *t,
                       const char *peer,
                       const char *address,
                       const char *server_key,
                       msec_t now);

/* The next event, valid until the next call here; false when all was read. */
bool transport_receive(struct transport *t, struct transport_event *event);

/* May there be an event, whatever the descriptor says? */
bool transport_is_pending(const struct transport *t);

/* NULL, or why it could not be sent. */
const char *transport_send(struct transport *t,
                           const char *peer,
                           const uint8_t *bytes,
                           size_t size);

/* The peer's end: send `bytes`, if not NULL, read nothing more from it and shut
 * its connection once they had time to arrive.  Nothing happens to a peer that
 * is not there or has parted. */
void transport_part(struct transport *t,
                    const char *peer,
                    const uint8_t *bytes,
                    size_t size,
                    msec_t now);

/* Those who are not in the new list are ended. */
void transport_set_principals(struct transport *t,
                              const struct principals *principals);

#endif
