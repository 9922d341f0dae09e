/* bridge.c - plain ioctls; agents of one machine choose one after the other. */

#include "config.h"

#include "agent/os/bridge.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOCK "/run/mezzo-networks.lock"
#define RANGE "10.88.0.0/16"
#define PREFIX (10u << 24 | 88u << 16)

unsigned bridge_choose(const bool is_taken[256], unsigned start)
{
    for (unsigned i = 0; i < 255; i++) {
        unsigned third = 1 + (start + i) % 255;

        if (!is_taken[third])
            return third;
    }
    return 0;
}

static void find_taken(bool is_taken[256])
{
    struct ifaddrs *list, *i;

    if (getifaddrs(&list) < 0)
        return;
    for (i = list; i != NULL; i = i->ifa_next) {
        const struct sockaddr_in *in = (const void *)i->ifa_addr;
        uint32_t address;

        if (in == NULL || in->sin_family != AF_INET)
            continue;
        address = ntohl(in->sin_addr.s_addr);
        if ((address & 0xffff0000u) == PREFIX)
            is_taken[address >> 8 & 0xff] = true;
    }
    freeifaddrs(list);
}

static int set_address(int fd,
                       const struct bridge *b,
                       unsigned long request,
                       uint32_t address)
{
    struct ifreq r = {0};
    struct sockaddr_in in = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(address)};

    memcpy(r.ifr_name, b->name, sizeof r.ifr_name);
    memcpy(&r.ifr_addr, &in, sizeof in);
    return ioctl(fd, request, &r);
}

static int set_up(int fd, const char *name, bool is_up)
{
    struct ifreq r = {0};

    snprintf(r.ifr_name, sizeof r.ifr_name, "%s", name);
    if (ioctl(fd, SIOCGIFFLAGS, &r) < 0)
        return -1;
    if (is_up)
        r.ifr_flags |= IFF_UP;
    else
        r.ifr_flags &= ~IFF_UP;
    return ioctl(fd, SIOCSIFFLAGS, &r);
}

/* What leaves the pool's range has the machine's address. */
static void masquerade(const struct bridge *b, const char *what)
{
    char subnet[32];
    const char *const argv[] = {"iptables",    "-w", "-t",         "nat", what,
                                "POSTROUTING", "-s", subnet,       "!",   "-d",
                                RANGE,         "-j", "MASQUERADE", NULL};
    static char *const environment[] = {
        (char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};
    posix_spawn_file_actions_t actions;
    pid_t child;

    snprintf(subnet, sizeof subnet, "10.88.%u.0/24", b->third);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    if (posix_spawnp(&child, "iptables", &actions, NULL,
                     (char *const *)(uintptr_t)argv, environment) == 0)
        while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
            ;
    posix_spawn_file_actions_destroy(&actions);
}

static void forward(void)
{
    int fd = open("/proc/sys/net/ipv4/ip_forward", O_WRONLY | O_CLOEXEC);

    if (fd < 0)
        return;
    (void)!write(fd, "1", 1);
    close(fd);
}

static int make(struct bridge *b, unsigned start, int fd, struct error *err)
{
    bool is_taken[256] = {false};
    uint32_t address;

    find_taken(is_taken);
    b->third = bridge_choose(is_taken, start);
    if (b->third == 0)
        return error_set(err, -ENOSPC,
                         "all subnets of " RANGE " are taken on this machine");
    address = PREFIX | b->third << 8 | 1;
    if (ioctl(fd, SIOCBRADDBR, b->name) < 0 && errno != EEXIST)
        return error_errno(err, "make the bridge %s", b->name);
    if (set_address(fd, b, SIOCSIFADDR, address) < 0 ||
        set_address(fd, b, SIOCSIFNETMASK, 0xffffff00u) < 0 ||
        set_up(fd, b->name, true) < 0)
        return error_errno(err, "set up the bridge %s", b->name);
    return 0;
}

int bridge_make(struct bridge *b, unsigned start, struct error *err)
{
    int lock = open(LOCK, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int code = fd < 0 ? error_errno(err, "socket") : 0;

    if (lock >= 0)
        flock(lock, LOCK_EX);
    if (code == 0)
        code = make(b, start, fd, err);
    if (fd >= 0)
        close(fd);
    if (lock >= 0)
        close(lock);
    if (code < 0)
        return code;
    forward();
    masquerade(b, "-A");
    return 0;
}

bool bridge_is_there(const struct bridge *b)
{
    return if_nametoindex(b->name) != 0;
}

void bridge_remove(const struct bridge *b)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return;
    if (bridge_is_there(b)) {
        masquerade(b, "-D");
        set_up(fd, b->name, false);
        ioctl(fd, SIOCBRDELBR, b->name);
    }
    close(fd);
}

int bridge_new_namespace(struct error *err)
{
    int ours = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    int theirs = -1, fd, code = 0;

    if (ours < 0 || unshare(CLONE_NEWNET) < 0) {
        code = error_errno(err, "make a network namespace");
    } else {
        theirs = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
        fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (theirs < 0 || fd < 0 || set_up(fd, "lo", true) < 0)
            code = error_errno(err, "set up a network namespace");
        if (fd >= 0)
            close(fd);
        if (setns(ours, CLONE_NEWNET) < 0)
            abort(); /* or all that follows would be elsewhere */
    }
    if (ours >= 0)
        close(ours);
    if (code < 0 && theirs >= 0)
        close(theirs);
    return code < 0 ? code : theirs;
}
