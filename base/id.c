/* id.c - one walk over the characters. */

#include "base/id.h"

#include <string.h>

bool id_is_valid(const char *id)
{
    size_t size = 0;

    for (; id[size] != '\0'; size++)
        if (id[size] <= ' ' || id[size] > '~' || id[size] == '/' ||
            size == ID_SIZE_MAX)
            return false;
    return size > 0 && strcmp(id, ".") != 0 && strcmp(id, "..") != 0;
}
