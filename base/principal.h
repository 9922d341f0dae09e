/* principal.h - who a link speaks for, and the list of those who may.
 *
 * One line each, fields separated by blanks, `*` for all and `-` for none;
 * empty lines and those that begin with '#' are skipped:
 *
 *     # name   CURVE key, Z85 (40 characters)            kind       roles users
 *     agent-1  rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7  agent      -     -
 *     batch    Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID  framework  hpc   alice
 *
 * A role permits those below it: "hpc" also "hpc/night". */

#ifndef BASE_PRINCIPAL_H
#define BASE_PRINCIPAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum principal_kind {
    PRINCIPAL_AGENT,
    PRINCIPAL_FRAMEWORK,
    PRINCIPAL_OPERATOR,
    PRINCIPAL_MASTER,
    PRINCIPAL_EXECUTOR, /* of an agent's ipc socket; not in any list */
    PRINCIPAL_ANYONE,   /* where a socket is in plain: may do anything */
    PRINCIPAL_GUEST,    /* any key at an agent's second socket; its ticket
                         * says what it may */
    PRINCIPAL_SERVER,   /* whom we connected to, knowing its key: master or
                         * agent, the core knows which it meant */
};

enum {
    PRINCIPAL_KEY_SIZE = 41, /* 40 characters of Z85 and a NUL */
    PRINCIPALS_MAX = 100000, /* lines of a list */
};

struct principal {
    const char *name;
    char key[PRINCIPAL_KEY_SIZE]; /* empty: the link is in plain */
    enum principal_kind kind;
    const char *const *roles; /* { "*" } is all of them */
    size_t roles_count;
    const char *const *users;
    size_t users_count;
};

struct principals;

/* -EINVAL with the line's number and what is wrong with it: "line 3: ..." */
int principals_parse(const char *text,
                     size_t size,
                     struct principals **principals,
                     struct error *err);
void principals_free(struct principals *p);

/* NULL when the key is in no line. */
const struct principal *principals_find(const struct principals *p,
                                        const char *key);

/* The word of the list for it, such as "agent". */
const char *principal_kind_name(enum principal_kind kind);

bool principal_may_use_role(const struct principal *p, const char *role);
bool principal_may_run_as(const struct principal *p, const char *user);

#endif
