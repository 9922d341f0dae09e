/* zklog.h - a log in ZooKeeper that several processes append to, and all read
 * in the same order.
 *
 *     ROOT               "mezzo store 1"
 *     ROOT/log/N         an entry, or a group that refers to a blob
 *     ROOT/blob/NAME-i   bytes too many for one node
 *     ROOT/snapshot      what all entries up to one of them amount to
 *
 * To append is to make the node of the next number: of two who try, one is told
 * that it is there already, and reads what the other has appended.  One whose
 * connection is lost reads too, and may find its own.
 *
 * It begins, and begins again when the connection was lost, by reading what it
 * does not know yet; `current` says that this is done. */

#ifndef IO_ZKLOG_H
#define IO_ZKLOG_H

#include "base/store_log.h"
#include "io/keeper.h"

struct zklog;

struct zklog_owner {
    /* Begin anew from these bytes of zklog_snapshot(); NULL: from nothing.
     * False: they make no sense. */
    bool (*restore)(void *arg, const uint8_t *bytes, size_t size);
    /* The next entry; whoever appended it.  False: it makes no sense. */
    bool (*apply)(void *arg, const struct store_group *group);
    /* What was given to zklog_append() is the next entry. */
    void (*appended)(void *arg);
    /* All there was has been applied: entries may be appended. */
    void (*current)(void *arg);
    /* It is over: what is there is not ours, or makes no sense. */
    void (*refused)(void *arg, const char *text);
    void *arg;
};

/* `root` is a path; neither it nor its parents need exist. */
struct zklog *zklog_new(struct keeper *k,
                        const char *root,
                        const struct zklog_owner *owner);
void zklog_free(struct zklog *log);

/* Append, when current.  `appended` and `current` follow; or, when others were
 * faster or the connection was lost, `apply` for each of theirs, and for ours
 * if it got there, and `current`: if ours was not applied by then, it has to be
 * appended again.  `bytes` are borrowed for the call. */
void zklog_append(struct zklog *log, const uint8_t *bytes, size_t size);

/* When current: see what others have appended until now; `current` follows. */
void zklog_refresh(struct zklog *log);

/* How many entries there are beyond the last snapshot. */
uint64_t zklog_length(const struct zklog *log);

/* Replace all entries applied until now by these bytes, while other things go
 * on. */
void zklog_snapshot(struct zklog *log, const uint8_t *bytes, size_t size);

/* Is one being written? */
bool zklog_is_snapshooting(const struct zklog *log);

bool zklog_is_current(const struct zklog *log);

#endif
