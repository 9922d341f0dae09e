/* parked.c - two lists: what has been asked, and what is to be asked next. */

#include "master/parked.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/memory.h"

enum {
    BATCH_MAX = 256 /* operations */
};

struct request {
    TAILQ_ENTRY(request) entry;
    parked_f *then;
    char *id;
    char *path; /* of a load; NULL: an operation */
    struct store_op op;
};
TAILQ_HEAD(request_list, request);

struct parked {
    struct request_list waiting;
    struct request_list asked;
    uint64_t number;   /* of the batch that is under way */
    bool is_emitted;   /* it needs not be asked (again) */
    const char *guard; /* NULL: none */
    uint64_t guard_version;
};

struct parked *parked_new(void)
{
    struct parked *p = memory_new(1, sizeof *p);

    TAILQ_INIT(&p->waiting);
    TAILQ_INIT(&p->asked);
    return p;
}

static void request_free(struct request *r)
{
    free((void *)(uintptr_t)r->op.key);
    free((void *)(uintptr_t)r->op.value);
    free(r->path);
    free(r->id);
    free(r);
}

static void free_all(struct request_list *list)
{
    struct request *r;

    while ((r = TAILQ_FIRST(list)) != NULL) {
        TAILQ_REMOVE(list, r, entry);
        request_free(r);
    }
}

void parked_free(struct parked *p)
{
    if (p == NULL)
        return;
    free_all(&p->waiting);
    free_all(&p->asked);
    free(p);
}

static struct request *add(struct parked *p, parked_f *then)
{
    struct request *r = memory_new(1, sizeof *r);

    r->then = then;
    TAILQ_INSERT_TAIL(&p->waiting, r, entry);
    return r;
}

void parked_store(struct parked *p,
                  const struct store_op *op,
                  parked_f *then,
                  const char *id)
{
    struct request *r = add(p, then);

    r->id = memory_strdup(id);
    r->op = *op;
    r->op.key = memory_strdup(op->key);
    r->op.value = op->size > 0 ? memory_copy(op->value, op->size) : NULL;
}

void parked_load(struct parked *p, const char *path, parked_f *then)
{
    add(p, then)->path = memory_strdup(path);
}

/* A load goes alone; operations go together. */
static void take_next(struct parked *p)
{
    struct request *r;
    size_t count = 0;

    while ((r = TAILQ_FIRST(&p->waiting)) != NULL && count < BATCH_MAX &&
           (r->path == NULL || count == 0)) {
        TAILQ_REMOVE(&p->waiting, r, entry);
        TAILQ_INSERT_TAIL(&p->asked, r, entry);
        count++;
        if (r->path != NULL)
            break;
    }
    if (count > 0) {
        p->number++;
        p->is_emitted = false;
    }
}

static void emit(struct parked *p, struct effects *fx)
{
    struct request *r = TAILQ_FIRST(&p->asked);
    struct store_op *ops;
    size_t count = 0;

    p->is_emitted = true;
    if (r->path != NULL) {
        effects_load(fx, p->number, r->path);
        return;
    }
    ops = arena_alloc(fx->arena, (BATCH_MAX + 1) * sizeof *ops);
    if (p->guard != NULL)
        ops[count++] = (struct store_op){
            .kind = STORE_CHECK, .key = p->guard, .version = p->guard_version};
    TAILQ_FOREACH (r, &p->asked, entry) {
        uint8_t *value = arena_alloc(fx->arena, r->op.size);

        if (r->op.size > 0)
            memcpy(value, r->op.value, r->op.size);
        ops[count] = r->op;
        ops[count].key = arena_strdup(fx->arena, r->op.key);
        ops[count++].value = value;
    }
    effects_store(fx, p->number, ops, count);
}

void parked_guard(struct parked *p, const char *key, uint64_t version)
{
    p->guard = key;
    p->guard_version = version;
}

void parked_flush(struct parked *p, struct effects *fx)
{
    if (TAILQ_EMPTY(&p->asked))
        take_next(p);
    if (!TAILQ_EMPTY(&p->asked) && !p->is_emitted)
        emit(p, fx);
}

bool parked_answer(struct parked *p, const struct input *input, struct turn *t)
{
    struct request_list done = TAILQ_HEAD_INITIALIZER(done);
    struct request *r;

    if (TAILQ_EMPTY(&p->asked) || input->request != p->number)
        return true; /* an answer that came twice */
    if (input->answer->outcome == STORE_FAILED)
        return false;
    TAILQ_CONCAT(&done, &p->asked, entry);
    while ((r = TAILQ_FIRST(&done)) != NULL) {
        TAILQ_REMOVE(&done, r, entry);
        if (r->then != NULL)
            r->then(t, r->id);
        request_free(r);
    }
    return true;
}

void parked_retry(struct parked *p)
{
    p->is_emitted = false;
}
