/* constraints.c - one by one, and then each against each. */

#include "master/alloc/constraints.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int check_constraint(const struct alloc_constraint *c, struct error *err)
{
    size_t digits;

    if (c->attribute == NULL || c->attribute[0] == '\0')
        return error_set(err, -EINVAL, "attribute: is missing");
    switch (c->relation) {
    case ALLOC_EQUALS:
    case ALLOC_NOT_EQUALS:
    case ALLOC_MATCHES:
        if (c->value == NULL)
            return error_set(err, -EINVAL, "value: is missing");
        return 0;
    case ALLOC_MAX_PER:
        digits = c->value == NULL ? 0 : strspn(c->value, "0123456789");
        if (digits == 0 || digits > 6 || c->value[digits] != '\0' ||
            atoi(c->value) == 0)
            return error_set(err, -EINVAL, "value: is not a number above 0");
        return 0;
    case ALLOC_UNIQUE:
    case ALLOC_GROUP_BY:
        return 0;
    }
    return error_set(err, -EINVAL, "relation: is unknown");
}

/* No agent could ever meet both. */
static bool contradict(const struct alloc_constraint *a,
                       const struct alloc_constraint *b)
{
    if (strcmp(a->attribute, b->attribute) != 0 || a->relation != ALLOC_EQUALS)
        return false;
    if (b->relation == ALLOC_EQUALS)
        return strcmp(a->value, b->value) != 0;
    return b->relation == ALLOC_NOT_EQUALS && strcmp(a->value, b->value) == 0;
}

int constraints_check(const struct alloc_slot *s, struct error *err)
{
    struct error why;

    if (s->constraints_count > ALLOC_CONSTRAINTS_MAX)
        return error_set(err, -EINVAL, "constraints: are more than %d",
                         ALLOC_CONSTRAINTS_MAX);
    for (size_t i = 0; i < s->constraints_count; i++) {
        if (check_constraint(&s->constraints[i], &why) < 0)
            return error_set(err, -EINVAL, "constraints[%zu].%s", i, why.text);
    }
    for (size_t i = 0; i < s->constraints_count; i++) {
        for (size_t j = 0; j < s->constraints_count; j++) {
            if (contradict(&s->constraints[i], &s->constraints[j]))
                return error_set(err, -EINVAL,
                                 "constraints[%zu]: contradicts [%zu] on %s", j,
                                 i, s->constraints[i].attribute);
        }
    }
    return 0;
}
