/* networks.h - the agent's container network: a bridge with a subnet of its
 * own, where each container has a seat with an address, and ports of the
 * machine lead to it.
 *
 * Debian's network plugins do it: bridge and host-local the address, portmap
 * the ports.  The bridge is there while somebody has a seat, and a moment
 * longer; its subnet is taken when the agent starts, and is that of before if
 * it can be.  A network namespace is held by us until the container has it, and
 * is then gone with that; so nothing of it can be left behind but addresses and
 * rules, which network_sweep() gives back.
 *
 *     STATE/network/   bridge: "NAME THIRD-BYTE"; ipam/: addresses given away
 */

#ifndef AGENT_OS_NETWORKS_H
#define AGENT_OS_NETWORKS_H

#include "agent/orders.h"
#include "base/effect.h"
#include "base/error.h"

struct event_base;
struct network_seat;
struct networks;
struct tools;

struct networks_options {
    struct event_base *base;
    struct tools *tools;
    const char *directory; /* the state directory */
    void (*log)(void *arg, enum log_level level, const char *text);
    void *arg;
};

int networks_open(const struct networks_options *options,
                  struct networks **networks,
                  struct error *err);

/* The bridge goes if nobody has a seat.  NULL is a no-op. */
void networks_close(struct networks *n);

/* Why there can be no seats; NULL: they can. */
const char *networks_fault(const struct networks *n);

/* The bridge's own address, whether it is there now or not; NULL: there can be
 * no seats. */
const char *networks_gateway(const struct networks *n);

/* Which subnet is ours from now on, and where the others are. */
void networks_configure(struct networks *n, const struct order *order);

/* `fault` NULL: the seat has an address. */
typedef void network_joined_f(void *arg, const char *fault);

/* `joined` is called later.  `id` is of its container: letters, digits, '_',
 * '-', '.'. */
struct network_seat *network_join(struct networks *n,
                                  const char *id,
                                  const struct order_port *ports,
                                  size_t ports_count,
                                  network_joined_f *joined,
                                  void *arg);

/* One that an earlier agent has given. */
struct network_seat *network_adopt(struct networks *n, const char *id);

/* "10.88.7.2"; "" when it is not known. */
const char *network_seat_address(const struct network_seat *seat);

/* Where its namespace is, while we hold it; "" else. */
const char *network_seat_path(const struct network_seat *seat);

/* Give it back.  NULL is a no-op. */
void network_leave(struct network_seat *seat);

/* We go, and it stays.  NULL is a no-op. */
void network_seat_free(struct network_seat *seat);

/* What an earlier agent's container had, which is gone. */
void network_sweep(struct networks *n, const char *id);

#endif
