/* guest.h - all that a guest knows.  For the files of its core only: guest.c is
 * its life, guest_loop.c lives it for real. */

#ifndef LIBFRAMEWORK_GUEST_H
#define LIBFRAMEWORK_GUEST_H

#include "base/random.h"
#include "libframework/core.h"
#include "libframework/programs.h"
#include "libframework/readers.h"
#include "mezzo/guest.h"

struct guest_ticket;

struct mezzo_guest {
    const struct mezzo_guest_callbacks *callbacks;
    void *arg;
    struct core_surroundings surroundings;
    struct error fault; /* of the last call that failed */
    struct loop *loop;  /* guest_loop.c's; NULL: none yet */
    char key[41];

    msec_t now;
    bool is_stepping;
    bool is_called;
    bool is_stopping;
    struct random random;
    struct readers *readers;
    struct guest_ticket *tickets; /* for those: a list */
    struct programs *programs;
};

/* With a public key; the loop has the pair. */
struct mezzo_guest *guest_new(const struct mezzo_guest_callbacks *callbacks,
                              void *arg,
                              const char *key);

/* Without its loop. */
void guest_free(struct mezzo_guest *g);

struct machine guest_machine(struct mezzo_guest *g);
void guest_prepare(struct mezzo_guest *g,
                   const struct core_surroundings *surroundings);

#endif
