/* store_test.c - every kind of store does what the pure tree does; and those
 * that are durable still have it afterwards, whatever happens to the process.
 */

#include "io/store.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/random.h"
#include "base/store_tree.h"
#include "io/file.h"
#include "tests/test.h"
#include "tests/unit/zookeeper.h"

enum {
    REQUESTS = 200000,
};

static char directory[] = "/tmp/store_test.XXXXXX";
static struct store *store;
static struct error err;

/* What was answered: outcomes by request, and the last load in words. */
static signed char outcomes[REQUESTS];
static uint64_t last_request, answers_count;
static bool is_in_order;
static char loaded[4096], last_text[256];

static void answered(void *arg,
                     uint64_t request,
                     const struct store_answer *answer)
{
    (void)arg;
    outcomes[request] = (signed char)answer->outcome;
    is_in_order = is_in_order && request == last_request + 1;
    last_request = request;
    answers_count++;
    loaded[0] = '\0';
    for (size_t i = 0; i < answer->entries_count && i < 100; i++) {
        const struct store_entry *e = &answer->entries[i];

        snprintf(loaded + strlen(loaded), sizeof loaded - strlen(loaded),
                 "%s=%.*s@%d ", e->key, (int)e->size, (const char *)e->value,
                 (int)e->version);
    }
    snprintf(last_text, sizeof last_text, "%s",
             answer->text == NULL ? "" : answer->text);
}

/* Until request number `request` has been answered. */
static void await(uint64_t request)
{
    struct pollfd readable = {store_fd(store), POLLIN, 0};

    while (last_request < request) {
        if (poll(&readable, 1, 20000) != 1) {
            printf("Bail out! no answer to %d\n", (int)request);
            exit(EXIT_FAILURE);
        }
        store_process(store, answered, NULL);
    }
}

static void open_store(const char *address)
{
    if (store_open(address, &store, &err) < 0) {
        printf("Bail out! %s\n", err.text);
        exit(EXIT_FAILURE);
    }
    last_request = answers_count = 0;
    is_in_order = true;
    memset(outcomes, -1, sizeof outcomes);
}

static struct store_op set(const char *key, const char *value, uint64_t version)
{
    return (struct store_op){.kind = STORE_SET,
                             .key = key,
                             .value = (const uint8_t *)value,
                             .size = strlen(value),
                             .version = version};
}

static struct store_op check(const char *key, uint64_t version)
{
    return (struct store_op){
        .kind = STORE_CHECK, .key = key, .version = version};
}

static struct store_op delete (const char *key, uint64_t version)
{
    return (struct store_op){
        .kind = STORE_DELETE, .key = key, .version = version};
}

/* One batch of at most three; its outcome. */
static int apply(struct store_op a, struct store_op b, struct store_op c)
{
    const struct store_op ops[] = {a, b, c};
    uint64_t request = last_request + 1;

    store_submit(store, request, ops, c.key ? 3 : b.key ? 2 : 1);
    await(request);
    return outcomes[request];
}

static int apply_one(struct store_op op)
{
    return apply(op, (struct store_op){.key = NULL}, (struct store_op){0});
}

static bool holds(const char *path, const char *entries)
{
    uint64_t request = last_request + 1;

    store_load(store, request, path);
    await(request);
    if (strcmp(loaded, entries) != 0)
        printf("# %s\n", loaded);
    return outcomes[request] == STORE_OK && strcmp(loaded, entries) == 0;
}

static void versions_count_the_sets(void)
{
    CHECK(apply_one(set("/a", "x", STORE_ABSENT)) == STORE_OK);
    CHECK(apply_one(set("/a", "y", STORE_ABSENT)) == STORE_CONFLICT);
    CHECK(strcmp(last_text, "/a: version 1, not 0") == 0);
    CHECK(apply_one(set("/a", "z", 1)) == STORE_OK);
    CHECK(apply_one(set("/a", "", STORE_ANY)) == STORE_OK);
    CHECK(holds("/a", "/a=@3 "));
    CHECK(apply_one(delete ("/a", 2)) == STORE_CONFLICT);
    CHECK(apply_one(delete ("/a", 3)) == STORE_OK);
    CHECK(apply_one(delete ("/a", STORE_ANY)) == STORE_OK);
    CHECK(apply_one(delete ("/a", 3)) == STORE_CONFLICT);
    CHECK(apply_one(check("/a", STORE_ABSENT)) == STORE_OK);
    CHECK(apply_one(set("/a", "v", STORE_ANY)) == STORE_OK);
    CHECK(apply_one(check("/a", 1)) == STORE_OK);
    CHECK(holds("/", "/a=v@1 "));
    CHECK(apply_one(delete ("/a", 1)) == STORE_OK);
}

static void a_batch_is_applied_whole_or_not_at_all(void)
{
    CHECK(apply(set("/a", "1", STORE_ABSENT), set("/b", "1", STORE_ABSENT),
                check("/c", 1)) == STORE_CONFLICT);
    CHECK(holds("/", ""));
    CHECK(apply(set("/a", "1", STORE_ABSENT), set("/a", "2", 1),
                delete ("/b", STORE_ABSENT)) == STORE_OK);
    CHECK(holds("/", "/a=2@2 "));
    CHECK(apply(delete ("/a", 2), set("/a", "3", STORE_ABSENT),
                set("/a", "4", 7)) == STORE_CONFLICT);
    CHECK(holds("/", "/a=2@2 "));
    CHECK(apply_one(delete ("/a", STORE_ANY)) == STORE_OK);
}

static void a_conflict_takes_back_no_other_batch(void)
{
    const struct store_op ops[] = {
        set("/a", "1", STORE_ABSENT),
        set("/a", "2", STORE_ABSENT),
        set("/b", "3", STORE_ABSENT),
    };
    uint64_t first = last_request + 1;

    for (uint64_t i = 0; i < 3; i++)
        store_submit(store, first + i, &ops[i], 1);
    store_load(store, first + 3, "/");
    await(first + 3);
    CHECK(outcomes[first] == STORE_OK);
    CHECK(outcomes[first + 1] == STORE_CONFLICT);
    CHECK(outcomes[first + 2] == STORE_OK);
    CHECK(strcmp(loaded, "/a=1@1 /b=3@1 ") == 0);
    CHECK(is_in_order);
    CHECK(apply(delete ("/a", 1), delete ("/b", 1), (struct store_op){0}) ==
          STORE_OK);
}

static void a_load_has_what_is_below_its_path(void)
{
    CHECK(apply(set("/x", "0", STORE_ANY), set("/x/b", "2", STORE_ANY),
                set("/x/a/c", "1", STORE_ANY)) == STORE_OK);
    CHECK(apply(set("/xy", "3", STORE_ANY), set("/x0", "4", STORE_ANY),
                set("/x-", "5", STORE_ANY)) == STORE_OK);
    CHECK(holds("/x", "/x=0@1 /x/a/c=1@1 /x/b=2@1 "));
    CHECK(holds("/x/a", "/x/a/c=1@1 "));
    CHECK(holds("/y", ""));
    CHECK(holds("/", "/x=0@1 /x-=5@1 /x/a/c=1@1 /x/b=2@1 /x0=4@1 /xy=3@1 "));
    CHECK(!holds("/x/", ""));
    CHECK(strstr(last_text, "/x/: ") != NULL);
    CHECK(!holds("", ""));
}

static void what_no_store_takes_is_refused(void)
{
    static uint8_t large[STORE_VALUE_MAX + 1];
    struct store_op op = set("/large", "", STORE_ANY);

    CHECK(apply_one(set("a", "x", STORE_ANY)) == STORE_FAILED);
    CHECK(apply_one(set("/a/", "x", STORE_ANY)) == STORE_FAILED);
    CHECK(apply_one(set("/\n", "x", STORE_ANY)) == STORE_FAILED);
    op.value = large;
    op.size = sizeof large;
    CHECK(apply_one(op) == STORE_FAILED);
    CHECK(strstr(last_text, "too large") != NULL);
    op.size--;
    CHECK(apply_one(op) == STORE_OK);
    CHECK(apply_one(delete ("/large", 1)) == STORE_OK);
}

/* A random batch, on few keys, so that many conflict. */
static size_t make_batch(struct random *random, struct store_op *ops)
{
    static const char *const keys[] = {"/a", "/a/b", "/c", "/d/e/f"};
    static const char *const values[] = {"", "v", "two", "\1\2"};
    size_t count = 1 + random_below(random, 4);

    for (size_t i = 0; i < count; i++) {
        uint64_t version = random_below(random, 4);

        ops[i] =
            set(keys[random_below(random, 4)], values[random_below(random, 4)],
                version == 3 ? STORE_ANY : version);
        ops[i].kind = (enum store_op_kind)random_below(random, 3);
    }
    return count;
}

static void random_batches_do_what_they_do_to_a_tree(void)
{
    struct store_tree *tree = store_tree_new();
    struct arena *arena = arena_new();
    struct random random = {11};
    struct store_op ops[4];
    struct store_answer expected;
    uint64_t first = last_request + 1;
    static signed char model[2000];
    bool is_same = true;

    store_submit(store, first, &(struct store_op){0}, 0);
    for (uint64_t i = 0; i < 2000; i++) {
        size_t count = make_batch(&random, ops);

        model[i] =
            (signed char)store_tree_apply(tree, ops, count, arena).outcome;
        store_submit(store, first + 1 + i, ops, count);
    }
    store_load(store, first + 2001, "/");
    await(first + 2001);
    for (uint64_t i = 0; i < 2000; i++)
        is_same = is_same && outcomes[first + 1 + i] == model[i];
    CHECK(is_same);
    expected = store_tree_load(tree, "/", arena);
    CHECK(expected.entries_count > 0);
    answered(NULL, first + 2001, &expected);
    CHECK(holds("/", loaded));
    arena_free(arena);
    store_tree_free(tree);
}

static void too_many_requests_are_refused_not_kept(void)
{
    const struct store_op op = check("/none", STORE_ABSENT);
    uint64_t first = last_request + 1;

    for (uint64_t i = 0; i <= STORE_REQUESTS_MAX; i++)
        store_submit(store, first + i, &op, 1);
    await(first + STORE_REQUESTS_MAX);
    CHECK(outcomes[first + STORE_REQUESTS_MAX - 1] == STORE_OK);
    CHECK(outcomes[first + STORE_REQUESTS_MAX] == STORE_FAILED);
    CHECK(is_in_order);
    CHECK(apply_one(op) == STORE_OK);
}

static void conforms(const char *address)
{
    printf("# %s\n", address);
    open_store(address);
    versions_count_the_sets();
    a_batch_is_applied_whole_or_not_at_all();
    a_conflict_takes_back_no_other_batch();
    what_no_store_takes_is_refused();
    too_many_requests_are_refused_not_kept();
    a_load_has_what_is_below_its_path();
    store_close(store);
}

static void others_cannot_read_it(void)
{
    struct stat st;

    umask(0);
    open_store("sqlite:secret");
    CHECK(apply_one(set("/a", "x", STORE_ANY)) == STORE_OK);
    CHECK(stat("secret", &st) == 0 && (st.st_mode & 0777) == 0600);
    CHECK(stat("secret-wal", &st) == 0 && (st.st_mode & 0777) == 0600);
    CHECK(stat("secret.lock", &st) == 0 && (st.st_mode & 0777) == 0600);
    store_close(store);
}

static void what_was_asked_is_there_after_closing(const char *address)
{
    const struct store_op op = set("/kept", "k", STORE_ANY);

    open_store(address);
    store_submit(store, 1, &op, 1); /* not even waited for */
    store_close(store);
    open_store(address);
    CHECK(holds("/kept", "/kept=k@1 "));
    CHECK(apply_one(delete ("/kept", 1)) == STORE_OK);
    store_close(store);
}

/* The child says on the pipe what was answered, until it is killed. */
static void write_until_killed(const char *address, int pipe_fd)
{
    char key[32];

    open_store(address);
    for (uint32_t i = 1;; i++) {
        snprintf(key, sizeof key, "/crash/%u", i);
        if (apply_one(set(key, "c", STORE_ABSENT)) != STORE_OK ||
            write(pipe_fd, &i, sizeof i) != sizeof i)
            _exit(1);
    }
}

static void what_was_answered_survives_a_kill(const char *address)
{
    char key[32], entry[48];
    uint32_t answered_last = 0, i;
    int fds[2], status;
    bool is_there = true;
    pid_t child;

    CHECK(pipe(fds) == 0);
    child = fork();
    if (child == 0) {
        close(fds[0]);
        write_until_killed(address, fds[1]);
    }
    close(fds[1]);
    while (read(fds[0], &i, sizeof i) == sizeof i) {
        answered_last = i;
        if (i == 20)
            kill(child, SIGKILL);
    }
    close(fds[0]);
    CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status));
    CHECK(answered_last >= 20);
    open_store(address); /* the lock has gone with the process */
    for (i = 1; i <= answered_last; i++) {
        snprintf(key, sizeof key, "/crash/%u", i);
        snprintf(entry, sizeof entry, "%s=c@1 ", key);
        is_there = is_there && holds(key, entry);
    }
    CHECK(is_there);
    store_close(store);
}

static void one_process_has_it_at_a_time(const char *address)
{
    char owner[32];
    int status;
    pid_t child;

    open_store(address);
    snprintf(owner, sizeof owner, "process %d", (int)getpid());
    child = fork();
    if (child == 0) {
        struct store *second;
        int rc = store_open(address, &second, &err);

        _exit(rc == -EBUSY && strstr(err.text, owner) != NULL ? 0 : 1);
    }
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    store_close(store);
}

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void many_batches_share_a_commit(const char *address)
{
    const struct store_op op = set("/hot", "h", STORE_ANY);
    double begin, together, alone;

    open_store(address);
    begin = seconds();
    for (uint64_t i = 1; i <= 10000; i++)
        store_submit(store, i, &op, 1);
    await(10000);
    together = (seconds() - begin) / 10000;
    begin = seconds();
    for (int i = 0; i < 300; i++)
        apply_one(op);
    alone = (seconds() - begin) / 300;
    printf("# a batch: %.1f us together, %.1f us alone\n", together * 1e6,
           alone * 1e6);
    CHECK(together < alone);
    CHECK(holds("/hot", "/hot=h@10300 "));
    store_close(store);
}

/* --------------------------------------------------------- ZooKeeper's */

/* Longer than a snapshot is waited for, so that some are made. */
static void a_long_log_is_read_again(const char *address)
{
    char key[32];

    open_store(address);
    for (int i = 0; i < 2500; i++) {
        snprintf(key, sizeof key, "/long/%d", i % 50);
        if (apply_one(set(key, "l", STORE_ANY)) != STORE_OK)
            break;
    }
    CHECK(last_request == 2500);
    store_close(store);
    open_store(address);
    CHECK(holds("/long/49", "/long/49=l@50 "));
    CHECK(holds("/long/0", "/long/0=l@50 "));
    store_close(store);
}

/* None is lost and none is applied twice. */
static void its_server_may_be_killed(struct zookeeper *z, const char *address)
{
    const struct store_op op = set("/killed", "k", STORE_ANY);

    open_store(address);
    CHECK(apply_one(op) == STORE_OK);
    for (uint64_t i = 2; i <= 2000; i++) {
        store_submit(store, i, &op, 1);
        if (i % 5 == 0)
            store_process(store, answered, NULL);
        if (i == 1000) {
            zookeeper_kill(z);
            zookeeper_start_again(z);
        }
    }
    await(2000);
    CHECK(is_in_order);
    CHECK(holds("/killed", "/killed=k@2000 "));
    store_close(store);
}

static bool add_one(void)
{
    uint64_t request = last_request + 1;
    struct store_op op;
    char value[32];

    store_load(store, request, "/sum");
    await(request);
    snprintf(value, sizeof value, "%d",
             loaded[0] == '\0' ? 1 : atoi(loaded + strlen("/sum=")) + 1);
    op = set("/sum", value,
             loaded[0] == '\0' ? STORE_ABSENT
                               : strtoull(strchr(loaded, '@') + 1, NULL, 10));
    return apply_one(op) == STORE_OK;
}

static void add_hundred(const char *address)
{
    open_store(address);
    for (int i = 0; i < 100;)
        i += add_one();
    store_close(store);
}

static void two_writers_lose_nothing(const char *address)
{
    int status;
    pid_t child = fork();

    if (child == 0) {
        add_hundred(address);
        _exit(0);
    }
    add_hundred(address);
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    open_store(address);
    CHECK(holds("/sum", "/sum=200@200 "));
    store_close(store);
}

/* A path of `secret` that only its user may see. */
static void it_keeps_others_out(const struct zookeeper *z)
{
    char address[128];

    snprintf(address, sizeof address, "zk://127.0.0.1:%d/secret", z->port);
    open_store(address);
    CHECK(apply_one(set("/a", "x", STORE_ANY)) == STORE_FAILED);
    CHECK(strstr(last_text, "/secret.store") != NULL);
    store_close(store);
}

static void zookeeper_conforms(void)
{
    struct zookeeper z;
    char address[64], at[128];

    if (!zookeeper_is_installed()) {
        printf("ok %d - # SKIP no ZooKeeper server (apt install zookeeper)\n",
               ++test_count);
        return;
    }
    zookeeper_start(&z, directory);
    snprintf(address, sizeof address, "zk://127.0.0.1:%d", z.port);
    snprintf(at, sizeof at, "%s/conforms", address);
    conforms(at);
    snprintf(at, sizeof at, "%s/random", address);
    open_store(at);
    random_batches_do_what_they_do_to_a_tree();
    store_close(store);
    snprintf(at, sizeof at, "%s/a/path/of/some/depth", address);
    what_was_asked_is_there_after_closing(at);
    snprintf(at, sizeof at, "zk://me:secret@127.0.0.1:%d/secret", z.port);
    what_was_answered_survives_a_kill(at);
    it_keeps_others_out(&z);
    snprintf(at, sizeof at, "%s/hot", address);
    many_batches_share_a_commit(at);
    a_long_log_is_read_again(at);
    two_writers_lose_nothing(at);
    its_server_may_be_killed(&z, at);
    zookeeper_kill(&z);
}

static void what_is_no_store_is_refused(void)
{
    CHECK(store_open("", &store, &err) == -EINVAL);
    CHECK(store_open("sqlite:", &store, &err) == -EINVAL);
    CHECK(store_open("oracle:x", &store, &err) == -EINVAL);
    CHECK(strstr(err.text, "sqlite:PATH") != NULL);
    CHECK(store_open("zk://127.0.0.1:2181", &store, &err) == -EINVAL);
    CHECK(store_open("zk://127.0.0.1:2181/", &store, &err) == -EINVAL);
    CHECK(store_open("zk:///path", &store, &err) == -EINVAL);
    CHECK(store_open("zk://me@127.0.0.1/path", &store, &err) == -EINVAL);
    CHECK(strstr(err.text, "user:password") != NULL);
    CHECK(store_open("zk://no.such.host.invalid/path", &store, &err) ==
          -EINVAL);
    CHECK(store_open("sqlite:none/at/all", &store, &err) < 0);
    CHECK(strstr(err.text, "none/at/all") != NULL);
    CHECK(file_write("text", 0600, "no database", 11, &err) == 0);
    CHECK(store_open("sqlite:text", &store, &err) < 0);
    CHECK(strstr(err.text, "not a database") != NULL);
}

int main(void)
{
    char remove[64];

    if (mkdtemp(directory) == NULL || chdir(directory) < 0)
        return EXIT_FAILURE;
    what_was_answered_survives_a_kill("sqlite:crash");
    one_process_has_it_at_a_time("sqlite:file");
    conforms("memory:");
    conforms("sqlite:file");
    open_store("memory:");
    random_batches_do_what_they_do_to_a_tree();
    store_close(store);
    open_store("sqlite:random");
    random_batches_do_what_they_do_to_a_tree();
    store_close(store);
    what_was_asked_is_there_after_closing("sqlite:file");
    others_cannot_read_it();
    many_batches_share_a_commit("sqlite:hot");
    zookeeper_conforms();
    what_is_no_store_is_refused();
    snprintf(remove, sizeof remove, "rm -r %s", directory);
    return system(remove) == 0 ? test_done() : EXIT_FAILURE;
}
