/* offers.h - the offers that are ours to use.  Pure. */

#ifndef LIBFRAMEWORK_OFFERS_H
#define LIBFRAMEWORK_OFFERS_H

#include "base/resources.h"
#include "mezzo/framework.h"

struct offers;

struct offer {
    const char *id;
    const char *agent_id;
    const char *role;
    const char *ask_id;  /* NULL: it serves none */
    const char *gang_id; /* NULL: of none */
    struct resources resources;
};

struct offers *offers_new(void);
void offers_free(struct offers *o);

/* NULL, or what makes no sense in `wire`.  One that is held already is
 * replaced; there must be room. */
const char *offers_add(struct offers *o, const Mesos__V1__Offer *wire);
bool offers_is_full(const struct offers *o);

/* NULL when it is not, or no longer, ours. */
const struct offer *offers_find(const struct offers *o, const char *id);

/* The next of the gang's in order of arrival, NULL after the last. */
const struct offer *offers_next_of_gang(const struct offers *o,
                                        const char *gang_id,
                                        const struct offer *after);

/* False when there is none. */
bool offers_remove(struct offers *o, const char *id);
void offers_clear(struct offers *o);

/* For a callback; lives as long as `wire` and `arena`. */
void offers_show(struct mezzo_offer *offer,
                 const Mesos__V1__Offer *wire,
                 struct arena *arena);

/* As text, "rack-3", "2.5", "[1-4]", in `arena`. */
char *offers_attribute_text(const Mesos__V1__Attribute *a, struct arena *arena);

#endif
