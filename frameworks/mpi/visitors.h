/* visitors.h - those who come in at the door (io/door.h), in the order in which
 * they came, and what they say in lines of JSON. */

#ifndef MPI_VISITORS_H
#define MPI_VISITORS_H

#include <jansson.h>
#include <sys/types.h>

#include "base/error.h"

struct event_base;
struct visitor;
struct visitors;

struct visitors_callbacks {
    /* A line of his; the value is ours. */
    void (*said)(struct visitor *v, const json_t *json, void *arg);
    /* He is gone, whoever has ended it. */
    void (*left)(struct visitor *v, void *arg);
};

/* `callbacks` must outlive it.  A socket that nobody listens on is replaced.
 *
 * -EADDRINUSE  somebody does */
int visitors_open(struct event_base *base,
                  const char *path,
                  const struct visitors_callbacks *callbacks,
                  void *arg,
                  struct visitors **all,
                  struct error *err);

/* All are gone.  NULL is a no-op. */
void visitors_close(struct visitors *all);

/* Who he is to the kernel. */
uid_t visitor_uid(const struct visitor *v);

/* What belongs to him, of whoever receives him. */
void *visitor_data(const struct visitor *v);
void visitor_set_data(struct visitor *v, void *data);

/* Takes over `json`. */
void visitor_say(struct visitor *v, json_t *json);

/* When all is said to him, end it; not before this returns. */
void visitor_dismiss(struct visitor *v);

/* Each who has said something; `all` may be NULL. */
struct visitor *visitors_first(const struct visitors *all);
struct visitor *visitors_next(const struct visitor *v);

/* Where the door of a cluster is: what is given, MEZZO_MPI_SOCKET, mpi.sock in
 * its state directory, or /run/mezzo/mpi.sock where there is none. */
void visitors_path(const char *given,
                   const char *state,
                   char *path,
                   size_t size);

#endif
