/* checks.c - bounds of strings and ids. */

#include "libframework/checks.h"

#include <errno.h>
#include <string.h>

#include "base/id.h"

int checks_id(const char *what, const char *id, struct error *err)
{
    if (id == NULL || id[0] == '\0')
        return error_set(err, -EINVAL, "%s is missing", what);
    if (!id_is_valid(id))
        return error_set(err, -EINVAL,
                         "%s: at most %d printable characters, no blank or '/'",
                         what, ID_SIZE_MAX);
    return 0;
}

int checks_text(const char *what,
                const char *text,
                size_t size_max,
                struct error *err)
{
    size_t size;

    if (text == NULL || text[0] == '\0')
        return error_set(err, -EINVAL, "%s is missing", what);
    size = strnlen(text, size_max + 1);
    if (size > size_max)
        return error_set(err, -EINVAL, "%s has more than %zu bytes", what,
                         size_max);
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
            return error_set(err, -EINVAL, "%s has a control character", what);
    return 0;
}

int checks_optional_text(const char *what,
                         const char *text,
                         size_t size_max,
                         struct error *err)
{
    return text == NULL ? 0 : checks_text(what, text, size_max, err);
}

int checks_size(const char *what,
                size_t size,
                size_t size_max,
                struct error *err)
{
    if (size > size_max)
        return error_set(err, -E2BIG, "%s has %zu bytes, %zu are the most",
                         what, size, size_max);
    return 0;
}
