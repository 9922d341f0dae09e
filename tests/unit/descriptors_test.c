/* descriptors_test.c - as many descriptors as may be, and more than that, with
 * none left open. */

#include "agent/launcher/descriptors.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/test.h"

enum {
    TOO_MANY = DESCRIPTORS_MAX + 8
};

static int ends[2];
static int pipes[2];

static int open_count(void)
{
    DIR *stream = opendir("/proc/self/fd");
    int count = 0;

    while (readdir(stream) != NULL)
        count++;
    closedir(stream);
    return count;
}

static void receive(struct descriptors *d, ssize_t expected)
{
    char text[8] = "";

    CHECK(descriptors_receive(ends[1], text, sizeof text, d) == expected);
}

static void they_come_with_their_packet(void)
{
    int before = open_count();
    struct descriptors d;
    char byte = 'x', got = 0;

    CHECK(descriptors_send(ends[0], "ab", 2, &pipes[1], 1) == 2);
    receive(&d, 2);
    CHECK(d.count == 1 && !d.were_more);
    CHECK(fcntl(d.fds[0], F_GETFD) == FD_CLOEXEC);
    CHECK(write(d.fds[0], &byte, 1) == 1);
    CHECK(read(pipes[0], &got, 1) == 1 && got == 'x');
    descriptors_close(&d);
    CHECK(d.count == 0 && open_count() == before);
    CHECK(descriptors_send(ends[0], "", 1, NULL, 0) == 1);
    receive(&d, 1);
    CHECK(d.count == 0 && !d.were_more);
}

static void as_many_as_may_be_come(void)
{
    int fds[DESCRIPTORS_MAX], before = open_count();
    struct descriptors d;

    for (int i = 0; i < DESCRIPTORS_MAX; i++)
        fds[i] = pipes[0];
    CHECK(descriptors_send(ends[0], "a", 1, fds, DESCRIPTORS_MAX) == 1);
    receive(&d, 1);
    CHECK(d.count == DESCRIPTORS_MAX && !d.were_more);
    descriptors_close(&d);
    CHECK(open_count() == before);
}

/* By one who does not keep to it. */
static void send_too_many(void)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(TOO_MANY * sizeof(int))];
    } control = {.bytes = ""};
    struct iovec part = {.iov_base = (char[]){"a"}, .iov_len = 1};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    int fds[TOO_MANY];

    for (int i = 0; i < TOO_MANY; i++)
        fds[i] = pipes[0];
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    control.header.cmsg_len = CMSG_LEN(sizeof fds);
    memcpy(CMSG_DATA(&control.header), fds, sizeof fds);
    CHECK(sendmsg(ends[0], &message, 0) == 1);
}

static void of_too_many_some_are_lost_and_it_is_known(void)
{
    int before = open_count();
    struct descriptors d;

    send_too_many();
    receive(&d, 1);
    CHECK(d.count == DESCRIPTORS_MAX && d.were_more);
    descriptors_close(&d);
    CHECK(open_count() == before);
}

static void a_packet_that_is_too_long_is_known_by_its_size(void)
{
    struct descriptors d;

    CHECK(descriptors_send(ends[0], "0123456789", 10, pipes, 2) == 10);
    receive(&d, 10);
    CHECK(d.count == 2);
    descriptors_close(&d);
}

static void nothing_to_receive_is_no_wait(void)
{
    struct descriptors d;

    receive(&d, -1);
    CHECK(errno == EAGAIN && d.count == 0);
}

static void copies_are_all_or_none(void)
{
    int fds[3] = {pipes[0], pipes[1], -1}, before = open_count(), next;
    struct rlimit old, limit;
    struct descriptors d;

    CHECK(descriptors_copy(&d, fds, 2) == 0 && d.count == 2);
    CHECK(d.fds[0] > STDERR_FILENO && d.fds[0] != pipes[0]);
    descriptors_close(&d);
    CHECK(descriptors_copy(&d, fds, 3) == -EBADF && d.count == 0);
    CHECK(open_count() == before);
    getrlimit(RLIMIT_NOFILE, &old);
    next = fcntl(pipes[0], F_DUPFD, STDERR_FILENO + 1);
    close(next);
    limit = old;
    limit.rlim_cur = (rlim_t)next + 1; /* there is room for one */
    setrlimit(RLIMIT_NOFILE, &limit);
    CHECK(descriptors_copy(&d, fds, 2) == -EMFILE && d.count == 0);
    setrlimit(RLIMIT_NOFILE, &old);
    CHECK(open_count() == before);
}

int main(void)
{
    if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) < 0 || pipe(pipes) < 0)
        return 99;
    they_come_with_their_packet();
    as_many_as_may_be_come();
    of_too_many_some_are_lost_and_it_is_known();
    a_packet_that_is_too_long_is_known_by_its_size();
    nothing_to_receive_is_no_wait();
    copies_are_all_or_none();
    return test_done();
}
