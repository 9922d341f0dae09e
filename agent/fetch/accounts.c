/* accounts.c - /etc/passwd and /etc/group, found in a layer without leaving it.
 */

#include "config.h"

#include "agent/fetch/accounts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/message.h"

enum {
    PATH_SIZE = 4096,
    MEMBERS_MAX = 1000,
    FIELDS_MAX = 7,
};

/* What is between the colons; how many. */
static size_t split(char *line, char *fields[FIELDS_MAX])
{
    size_t count = 0;

    while (count < FIELDS_MAX && line != NULL)
        fields[count++] = strsep(&line, ":");
    return count;
}

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

void accounts_parse_users(char *text,
                          struct arena *arena,
                          Mezzo__Record__Image *image)
{
    char *line, *fields[FIELDS_MAX];

    image->users = arena_alloc(arena, ACCOUNTS_MAX * sizeof *image->users);
    while (image->n_users < ACCOUNTS_MAX &&
           (line = strsep(&text, "\n")) != NULL) {
        Mezzo__Record__Image__User *user;
        uint32_t uid, gid;

        if (split(line, fields) < 4 || fields[0][0] == '\0' ||
            !read_number(fields[2], &uid) || !read_number(fields[3], &gid))
            continue;
        user = message_new(arena, &mezzo__record__image__user__descriptor);
        user->name = arena_strdup(arena, fields[0]);
        user->uid = uid;
        user->gid = gid;
        image->users[image->n_users++] = user;
    }
}

static void read_members(char *text,
                         struct arena *arena,
                         Mezzo__Record__Image__Group *group)
{
    char *name;
    size_t count = 1;

    for (const char *c = text; *c != '\0'; c++)
        count += *c == ',';
    if (count > MEMBERS_MAX)
        count = MEMBERS_MAX;
    group->members = arena_alloc(arena, count * sizeof *group->members);
    while (group->n_members < count && (name = strsep(&text, ",")) != NULL)
        if (name[0] != '\0')
            group->members[group->n_members++] = arena_strdup(arena, name);
}

void accounts_parse_groups(char *text,
                           struct arena *arena,
                           Mezzo__Record__Image *image)
{
    char *line, *fields[FIELDS_MAX];

    image->groups = arena_alloc(arena, ACCOUNTS_MAX * sizeof *image->groups);
    while (image->n_groups < ACCOUNTS_MAX &&
           (line = strsep(&text, "\n")) != NULL) {
        Mezzo__Record__Image__Group *group;
        size_t count = split(line, fields);
        uint32_t gid;

        if (count < 3 || fields[0][0] == '\0' || !read_number(fields[2], &gid))
            continue;
        group = message_new(arena, &mezzo__record__image__group__descriptor);
        group->name = arena_strdup(arena, fields[0]);
        group->gid = gid;
        if (count > 3)
            read_members(fields[3], arena, group);
        image->groups[image->n_groups++] = group;
    }
}

/* A descriptor, with the layer as the root of all links; -1. */
static int open_inside(int layer, const char *path)
{
    struct open_how how = {
        .flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
    };

    return (int)syscall(SYS_openat2, layer, path, &how, sizeof how);
}

static char *read_text(int fd)
{
    struct stat status;
    char *text;
    ssize_t size;

    if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
        return NULL;
    text = malloc(ACCOUNTS_SIZE_MAX + 1);
    if (text == NULL)
        abort();
    size = read(fd, text, ACCOUNTS_SIZE_MAX);
    text[size > 0 ? size : 0] = '\0';
    return text;
}

/* Of the topmost layer that has it; NULL when none does, or one hides it. */
static char *find_text(const char *store,
                       const Mezzo__Record__Image *image,
                       const char *path)
{
    for (size_t i = image->n_layers; i-- > 0;) {
        char directory[PATH_SIZE];
        char *text = NULL;
        struct stat status;
        int layer, fd;

        snprintf(directory, sizeof directory, "%s/layers/%s", store,
                 image->layers[i]);
        layer = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (layer < 0)
            continue;
        if (fstatat(layer, path, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISCHR(status.st_mode)) {
            close(layer);
            return NULL;
        }
        fd = open_inside(layer, path);
        if (fd >= 0) {
            text = read_text(fd);
            close(fd);
        }
        close(layer);
        if (text != NULL)
            return text;
    }
    return NULL;
}

void accounts_read(const char *store,
                   struct arena *arena,
                   Mezzo__Record__Image *image)
{
    AUTO(auto_free) char *users = find_text(store, image, "etc/passwd");
    AUTO(auto_free) char *groups = find_text(store, image, "etc/group");

    if (users != NULL)
        accounts_parse_users(users, arena, image);
    if (groups != NULL)
        accounts_parse_groups(groups, arena, image);
}
