/* thread.h - a thread beside the loop, for what blocks. */

#ifndef IO_THREAD_H
#define IO_THREAD_H

#include <pthread.h>
#include <stdbool.h>

/* Runs `work` with `arg` on a small stack, and without signals: they are for
 * the threads that expect them.  False, and errno: it cannot be made. */
bool thread_start(pthread_t *thread, void *(*work)(void *), void *arg);

#endif
