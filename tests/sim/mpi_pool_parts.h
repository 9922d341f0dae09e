/* mpi_pool_parts.h - what the files of the played pool share. */

#ifndef SIM_MPI_POOL_PARTS_H
#define SIM_MPI_POOL_PARTS_H

#include "tests/sim/mpi_pool.h"

struct ask {
    TAILQ_ENTRY(ask) entry;
    char id[MPI_POOL_ID_SIZE];
    unsigned slots, ranks_each;
    bool is_unique;
};

struct offer {
    TAILQ_ENTRY(offer) entry;
    char id[32], gang[32], ask[MPI_POOL_ID_SIZE];
    unsigned agent, slots, ranks_each;
};

struct entry {
    TAILQ_ENTRY(entry) entry;
    char *key, *value;
};

/* To the store. */
struct wanted {
    TAILQ_ENTRY(wanted) entry;
    uint64_t number;
    bool is_load;
    size_t count;
    struct {
        char *key, *value; /* no value: delete */
    } ops[2];
};

struct mezzo_scheduler {
    struct mpi_pool *pool;
};

struct mpi_pool {
    struct mezzo_scheduler scheduler;
    struct partitions partitions;
    struct queue *queue;
    bool is_connected, is_loaded;
    unsigned agents_count;
    struct {
        unsigned ranks, used;
        bool is_lost;
    } agents[MPI_POOL_AGENTS_MAX];
    TAILQ_HEAD(ask_list, ask) asks;
    TAILQ_HEAD(offer_list, offer) offers;
    TAILQ_HEAD(task_list, mpi_task) tasks;
    TAILQ_HEAD(entry_list, entry) entries;
    TAILQ_HEAD(request_list, wanted) requests;
    char reconciled[64][MPI_POOL_ID_SIZE];
    unsigned reconciled_count;
    uint64_t next_request, next_offer;
    int64_t wall_ms;
    char fault[300];
    bool has_fault;
};

/* The first counts. */
__attribute__((format(printf, 2, 3))) void mpi_pool_fail(struct mpi_pool *p,
                                                         const char *format,
                                                         ...);

/* mpi_pool_store.c */
void mpi_pool_free_request(struct mpi_pool *p, struct wanted *r);
void mpi_pool_apply(struct mpi_pool *p, const struct wanted *r);

/* mpi_pool_offers.c: NULL when there is none. */
struct ask *mpi_pool_find_ask(struct mpi_pool *p, const char *id);
struct offer *mpi_pool_find_offer(struct mpi_pool *p, const char *id);
void mpi_pool_remove_offer(struct mpi_pool *p, struct offer *o);
void mpi_pool_rescind_offer(struct mpi_pool *p, struct offer *o);

#endif
