/* effect.h - what a core asks its surroundings to do.
 *
 * A step appends effects; the shell (or the simulator) carries them out in
 * order.  Effects and all they point to live in the step's arena. */

#ifndef BASE_EFFECT_H
#define BASE_EFFECT_H

#include <stddef.h>

#include "base/arena.h"
#include "base/store.h"
#include "proto/frame.h"

enum effect_kind {
    EFFECT_SEND,     /* deliver `message` to `peer`; if not, its link ends */
    EFFECT_END_LINK, /* `text` says why, also to the peer; INPUT_LINK_ENDED
                      * follows, once */
    EFFECT_CONNECT,  /* open a link and call it `peer`; frames may be sent at
                      * once.  A name is used once in a core's life. */
    EFFECT_LISTEN,   /* from now on take links, as the leader of `epoch` */
    EFFECT_STORE,    /* apply `ops`; INPUT_STORED number `request` follows */
    EFFECT_LOAD,     /* all entries below `text`, a path; the same follows */
    EFFECT_LOG,      /* report `text` to the operator */
    EFFECT_LOCAL,    /* `local`, which the core's own header describes */
    EFFECT_STOP,     /* end the process with `status`; `text` says why */
};

enum log_level {
    LOG_LEVEL_ERROR,
    LOG_LEVEL_NOTICE,
    LOG_LEVEL_DEBUG,
};

struct effect {
    enum effect_kind kind;
    const char *peer;
    const ProtobufCMessage *message;
    const char *text;
    union {
        struct {
            const char *endpoint;   /* of ZeroMQ: tcp://host:port, ipc://path */
            const char *server_key; /* Z85; NULL: in plain */
            uint64_t epoch_min;     /* of a leader to be listened to */
        } connect;
        struct {
            uint64_t request;
            const struct store_op *ops;
            size_t ops_count;
        } store; /* and LOAD: `request` */
        uint64_t epoch;
        enum log_level level;
        int status;
        const void *local;
    };
};

struct effects {
    struct arena *arena;
    struct effect *items;
    size_t count;
    size_t capacity;
};

#define effects_foreach(e, fx)                                                 \
    for (const struct effect *e = (fx)->items,                                 \
                             *e##_end = (fx)->count > 0 ? e + (fx)->count : e; \
         e != e##_end; e++)

/* Append a send of `message`, which the arena must own. */
void effects_send(struct effects *fx,
                  const char *peer,
                  const ProtobufCMessage *message);

/* Append the end of a link. */
__attribute__((format(printf, 3, 4))) void effects_end_link(struct effects *fx,
                                                            const char *peer,
                                                            const char *format,
                                                            ...);

void effects_connect(struct effects *fx,
                     const char *peer,
                     const char *endpoint,
                     const char *server_key,
                     uint64_t epoch_min);

void effects_listen(struct effects *fx, uint64_t epoch);

/* Append a batch; `ops` and all they point to must be the arena's. */
void effects_store(struct effects *fx,
                   uint64_t request,
                   const struct store_op *ops,
                   size_t ops_count);

void effects_load(struct effects *fx, uint64_t request, const char *path);

/* Append a log line.  What peers may have written into it is made printable. */
__attribute__((format(printf, 3, 4))) void effects_log(struct effects *fx,
                                                       enum log_level level,
                                                       const char *format,
                                                       ...);

/* Append an order of the core's own kind, which the arena must own. */
void effects_local(struct effects *fx, const void *local);

__attribute__((format(printf, 3, 4))) void effects_stop(struct effects *fx,
                                                        int status,
                                                        const char *format,
                                                        ...);

#endif
