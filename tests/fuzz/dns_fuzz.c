/* dns_fuzz.c - any packet to the name server, over a socket of loopback: what
 * is asked is a question of ours, and what is answered is an answer to it. */

#include <arpa/inet.h>
#include <assert.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/dns.h"
#include "tests/fuzz/target.h"

enum {
    PORT = 5398,
    HEADER_SIZE = 12,
    PACKET_SIZE_MAX = 512, /* of an answer over UDP */
};

static struct event_base *base;
static struct dns *dns;
static struct sockaddr_in address;
static unsigned questions_count;

static void question_cb(struct dns_question *question,
                        const char *name,
                        enum dns_type type,
                        const char *source,
                        void *arg)
{
    static const char *const addresses[] = {"10.0.0.1", "none", "10.2.3.4"};

    (void)arg;
    questions_count++;
    assert(type <= DNS_TYPE_OTHER && strcmp(source, "127.0.0.1") == 0);
    assert(strlen(name) < 256);
    if (name[0] == 'n')
        dns_answer(question, DNS_NO_NAME, NULL, 0, 0);
    else
        dns_answer(question, DNS_NO_ERROR, addresses, 3, 60);
}

/* One that no other process has, though several may listen on a port. */
static void open_once(void)
{
    const uint32_t number = (uint32_t)getpid() & 0xffff;
    struct error err;
    char text[32];

    if (dns != NULL)
        return;
    address = (struct sockaddr_in){
        .sin_family = AF_INET,
        .sin_port = htons(PORT),
        .sin_addr.s_addr = htonl(0x7f350000 | number),
    };
    inet_ntop(AF_INET, &address.sin_addr, text, sizeof text);
    base = event_base_new();
    assert(dns_open(base, text, PORT, question_cb, NULL, &dns, &err) == 0);
}

static void check_answer(const uint8_t *answer,
                         size_t size,
                         const uint8_t *data)
{
    assert(size >= HEADER_SIZE && size <= PACKET_SIZE_MAX);
    assert(memcmp(answer, data, 2) == 0); /* its number */
    assert((answer[2] & 0x80) != 0);      /* it is an answer */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t answer[4096];
    ssize_t got;
    int fd;

    open_once();
    if (size > 4096)
        return 0;
    fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert(fd >= 0);
    questions_count = 0;
    assert(sendto(fd, data, size, 0, (const struct sockaddr *)&address,
                  sizeof address) == (ssize_t)size);
    event_base_loop(base, EVLOOP_NONBLOCK);
    assert(questions_count <= 1);
    got = recv(fd, answer, sizeof answer, MSG_DONTWAIT);
    assert(got > 0 || questions_count == 0); /* who asks is answered */
    if (got > 0)
        check_answer(answer, (size_t)got, data);
    close(fd);
    return 0;
}
