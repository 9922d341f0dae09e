/* error.c - formats into the caller's text. */

#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int error_set(struct error *err, int code, const char *format, ...)
{
    va_list args;

    if (err == NULL)
        return code;
    va_start(args, format);
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    return code;
}

int error_errno(struct error *err, const char *format, ...)
{
    int number = errno;
    va_list args;
    size_t used;

    if (err == NULL)
        return -number;
    va_start(args, format);
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    used = strlen(err->text);
    snprintf(err->text + used,
             sizeof err->text - used,
             ": %s",
             strerror(number));
    return -number;
}
