/* pmi_parts.h - what the files of the PMI server share. */

#ifndef MPI_PMI_PARTS_H
#define MPI_PMI_PARTS_H

#include "frameworks/mpi/pairs.h"
#include "frameworks/mpi/pmi.h"

struct pmi_rank {
    enum pmi_stage stage;
    bool is_second;      /* it speaks PMI-2 */
    bool is_refused;     /* it has offended; nothing more is read */
    bool is_in_list;     /* between mcmd and endcmd */
    unsigned keys_count; /* put since the last barrier */
    char *thread;        /* of PMI-2, that waits; NULL: none was named */
    char *awaits;        /* the attribute of the node that it waits for */
    char *line;          /* what has come of it */
    size_t line_size;
};

struct pmi {
    struct pmi_options options; /* strings are our own */
    struct pmi_callbacks callbacks;
    void *arg;
    struct pmi_rank *ranks;
    struct pairs *space; /* what all have put */
    struct pairs *puts;  /* here, since the last barrier */
    struct pairs *node;  /* attributes of it, in PMI-2 */
    unsigned waiting_count;
};

/* Text for a rank. */
__attribute__((format(printf, 3, 4))) void pmi_say(struct pmi *p,
                                                   unsigned rank,
                                                   const char *format,
                                                   ...);
__attribute__((format(printf, 3, 4))) void pmi_offends(struct pmi *p,
                                                       unsigned rank,
                                                       const char *format,
                                                       ...);

/* NULL when it is put, else why it is not. */
const char *pmi_put(struct pmi *p,
                    unsigned rank,
                    const char *key,
                    const char *value);

/* What the rank itself has just put counts too. */
const char *pmi_get(const struct pmi *p, const char *key);

/* It is in; may call `fence`. */
void pmi_wait(struct pmi *p, unsigned rank);

/* A whole request of PMI-2, which is changed. */
void pmi_second_request(struct pmi *p, unsigned rank, char *text, size_t size);

/* The barrier is over. */
void pmi_second_release(struct pmi *p, unsigned rank);

#endif
