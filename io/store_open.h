/* store_open.h - the kinds of stores, each by its own name; io/store.h chooses
 * among them. */

#ifndef IO_STORE_OPEN_H
#define IO_STORE_OPEN_H

#include "io/store_backend.h"

extern const char store_sqlite_schema[];

int store_open_memory(struct store **store, struct error *err);
int store_open_sqlite(const char *path,
                      struct store **store,
                      struct error *err);
int store_open_zookeeper(const char *address,
                         struct store **store,
                         struct error *err);

#endif
