/* dns.c - libevent's evdns, as a server and as a client. */

#include "io/dns.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/dns.h>
#include <event2/dns_struct.h>
#include <event2/event.h>
#include <event2/util.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"

enum {
    ADDRESSES_MAX = 100,
    FORWARDS_MAX = 1000, /* at once; more are answered as failed */
    UDP_SIZE = 8,        /* of UDP's header */
    HEADER_SIZE = 12,    /* of a packet of DNS */
};

struct dns {
    struct evdns_server_port *port;
    struct evdns_base *others;
    dns_question_f *question;
    void *arg;
    size_t forwards_count;
};

struct dns_question {
    struct dns *dns;
    struct evdns_server_request *request;
    const struct evdns_server_question *first;
    enum dns_type type;
};

static enum dns_type type_of(const struct evdns_server_question *q)
{
    switch (q->type) {
    case EVDNS_TYPE_A:
        return DNS_TYPE_A;
    case EVDNS_TYPE_AAAA:
        return DNS_TYPE_AAAA;
    case EVDNS_TYPE_PTR:
        return DNS_TYPE_PTR;
    default:
        return DNS_TYPE_OTHER;
    }
}

static void request_cb(struct evdns_server_request *request, void *arg)
{
    struct dns *d = arg;
    struct dns_question *q;
    struct sockaddr_storage from;
    char source[INET6_ADDRSTRLEN] = "";

    if (request->nquestions != 1) {
        evdns_server_request_respond(request, DNS_NOT_IMPLEMENTED);
        return;
    }
    if (evdns_server_request_get_requesting_addr(
            request, (struct sockaddr *)&from, sizeof from) > 0 &&
        from.ss_family == AF_INET)
        evutil_inet_ntop(AF_INET, &((struct sockaddr_in *)&from)->sin_addr,
                         source, sizeof source);
    evdns_server_request_set_flags(request, EVDNS_FLAGS_RD);
    q = memory_new(1, sizeof *q);
    q->dns = d;
    q->request = request;
    q->first = request->questions[0];
    q->type = type_of(q->first);
    d->question(q, q->first->name, q->type, source, d->arg);
}

/* What is shorter than a header is dropped by the kernel: libevent 2.1 reads it
 * through a null pointer. */
static int drop_short_packets(int fd)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, UDP_SIZE + HEADER_SIZE, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    const struct sock_fprog program = {.len = sizeof code / sizeof code[0],
                                       .filter = code};

    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
                      sizeof program);
}

static int open_socket(const char *address, unsigned port, struct error *err)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port)};
    const int one = 1;
    int fd;

    if (inet_pton(AF_INET, address, &at.sin_addr) != 1)
        return error_set(err, -EINVAL, "%.60s: is no address", address);
    fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return error_errno(err, "socket");
    if (drop_short_packets(fd) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one) < 0 ||
        setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &one, sizeof one) < 0 ||
        bind(fd, (const struct sockaddr *)&at, sizeof at) < 0) {
        int rc = error_errno(err, "udp port %u of %.60s", port, address);

        close(fd);
        return rc;
    }
    return fd;
}

int dns_open(struct event_base *base,
             const char *address,
             unsigned port,
             dns_question_f *question,
             void *arg,
             struct dns **dns,
             struct error *err)
{
    int fd = open_socket(address, port, err);
    struct dns *d;

    if (fd < 0)
        return fd;
    d = memory_new(1, sizeof *d);
    d->question = question;
    d->arg = arg;
    d->port = evdns_add_server_port_with_base(base, fd, 0, request_cb, d);
    d->others = evdns_base_new(base, EVDNS_BASE_INITIALIZE_NAMESERVERS |
                                         EVDNS_BASE_DISABLE_WHEN_INACTIVE);
    if (d->others == NULL) /* resolv.conf names nobody */
        d->others = evdns_base_new(base, EVDNS_BASE_DISABLE_WHEN_INACTIVE);
    if (d->port == NULL || d->others == NULL)
        abort();
    *dns = d;
    return 0;
}

void dns_close(struct dns *d)
{
    if (d == NULL)
        return;
    evdns_base_free(d->others, 1);
    evdns_close_server_port(d->port);
    free(d);
}

/* libevent would put several into one record, which is none then. */
static void add_addresses(const struct dns_question *q,
                          int type,
                          int count,
                          const void *addresses,
                          int ttl_s)
{
    const char *name = q->first->name, *next = addresses;

    for (int i = 0; i < count; i++) {
        if (type == EVDNS_TYPE_A) {
            evdns_server_request_add_a_reply(q->request, name, 1, next, ttl_s);
            next += sizeof(struct in_addr);
        } else {
            evdns_server_request_add_aaaa_reply(q->request, name, 1, next,
                                                ttl_s);
            next += sizeof(struct in6_addr);
        }
    }
}

void dns_answer(struct dns_question *q,
                enum dns_code code,
                const char *const *addresses,
                size_t addresses_count,
                int ttl_s)
{
    struct in_addr list[ADDRESSES_MAX];
    int count = 0;

    for (size_t i = 0;
         q->type == DNS_TYPE_A && i < addresses_count && count < ADDRESSES_MAX;
         i++)
        count += inet_pton(AF_INET, addresses[i], &list[count]) == 1;
    add_addresses(q, EVDNS_TYPE_A, count, list, ttl_s);
    evdns_server_request_respond(q->request, code);
    free(q);
}

/* ----------------------------------------------------------------- others */

static int code_of(int result)
{
    switch (result) {
    case DNS_ERR_NONE:
    case DNS_ERR_NODATA:
        return DNS_NO_ERROR;
    case DNS_ERR_NOTEXIST:
        return DNS_NO_NAME;
    default:
        return DNS_FAILED;
    }
}

static void others_cb(
    int result, char type, int count, int ttl, void *addresses, void *arg)
{
    struct dns_question *q = arg;
    const char *name = q->first->name;

    q->dns->forwards_count--;
    if (result == DNS_ERR_NONE && type == DNS_IPv4_A)
        add_addresses(q, EVDNS_TYPE_A, count, addresses, ttl);
    else if (result == DNS_ERR_NONE && type == DNS_IPv6_AAAA)
        add_addresses(q, EVDNS_TYPE_AAAA, count, addresses, ttl);
    else if (result == DNS_ERR_NONE && type == DNS_PTR)
        evdns_server_request_add_ptr_reply(q->request, NULL, name,
                                           *(char **)addresses, ttl);
    evdns_server_request_respond(q->request, code_of(result));
    free(q);
}

/* "4.3.2.1.in-addr.arpa" */
static bool read_reverse(const char *name, struct in_addr *address)
{
    unsigned a, b, c, d;
    int end = 0;

    if (sscanf(name, "%3u.%3u.%3u.%3u.in-addr.arpa%n", &a, &b, &c, &d, &end) !=
            4 ||
        end == 0 || name[end] != '\0' || a > 255 || b > 255 || c > 255 ||
        d > 255)
        return false;
    address->s_addr = htonl(d << 24 | c << 16 | b << 8 | a);
    return true;
}

void dns_forward(struct dns_question *q)
{
    struct evdns_base *others = q->dns->others;
    struct evdns_request *asked = NULL;
    struct in_addr address;
    enum dns_code code = DNS_FAILED;

    if (evdns_base_count_nameservers(others) > 0 &&
        q->dns->forwards_count < FORWARDS_MAX) {
        q->dns->forwards_count++;
        if (q->type == DNS_TYPE_A)
            asked = evdns_base_resolve_ipv4(others, q->first->name,
                                            DNS_QUERY_NO_SEARCH, others_cb, q);
        else if (q->type == DNS_TYPE_AAAA)
            asked = evdns_base_resolve_ipv6(others, q->first->name,
                                            DNS_QUERY_NO_SEARCH, others_cb, q);
        else if (q->type == DNS_TYPE_PTR &&
                 read_reverse(q->first->name, &address))
            asked = evdns_base_resolve_reverse(
                others, &address, DNS_QUERY_NO_SEARCH, others_cb, q);
        else
            code = DNS_NOT_IMPLEMENTED;
        if (asked != NULL)
            return;
        q->dns->forwards_count--;
    }
    dns_answer(q, code, NULL, 0, 0);
}
