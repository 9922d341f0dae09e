/* input.c - a guest of the task's agent, in a thread. */

#include "cli/input.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mezzo/guest.h>

enum {
    PIECE_SIZE = 16 << 10
};

static struct {
    struct mezzo_guest *guest; /* NULL: not begun */
    uint64_t stream;
    bool has_thread;
    pthread_t thread;
    atomic_bool is_over;
    bool is_full;
    bool is_at_end;
    char rest[PIECE_SIZE]; /* what there was no room for */
    size_t rest_size;
} input;

static void output_cb(struct mezzo_guest *guest,
                      const struct mezzo_output *output,
                      void *arg)
{
    (void)guest;
    (void)arg;
    /* That the task has ended its scheduler says. */
    if (output->kind == MEZZO_OUTPUT_FAILED &&
        strstr(output->reason, "ended") == NULL)
        fprintf(stderr, "mezzo: its input: %s\n", output->reason);
    atomic_store(&input.is_over, true);
}

static void writable_cb(struct mezzo_guest *guest, uint64_t stream, void *arg)
{
    (void)guest;
    (void)stream;
    (void)arg;
    input.is_full = false;
}

static const struct mezzo_guest_callbacks callbacks = {.output = output_cb,
                                                       .writable = writable_cb};

static void read_some(void)
{
    size_t taken = 0;
    ssize_t size;

    if (input.rest_size == 0) {
        size = read(STDIN_FILENO, input.rest, sizeof input.rest);
        if (size < 0 && (errno == EINTR || errno == EAGAIN))
            return;
        if (size <= 0) {
            input.is_at_end = true;
            mezzo_guest_end_input(input.guest, input.stream);
            return;
        }
        input.rest_size = (size_t)size;
    }
    if (mezzo_guest_write(input.guest, input.stream, input.rest,
                          input.rest_size, &taken) == -EAGAIN)
        input.is_full = true;
    input.rest_size -= taken;
    memmove(input.rest, input.rest + taken, input.rest_size);
}

static void *work(void *arg)
{
    struct pollfd fds[] = {
        {.fd = mezzo_guest_fd(input.guest), .events = POLLIN},
        {.fd = STDIN_FILENO, .events = POLLIN},
    };

    while (!atomic_load(&input.is_over)) {
        fds[1].fd = input.is_full || input.is_at_end ? -1 : STDIN_FILENO;
        if (poll(fds, 2, -1) < 0 && errno != EINTR)
            break;
        if (fds[1].revents != 0)
            read_some();
        if (mezzo_guest_process(input.guest) <= 0)
            break;
    }
    return arg;
}

void input_begin(struct mezzo_scheduler *scheduler, const char *task_id)
{
    if (input.guest != NULL)
        return;
    input.guest = mezzo_guest_new(&callbacks, NULL);
    if (mezzo_scheduler_ticket(scheduler, task_id, MEZZO_VERB_INPUT,
                               mezzo_guest_key(input.guest), NULL) < 0)
        fprintf(stderr, "mezzo: its input: %s\n",
                mezzo_scheduler_explain(scheduler));
}

void input_ticket_cb(struct mezzo_scheduler *scheduler,
                     const struct mezzo_ticket *ticket,
                     void *arg)
{
    (void)scheduler;
    (void)arg;
    if (input.guest == NULL || input.has_thread)
        return;
    if (mezzo_guest_input(input.guest, ticket, &input.stream) < 0) {
        fprintf(stderr, "mezzo: its input: %s\n",
                mezzo_guest_explain(input.guest));
        return;
    }
    if (pthread_create(&input.thread, NULL, work, NULL) != 0)
        abort();
    input.has_thread = true;
}

void input_end(void)
{
    atomic_store(&input.is_over, true);
    if (input.has_thread) {
        mezzo_guest_wake(input.guest);
        pthread_join(input.thread, NULL);
    }
    mezzo_guest_free(input.guest);
    input.guest = NULL;
    input.has_thread = false;
}
