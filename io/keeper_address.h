/* keeper_address.h - the parts of "zk://user:password@h1:p,h2:p/path". */

#ifndef IO_KEEPER_ADDRESS_H
#define IO_KEEPER_ADDRESS_H

#include <stdbool.h>

#include "base/error.h"

enum {
    KEEPER_PATH_MAX = 255,
    KEEPER_HOSTS_SIZE = 1024,
    KEEPER_CREDENTIALS_SIZE = 256,
};

struct keeper_address {
    char hosts[KEEPER_HOSTS_SIZE];             /* numbers, for the client */
    char credentials[KEEPER_CREDENTIALS_SIZE]; /* "user:password", or empty */
    char path[KEEPER_PATH_MAX + 1];
};

bool keeper_is_address(const char *text);

/* Resolves the names of its hosts, which may take a while.
 *
 * -EINVAL  malformed, or a host without address */
int keeper_address_parse(const char *text,
                         struct keeper_address *address,
                         struct error *err);

#endif
