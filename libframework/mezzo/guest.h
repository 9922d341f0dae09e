/* guest.h - what a program links that was given a ticket: to read a task's
 * output, to run a program beside it, to write to its stdin.
 *
 * A guest needs no cluster, no master and no principal.  It makes a key pair of
 * its own; a framework or an operator, whom we have told the public half, has a
 * ticket made for it, and with that we go to the task's agent.  It is a state
 * machine like a scheduler: callbacks happen, calls only ask.
 *
 * Units, memory, errors and threads are as in framework.h. */

#ifndef MEZZO_GUEST_H
#define MEZZO_GUEST_H

#include "mezzo/task.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct mezzo_guest;

enum {
    MEZZO_STREAMS_MAX = 1000,         /* of a guest, at once */
    MEZZO_STREAM_QUEUE_MAX = 1 << 20, /* bytes written and not yet taken */
};

/* A program to be run beside a task: in its sandbox, or its container, under
 * its limits, as its user. */
struct mezzo_exec {
    const char *const *argv;        /* NULL at the end */
    const char *const *environment; /* NAME=VALUE, beside the task's own; NULL
                                     * at the end; NULL: none */
    const char *working_directory;  /* NULL: the task's */
    bool has_terminal;              /* or else three pipes */
    unsigned rows;                  /* of the terminal; 0: not known */
    unsigned columns;
};

/* Any may be NULL.  All may call everything but run, process and free. */
struct mezzo_guest_callbacks {
    /* Data of a stream, its end or its failure, as for a scheduler:
     * output->reader is the stream.  Of a program, output->file is "stdout"
     * or "stderr". */
    void (*output)(struct mezzo_guest *guest,
                   const struct mezzo_output *output,
                   void *arg);
    /* The program has ended, as waitpid() has it; what it wrote has all been
     * told, and MEZZO_OUTPUT_ENDED follows. */
    void (*exited)(struct mezzo_guest *guest,
                   uint64_t stream,
                   int wait_status,
                   void *arg);
    /* After -EAGAIN: there is room to write again. */
    void (*writable)(struct mezzo_guest *guest, uint64_t stream, void *arg);
    /* mezzo_guest_wake() was called, once or more. */
    void (*woken)(struct mezzo_guest *guest, void *arg);
};

/* Never NULL.  `callbacks` and `arg` must outlive the guest. */
struct mezzo_guest *mezzo_guest_new(
    const struct mezzo_guest_callbacks *callbacks, void *arg);

/* Programs that run for us end.  NULL is a no-op. */
void mezzo_guest_free(struct mezzo_guest *guest);

/* Our public key (Z85), for whom tickets are to be made. */
const char *mezzo_guest_key(const struct mezzo_guest *guest);

/* What was wrong with the last call that failed. */
const char *mezzo_guest_explain(const struct mezzo_guest *guest);

/* Until mezzo_guest_stop(): 0, or -errno. */
int mezzo_guest_run(struct mezzo_guest *guest);
/* For a loop of yours, as for a scheduler. */
int mezzo_guest_fd(struct mezzo_guest *guest);
int mezzo_guest_process(struct mezzo_guest *guest);
void mezzo_guest_wake(struct mezzo_guest *guest);
void mezzo_guest_stop(struct mezzo_guest *guest);

/* Read what `read` says (its task_id is the ticket's); `output` is called until
 * MEZZO_OUTPUT_ENDED or _FAILED.  The ticket is copied.
 *
 * -EINVAL  it is a ticket for something else, or none
 * -ENOSPC  there would be more than MEZZO_STREAMS_MAX */
int mezzo_guest_read(struct mezzo_guest *guest,
                     const struct mezzo_ticket *ticket,
                     const struct mezzo_read *read,
                     uint64_t *stream);

/* Run a program; errors as above.
 *
 * -E2BIG  its arguments and environment are more than 128 KiB */
int mezzo_guest_exec(struct mezzo_guest *guest,
                     const struct mezzo_ticket *ticket,
                     const struct mezzo_exec *exec,
                     uint64_t *stream);

/* Write to the task's stdin, from its beginning or where others have got to;
 * errors as above. */
int mezzo_guest_input(struct mezzo_guest *guest,
                      const struct mezzo_ticket *ticket,
                      uint64_t *stream);

/* To the program, or to the task.  `*taken` (which may be NULL) says how much
 * was: all of it, or as much as there is room for.
 *
 * -EAGAIN  there is no room now; `writable` follows
 * -EPIPE   its input has been ended
 * -ENOENT  there is no such stream, or it has ended */
int mezzo_guest_write(struct mezzo_guest *guest,
                      uint64_t stream,
                      const void *data,
                      size_t size,
                      size_t *taken);

/* It is to read an end of file.  -ENOENT */
int mezzo_guest_end_input(struct mezzo_guest *guest, uint64_t stream);

/* -ENOENT */
int mezzo_guest_resize(struct mezzo_guest *guest,
                       uint64_t stream,
                       unsigned rows,
                       unsigned columns);

/* To all of the program's process group.  -ENOENT */
int mezzo_guest_signal(struct mezzo_guest *guest, uint64_t stream, int signo);

/* While it is paused no more of a program's output is asked for; some may still
 * come.  -ENOENT */
int mezzo_guest_pause(struct mezzo_guest *guest,
                      uint64_t stream,
                      bool is_paused);

/* Hear no more of it; a program is hung up.  -ENOENT */
int mezzo_guest_close(struct mezzo_guest *guest, uint64_t stream);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
