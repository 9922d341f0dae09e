/* dotenv.h - .env and env_file: NAME=VALUE, one in each line.
 *
 * Blank lines and those that begin with # are left out; "export " before a name
 * is; " #" ends a value without quotes.  In '...' all is as it is written; in
 * "..." \n, \r, \t, \", \\ and \$ are read, and lines may be several. */

#ifndef CONTAINER_DOTENV_H
#define CONTAINER_DOTENV_H

#include <stddef.h>

#include "base/error.h"
#include "frameworks/container/interpolate.h"

enum {
    DOTENV_SIZE_MAX = 1 << 20,
    DOTENV_VARIABLES_MAX = 10000,
};

struct dotenv_variable {
    const char *name;
    const char *value; /* NULL: "NAME" alone, which takes the caller's */
};

struct dotenv {
    struct dotenv_variable *variables; /* in their order */
    size_t count;
};

/* `value_of` is asked for what the file itself does not define.
 *
 * -EINVAL  `err` begins with "LINE: "
 * -E2BIG   a bound is passed */
int dotenv_parse(struct arena *arena,
                 const char *text,
                 interpolate_f *value_of,
                 void *arg,
                 struct dotenv *env,
                 struct error *err);

/* The last of that name; NULL when there is none. */
const char *dotenv_find(const struct dotenv *env, const char *name);

#endif
