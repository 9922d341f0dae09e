/* operator_loop.c - an operator run for real, and the functions that wait. */

#include <errno.h>
#include <stdlib.h>

#include "base/memory.h"
#include "libframework/loop.h"
#include "libframework/operator.h"

/* Find the cluster and open what is needed, once. */
static int attach(struct mezzo_operator *o)
{
    struct mezzo_cluster *cluster;
    struct core_surroundings surroundings = {.seed = loop_seed()};
    struct loop_options options = {.machine = operator_machine(o)};
    int result;

    if (o->loop != NULL)
        return 0;
    cluster = memory_new(1, sizeof *cluster);
    result = mezzo_cluster_find(&o->cluster, cluster, o->fault.text);
    surroundings.masters = options.masters = cluster->master;
    surroundings.master_key = cluster->master_key;
    options.key_file = cluster->operator_key_file;
    if (result == 0)
        result = operator_prepare(o, &surroundings, &o->fault);
    if (result == 0)
        result = loop_open(&options, &o->loop, &o->fault);
    if (result == 0) {
        o->surroundings.called = loop_called;
        o->surroundings.arg = o->loop;
    }
    o->surroundings.masters = o->surroundings.master_key = NULL;
    free(cluster);
    return result;
}

void mezzo_operator_free(struct mezzo_operator *o)
{
    if (o == NULL)
        return;
    loop_close(o->loop);
    operator_free(o);
}

int mezzo_operator_fd(struct mezzo_operator *o)
{
    int result = attach(o);

    return result < 0 ? result : loop_fd(o->loop);
}

int mezzo_operator_process(struct mezzo_operator *o)
{
    int result = attach(o);

    if (result == 0)
        loop_process(o->loop);
    return result;
}

int mezzo_operator_ask(struct mezzo_operator *o,
                       const struct mezzo_question *question,
                       mezzo_answered_f *answered,
                       void *arg)
{
    return operator_start(o, question, answered, arg);
}

/* The answer to one that waits: what was kept, or why there is none. */
static int give(struct mezzo_operator *o,
                int result,
                const struct mezzo_answer **answer)
{
    if (result < 0) {
        rows_free(o->kept);
        o->kept = rows_new();
        rows_say(o->kept, result, result == -EINVAL ? 2 : 1, o->fault.text);
    }
    *answer = rows_answer(o->kept);
    return (*answer)->result;
}

int mezzo_operator_wait(struct mezzo_operator *o,
                        const struct mezzo_question *question,
                        const struct mezzo_answer **answer)
{
    int result = attach(o);

    rows_free(o->kept);
    o->kept = NULL;
    if (result == 0)
        result = operator_start(o, question, NULL, NULL);
    while (result == 0 && o->kept == NULL) {
        loop_process(o->loop);
        if (o->kept == NULL)
            loop_wait(o->loop, -1);
    }
    return give(o, result, answer);
}

static int wait_for(struct mezzo_operator *o,
                    enum mezzo_question_kind kind,
                    const struct mezzo_answer **answer)
{
    return mezzo_operator_wait(o, &(struct mezzo_question){.kind = kind},
                               answer);
}

int mezzo_operator_masters(struct mezzo_operator *o,
                           const struct mezzo_answer **answer)
{
    return wait_for(o, MEZZO_ASK_MASTERS, answer);
}

int mezzo_operator_agents(struct mezzo_operator *o,
                          const struct mezzo_answer **answer)
{
    return wait_for(o, MEZZO_ASK_AGENTS, answer);
}

int mezzo_operator_frameworks(struct mezzo_operator *o,
                              const struct mezzo_answer **answer)
{
    return wait_for(o, MEZZO_ASK_FRAMEWORKS, answer);
}

int mezzo_operator_tasks(struct mezzo_operator *o,
                         const struct mezzo_answer **answer)
{
    return wait_for(o, MEZZO_ASK_TASKS, answer);
}

int mezzo_operator_offers(struct mezzo_operator *o,
                          const struct mezzo_answer **answer)
{
    return wait_for(o, MEZZO_ASK_OFFERS, answer);
}

int mezzo_operator_roles(struct mezzo_operator *o,
                         const struct mezzo_answer **answer)
{
    return wait_for(o, MEZZO_ASK_ROLES, answer);
}

/* What is read, until it has ended. */
struct reading {
    struct mezzo_operator *o;
    mezzo_output_f *output;
    void *arg;
    bool has_ended;
};

static void output_cb(const struct mezzo_output *output, void *arg)
{
    struct reading *r = arg;

    r->has_ended = output->kind == MEZZO_OUTPUT_ENDED ||
                   output->kind == MEZZO_OUTPUT_FAILED;
    if (output->kind == MEZZO_OUTPUT_FAILED)
        rows_say(r->o->kept, -EREMOTEIO, 1, output->reason);
    r->output(output, r->arg);
}

int mezzo_operator_read(struct mezzo_operator *o,
                        const struct mezzo_read *read,
                        mezzo_output_f *output,
                        void *arg,
                        const struct mezzo_answer **answer)
{
    struct reading reading = {.o = o, .output = output, .arg = arg};
    int result = attach(o);

    rows_free(o->kept);
    o->kept = rows_new();
    if (result == 0)
        result = readers_open(o->readers, read, &o->reader, &o->fault);
    if (result < 0)
        return give(o, result, answer);
    o->output = output_cb;
    o->output_arg = &reading;
    operator_called(o);
    while (!reading.has_ended) {
        loop_process(o->loop);
        if (!reading.has_ended)
            loop_wait(o->loop, -1);
    }
    o->output = NULL;
    o->reader = 0;
    return give(o, 0, answer);
}
