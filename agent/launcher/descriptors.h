/* descriptors.h - descriptors that come and go with a packet of a UNIX
 * socket. */

#ifndef AGENT_LAUNCHER_DESCRIPTORS_H
#define AGENT_LAUNCHER_DESCRIPTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum {
    DESCRIPTORS_MAX = 64 /* with one packet */
};

struct descriptors {
    int fds[DESCRIPTORS_MAX];
    size_t count;
    bool were_more; /* than we could take: some are lost */
};

/* As send() with MSG_DONTWAIT, and with `count` descriptors, which stay ours.
 */
ssize_t descriptors_send(
    int socket, const void *bytes, size_t size, const int *fds, size_t count);

/* As recv() with MSG_DONTWAIT and MSG_TRUNC; what comes is the caller's, also
 * of a packet that makes no sense. */
ssize_t descriptors_receive(int socket,
                            void *bytes,
                            size_t size,
                            struct descriptors *received);

/* Others for the same; -errno, and then there are none. */
int descriptors_copy(struct descriptors *to, const int *fds, size_t count);

void descriptors_close(struct descriptors *d);

#endif
