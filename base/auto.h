/* auto.h - memory that a function owns to its end. */

#ifndef BASE_AUTO_H
#define BASE_AUTO_H

#include <stdlib.h>

#define AUTO(cleaner) __attribute__((cleanup(cleaner)))

static inline void auto_free(void *pointer)
{
    free(*(void **)pointer);
}

#endif
