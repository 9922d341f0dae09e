/* channel.h - the connection to the agent, and what is said on it.
 *
 * At most one packet waits for room in the socket; while it does, the channel
 * is full and nothing else may be said.  Whatever is wrong with the socket
 * shows when it is read. */

#ifndef AGENT_LAUNCHER_CHANNEL_H
#define AGENT_LAUNCHER_CHANNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/launcher/children.h"
#include "agent/launcher/packet.h"

struct channel {
    int fd; /* -1: there is no agent, and what is said is lost */
    int epoll_fd;
    uint64_t data; /* of our events */
    size_t unsent_size;
    uint8_t unsent[PACKET_ANSWER_SIZE_MAX];
};

/* -1 if it cannot be watched; it is closed then. */
int channel_open(struct channel *ch, int fd, int epoll_fd, uint64_t data);
void channel_close(struct channel *ch);

bool channel_is_full(const struct channel *ch);

/* When the socket has room: send what waits. */
void channel_send_rest(struct channel *ch);

void channel_hello(struct channel *ch);
void channel_refused(struct channel *ch, uint64_t ticket, const char *reason);
void channel_child(struct channel *ch,
                   const struct child *c,
                   enum packet_kind kind,
                   enum packet_child_state state);

/* Its status and usage are read from the zombie, which stays. */
void channel_exited(struct channel *ch, const struct child *c);
void channel_listed(struct channel *ch);

#endif
