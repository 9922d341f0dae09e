/* role.c - part by part. */

#include "base/role.h"

#include <string.h>

static bool is_part(const char *part, size_t size)
{
    if (size == 0 || part[0] == '-' || (size == 1 && part[0] == '*'))
        return false;
    if ((size == 1 && part[0] == '.') ||
        (size == 2 && part[0] == '.' && part[1] == '.'))
        return false;
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)part[i] <= ' ' || part[i] == 0x7f || part[i] == '\\')
            return false;
    return true;
}

bool role_is_valid(const char *role)
{
    int levels = 0;

    if (strcmp(role, "*") == 0)
        return true;
    if (strlen(role) > ROLE_SIZE_MAX)
        return false;
    for (;;) {
        size_t size = strcspn(role, "/");

        if (!is_part(role, size) || ++levels > ROLE_LEVELS_MAX)
            return false;
        if (role[size] == '\0')
            return true;
        role += size + 1;
    }
}

bool role_is_below(const char *role, const char *ancestor)
{
    size_t size = strlen(ancestor);

    return strncmp(role, ancestor, size) == 0 && role[size] == '/';
}
