/* mpi_pool.h - the API of a scheduler on a pool that is played: for the MPI
 * framework's core alone, without a master.
 *
 * It is linked instead of the library.  What the core asks for is carried out
 * when the test says so, and may be lost, late or untrue. */

#ifndef SIM_MPI_POOL_H
#define SIM_MPI_POOL_H

#include "frameworks/mpi/queue.h"

struct mpi_pool;

enum {
    MPI_POOL_AGENTS_MAX = 16,
    MPI_POOL_ID_SIZE = 64,
};

enum mpi_task_truth {
    MPI_TASK_LAUNCHED,
    MPI_TASK_RUNS,
    MPI_TASK_ENDED,
};

/* A task as it truly is, whatever the framework was told. */
struct mpi_task {
    TAILQ_ENTRY(mpi_task) entry;
    char id[MPI_POOL_ID_SIZE];
    unsigned agent;
    unsigned ranks;
    uint64_t job;
    unsigned attempt;
    bool is_fenced, is_killed, is_told; /* its end */
    enum mpi_task_truth truth;
    enum mezzo_task_state end;
};

struct mpi_pool *mpi_pool_new(unsigned agents_count, unsigned ranks_each);
void mpi_pool_free(struct mpi_pool *p);

/* A core on it: what is stored is loaded when that is answered.  Another one
 * may have been there before, whose requests are forgotten. */
struct queue *mpi_pool_start(struct mpi_pool *p);
struct queue *mpi_pool_queue(struct mpi_pool *p);

/* As by SIGKILL: of what was to be stored, some first part was. */
void mpi_pool_kill(struct mpi_pool *p, unsigned applied_count);

void mpi_pool_connect(struct mpi_pool *p);
void mpi_pool_disconnect(struct mpi_pool *p);
bool mpi_pool_is_connected(const struct mpi_pool *p);

/* Answer what was to be stored or loaded, one request; false: there is none. */
bool mpi_pool_answer_store(struct mpi_pool *p);
unsigned mpi_pool_unanswered(const struct mpi_pool *p);

/* Offer all that one ask wants, if there is room; `skip` asks first.  False:
 * none was served. */
bool mpi_pool_offer(struct mpi_pool *p, unsigned skip);

/* Take offers back that are not answered. */
bool mpi_pool_rescind(struct mpi_pool *p);
unsigned mpi_pool_asks_count(const struct mpi_pool *p);

struct mpi_task *mpi_pool_first_task(struct mpi_pool *p);
struct mpi_task *mpi_pool_find_task(struct mpi_pool *p, const char *id);

/* It runs, or ends so; the framework is told, if it is connected. */
void mpi_pool_run(struct mpi_pool *p, struct mpi_task *t);
void mpi_pool_end(struct mpi_pool *p,
                  struct mpi_task *t,
                  enum mezzo_task_state state,
                  const char *data);

/* Say again what was not acknowledged, and what it reconciled; kill what was to
 * be killed. */
void mpi_pool_settle(struct mpi_pool *p);

/* Its tasks that are fenced end, the others cannot be heard. */
void mpi_pool_lose_agent(struct mpi_pool *p, unsigned agent);
void mpi_pool_return_agent(struct mpi_pool *p, unsigned agent);

/* Tell what is not true. */
void mpi_pool_lie(struct mpi_pool *p,
                  const char *task_id,
                  enum mezzo_task_state state);

void mpi_pool_set_wall(struct mpi_pool *p, int64_t wall_ms);

/* What was broken of what must hold, since the last call; NULL: nothing. */
const char *mpi_pool_fault(struct mpi_pool *p);

/* Tell why an ask waits. */
void mpi_pool_explain(struct mpi_pool *p,
                      const char *ask_id,
                      const char *why,
                      bool is_impossible);

#endif
