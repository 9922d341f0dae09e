/* subnet.c - look at the interfaces, then bind a name. */

#include "config.h"

#include "agent/os/subnet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

unsigned subnet_choose(const bool is_taken[256], unsigned start)
{
    for (unsigned i = 0; i < 255; i++) {
        unsigned third = 1 + (start + i + 254) % 255;

        if (!is_taken[third])
            return third;
    }
    return 0;
}

static void find_taken(const char *bridge, bool is_taken[256])
{
    struct ifaddrs *list, *i;

    if (getifaddrs(&list) < 0)
        return;
    for (i = list; i != NULL; i = i->ifa_next) {
        const struct sockaddr_in *in = (const void *)i->ifa_addr;
        uint32_t address;

        if (in == NULL || in->sin_family != AF_INET ||
            strcmp(i->ifa_name, bridge) == 0)
            continue;
        address = ntohl(in->sin_addr.s_addr);
        if ((address & 0xffff0000u) == SUBNET_PREFIX)
            is_taken[address >> 8 & 0xff] = true;
    }
    freeifaddrs(list);
}

static bool bind_name(int fd, unsigned third)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int size = snprintf(name.sun_path + 1, sizeof name.sun_path - 1,
                        "mezzo-subnet/" SUBNET_FORMAT ".0", third);

    return bind(fd, (const struct sockaddr *)&name,
                (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1) +
                    (socklen_t)size) == 0;
}

int subnet_claim(struct subnet *s, const char *bridge, struct error *err)
{
    bool is_taken[256] = {false};
    unsigned third = s->third;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return error_errno(err, "socket");
    find_taken(bridge, is_taken);
    while ((third = subnet_choose(is_taken, third)) != 0 &&
           !bind_name(fd, third))
        is_taken[third] = true;
    if (third == 0) {
        close(fd);
        return error_set(err, -ENOSPC,
                         "all subnets of " SUBNET_RANGE
                         " are taken on this machine");
    }
    *s = (struct subnet){.third = third, .claim = fd};
    return 0;
}

void subnet_release(struct subnet *s)
{
    if (s->claim >= 0)
        close(s->claim);
    s->claim = -1;
}

bool subnet_is_taken(const struct subnet *s, const char *bridge)
{
    bool is_taken[256] = {false};

    find_taken(bridge, is_taken);
    return is_taken[s->third];
}
