/* thread.c - pthread_create with what all of ours want. */

#include "io/thread.h"

#include <errno.h>
#include <signal.h>

#define STACK_SIZE ((size_t)256 * 1024)

bool thread_start(pthread_t *thread, void *(*work)(void *), void *arg)
{
    sigset_t all, before;
    pthread_attr_t attributes;

    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_SIZE);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    errno = pthread_create(thread, &attributes, work, arg);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return errno == 0;
}
