/* networks_parts.h - what the files of networks share. */

#ifndef AGENT_OS_NETWORKS_PARTS_H
#define AGENT_OS_NETWORKS_PARTS_H

#include <sys/queue.h>

#include "agent/os/bridge.h"
#include "agent/os/networks.h"
#include "agent/os/overlay.h"
#include "agent/os/tools.h"

enum {
    NETWORK_ID_SIZE = 300,
    NETWORK_ADDRESS_SIZE = 16,
    NETWORK_FAULT_SIZE = 512,
};

struct network_seat {
    TAILQ_ENTRY(network_seat) link;
    struct networks *all;
    char id[NETWORK_ID_SIZE];
    int fd; /* of the namespace; -1 */
    char path[64];
    char address[NETWORK_ADDRESS_SIZE];
    struct order_port *ports;
    size_t ports_count;
    struct tool *tool;
    bool is_opening; /* a thread has a hand on it */
    bool is_leaving;
    bool has_ports; /* rules may be there */
    network_joined_f *joined;
    void *arg;
};

struct networks {
    struct networks_options options;
    char *directory;
    const char *plugins; /* their directory; NULL: there are none */
    struct bridge bridge;
    struct overlay overlay;             /* as it is to be */
    char gateway[NETWORK_ADDRESS_SIZE]; /* the bridge's address; empty: none */
    char fault[256];
    bool is_up;
    struct worker *worker;
    struct event *idle;
    TAILQ_HEAD(, network_seat) seats;
};

/* `before` is what the last plugin has answered.  NULL: too many programs run.
 */
struct tool *network_run_plugin(struct network_seat *s,
                                const char *plugin,
                                const char *command,
                                const char *before,
                                tool_done_f *done);

/* A plugin says what is wrong on stdout: {"code": ..., "msg": "..."}. */
void network_plugin_fault(const struct tool_result *result,
                          const char *what,
                          char fault[NETWORK_FAULT_SIZE]);

#endif
