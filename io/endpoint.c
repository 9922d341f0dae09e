/* endpoint.c - in plain only where nobody else can come. */

#include "io/endpoint.h"

#include <errno.h>

#include "io/address.h"

int endpoint_check(const struct driver_endpoint *e,
                   bool has_keys,
                   struct error *err)
{
    const char *fault = address_refuses(e->address);

    if (fault != NULL)
        return error_set(err, -EINVAL, "'%s' %s", e->address, fault);
    if (e->policy != DRIVER_PLAIN && !has_keys)
        return error_set(err, -EINVAL, "%s needs keys", e->address);
    if (e->policy == DRIVER_PLAIN && !address_is_local(e->address))
        return error_set(err, -EINVAL,
                         "%s in plain would let everyone in: give it keys, "
                         "which mezzo keygen makes, or listen on 127.0.0.1",
                         e->address);
    return 0;
}
