/* door.h - a UNIX socket that a program's own users come to.
 *
 * Each sends lines and is sent lines; who he is, the kernel says.  One that
 * sends too long a line, or does not read what he asked for, is cut off. */

#ifndef IO_DOOR_H
#define IO_DOOR_H

#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"

struct event_base;
struct door;
struct door_client;

enum {
    DOOR_CLIENTS_MAX = 1000,
    DOOR_LINE_MAX = 8 << 20,   /* bytes of a line */
    DOOR_QUEUE_MAX = 32 << 20, /* bytes that a client has not read yet */
};

struct door_callbacks {
    /* Without its newline; with a NUL behind it. */
    void (*line)(struct door_client *client,
                 const char *text,
                 size_t size,
                 void *arg);
    /* What door_receive() waited for is in the file; or -errno. */
    void (*received)(struct door_client *client, int rc, void *arg);
    /* He is gone, and freed when this returns. */
    void (*left)(struct door_client *client, void *arg);
};

/* Anyone may connect; `callbacks` must outlive it.  A socket that nobody
 * listens on is replaced.
 *
 * -EADDRINUSE  somebody does */
int door_open(struct event_base *base,
              const char *path,
              const struct door_callbacks *callbacks,
              void *arg,
              struct door **door,
              struct error *err);

/* All clients are gone, without a word.  NULL is a no-op. */
void door_close(struct door *d);

uid_t door_client_uid(const struct door_client *client);

/* What the caller likes to keep with it; NULL at first. */
void door_client_set(struct door_client *client, void *value);
void *door_client_get(const struct door_client *client);

/* A line, without its newline.  One with too many unread is cut off, after this
 * has returned. */
void door_send(struct door_client *client, const char *text);

/* He is gone when all is sent to him; not before this returns. */
void door_dismiss(struct door_client *client);

/* The next `size` bytes go to `fd`, instead of being lines. */
void door_receive(struct door_client *client, int fd, size_t size);

#endif
