/* bridge.c - plain ioctls. */

#include "config.h"

#include "agent/os/bridge.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <sched.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

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

/* Or it is that of a container, and changes when one comes or goes: then the
 * others would speak to nobody until they ask who the gateway is. */
static int set_hardware_address(int fd, const struct bridge *b)
{
    struct ifreq r = {.ifr_hwaddr.sa_family = ARPHRD_ETHER};
    const unsigned char address[] = {
        0x0a, 0x58, 10, 88, (unsigned char)b->subnet.third, 1};

    memcpy(r.ifr_name, b->name, sizeof r.ifr_name);
    memcpy(r.ifr_hwaddr.sa_data, address, sizeof address);
    return ioctl(fd, SIOCSIFHWADDR, &r);
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
                                SUBNET_RANGE,  "-j", "MASQUERADE", NULL};
    static char *const environment[] = {
        (char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};
    posix_spawn_file_actions_t actions;
    pid_t child;

    snprintf(subnet, sizeof subnet, SUBNET_FORMAT ".0/24", b->subnet.third);
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

static int make(const struct bridge *b, int fd, struct error *err)
{
    uint32_t address = SUBNET_PREFIX | b->subnet.third << 8 | 1;

    if (subnet_is_taken(&b->subnet, b->name))
        return error_set(err, -EADDRINUSE,
                         "the agent's subnet " SUBNET_FORMAT
                         ".0/24 is on another interface now; start the agent "
                         "again, and it takes another",
                         b->subnet.third);
    if (ioctl(fd, SIOCBRADDBR, b->name) < 0 && errno != EEXIST)
        return error_errno(err, "make the bridge %s", b->name);
    if (set_hardware_address(fd, b) < 0 ||
        set_address(fd, b, SIOCSIFADDR, address) < 0 ||
        set_address(fd, b, SIOCSIFNETMASK, 0xffffff00u) < 0 ||
        set_up(fd, b->name, true) < 0)
        return error_errno(err, "set up the bridge %s", b->name);
    return 0;
}

int bridge_make(const struct bridge *b, struct error *err)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int code = fd < 0 ? error_errno(err, "socket") : make(b, fd, err);

    if (fd >= 0)
        close(fd);
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
