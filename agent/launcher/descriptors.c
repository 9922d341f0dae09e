/* descriptors.c - SCM_RIGHTS. */

#include "config.h"

#include "agent/launcher/descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union control {
    struct cmsghdr header; /* for its alignment */
    char bytes[CMSG_SPACE(DESCRIPTORS_MAX * sizeof(int))];
};

ssize_t descriptors_send(
    int socket, const void *bytes, size_t size, const int *fds, size_t count)
{
    struct iovec part = {.iov_base = (void *)bytes, .iov_len = size};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    union control control;
    struct cmsghdr *header;

    if (count > 0) {
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(count * sizeof *fds);
        memset(&control, 0, sizeof control);
        header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(count * sizeof *fds);
        memcpy(CMSG_DATA(header), fds, count * sizeof *fds);
    }
    return sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void take(struct descriptors *d, struct cmsghdr *header)
{
    size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);

    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
        return;
    for (size_t i = 0; i < count; i++) {
        int fd;

        memcpy(&fd, CMSG_DATA(header) + i * sizeof fd, sizeof fd);
        if (d->count < DESCRIPTORS_MAX) {
            d->fds[d->count++] = fd;
        } else {
            close(fd);
            d->were_more = true;
        }
    }
}

ssize_t descriptors_receive(int socket,
                            void *bytes,
                            size_t size,
                            struct descriptors *received)
{
    struct iovec part = {.iov_base = bytes, .iov_len = size};
    union control control;
    struct msghdr message = {
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = &control,
        .msg_controllen = sizeof control,
    };
    ssize_t result;

    received->count = 0;
    received->were_more = false;
    result =
        recvmsg(socket, &message, MSG_DONTWAIT | MSG_TRUNC | MSG_CMSG_CLOEXEC);
    if (result < 0)
        return result;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header != NULL;
         header = CMSG_NXTHDR(&message, header))
        take(received, header);
    if ((message.msg_flags & MSG_CTRUNC) != 0)
        received->were_more = true;
    return result;
}

int descriptors_copy(struct descriptors *to, const int *fds, size_t count)
{
    to->count = 0;
    to->were_more = false;
    while (to->count < count) {
        int fd = fcntl(fds[to->count], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

        if (fd < 0) {
            fd = -errno;
            descriptors_close(to);
            return fd;
        }
        to->fds[to->count++] = fd;
    }
    return 0;
}

void descriptors_close(struct descriptors *d)
{
    while (d->count > 0)
        close(d->fds[--d->count]);
}
