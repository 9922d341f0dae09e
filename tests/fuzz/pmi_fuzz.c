/* pmi_fuzz.c - any bytes from two ranks to the PMI server: the first of each
 * piece says which rank, and how long it is; a fence is answered with what was
 * put, or with the rest. */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "frameworks/mpi/pmi.h"
#include "tests/fuzz/target.h"

struct fuzz {
    void *pairs; /* of the fence to be answered */
    size_t size;
    int refused[2];
};

static void reply_cb(void *arg, unsigned rank, const void *bytes, size_t size)
{
    (void)arg;
    assert(rank < 2 && size > 0);
    assert(memchr(bytes, '\0', size) == NULL);
}

static void fence_cb(void *arg, const void *pairs, size_t size)
{
    struct fuzz *f = arg;

    free(f->pairs);
    f->pairs = malloc(size + 1);
    f->size = size;
    memcpy(f->pairs, pairs, size);
}

static void abort_cb(void *arg, unsigned rank, int code, const char *message)
{
    struct fuzz *f = arg;

    (void)code;
    (void)message;
    assert(f->refused[rank]++ == 0);
}

static void offends_cb(void *arg, unsigned rank, const char *how)
{
    struct fuzz *f = arg;

    (void)how;
    assert(f->refused[rank]++ == 0);
}

static void refused_cb(void *arg, unsigned rank, const char *what)
{
    (void)arg;
    (void)rank;
    (void)what;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct pmi_options options = {
        .size = 4,
        .first_rank = 2,
        .ranks_count = 2,
        .name = "7.0",
        .mapping = "(vector,(0,2,2))",
    };
    static const struct pmi_callbacks callbacks = {reply_cb, fence_cb, abort_cb,
                                                   offends_cb, refused_cb};
    struct fuzz f = {.pairs = NULL};
    struct pmi *p = pmi_new(&options, &callbacks, &f);

    while (size > 0) {
        unsigned rank = data[0] & 1;
        size_t piece = data[0] >> 1;

        data++;
        size--;
        if (piece > size)
            piece = size;
        pmi_receive(p, rank, data, piece);
        data += piece;
        size -= piece;
        if (f.pairs != NULL) {
            assert(pmi_share(p, f.pairs, f.size));
            free(f.pairs);
            f.pairs = NULL;
            pmi_share(p, data, size);
        }
    }
    pmi_leave(p, 0);
    pmi_free(p);
    free(f.pairs);
    return 0;
}
