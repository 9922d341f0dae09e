/* loop.c - an epoll descriptor over the driver's and an eventfd, so that a host
 * loop has one thing to watch. */

#include "libframework/loop.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/principal.h"
#include "io/detector.h"
#include "io/driver.h"
#include "io/election.h"
#include "io/keys.h"
#include "io/store.h"

struct loop {
    struct driver *driver;
    struct store *store;
    struct detector *detector;
    struct keeper *keeper; /* NULL: we stand alone */
    struct election *election;
    struct keys keys;
    bool has_keys; /* they are there already */
    int epoll_fd;
    int wake_fd;
    void (*local)(void *arg, const void *order);
    void *arg;
    atomic_bool is_woken;
    bool is_called;
};

/* Whoever holds the key that we were told to connect to. */
static const struct principal server = {
    .name = "server",
    .kind = PRINCIPAL_SERVER,
};

static void log_line(void *arg, enum log_level level, const char *text)
{
    (void)arg;
    if (level == LOG_LEVEL_ERROR)
        fprintf(stderr, "%s\n", text);
}

static void local_cb(void *arg, const void *order)
{
    struct loop *l = arg;

    l->local(l->arg, order);
}

static int open_store(struct loop *l, const char *file, struct error *err)
{
    char address[4096 + 8] = "memory:";

    if (file != NULL && detector_is_address(file))
        return store_open(file, &l->store, err);
    if (file != NULL && snprintf(address, sizeof address, "sqlite:%s", file) >=
                            (int)sizeof address)
        return error_set(err, -EINVAL, "the store's path is too long");
    return store_open(address, &l->store, err);
}

static int watch(struct loop *l, int fd)
{
    struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};

    return epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, fd, &e);
}

static int open_descriptors(struct loop *l, struct error *err)
{
    l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    l->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (l->epoll_fd < 0 || l->wake_fd < 0 || watch(l, l->wake_fd) < 0 ||
        watch(l, driver_fd(l->driver)) < 0 ||
        (l->keeper != NULL && watch(l, keeper_fd(l->keeper)) < 0))
        return error_errno(err, "loop");
    return 0;
}

/* --------------------------------------------------------- election */

static void tell(struct loop *l, enum core_election_kind kind, const char *text)
{
    const struct core_election election = {kind, text};

    driver_input(l->driver,
                 &(struct input){.kind = INPUT_LOCAL, .local = &election});
}

static void elected_cb(void *arg)
{
    tell(arg, CORE_ELECTED, "");
}

static void deposed_cb(void *arg, const char *why)
{
    tell(arg, CORE_DEPOSED, why);
}

static void standing_by_cb(void *arg, const char *value, size_t size)
{
    char who[512];

    snprintf(who, sizeof who, "%.*s", (int)size, value);
    tell(arg, CORE_STANDING_BY, who);
}

static int contend(struct loop *l, const char *address, struct error *err)
{
    const struct election_callbacks callbacks = {.elected = elected_cb,
                                                 .deposed = deposed_cb,
                                                 .refused = deposed_cb,
                                                 .standing_by = standing_by_cb,
                                                 .arg = l};
    char who[300], host[256] = "localhost";
    int result = keeper_open(address, &l->keeper, err);

    if (result < 0)
        return result;
    gethostname(host, sizeof host - 1);
    snprintf(who, sizeof who, "process %ld on %s", (long)getpid(), host);
    l->election = election_new(l->keeper, who, &callbacks);
    return 0;
}

static int open_parts(struct loop *l,
                      const struct loop_options *options,
                      struct error *err)
{
    bool has_file = options->key_file != NULL && options->key_file[0] != '\0';
    struct driver_options driver = {
        .machine = options->machine,
        .keys = has_file || l->has_keys ? &l->keys : NULL,
        .server = &server,
        .local = local_cb,
        .log = log_line,
        .arg = l,
    };
    int result = 0;

    if (has_file)
        result = keys_load(&l->keys, options->key_file, err);
    if (result == 0 && options->has_store)
        result = open_store(l, options->store_file, err);
    if (result == 0 && options->masters != NULL &&
        detector_is_address(options->masters))
        result = detector_open(options->masters, &l->detector, err);
    driver.store = l->store;
    driver.detector = l->detector;
    if (result == 0)
        result = driver_new(&driver, &l->driver, err);
    if (result == 0 && options->stands_by)
        result = contend(l, options->store_file, err);
    if (result == 0)
        result = open_descriptors(l, err);
    return result;
}

static struct loop *loop_new(void)
{
    struct loop *l = memory_new(1, sizeof *l);

    l->epoll_fd = l->wake_fd = -1;
    return l;
}

struct loop *loop_new_keys(char public_key[LOOP_KEY_SIZE])
{
    struct loop *l = loop_new();

    keys_make(&l->keys);
    l->has_keys = true;
    strcpy(public_key, l->keys.public_key);
    return l;
}

bool loop_is_open(const struct loop *l)
{
    return l->wake_fd >= 0;
}

int loop_open_with_keys(struct loop *l,
                        const struct loop_options *options,
                        struct error *err)
{
    l->is_called = true; /* the first step is due */
    return open_parts(l, options, err);
}

int loop_open(const struct loop_options *options,
              struct loop **loop,
              struct error *err)
{
    struct loop *l = loop_new();
    int result;

    l->local = options->local;
    l->arg = options->arg;
    l->is_called = true; /* the first step is due */
    result = open_parts(l, options, err);
    if (result < 0)
        loop_close(l);
    else
        *loop = l;
    return result;
}

void loop_close(struct loop *l)
{
    if (l == NULL)
        return;
    election_free(l->election);
    driver_free(l->driver);
    detector_close(l->detector);
    if (l->store != NULL)
        store_close(l->store);
    keeper_close(l->keeper); /* others may work from now on */
    if (l->epoll_fd >= 0)
        close(l->epoll_fd);
    if (l->wake_fd >= 0)
        close(l->wake_fd);
    free(l);
}

int loop_fd(const struct loop *l)
{
    return l->epoll_fd;
}

static void signal_fd(struct loop *l)
{
    uint64_t one = 1;
    ssize_t n = write(l->wake_fd, &one, sizeof one);

    (void)n; /* full is as good */
}

void loop_wake(struct loop *l)
{
    atomic_store(&l->is_woken, true);
    signal_fd(l);
}

void loop_called(void *loop)
{
    struct loop *l = loop;

    if (!l->is_called)
        signal_fd(l);
    l->is_called = true;
}

bool loop_process(struct loop *l)
{
    uint64_t count;
    ssize_t n = read(l->wake_fd, &count, sizeof count);

    (void)n;
    driver_process(l->driver);
    if (l->keeper != NULL && !driver_has_stopped(l->driver))
        keeper_process(l->keeper);
    if (atomic_exchange(&l->is_woken, false))
        driver_input(l->driver, &(struct input){.kind = INPUT_LOCAL});
    if (l->is_called) {
        l->is_called = false;
        driver_input(l->driver, &(struct input){.kind = INPUT_TIMEOUT});
    }
    return !driver_has_stopped(l->driver);
}

void loop_wait(struct loop *l, int timeout_ms)
{
    struct pollfd fd = {.fd = l->epoll_fd, .events = POLLIN};

    if (!l->is_called)
        poll(&fd, 1, timeout_ms);
}

int loop_status(const struct loop *l)
{
    return driver_status(l->driver);
}

uint64_t loop_seed(void)
{
    uint64_t seed = 0;

    while (getrandom(&seed, sizeof seed, 0) < 0 && errno == EINTR)
        ;
    return seed;
}
