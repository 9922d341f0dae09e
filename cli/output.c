/* output.c - a queue between two threads. */

#include "cli/output.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

struct chunk {
    STAILQ_ENTRY(chunk) entry;
    int fd;
    size_t size;
    char bytes[];
};

struct output {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    STAILQ_HEAD(, chunk) chunks;
    size_t waiting_size;
    bool was_full; /* and `drained` has not been called since */
    bool is_closing;
    int broken;
    void (*drained)(void *arg);
    void *arg;
};

static int write_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(fd, bytes, size);

        if (written < 0 && errno != EINTR)
            return errno;
        if (written > 0) {
            bytes += written;
            size -= (size_t)written;
        }
    }
    return 0;
}

/* Called and returns with the lock held, not while it writes. */
static void write_first(struct output *o)
{
    struct chunk *chunk = STAILQ_FIRST(&o->chunks);
    int broken = o->broken;
    bool is_drained;

    STAILQ_REMOVE_HEAD(&o->chunks, entry);
    pthread_mutex_unlock(&o->lock);
    if (broken == 0)
        broken = write_all(chunk->fd, chunk->bytes, chunk->size);
    pthread_mutex_lock(&o->lock);
    o->waiting_size -= chunk->size;
    free(chunk);
    is_drained = o->was_full && o->waiting_size <= OUTPUT_WAITING_MAX / 2;
    is_drained = is_drained || (broken != 0 && o->broken == 0);
    o->broken = broken;
    if (!is_drained)
        return;
    o->was_full = false;
    pthread_mutex_unlock(&o->lock);
    o->drained(o->arg);
    pthread_mutex_lock(&o->lock);
}

static void *write_out(void *arg)
{
    struct output *o = arg;

    pthread_mutex_lock(&o->lock);
    for (;;) {
        while (STAILQ_EMPTY(&o->chunks) && !o->is_closing)
            pthread_cond_wait(&o->changed, &o->lock);
        if (STAILQ_EMPTY(&o->chunks))
            break;
        write_first(o);
    }
    pthread_mutex_unlock(&o->lock);
    return NULL;
}

struct output *output_new(void (*drained)(void *arg), void *arg)
{
    struct output *o = calloc(1, sizeof *o);

    if (o == NULL)
        abort();
    STAILQ_INIT(&o->chunks);
    o->drained = drained;
    o->arg = arg;
    if (pthread_mutex_init(&o->lock, NULL) != 0 ||
        pthread_cond_init(&o->changed, NULL) != 0 ||
        pthread_create(&o->thread, NULL, write_out, o) != 0)
        abort();
    return o;
}

void output_free(struct output *o)
{
    if (o == NULL)
        return;
    pthread_mutex_lock(&o->lock);
    o->is_closing = true;
    pthread_cond_signal(&o->changed);
    pthread_mutex_unlock(&o->lock);
    pthread_join(o->thread, NULL);
    pthread_cond_destroy(&o->changed);
    pthread_mutex_destroy(&o->lock);
    free(o);
}

void output_write(struct output *o, int fd, const void *bytes, size_t size)
{
    struct chunk *chunk = malloc(sizeof *chunk + size);

    if (chunk == NULL)
        abort();
    chunk->fd = fd;
    chunk->size = size;
    memcpy(chunk->bytes, bytes, size);
    pthread_mutex_lock(&o->lock);
    STAILQ_INSERT_TAIL(&o->chunks, chunk, entry);
    o->waiting_size += size;
    if (o->waiting_size > OUTPUT_WAITING_MAX)
        o->was_full = true;
    pthread_cond_signal(&o->changed);
    pthread_mutex_unlock(&o->lock);
}

bool output_is_full(struct output *o)
{
    bool is_full;

    pthread_mutex_lock(&o->lock);
    is_full = o->was_full;
    pthread_mutex_unlock(&o->lock);
    return is_full;
}

int output_broken(struct output *o)
{
    int broken;

    pthread_mutex_lock(&o->lock);
    broken = o->broken;
    pthread_mutex_unlock(&o->lock);
    return broken;
}
