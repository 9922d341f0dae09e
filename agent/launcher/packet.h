/* packet.h - what agent and launcher say to each other: one packet of their
 * SOCK_SEQPACKET socket.
 *
 * A header, then fields: a tag, a size, bytes.  Both sides are on one machine,
 * so that numbers are as it stores them; they need not be of one version: a
 * field that is not known is passed over.  A string has its NUL with it.
 *
 * Memory  a reader's fields point into the bytes it was given. */

#ifndef AGENT_LAUNCHER_PACKET_H
#define AGENT_LAUNCHER_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PACKET_SIZE_MAX = 176 << 10,  /* below what a socket holds by default */
    PACKET_ANSWER_SIZE_MAX = 512, /* of what the launcher sends */
    PACKET_VERSION = 1,
};

enum packet_kind {
    /* from the agent */
    PACKET_LAUNCH = 1, /* LAUNCHED or REFUSED follows, then EXITED */
    PACKET_REAP = 2,   /* let FIELD_PID go, now or when it ends */
    PACKET_LIST = 3,   /* CHILD for each, LISTED; only then EXITED */
    PACKET_REEXEC = 4, /* be FIELD_PROGRAM from now on */
    PACKET_STOP = 5,   /* exit when no child is left, with or without agent */
    /* from the launcher */
    PACKET_HELLO = 32, /* the first: FIELD_PID, FIELD_PROGRAM */
    PACKET_LAUNCHED = 33,
    PACKET_REFUSED = 34, /* FIELD_REASON; nothing of it is left */
    PACKET_EXITED = 35,  /* a zombie now, until REAP */
    PACKET_CHILD = 36,   /* LIST; again when it is not starting any more */
    PACKET_LISTED = 37,
};

enum packet_field {
    FIELD_ARGUMENT = 1,          /* string, repeated, in order */
    FIELD_ENVIRONMENT = 2,       /* the same: NAME=value */
    FIELD_DIRECTORY = 3,         /* string: entered as who we are */
    FIELD_WORKING_DIRECTORY = 4, /* string: from there, as the user */
    FIELD_OUTPUT = 5,   /* string: made and appended to, as the user, ... */
    FIELD_ERROR = 6,    /* ... seen from FIELD_DIRECTORY */
    FIELD_PID_FILE = 7, /* string: "NAME PID TICKS\n" is written there ... */
    FIELD_CGROUP = 8,   /* string, repeated: a directory to enter */
    FIELD_CGROUP_UNIFIED = 9, /* string: to be started in, of cgroup2 */
    FIELD_USER = 10,          /* number */
    FIELD_GROUP = 11,         /* number */
    FIELD_OTHER_GROUP = 12,   /* number, repeated */
    FIELD_LIMIT = 13,         /* three numbers: RLIMIT_x, soft, hard */
    FIELD_PID_OFFSET = 14,    /* number: ... here, before exec, ... */
    FIELD_PID_NAME = 15,      /* string: ... and this is the name */
    FIELD_TARGET = 16,        /* number, repeated: what each of the descriptors
                               * that come with the packet is to be */
    FIELD_TERMINAL = 17,      /* number: descriptor 0 is its terminal */
    FIELD_INPUT = 20,         /* string: read as stdin, likewise */
    FIELD_UNMOUNT = 21,       /* string, repeated: not there for it */
    FIELD_OVERLAY = 22,       /* string: an overlay's options, ... */
    FIELD_OVERLAY_AT = 23,    /* ... where it is mounted for it alone, ... */
    FIELD_OVERLAY_FROM = 24,  /* ... and where its relative paths begin */
    FIELD_CONTAINER = 25,     /* string: a file where it leaves the pid of its
                               * child that takes its place when it exits */
    FIELD_FENCED = 26,        /* number: it ends when there is no agent for
                               * long, whose lease nobody else would end */
    FIELD_PID = 32,           /* number */
    FIELD_TICKS = 33,         /* number: started, since boot */
    FIELD_PROGRAM = 34,       /* string: a path */
    FIELD_REASON = 35,        /* string */
    FIELD_STATE = 36,         /* number: enum packet_child_state */
    FIELD_STATUS = 37,        /* number: as of waitpid() */
    FIELD_USAGE = 38, /* three numbers: user, system in us; bytes at most */
    FIELD_FORMER_PID = 39, /* number: CHILD; its place was taken */
};

enum packet_child_state {
    PACKET_CHILD_STARTING = 1, /* not known yet whether it can */
    PACKET_CHILD_RUNNING = 2,
    PACKET_CHILD_EXITED = 3,
    PACKET_CHILD_FAILED = 4, /* it could not be started, and is gone */
};

struct packet_writer {
    uint8_t *bytes; /* borrowed */
    size_t capacity;
    size_t size;
    bool is_full; /* something did not fit */
};

void packet_begin(struct packet_writer *w,
                  void *bytes,
                  size_t capacity,
                  enum packet_kind kind,
                  uint64_t ticket);
void packet_add_string(struct packet_writer *w,
                       enum packet_field tag,
                       const char *value);
void packet_add_number(struct packet_writer *w,
                       enum packet_field tag,
                       uint64_t value);
void packet_add_numbers(struct packet_writer *w,
                        enum packet_field tag,
                        const uint64_t *values,
                        size_t count);

struct packet_reader {
    const uint8_t *next;
    const uint8_t *end;
    enum packet_kind kind; /* any number */
    uint64_t ticket;       /* of who asks; comes back in the answer */
};

struct packet_item {
    enum packet_field tag; /* any number */
    const uint8_t *bytes;  /* not aligned */
    size_t size;
};

/* NULL, or what is wrong with it: looks at all of it, so that nothing can fail
 * when it is read. */
const char *packet_open(struct packet_reader *r,
                        const void *bytes,
                        size_t size);

/* The next field; false at the end. */
bool packet_next(struct packet_reader *r, struct packet_item *item);

/* NULL if it is not a string. */
const char *packet_string(const struct packet_item *item);

/* False if it is not `count` numbers. */
bool packet_numbers(const struct packet_item *item,
                    uint64_t *values,
                    size_t count);

#endif
