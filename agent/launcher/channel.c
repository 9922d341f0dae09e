/* channel.c - packets to the agent, and one that waits. */

#include "config.h"

#include "agent/launcher/channel.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int channel_open(struct channel *ch, int fd, int epoll_fd, uint64_t data)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = data};

    *ch = (struct channel){.fd = fd, .epoll_fd = epoll_fd, .data = data};
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0)
        return 0;
    close(fd);
    ch->fd = -1;
    return -1;
}

void channel_close(struct channel *ch)
{
    epoll_ctl(ch->epoll_fd, EPOLL_CTL_DEL, ch->fd, NULL);
    close(ch->fd);
    ch->fd = -1;
    ch->unsent_size = 0;
}

bool channel_is_full(const struct channel *ch)
{
    return ch->unsent_size > 0;
}

static void watch(struct channel *ch, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.u64 = ch->data};

    epoll_ctl(ch->epoll_fd, EPOLL_CTL_MOD, ch->fd, &event);
}

static void put(struct channel *ch, const struct packet_writer *w)
{
    if (ch->fd < 0)
        return;
    if (send(ch->fd, w->bytes, w->size, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
        return;
    if (errno != EAGAIN)
        return; /* who reads it will see */
    memcpy(ch->unsent, w->bytes, w->size);
    ch->unsent_size = w->size;
    watch(ch, EPOLLOUT);
}

void channel_send_rest(struct channel *ch)
{
    if (send(ch->fd, ch->unsent, ch->unsent_size, MSG_DONTWAIT | MSG_NOSIGNAL) <
            0 &&
        errno == EAGAIN)
        return;
    ch->unsent_size = 0;
    watch(ch, EPOLLIN);
}

void channel_hello(struct channel *ch)
{
    uint8_t bytes[PACKET_ANSWER_SIZE_MAX];
    struct packet_writer w;

    packet_begin(&w, bytes, sizeof bytes, PACKET_HELLO, 0);
    packet_add_number(&w, FIELD_PID, (uint64_t)getpid());
    put(ch, &w);
}

void channel_refused(struct channel *ch, uint64_t ticket, const char *reason)
{
    uint8_t bytes[PACKET_ANSWER_SIZE_MAX];
    struct packet_writer w;

    packet_begin(&w, bytes, sizeof bytes, PACKET_REFUSED, ticket);
    packet_add_string(&w, FIELD_REASON, reason);
    put(ch, &w);
}

void channel_child(struct channel *ch,
                   const struct child *c,
                   enum packet_kind kind,
                   enum packet_child_state state)
{
    uint8_t bytes[PACKET_ANSWER_SIZE_MAX];
    struct packet_writer w;

    packet_begin(&w, bytes, sizeof bytes, kind, c->ticket);
    packet_add_number(&w, FIELD_PID, (uint64_t)c->pid);
    packet_add_number(&w, FIELD_TICKS, c->ticks);
    packet_add_number(&w, FIELD_STATE, state);
    if (c->former != 0)
        packet_add_number(&w, FIELD_FORMER_PID, (uint64_t)c->former);
    put(ch, &w);
}

static int wait_status(const siginfo_t *info)
{
    switch (info->si_code) {
    case CLD_EXITED:
        return (info->si_status & 0xff) << 8;
    case CLD_DUMPED:
        return info->si_status | 0x80;
    default:
        return info->si_status;
    }
}

static uint64_t microseconds(struct timeval time)
{
    return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_usec;
}

void channel_exited(struct channel *ch, const struct child *c)
{
    uint8_t bytes[PACKET_ANSWER_SIZE_MAX];
    struct rusage usage = {0};
    struct packet_writer w;
    siginfo_t info = {0};

    /* The C library's waitid() has no usage. */
    syscall(SYS_waitid, P_PID, c->pid, &info, WEXITED | WNOHANG | WNOWAIT,
            &usage);
    packet_begin(&w, bytes, sizeof bytes, PACKET_EXITED, 0);
    packet_add_number(&w, FIELD_PID, (uint64_t)c->pid);
    packet_add_number(&w, FIELD_TICKS, c->ticks);
    packet_add_number(&w, FIELD_STATUS, (uint64_t)wait_status(&info));
    packet_add_numbers(&w, FIELD_USAGE,
                       (uint64_t[]){microseconds(usage.ru_utime),
                                    microseconds(usage.ru_stime),
                                    (uint64_t)usage.ru_maxrss * 1024},
                       3);
    put(ch, &w);
}

void channel_listed(struct channel *ch)
{
    uint8_t bytes[PACKET_ANSWER_SIZE_MAX];
    struct packet_writer w;

    packet_begin(&w, bytes, sizeof bytes, PACKET_LISTED, 0);
    put(ch, &w);
}
