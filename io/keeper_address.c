/* keeper_address.c - taken apart by hand; the hosts become numbers, since the
 * client resolves names in the middle of its work, again and again. */

#include "io/keeper_address.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define SCHEME "zk://"
#define DEFAULT_PORT "2181"
#define SHAPE "it must be zk://[user:password@]host:port[,...]/path"

bool keeper_is_address(const char *text)
{
    return strncmp(text, SCHEME, strlen(SCHEME)) == 0;
}

/* Without its password: it is written to logs. */
static int refuse(struct error *err, const char *text, const char *why)
{
    const char *at = strrchr(text, '@');

    return error_set(err, -EINVAL, "'%s%.100s': %s; " SHAPE,
                     at == NULL ? "" : SCHEME "...", at == NULL ? text : at,
                     why);
}

/* The library would take 65536 for 0. */
static bool is_port(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    int port = digits > 5 ? 0 : atoi(text);

    return text[digits] == '\0' && port > 0 && port <= 65535;
}

/* Append all addresses of "host" or "host:port". */
static int resolve(const char *host_port, char *hosts, struct error *err)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found;
    char host[256], number[64], port[16] = DEFAULT_PORT;
    const char *colon = strrchr(host_port, ':');
    size_t size =
        colon == NULL ? strlen(host_port) : (size_t)(colon - host_port);
    int rc;

    if (size == 0 || size >= sizeof host ||
        (colon != NULL && !is_port(colon + 1)))
        return error_set(err, -EINVAL, "'%.80s' is no host:port", host_port);
    snprintf(host, sizeof host, "%.*s", (int)size, host_port);
    if (colon != NULL)
        snprintf(port, sizeof port, "%s", colon + 1);
    rc = getaddrinfo(host, port, &hints, &found);
    if (rc != 0)
        return error_set(err, -EINVAL, "ZooKeeper at %.80s: %s", host_port,
                         gai_strerror(rc));
    for (const struct addrinfo *a = found; a != NULL; a = a->ai_next) {
        size_t used = strlen(hosts);

        if (getnameinfo(a->ai_addr, a->ai_addrlen, number, sizeof number, port,
                        sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) != 0)
            continue;
        if (used + strlen(number) + strlen(port) + 5 < KEEPER_HOSTS_SIZE)
            sprintf(hosts + used,
                    a->ai_family == AF_INET6 ? "%s[%s]:%s" : "%s%s:%s",
                    used > 0 ? "," : "", number, port);
    }
    freeaddrinfo(found);
    return 0;
}

static int resolve_all(char *list, char *hosts, struct error *err)
{
    char *rest = list;

    hosts[0] = '\0';
    for (char *one; (one = strsep(&rest, ",")) != NULL;) {
        int rc = resolve(one, hosts, err);

        if (rc < 0)
            return rc;
    }
    return 0;
}

static bool is_path(const char *path)
{
    size_t size = strlen(path);

    return size >= 2 && size <= KEEPER_PATH_MAX && path[size - 1] != '/' &&
           strstr(path, "//") == NULL && strstr(path, "/.") == NULL;
}

int keeper_address_parse(const char *text,
                         struct keeper_address *address,
                         struct error *err)
{
    const char *rest = text + strlen(SCHEME);
    const char *path, *at;
    char list[KEEPER_HOSTS_SIZE];

    if (!keeper_is_address(text))
        return refuse(err, text, "it does not begin with " SCHEME);
    path = strchr(rest, '/');
    if (path == NULL || !is_path(path))
        return refuse(err, text, "it has no path of its own");
    at = memchr(rest, '@', (size_t)(path - rest));
    address->credentials[0] = '\0';
    if (at != NULL) {
        if (memchr(rest, ':', (size_t)(at - rest)) == NULL ||
            (size_t)(at - rest) >= sizeof address->credentials)
            return refuse(err, text, "before '@' there is no user:password");
        snprintf(address->credentials, sizeof address->credentials, "%.*s",
                 (int)(at - rest), rest);
        rest = at + 1;
    }
    if (path == rest || (size_t)(path - rest) >= sizeof list)
        return refuse(err, text, "it names no host");
    snprintf(list, sizeof list, "%.*s", (int)(path - rest), rest);
    snprintf(address->path, sizeof address->path, "%s", path);
    return resolve_all(list, address->hosts, err);
}
