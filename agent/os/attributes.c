/* attributes.c - part by part, each cut out of a copy. */

#include "agent/os/attributes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/message.h"
#include "base/resources.h"

static void set_value(Mesos__V1__Attribute *a, char *text, struct arena *arena)
{
    char *end;
    double number = strtod(text, &end);
    int64_t milli;

    if (*text != '\0' && *end == '\0' && milli_from_double(number, &milli)) {
        a->type = MESOS__V1__VALUE__TYPE__SCALAR;
        a->scalar = message_new(arena, &mesos__v1__value__scalar__descriptor);
        a->scalar->value = milli_to_double(milli);
    } else {
        a->type = MESOS__V1__VALUE__TYPE__TEXT;
        a->text = message_new(arena, &mesos__v1__value__text__descriptor);
        a->text->value = text;
    }
}

int attributes_parse(const char *text,
                     struct arena *arena,
                     Mesos__V1__Attribute ***attributes,
                     size_t *count,
                     struct error *err)
{
    char *rest = arena_strdup(arena, text), *part;

    *attributes = arena_alloc(arena, ATTRIBUTES_MAX * sizeof **attributes);
    *count = 0;
    while ((part = strsep(&rest, ";")) != NULL) {
        Mesos__V1__Attribute *a =
            message_new(arena, &mesos__v1__attribute__descriptor);
        char *value = strchr(part, ':');

        if (*part == '\0')
            continue;
        if (value == NULL || value == part || value[1] == '\0')
            return error_set(err, -EINVAL, "'%s' is not NAME:VALUE", part);
        if (*count == ATTRIBUTES_MAX)
            return error_set(err, -EINVAL, "more than %d", ATTRIBUTES_MAX);
        *value++ = '\0';
        a->name = part;
        set_value(a, value, arena);
        (*attributes)[(*count)++] = a;
    }
    return 0;
}
