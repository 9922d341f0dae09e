/* worker.c - two queues, and a descriptor that tells the loop of the second. */

#include "config.h"

#include "agent/os/worker.h"

#include <event2/event.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define STACK_SIZE (256 << 10) /* of which what is used is resident */

TAILQ_HEAD(jobs, job);

struct worker {
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    struct jobs waiting; /* these three under the mutex */
    struct jobs finished;
    bool is_stopping;
    size_t count; /* the loop's */
    int finished_fd;
    struct event *event;
};

static void release(struct job *job)
{
    if (job->release != NULL)
        job->release(job);
    else
        free(job);
}

static void *work(void *arg)
{
    struct worker *w = arg;
    struct job *job;

    pthread_mutex_lock(&w->mutex);
    for (;;) {
        while (TAILQ_EMPTY(&w->waiting) && !w->is_stopping)
            pthread_cond_wait(&w->wake, &w->mutex);
        job = TAILQ_FIRST(&w->waiting);
        if (job == NULL)
            break;
        TAILQ_REMOVE(&w->waiting, job, link);
        pthread_mutex_unlock(&w->mutex);
        job->run(job);
        pthread_mutex_lock(&w->mutex);
        TAILQ_INSERT_TAIL(&w->finished, job, link);
        eventfd_write(w->finished_fd, 1);
    }
    pthread_mutex_unlock(&w->mutex);
    return NULL;
}

static void finish(struct worker *w)
{
    struct jobs finished = TAILQ_HEAD_INITIALIZER(finished);
    struct job *job;

    pthread_mutex_lock(&w->mutex);
    TAILQ_CONCAT(&finished, &w->finished, link);
    pthread_mutex_unlock(&w->mutex);
    while ((job = TAILQ_FIRST(&finished)) != NULL) {
        TAILQ_REMOVE(&finished, job, link);
        w->count--;
        if (job->done != NULL)
            job->done(job);
        release(job);
    }
}

static void finished_cb(evutil_socket_t fd, short what, void *arg)
{
    eventfd_t value;

    (void)what;
    eventfd_read((int)fd, &value);
    finish(arg);
}

struct worker *worker_new(struct event_base *base, const char *name)
{
    struct worker *w = calloc(1, sizeof *w);
    sigset_t all, before;
    pthread_attr_t attr;

    if (w == NULL)
        abort();
    pthread_mutex_init(&w->mutex, NULL);
    pthread_cond_init(&w->wake, NULL);
    TAILQ_INIT(&w->waiting);
    TAILQ_INIT(&w->finished);
    w->finished_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    w->event =
        event_new(base, w->finished_fd, EV_READ | EV_PERSIST, finished_cb, w);
    if (w->finished_fd < 0 || w->event == NULL)
        abort();
    event_add(w->event, NULL);
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_SIZE);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    if (pthread_create(&w->thread, &attr, work, w) != 0)
        abort();
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_setname_np(w->thread, name);
    pthread_attr_destroy(&attr);
    return w;
}

void worker_free(struct worker *w)
{
    struct job *job;

    if (w == NULL)
        return;
    pthread_mutex_lock(&w->mutex);
    w->is_stopping = true;
    pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->mutex);
    pthread_join(w->thread, NULL);
    while ((job = TAILQ_FIRST(&w->finished)) != NULL) {
        TAILQ_REMOVE(&w->finished, job, link);
        release(job);
    }
    event_free(w->event);
    close(w->finished_fd);
    pthread_cond_destroy(&w->wake);
    pthread_mutex_destroy(&w->mutex);
    free(w);
}

void worker_submit(struct worker *w, struct job *job)
{
    w->count++;
    pthread_mutex_lock(&w->mutex);
    TAILQ_INSERT_TAIL(&w->waiting, job, link);
    pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->mutex);
}

size_t worker_count(const struct worker *w)
{
    return w->count;
}
