/* overlay.c - two batches for ip and bridge, of iproute2. */

#include "config.h"

#include "agent/os/overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define IDENTIFIER(third) (88u << 8 | (third))

static void overlay_name(const struct bridge *bridge, char name[IFNAMSIZ])
{
    snprintf(name, IFNAMSIZ, "%.13sx", bridge->name);
}

static void run_batch(const char *program, int commands)
{
    char *const argv[] = {(char *)(uintptr_t)program, (char *)"-force",
                          (char *)"-batch", (char *)"-", NULL};
    static char *const environment[] = {
        (char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};
    posix_spawn_file_actions_t actions;
    pid_t child;

    lseek(commands, 0, SEEK_SET);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, commands, 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    if (posix_spawnp(&child, program, &actions, NULL, argv, environment) == 0)
        while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
            ;
    posix_spawn_file_actions_destroy(&actions);
}

/* Their end is reached by a neighbour at the subnet's own address. */
static void write_links(const struct overlay *o,
                        unsigned own,
                        const char *name,
                        FILE *to)
{
    if (if_nametoindex(name) == 0)
        fprintf(to,
                "link add dev %s type vxlan id %u local %s dstport 4789 "
                "nolearning\n",
                name, IDENTIFIER(own), o->local);
    fprintf(to, "link set dev %s address 0a:58:0a:58:%02x:00 mtu %d up\n", name,
            own, OVERLAY_MTU);
    for (unsigned i = 1; i < 256; i++) {
        if (o->remotes[i][0] == '\0' || i == own)
            continue;
        fprintf(to,
                "neigh replace " SUBNET_FORMAT
                ".0 lladdr 0a:58:0a:58:%02x:00 dev %s nud permanent\n",
                i, i, name);
        fprintf(to,
                "route replace " SUBNET_FORMAT ".0/24 via " SUBNET_FORMAT
                ".0 dev %s onlink src " SUBNET_FORMAT ".1\n",
                i, i, name, own);
    }
}

static void write_entries(const struct overlay *o,
                          unsigned own,
                          const char *name,
                          FILE *to)
{
    for (unsigned i = 1; i < 256; i++)
        if (o->remotes[i][0] != '\0' && i != own)
            fprintf(to,
                    "fdb replace 0a:58:0a:58:%02x:00 dev %s dst %s vni %u self "
                    "permanent\n",
                    i, name, o->remotes[i], IDENTIFIER(i));
}

static bool is_needed(const struct overlay *o)
{
    for (unsigned i = 1; o->local[0] != '\0' && i < 256; i++)
        if (o->remotes[i][0] != '\0')
            return true;
    return false;
}

void overlay_apply(const struct overlay *o, const struct bridge *bridge)
{
    static const struct {
        const char *program;
        void (*write)(const struct overlay *o,
                      unsigned own,
                      const char *name,
                      FILE *to);
    } batches[] = {{"ip", write_links}, {"bridge", write_entries}};
    char name[IFNAMSIZ];

    if (!is_needed(o))
        return;
    overlay_name(bridge, name);
    for (size_t i = 0; i < 2; i++) {
        int fd = memfd_create("batch", MFD_CLOEXEC);
        FILE *to = fd < 0 ? NULL : fdopen(fd, "w");

        if (to != NULL) {
            batches[i].write(o, bridge->subnet.third, name, to);
            fflush(to);
            run_batch(batches[i].program, fd);
            fclose(to);
        } else if (fd >= 0) {
            close(fd);
        }
    }
}

void overlay_remove(const struct bridge *bridge)
{
    int fd = memfd_create("batch", MFD_CLOEXEC);
    char name[IFNAMSIZ];

    overlay_name(bridge, name);
    if (if_nametoindex(name) != 0 && fd >= 0 &&
        dprintf(fd, "link delete dev %s\n", name) > 0)
        run_batch("ip", fd);
    if (fd >= 0)
        close(fd);
}
