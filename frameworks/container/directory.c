/* directory.c - the maps as they came, looked through. */

#include "frameworks/container/directory.h"

#include <ctype.h>
#include <string.h>
#include <sys/queue.h>

#include "base/memory.h"

#define SUFFIX ".mezzo"

struct zone {
    TAILQ_ENTRY(zone) entry;
    json_t *map;
    json_int_t version;
};

struct directory {
    TAILQ_HEAD(zones, zone) zones;
    struct random random;
};

struct directory *directory_new(uint64_t seed)
{
    struct directory *d = memory_new(1, sizeof *d);

    d->random.state = seed;
    TAILQ_INIT(&d->zones);
    return d;
}

void directory_free(struct directory *d)
{
    struct zone *z;

    if (d == NULL)
        return;
    while ((z = TAILQ_FIRST(&d->zones)) != NULL) {
        TAILQ_REMOVE(&d->zones, z, entry);
        json_decref(z->map);
        free(z);
    }
    free(d);
}

static const char *text_of(json_t *json, const char *key)
{
    return json_string_value(json_object_get(json, key));
}

bool directory_update(struct directory *d, json_t *map)
{
    const char *key = text_of(map, "project");
    json_t *version = json_object_get(map, "version");
    struct zone *z;

    if (key == NULL || !json_is_integer(version))
        return false;
    TAILQ_FOREACH (z, &d->zones, entry)
        if (strcmp(text_of(z->map, "project"), key) == 0)
            break;
    if (z == NULL) {
        z = memory_new(1, sizeof *z);
        TAILQ_INSERT_TAIL(&d->zones, z, entry);
    } else if (z->version >= json_integer_value(version)) {
        return true;
    }
    /* One that is gone stays as such: what is older may still come. */
    json_decref(z->map);
    z->map = json_incref(map);
    z->version = json_integer_value(version);
    return true;
}

/* ------------------------------------------------------------------ asking */

static bool has(json_t *list, const char *text)
{
    json_t *item;
    size_t i;

    json_array_foreach(list, i, item) if (json_is_string(item) &&
                                          strcmp(json_string_value(item),
                                                 text) == 0) return true;
    return false;
}

static struct zone *zone_of(const struct directory *d, const char *source)
{
    struct zone *z;

    TAILQ_FOREACH (z, &d->zones, entry)
        if (has(json_object_get(z->map, "members"), source))
            return z;
    return NULL;
}

static bool is_called(const struct zone *z, const char *name)
{
    const char *own = text_of(z->map, "name");

    return own != NULL && strcmp(own, name) == 0;
}

static struct zone *find_zone(const struct directory *d,
                              const char *name,
                              struct zone *preferred)
{
    struct zone *z;

    if (preferred != NULL && is_called(preferred, name))
        return preferred;
    TAILQ_FOREACH (z, &d->zones, entry)
        if (is_called(z, name))
            return z;
    return NULL;
}

/* Fisher and Yates. */
static void shuffle(struct directory *d, const char **list, size_t count)
{
    for (size_t i = count; i > 1; i--) {
        size_t j = (size_t)random_below(&d->random, i);
        const char *other = list[j];

        list[j] = list[i - 1];
        list[i - 1] = other;
    }
}

static enum directory_result answer(
    struct directory *d,
    json_t *list,
    const char *addresses[DIRECTORY_ADDRESSES_MAX],
    size_t *count)
{
    size_t size = json_array_size(list), n = 0;
    const char **all = memory_new(size + 1, sizeof *all);

    for (size_t i = 0; i < size; i++) {
        const char *text = json_string_value(json_array_get(list, i));

        if (text != NULL)
            all[n++] = text;
    }
    shuffle(d, all, n);
    *count = n < DIRECTORY_ADDRESSES_MAX ? n : DIRECTORY_ADDRESSES_MAX;
    memcpy(addresses, all, *count * sizeof *all);
    free(all);
    return n > 0 ? DIRECTORY_FOUND : DIRECTORY_EMPTY;
}

static json_t *look_up(const struct zone *z, const char *name)
{
    return z != NULL ? json_object_get(json_object_get(z->map, "names"), name)
                     : NULL;
}

/* "web.shop.mezzo": split in place; false if it does not end so. */
static bool split(char *name, char **project)
{
    size_t size = strlen(name), suffix = strlen(SUFFIX);

    if (size <= suffix || strcmp(name + size - suffix, SUFFIX) != 0)
        return false;
    name[size - suffix] = '\0';
    *project = strrchr(name, '.');
    if (*project != NULL)
        *(*project)++ = '\0';
    return true;
}

enum directory_result directory_find(
    struct directory *d,
    const char *name,
    const char *source,
    const char *addresses[DIRECTORY_ADDRESSES_MAX],
    size_t *count)
{
    struct zone *own = zone_of(d, source);
    char text[DIRECTORY_NAME_MAX + 1], *project;
    size_t size = strlen(name);
    json_t *list;

    *count = 0;
    if (size > 0 && name[size - 1] == '.')
        size--;
    if (size == 0 || size > DIRECTORY_NAME_MAX)
        return DIRECTORY_OTHERS;
    for (size_t i = 0; i < size; i++)
        text[i] = (char)tolower((unsigned char)name[i]);
    text[size] = '\0';
    if (split(text, &project)) {
        list =
            project != NULL ? look_up(find_zone(d, project, own), text) : NULL;
        if (list != NULL)
            return answer(d, list, addresses, count);
        return own == NULL ? DIRECTORY_STRANGER : DIRECTORY_NO_NAME;
    }
    list = look_up(own, text);
    if (list != NULL)
        return answer(d, list, addresses, count);
    return own == NULL && strchr(text, '.') == NULL ? DIRECTORY_STRANGER
                                                    : DIRECTORY_OTHERS;
}
