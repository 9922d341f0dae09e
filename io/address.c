/* address.c - read as libzmq reads them.  Names of hosts are looked up by
 * libzmq's thread, where traffic waits for it: numbers are better. */

#include "io/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

enum {
    HOST_SIZE = 64,
    PORT_MAX = 65535,
};

/* What is between "tcp://" and the last colon, without brackets; false if there
 * is nothing that fits. */
static bool get_host(const char *address, char host[HOST_SIZE])
{
    const char *begin = address + strlen("tcp://");
    const char *end = strrchr(begin, ':');
    size_t size;

    if (end == NULL)
        return false;
    size = (size_t)(end - begin);
    if (size >= 2 && begin[0] == '[' && end[-1] == ']') {
        begin++;
        size -= 2;
    }
    if (size == 0 || size >= HOST_SIZE)
        return false;
    memcpy(host, begin, size);
    host[size] = '\0';
    return true;
}

static bool is_tcp(const char *address)
{
    return strncmp(address, "tcp://", 6) == 0;
}

static bool is_ipc(const char *address)
{
    return strncmp(address, "ipc://", 6) == 0;
}

static bool is_host(const char *host)
{
    return host[strspn(host,
                       "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                       "0123456789.:-_%*")] == '\0';
}

static bool is_port(const char *text)
{
    size_t digits = strspn(text, "0123456789");

    return digits > 0 && digits <= 5 && text[digits] == '\0' &&
           atoi(text) <= PORT_MAX;
}

const char *address_refuses(const char *address)
{
    char host[HOST_SIZE];

    if (is_ipc(address)) {
        if (address[6] == '\0')
            return "has no path";
        if (strlen(address + 6) >= sizeof((struct sockaddr_un *)0)->sun_path)
            return "is longer than the 107 characters of a socket's path";
        return NULL;
    }
    if (!is_tcp(address))
        return "is not tcp://ADDRESS:PORT or ipc://PATH";
    if (!get_host(address, host) || !is_port(strrchr(address, ':') + 1))
        return "has no port from 0 to 65535; it must be tcp://ADDRESS:PORT";
    if (!is_host(host))
        return "has not the name or number of a host";
    return NULL;
}

bool address_is_local(const char *address)
{
    char host[HOST_SIZE];
    struct in_addr four;
    struct in6_addr six;

    if (is_ipc(address))
        return true;
    if (!is_tcp(address) || !get_host(address, host))
        return false;
    if (inet_pton(AF_INET, host, &four) == 1)
        return ntohl(four.s_addr) >> 24 == 127;
    if (inet_pton(AF_INET6, host, &six) == 1)
        return IN6_IS_ADDR_LOOPBACK(&six);
    return strcmp(host, "localhost") == 0;
}

/* libzmq puts the number of the process behind, after others. */
static bool is_process(int fd, const char *peer)
{
    struct ucred who;
    socklen_t size = sizeof who;
    char text[64];
    size_t used;

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) < 0)
        return false;
    used = (size_t)snprintf(text, sizeof text, ":%d:%d:%d", (int)who.uid,
                            (int)who.gid, (int)who.pid);
    return strlen(peer) >= used &&
           strcmp(peer + strlen(peer) - used, text) == 0;
}

bool address_is_peer_of(int fd, const char *peer)
{
    struct sockaddr_storage other;
    socklen_t size = sizeof other;
    char host[NI_MAXHOST];

    if (getpeername(fd, (struct sockaddr *)&other, &size) < 0)
        return false;
    if (other.ss_family == AF_UNIX)
        return is_process(fd, peer);
    return getnameinfo((struct sockaddr *)&other, size, host, sizeof host, NULL,
                       0, NI_NUMERICHOST) == 0 &&
           strcmp(host, peer) == 0;
}
