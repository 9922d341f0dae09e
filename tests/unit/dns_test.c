/* dns_test.c - what a name server on loopback says, byte by byte. */

#include <arpa/inet.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/dns.h"
#include "tests/test.h"

enum {
    PORT = 5399
};

/* Of loopback, and of this process alone: several may listen on a port. */
static char address[32];

static void question_cb(struct dns_question *question,
                        const char *name,
                        enum dns_type type,
                        const char *source,
                        void *arg)
{
    static const char *const two[] = {"10.0.0.1", "10.0.0.2"};

    (void)arg;
    CHECK(strcmp(source, "127.0.0.1") == 0 || source[0] != '\0');
    CHECK(type == DNS_TYPE_A);
    if (strcmp(name, "two") == 0)
        dns_answer(question, DNS_NO_ERROR, two, 2, 1);
    else
        dns_answer(question, DNS_NO_NAME, NULL, 0, 1);
}

/* Bytes of the answer to a question for the address of `name`. */
static size_t ask(struct event_base *base, const char *name, uint8_t *answer)
{
    const struct sockaddr_in at = {.sin_family = AF_INET,
                                   .sin_port = htons(PORT),
                                   .sin_addr.s_addr = inet_addr(address)};
    uint8_t question[64] = {0, 7, 1, 0, 0, 1};
    size_t size = 12, length = strlen(name);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ssize_t rc;

    question[size++] = (uint8_t)length;
    memcpy(question + size, name, length);
    size += length + 1;
    question[size + 1] = 1; /* A */
    question[size + 3] = 1; /* IN */
    size += 4;
    sendto(fd, question, size, 0, (const struct sockaddr *)&at, sizeof at);
    event_base_loop(base, EVLOOP_ONCE);
    rc = recv(fd, answer, 512, MSG_DONTWAIT);
    close(fd);
    return rc < 0 ? 0 : (size_t)rc;
}

static void each_address_has_a_record_of_its_own(struct event_base *base)
{
    uint8_t a[512];
    const size_t question_size = 12 + 5 + 4;

    CHECK(ask(base, "two", a) == question_size + 2 * 16);
    CHECK(a[7] == 2); /* records */
    CHECK(a[question_size + 11] == 4);
    CHECK(memcmp(a + question_size + 12, "\x0a\0\0\1", 4) == 0);
    CHECK(memcmp(a + question_size + 28, "\x0a\0\0\2", 4) == 0);
}

static void a_name_that_is_none_is_said_to_be_none(struct event_base *base)
{
    uint8_t a[512];

    CHECK(ask(base, "no", a) > 12);
    CHECK((a[3] & 15) == DNS_NO_NAME && a[7] == 0);
}

/* No interface has this one. */
static void an_address_may_come_later(struct event_base *base)
{
    struct dns *dns;
    struct error err;

    CHECK(dns_open(base, "192.0.2.77", PORT, question_cb, NULL, &dns, &err) ==
          0);
    dns_close(dns);
}

int main(void)
{
    struct event_base *base = event_base_new();
    struct dns *dns = NULL;
    const unsigned number = (unsigned)getpid();
    struct error err;

    snprintf(address, sizeof address, "127.54.%u.%u", number >> 8 & 255,
             number & 255);
    CHECK(dns_open(base, address, PORT, question_cb, NULL, &dns, &err) == 0);
    each_address_has_a_record_of_its_own(base);
    a_name_that_is_none_is_said_to_be_none(base);
    an_address_may_come_later(base);
    dns_close(dns);
    event_base_free(base);
    return test_done();
}
