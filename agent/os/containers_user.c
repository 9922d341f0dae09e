/* containers_user.c - who a container's process is. */

#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/os/containers_parts.h"
#include "base/auto.h"

static bool read_number(const char *text, uint32_t *number)
{
    char *end;
    unsigned long value;

    errno = 0;
    value = strtoul(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 ||
        value >= UINT32_MAX)
        return false;
    *number = (uint32_t)value;
    return true;
}

static const Mezzo__Record__Image__User *find_user(
    const Mezzo__Record__Image *image, const char *name)
{
    uint32_t uid;
    bool is_number = read_number(name, &uid);

    for (size_t i = 0; i < image->n_users; i++)
        if (is_number ? image->users[i]->uid == uid
                      : strcmp(image->users[i]->name, name) == 0)
            return image->users[i];
    return NULL;
}

static int find_group(const Mezzo__Record__Image *image,
                      const char *name,
                      gid_t *group,
                      struct error *err)
{
    uint32_t number;

    if (read_number(name, &number)) {
        *group = number;
        return 0;
    }
    for (size_t i = 0; i < image->n_groups; i++)
        if (strcmp(image->groups[i]->name, name) == 0) {
            *group = image->groups[i]->gid;
            return 0;
        }
    return error_set(err, -ENOENT, "its image has no group %s", name);
}

static void add_groups(struct container *c, const char *name)
{
    for (size_t i = 0; i < c->image->n_groups; i++) {
        const Mezzo__Record__Image__Group *g = c->image->groups[i];

        for (size_t j = 0; j < g->n_members; j++)
            if (strcmp(g->members[j], name) == 0 &&
                c->groups_count < CONTAINER_GROUPS_MAX)
                c->groups[c->groups_count++] = g->gid;
    }
}

int container_find_user(struct container *c,
                        const char *user,
                        struct error *err)
{
    AUTO(auto_free) char *name = strdup(user[0] != '\0' ? user : "0");
    const Mezzo__Record__Image__User *entry;
    uint32_t uid;
    char *group;

    if (name == NULL)
        abort();
    group = strchr(name, ':');
    if (group != NULL)
        *group++ = '\0';
    entry = find_user(c->image, name);
    if (entry != NULL) {
        c->user = entry->uid;
        c->group = entry->gid;
        if (group == NULL)
            add_groups(c, entry->name);
    } else if (read_number(name, &uid)) {
        c->user = uid;
        c->group = 0;
    } else {
        return error_set(err, -ENOENT, "its image has no user %s", name);
    }
    return group != NULL && group[0] != '\0'
               ? find_group(c->image, group, &c->group, err)
               : 0;
}
