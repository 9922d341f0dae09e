/* names_main.c - mezzo-names: the name server on an agent, an executor of
 * mezzo-container.
 *
 * It says where it listens, is told the names of each project, and answers
 * those who ask.  What is on the network of its machine reaches it at a
 * loopback address that nobody else there has (MEZZO_NAMES_ADDRESS is another);
 * containers that have a network of their own, at their agent's address on it.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <ifaddrs.h>
#include <mezzo/executor.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/random.h>

#include "base/memory.h"
#include "frameworks/container/directory.h"
#include "io/dns.h"

enum {
    PORT = 53,
    TTL_S = 1,
    PATIENCE_MS = 1000, /* with whom nobody has named yet */
    ADDRESS_SIZE = 64,
    PARKED_MAX = 1000,
};

/* Asked by a container that we may hear of in a moment. */
struct parked {
    TAILQ_ENTRY(parked) entry;
    struct names *names;
    struct dns_question *question;
    struct event *patience;
    char name[DIRECTORY_NAME_MAX + 1];
    char source[ADDRESS_SIZE];
};

struct names {
    struct event_base *base;
    struct mezzo_executor *executor;
    struct directory *directory;
    struct dns *dns;            /* NULL: it does not listen */
    struct dns *bridge_dns;     /* NULL: there is no bridge */
    char address[ADDRESS_SIZE]; /* where it listens */
    const char *bridge;         /* and where on the bridge; NULL: nowhere */
    char machine[ADDRESS_SIZE]; /* where others find what runs here */
    char task_id[MEZZO_ID_MAX + 1];
    TAILQ_HEAD(parked_list, parked) parked;
    size_t parked_count;
};

/* ---------------------------------------------------------------- questions */

/* True if there is an answer, or is none to wait for. */
static bool answer(struct names *n,
                   struct dns_question *question,
                   const char *name,
                   const char *source,
                   bool is_patient)
{
    const char *addresses[DIRECTORY_ADDRESSES_MAX];
    size_t count;

    switch (directory_find(n->directory, name, source, addresses, &count)) {
    case DIRECTORY_FOUND:
    case DIRECTORY_EMPTY:
        dns_answer(question, DNS_NO_ERROR, addresses, count, TTL_S);
        return true;
    case DIRECTORY_NO_NAME:
        dns_answer(question, DNS_NO_NAME, NULL, 0, TTL_S);
        return true;
    case DIRECTORY_STRANGER:
        if (is_patient)
            return false;
        break;
    case DIRECTORY_OTHERS:
        break;
    }
    dns_forward(question);
    return true;
}

static void unpark(struct parked *p)
{
    TAILQ_REMOVE(&p->names->parked, p, entry);
    p->names->parked_count--;
    event_free(p->patience);
    free(p);
}

static void patience_cb(evutil_socket_t fd, short what, void *arg)
{
    struct parked *p = arg;

    (void)fd;
    (void)what;
    answer(p->names, p->question, p->name, p->source, false);
    unpark(p);
}

static void look_again(struct names *n)
{
    struct parked *p, *next;

    for (p = TAILQ_FIRST(&n->parked); p != NULL; p = next) {
        next = TAILQ_NEXT(p, entry);
        if (answer(n, p->question, p->name, p->source, true))
            unpark(p);
    }
}

static void question_cb(struct dns_question *question,
                        const char *name,
                        enum dns_type type,
                        const char *source,
                        void *arg)
{
    const struct timeval patience = {PATIENCE_MS / 1000,
                                     PATIENCE_MS % 1000 * 1000};
    struct names *n = arg;
    struct parked *p;

    if (type != DNS_TYPE_A && type != DNS_TYPE_AAAA) {
        dns_forward(question);
        return;
    }
    if (answer(n, question, name, source, n->parked_count < PARKED_MAX))
        return;
    p = memory_new(1, sizeof *p);
    p->names = n;
    p->question = question;
    snprintf(p->name, sizeof p->name, "%s", name);
    snprintf(p->source, sizeof p->source, "%s", source);
    p->patience = evtimer_new(n->base, patience_cb, p);
    if (p->patience == NULL || evtimer_add(p->patience, &patience) < 0)
        abort();
    TAILQ_INSERT_TAIL(&n->parked, p, entry);
    n->parked_count++;
}

/* ------------------------------------------------------------------ where */

static void first_address(char address[ADDRESS_SIZE])
{
    struct ifaddrs *all = NULL;

    snprintf(address, ADDRESS_SIZE, "127.0.0.1");
    if (getifaddrs(&all) < 0)
        return;
    for (const struct ifaddrs *each = all; each != NULL;
         each = each->ifa_next) {
        const struct sockaddr_in *at =
            (const struct sockaddr_in *)each->ifa_addr;

        if (at == NULL || at->sin_family != AF_INET ||
            (each->ifa_flags & IFF_LOOPBACK) != 0 ||
            (each->ifa_flags & IFF_UP) == 0 ||
            strncmp(each->ifa_name, "mezzo", strlen("mezzo")) == 0)
            continue; /* those are bridges of agents */
        inet_ntop(AF_INET, &at->sin_addr, address, ADDRESS_SIZE);
        break;
    }
    freeifaddrs(all);
}

/* FNV-1a, so that each server has one of its own. */
static uint32_t hash_of(const char *a, const char *b)
{
    uint32_t hash = 2166136261u;

    for (; a != NULL && *a != '\0'; a++)
        hash = (hash ^ (unsigned char)*a) * 16777619u;
    for (; b != NULL && *b != '\0'; b++)
        hash = (hash ^ (unsigned char)*b) * 16777619u;
    return hash;
}

static void loopback_address(char address[ADDRESS_SIZE])
{
    uint32_t hash =
        hash_of(getenv("MEZZO_FRAMEWORK_ID"), getenv("MEZZO_EXECUTOR_ID"));

    snprintf(address, ADDRESS_SIZE, "127.%u.%u.%u", 64 + (hash >> 16) % 64,
             hash >> 8 & 255, 1 + hash % 254);
}

static int listen_somewhere(struct names *n, struct error *err)
{
    const char *given = getenv("MEZZO_NAMES_ADDRESS");
    const char *port = getenv("MEZZO_NAMES_PORT");
    unsigned number = port != NULL ? (unsigned)strtol(port, NULL, 10) : PORT;
    int rc;

    if (given != NULL)
        snprintf(n->address, sizeof n->address, "%s", given);
    else
        loopback_address(n->address);
    first_address(n->machine);
    rc = dns_open(n->base, n->address, number, question_cb, n, &n->dns, err);
    n->bridge = getenv("MEZZO_BRIDGE_ADDRESS");
    if (rc < 0 || n->bridge == NULL)
        return rc;
    rc = dns_open(n->base, n->bridge, number, question_cb, n, &n->bridge_dns,
                  err);
    if (rc < 0) {
        dns_close(n->dns);
        n->dns = NULL;
    }
    return rc;
}

/* ------------------------------------------------------------------ framework
 */

static void say(struct names *n, json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT);

    mezzo_executor_message(n->executor, text, strlen(text));
    free(text);
    json_decref(json);
}

static void say_where(struct names *n)
{
    if (n->dns != NULL)
        say(n, json_pack("{s:s, s:s*, s:s}", "listen", n->address, "bridge",
                         n->bridge, "machine", n->machine));
}

static void launch_cb(struct mezzo_executor *executor,
                      const struct mezzo_task *task,
                      void *arg)
{
    struct names *n = arg;
    struct error why;

    if (n->dns == NULL && listen_somewhere(n, &why) < 0) {
        mezzo_executor_say(executor, task->id, MEZZO_TASK_FAILED, why.text);
        mezzo_executor_stop(executor);
        return;
    }
    snprintf(n->task_id, sizeof n->task_id, "%s", task->id);
    mezzo_executor_say(executor, task->id, MEZZO_TASK_RUNNING, NULL);
    say_where(n);
}

static void message_cb(struct mezzo_executor *executor,
                       const void *data,
                       size_t size,
                       void *arg)
{
    struct names *n = arg;
    json_t *json = json_loadb(data, size, 0, NULL);

    (void)executor;
    if (json_object_get(json, "hello") != NULL) {
        say_where(n);
    } else if (directory_update(n->directory, json)) {
        say(n,
            json_pack("{s:O, s:O}", "project", json_object_get(json, "project"),
                      "version", json_object_get(json, "version")));
        look_again(n);
    }
    json_decref(json);
}

static void leave(struct names *n)
{
    if (n->task_id[0] != '\0')
        mezzo_executor_say(n->executor, n->task_id, MEZZO_TASK_KILLED, NULL);
    n->task_id[0] = '\0';
    mezzo_executor_stop(n->executor);
}

static void kill_cb(struct mezzo_executor *executor,
                    const char *task_id,
                    int64_t grace_ms,
                    void *arg)
{
    (void)executor;
    (void)task_id;
    (void)grace_ms;
    leave(arg);
}

static void shutdown_cb(struct mezzo_executor *executor, void *arg)
{
    (void)executor;
    leave(arg);
}

static void process_cb(evutil_socket_t fd, short what, void *arg)
{
    struct names *n = arg;

    (void)fd;
    (void)what;
    if (mezzo_executor_process(n->executor) <= 0)
        event_base_loopbreak(n->base);
}

static const struct mezzo_executor_callbacks callbacks = {
    .launch = launch_cb,
    .message = message_cb,
    .kill = kill_cb,
    .shutdown = shutdown_cb,
};

int main(void)
{
    struct names n = {.base = event_base_new()};
    struct event *ready;
    uint64_t seed;
    int fd;

    TAILQ_INIT(&n.parked);
    if (n.base == NULL || getrandom(&seed, sizeof seed, 0) != sizeof seed)
        abort();
    n.directory = directory_new(seed);
    n.executor = mezzo_executor_new(NULL, &callbacks, &n);
    fd = mezzo_executor_fd(n.executor);
    if (fd < 0) {
        fprintf(stderr, "mezzo-names: %s\n",
                mezzo_executor_explain(n.executor));
        return 1;
    }
    ready = event_new(n.base, fd, EV_READ | EV_PERSIST, process_cb, &n);
    if (ready == NULL || event_add(ready, NULL) < 0)
        abort();
    process_cb(fd, 0, &n);
    event_base_dispatch(n.base);
    while (!TAILQ_EMPTY(&n.parked))
        patience_cb(-1, 0, TAILQ_FIRST(&n.parked));
    dns_close(n.dns);
    dns_close(n.bridge_dns);
    mezzo_executor_free(n.executor);
    directory_free(n.directory);
    event_free(ready);
    event_base_free(n.base);
    return 0;
}
