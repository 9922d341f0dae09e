/* dns.h - a name server on UDP: what is asked is handed to its owner, who
 * answers, or has others asked. */

#ifndef IO_DNS_H
#define IO_DNS_H

#include <stddef.h>

#include "base/error.h"

struct event_base;
struct dns;
struct dns_question;

enum dns_type {
    DNS_TYPE_A,
    DNS_TYPE_AAAA,
    DNS_TYPE_PTR,
    DNS_TYPE_OTHER,
};

enum dns_code {
    DNS_NO_ERROR = 0,
    DNS_FAILED = 2,
    DNS_NO_NAME = 3,
    DNS_NOT_IMPLEMENTED = 4,
};

/* `source` is who asks, as text.  The question is the callee's until he has
 * answered it or had it forwarded, and must be one of both. */
typedef void dns_question_f(struct dns_question *question,
                            const char *name,
                            enum dns_type type,
                            const char *source,
                            void *arg);

/* On `address`, port `port`, also while no interface has it; several processes
 * may, and then each is asked some questions.  Others are asked as
 * /etc/resolv.conf says. */
int dns_open(struct event_base *base,
             const char *address,
             unsigned port,
             dns_question_f *question,
             void *arg,
             struct dns **dns,
             struct error *err);

/* No question may be left.  NULL is a no-op. */
void dns_close(struct dns *d);

/* `addresses` are IPv4, as text; of a question for something else, none. */
void dns_answer(struct dns_question *question,
                enum dns_code code,
                const char *const *addresses,
                size_t addresses_count,
                int ttl_s);
void dns_forward(struct dns_question *question);

#endif
