/* held.c - two lists of copies. */

#include "frameworks/container/held.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

struct copy {
    TAILQ_ENTRY(copy) entry;
    struct mezzo_status status;
    uint64_t request;
};
TAILQ_HEAD(copies, copy);

struct held {
    struct copies waiting;
    struct copies unacknowledged;
    struct copy *taken;
    size_t count;
};

struct held *held_new(void)
{
    struct held *h = memory_new(1, sizeof *h);

    TAILQ_INIT(&h->waiting);
    TAILQ_INIT(&h->unacknowledged);
    return h;
}

static void free_copy(struct copy *copy)
{
    if (copy == NULL)
        return;
    free((void *)copy->status.task_id);
    free((void *)copy->status.agent_id);
    free((void *)copy->status.executor_id);
    free((void *)copy->status.reason);
    free((void *)copy->status.message);
    free((void *)copy->status.address);
    free(copy);
}

static void free_all(struct copies *list)
{
    struct copy *copy;

    while ((copy = TAILQ_FIRST(list)) != NULL) {
        TAILQ_REMOVE(list, copy, entry);
        free_copy(copy);
    }
}

void held_free(struct held *h)
{
    if (h == NULL)
        return;
    held_forget(h);
    free_copy(h->taken);
    free(h);
}

void held_forget(struct held *h)
{
    free_all(&h->waiting);
    free_all(&h->unacknowledged);
    h->count = 0;
}

static struct copy *copy_of(const struct mezzo_status *status)
{
    struct copy *copy = memory_new(1, sizeof *copy);

    copy->status = *status;
    copy->status.task_id = memory_strdup(status->task_id);
    copy->status.agent_id = memory_strdup(status->agent_id);
    copy->status.executor_id = memory_strdup(status->executor_id);
    copy->status.reason = memory_strdup(status->reason);
    copy->status.message = memory_strdup(status->message);
    copy->status.address = memory_strdup(status->address);
    copy->status.image_digest = NULL;
    copy->status.data = NULL;
    copy->status.data_size = 0;
    return copy;
}

void held_add(struct held *h, const struct mezzo_status *status)
{
    struct copy *copy;

    if (h->count == HELD_MAX)
        return; /* not acknowledged: it comes again */
    copy = copy_of(status);
    TAILQ_INSERT_TAIL(&h->waiting, copy, entry);
    h->count++;
}

const struct mezzo_status *held_take(struct held *h)
{
    free_copy(h->taken);
    h->taken = TAILQ_FIRST(&h->waiting);
    if (h->taken == NULL)
        return NULL;
    TAILQ_REMOVE(&h->waiting, h->taken, entry);
    h->count--;
    return &h->taken->status;
}

void held_acknowledge(struct container *c,
                      const struct mezzo_status *status,
                      uint64_t request)
{
    struct copy *copy;

    if (!status->is_reliable)
        return;
    if (request == 0) {
        mezzo_scheduler_acknowledge(c->scheduler, status);
        return;
    }
    copy = copy_of(status);
    copy->request = request;
    TAILQ_INSERT_TAIL(&c->held->unacknowledged, copy, entry);
}

void held_stored(struct container *c, uint64_t request)
{
    struct copies *list = &c->held->unacknowledged;
    struct copy *copy;

    /* Requests are answered in the order they were made. */
    while ((copy = TAILQ_FIRST(list)) != NULL && copy->request <= request) {
        TAILQ_REMOVE(list, copy, entry);
        mezzo_scheduler_acknowledge(c->scheduler, &copy->status);
        free_copy(copy);
    }
}
