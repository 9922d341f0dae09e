/* keeper.h - a session with ZooKeeper, for what io/ keeps there.
 *
 * An address is "zk://[user:password@]host:port[,host:port ...]/path".  Host
 * names are resolved once, when it is opened.  With a user, all that is made
 * can be changed by that user only (a digest ACL), and but for who leads be
 * seen by nobody else; without, by everyone who reaches ZooKeeper.
 *
 * The session is opened, and opened again when it has expired, until the keeper
 * is closed.  Requests are made with the client's own asynchronous functions on
 * keeper_session(), followed by keeper_touch(); their completions are called by
 * keeper_process().  One that is on its way when the connection is lost is
 * completed with ZCONNECTIONLOSS, and may have been carried out.
 *
 * Threads  one keeper, and whoever watches it, belongs to one thread. */

#ifndef IO_KEEPER_H
#define IO_KEEPER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <zookeeper/zookeeper.h>

#include "base/clock.h"
#include "base/error.h"
#include "io/keeper_address.h"

struct keeper;

enum {
    KEEPER_SESSION_MS = 4000,
};

/* Who wants to know how the session is.  All may make requests. */
struct keeper_watcher {
    LIST_ENTRY(keeper_watcher) entry;
    /* Requests can be made, until `lost`.  `is_new`: it is another session than
     * before, and what was ephemeral is gone, or will be. */
    void (*connected)(void *arg, bool is_new);
    void (*lost)(void *arg, const char *why);
    /* May be NULL.  The session is over, as far as we can know, and with it
     * what was ephemeral: a session's time has passed without a connection. */
    void (*expired)(void *arg, const char *why);
    void *arg;
};

/* -EINVAL  not such an address, or a host without address */
int keeper_open(const char *address, struct keeper **keeper, struct error *err);

/* Ends the session; requests are completed with ZCLOSING.  NULL is a no-op. */
void keeper_close(struct keeper *k);

/* `w` is borrowed until keeper_forget(). */
void keeper_watch(struct keeper *k, struct keeper_watcher *w);
void keeper_forget(struct keeper *k, struct keeper_watcher *w);

/* NULL while it is not connected. */
zhandle_t *keeper_session(const struct keeper *k);
void keeper_touch(struct keeper *k);

/* Begin a new session: what was ephemeral is gone. */
void keeper_renew(struct keeper *k, const char *why);

/* "/path" of the address. */
const char *keeper_path(const struct keeper *k);

/* For the client's create functions; `shown`: what everybody may read. */
const struct ACL_vector *keeper_acl(const struct keeper *k);
const struct ACL_vector *keeper_acl_shown(const struct keeper *k);

/* Make the nodes above `path` that are not there, for everyone to see; what is
 * wrong is found by whoever makes `path`.  While it is connected. */
void keeper_make_parents(struct keeper *k, const char *path);

/* Why it is not connected, as far as is known: "no answer from h1:2181". */
const char *keeper_trouble(const struct keeper *k);

int keeper_fd(const struct keeper *k);
void keeper_process(struct keeper *k);

#endif
