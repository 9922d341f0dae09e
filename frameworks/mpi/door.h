/* door.h - where users come in: a UNIX socket, on which the kernel says who
 * calls, so that no key is needed.
 *
 * Both sides write lines of JSON.  One who writes too long a line, or does not
 * read what is written to him, is cut off. */

#ifndef MPI_DOOR_H
#define MPI_DOOR_H

#include <jansson.h>
#include <sys/types.h>

#include "base/error.h"
#include "frameworks/mpi/watch.h"

struct door;
struct visitor;

enum {
    DOOR_LINE_MAX = 1 << 20,
    DOOR_WAITING_MAX = 16 << 20, /* bytes that one has not read */
    DOOR_VISITORS_MAX = 1000,
};

struct door_callbacks {
    /* A line of his; the value is the door's. */
    void (*said)(struct visitor *v, const json_t *json, void *arg);
    /* He is gone; not called for whom door_dismiss() was. */
    void (*left)(struct visitor *v, void *arg);
};

/* NULL with `err`.  A socket that nobody listens on is taken over. */
struct door *door_open(struct watches *watches,
                       const char *path,
                       const struct door_callbacks *callbacks,
                       void *arg,
                       struct error *err);
void door_close(struct door *d);

/* Who he is to the kernel. */
uid_t door_uid(const struct visitor *v);

/* What belongs to him, of whoever uses the door. */
void *door_data(const struct visitor *v);
void door_set_data(struct visitor *v, void *data);

/* Takes over `json`. */
void door_say(struct visitor *v, json_t *json);

/* When all is said to him, end it. */
void door_dismiss(struct visitor *v);

/* Each of those who are there, in the order in which they came. */
struct visitor *door_first(const struct door *d);
struct visitor *door_next(const struct visitor *v);

/* Where the door of a cluster is: what is given, MEZZO_MPI_SOCKET, mpi.sock in
 * its state directory, or /run/mezzo/mpi.sock where there is none. */
void door_path(const char *given, const char *state, char *path, size_t size);

#endif
