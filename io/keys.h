/* keys.h - CURVE key pairs, and the files they are kept in.
 *
 * A file has two lines, "public KEY" and "secret KEY", in Z85; nobody but its
 * owner may read it. */

#ifndef IO_KEYS_H
#define IO_KEYS_H

#include "base/error.h"
#include "base/principal.h"

struct keys {
    char public_key[PRINCIPAL_KEY_SIZE];
    char secret_key[PRINCIPAL_KEY_SIZE];
};

/* A new pair; aborts where libzmq has no CURVE. */
void keys_make(struct keys *keys);

/* -ENOENT  there is no such file; the text says how to make one
 * -EACCES  others may read it
 * -EINVAL  it is not such a file, or the two do not belong together */
int keys_load(struct keys *keys, const char *path, struct error *err);

/* -EEXIST  the file is there already; it stays as it is */
int keys_save(const struct keys *keys, const char *path, struct error *err);

/* Is `text` a key as Z85 writes it? */
bool keys_is_key(const char *text);

#endif
