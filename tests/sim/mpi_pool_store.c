/* mpi_pool_store.c - what is stored, some of it never */

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "tests/sim/mpi_pool_parts.h"

void mpi_pool_free_request(struct mpi_pool *p, struct wanted *r)
{
    TAILQ_REMOVE(&p->requests, r, entry);
    for (size_t i = 0; i < r->count; i++) {
        free(r->ops[i].key);
        free(r->ops[i].value);
    }
    free(r);
}

void mpi_pool_apply(struct mpi_pool *p, const struct wanted *r)
{
    for (size_t i = 0; i < r->count; i++) {
        struct entry *e;

        TAILQ_FOREACH (e, &p->entries, entry)
            if (strcmp(e->key, r->ops[i].key) == 0)
                break;
        if (e != NULL && r->ops[i].value == NULL) {
            TAILQ_REMOVE(&p->entries, e, entry);
            free(e->key);
            free(e->value);
            free(e);
        } else if (e != NULL) {
            free(e->value);
            e->value = memory_strdup(r->ops[i].value);
        } else if (r->ops[i].value != NULL) {
            e = memory_new(1, sizeof *e);
            e->key = memory_strdup(r->ops[i].key);
            e->value = memory_strdup(r->ops[i].value);
            TAILQ_INSERT_TAIL(&p->entries, e, entry);
        }
    }
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct mezzo_store_entry *)a)->key,
                  ((const struct mezzo_store_entry *)b)->key);
}

static void answer_load(struct mpi_pool *p, struct mezzo_store_answer *answer)
{
    struct mezzo_store_entry *all;
    struct entry *e;
    size_t count = 0;

    TAILQ_FOREACH (e, &p->entries, entry)
        count++;
    all = memory_new(count + 1, sizeof *all);
    count = 0;
    TAILQ_FOREACH (e, &p->entries, entry)
        all[count++] = (struct mezzo_store_entry){
            .key = e->key, .value = e->value, .size = strlen(e->value)};
    qsort(all, count, sizeof *all, by_key);
    answer->entries = all;
    answer->entries_count = count;
    queue_stored(p->queue, answer);
    free(all);
}

bool mpi_pool_answer_store(struct mpi_pool *p)
{
    struct wanted *r = TAILQ_FIRST(&p->requests);
    struct mezzo_store_answer answer = {.outcome = MEZZO_STORE_OK};
    bool is_load;

    if (r == NULL)
        return false;
    answer.request = r->number;
    is_load = r->is_load;
    mpi_pool_apply(p, r);
    mpi_pool_free_request(p, r);
    if (is_load)
        answer_load(p, &answer);
    else
        queue_stored(p->queue, &answer);
    return true;
}

unsigned mpi_pool_unanswered(const struct mpi_pool *p)
{
    const struct wanted *r;
    unsigned count = 0;

    TAILQ_FOREACH (r, &p->requests, entry)
        count++;
    return count;
}

int mezzo_scheduler_store(struct mezzo_scheduler *s,
                          const struct mezzo_store_op *ops,
                          size_t ops_count,
                          uint64_t *request)
{
    struct mpi_pool *p = s->pool;
    struct wanted *r = memory_new(1, sizeof *r);

    if (ops_count > 2)
        abort();
    r->count = ops_count;
    for (size_t i = 0; i < ops_count; i++) {
        r->ops[i].key = memory_strdup(ops[i].key);
        if (ops[i].kind == MEZZO_STORE_SET)
            r->ops[i].value = strndup(ops[i].value, ops[i].size);
    }
    *request = r->number = p->next_request++;
    TAILQ_INSERT_TAIL(&p->requests, r, entry);
    return 0;
}

int mezzo_scheduler_load(struct mezzo_scheduler *s,
                         const char *path,
                         uint64_t *request)
{
    struct wanted *r = memory_new(1, sizeof *r);

    (void)path;
    r->is_load = true;
    *request = r->number = s->pool->next_request++;
    TAILQ_INSERT_TAIL(&s->pool->requests, r, entry);
    return 0;
}
