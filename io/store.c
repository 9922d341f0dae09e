/* store.c - an address says which kind of store it is of. */

#include "io/store.h"

#include <errno.h>
#include <string.h>

#include "io/store_open.h"

/* What is behind "KIND:", or NULL. */
static const char *after(const char *address, const char *kind)
{
    size_t size = strlen(kind);

    return strncmp(address, kind, size) == 0 ? address + size : NULL;
}

int store_open(const char *address, struct store **store, struct error *err)
{
    const char *path = after(address, "sqlite:");

    if (path != NULL && path[0] != '\0')
        return store_open_sqlite(path, store, err);
    if (strcmp(address, "memory:") == 0)
        return store_open_memory(store, err);
    if (after(address, "zk://") != NULL)
        return store_open_zookeeper(address, store, err);
    return error_set(err, -EINVAL,
                     "'%s' is no store; it must be sqlite:PATH, "
                     "zk://HOSTS/PATH or memory:",
                     address);
}

void store_close(struct store *s)
{
    if (s != NULL)
        s->backend->close(s);
}
