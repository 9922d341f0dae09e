/* step.c - srun, mpiexec and mpirun inside a script: has ranks of its job
 * started, and is for them what a terminal would be.
 *
 * The executor puts links of these names first in the script's PATH, and says
 * in MEZZO_MPI_STEP where its counter is (counter.h). */

#include <err.h>
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "frameworks/mpi/quantity.h"
#include "frameworks/mpi/request_json.h"

enum {
    EXIT_USAGE = 2,
    BUFFER_SIZE = 1 << 16,
    HEAD_SIZE = 5,
    FRAME_SIZE_MAX = 64 << 20,
};

static const char *name; /* that we are called by */
static int64_t ranks, ranks_per_node;
static bool is_labelled, has_no_input;

/* ---------------------------------------------------------------- arguments */

enum meaning {
    MEANS_RANKS,
    MEANS_PER_NODE,
    MEANS_LABEL,
    MEANS_INPUT,
    MEANS_NOTHING_WITH_VALUE, /* we do so anyway, or need not */
    MEANS_NOTHING,
};

static const struct {
    const char *option;
    enum meaning meaning;
} meanings[] = {
    {"-n", MEANS_RANKS},
    {"-np", MEANS_RANKS},
    {"--np", MEANS_RANKS},
    {"--ntasks", MEANS_RANKS},
    {"-ppn", MEANS_PER_NODE},
    {"--ntasks-per-node", MEANS_PER_NODE},
    {"--npernode", MEANS_PER_NODE},
    {"-l", MEANS_LABEL},
    {"--label", MEANS_LABEL},
    {"--tag-output", MEANS_LABEL},
    {"-i", MEANS_INPUT},
    {"--input", MEANS_INPUT},
    {"--mpi", MEANS_NOTHING_WITH_VALUE},
    {"-c", MEANS_NOTHING_WITH_VALUE},
    {"--cpus-per-task", MEANS_NOTHING_WITH_VALUE},
    {"-K", MEANS_NOTHING},
    {"--kill-on-bad-exit", MEANS_NOTHING},
    {"-u", MEANS_NOTHING},
    {"--unbuffered", MEANS_NOTHING},
    {"--oversubscribe", MEANS_NOTHING},
    {"--allow-run-as-root", MEANS_NOTHING},
};

static int64_t read_number(const char *option, const char *value)
{
    int64_t number;

    if (value == NULL || quantity_read_number(value, 1, 100000, &number) < 0)
        errx(EXIT_USAGE, "%s: %s is no number of ranks", option,
             value != NULL ? value : "nothing");
    return number;
}

/* How many words it is; 0: it is none that we know. */
static int read_option(char **argv)
{
    size_t size = strcspn(argv[0], "=");
    char *inside = argv[0][size] == '=' ? argv[0] + size + 1 : NULL;

    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++) {
        enum meaning meaning = meanings[i].meaning;
        bool has_value = meaning != MEANS_LABEL && meaning != MEANS_NOTHING;
        char *value = inside != NULL ? inside : argv[1];

        if (strlen(meanings[i].option) != size ||
            memcmp(meanings[i].option, argv[0], size) != 0)
            continue;
        if (meaning == MEANS_RANKS)
            ranks = read_number(argv[0], value);
        else if (meaning == MEANS_PER_NODE)
            ranks_per_node = read_number(argv[0], value);
        else if (meaning == MEANS_LABEL)
            is_labelled = true;
        else if (meaning == MEANS_INPUT)
            has_no_input = value != NULL && strcmp(value, "none") == 0;
        return has_value && inside == NULL ? 2 : 1;
    }
    return 0;
}

/* Where the program is. */
static char **read_arguments(int argc, char **argv)
{
    int i = 1;

    while (i < argc && argv[i][0] == '-' && strcmp(argv[i], "--") != 0) {
        int words = read_option(argv + i);

        /* -n4 */
        if (words == 0 && strncmp(argv[i], "-n", 2) == 0 &&
            argv[i][2] != '\0') {
            ranks = read_number("-n", argv[i] + 2);
            words = 1;
        }
        if (words == 0)
            errx(EXIT_USAGE, "%.*s is not supported inside a job; take it out",
                 (int)strcspn(argv[i], "="), argv[i]);
        i += words;
    }
    if (i < argc && strcmp(argv[i], "--") == 0)
        i++;
    if (i >= argc)
        errx(EXIT_USAGE, "which program? %s -n 4 ./program", name);
    return argv + i;
}

/* --------------------------------------------------------------- the counter
 */

static int reach(void)
{
    const char *address = getenv("MEZZO_MPI_STEP");
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (address == NULL || strlen(address) > sizeof to.sun_path - 2)
        errx(EXIT_USAGE,
             "this %s is for scripts of: mezzo mpi submit; outside of one use: "
             "mezzo mpi run -n 4 ./program",
             name);
    memcpy(to.sun_path + 1, address, strlen(address));
    if (fd < 0 || connect(fd, (struct sockaddr *)&to,
                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
                                      1 + strlen(address))) < 0)
        errx(1, "the job's executor does not answer: %s", strerror(errno));
    return fd;
}

static void send_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL);

        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return; /* what it has said is read yet */
        bytes += sent;
        size -= (size_t)sent;
    }
}

static void send_request(int fd, char **program)
{
    struct words argv = {0}, environment = {0};
    char directory[PATH_MAX];
    char *text;
    json_t *json;

    for (; *program != NULL; program++)
        words_add(&argv, *program);
    for (char **each = environ; *each != NULL; each++)
        words_add(&environment, *each);
    words_set(&environment, "MEZZO_MPI_STEP", NULL);
    if (getcwd(directory, sizeof directory) == NULL)
        err(1, "the directory");
    json =
        json_pack("{s:o, s:o, s:o, s:b}", "argv", request_json_words(&argv),
                  "environment", request_json_words(&environment), "directory",
                  request_json_text(directory), "label", is_labelled);
    if (ranks > 0)
        json_object_set_new(json, "ranks", json_integer(ranks));
    if (ranks_per_node > 0)
        json_object_set_new(json, "ranks_per_node",
                            json_integer(ranks_per_node));
    text = json_dumps(json, JSON_COMPACT);
    send_all(fd, text, strlen(text));
    send_all(fd, "\n", 1);
    free(text);
    json_decref(json);
    words_release(&argv);
    words_release(&environment);
}

static void write_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(fd, bytes, size);

        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            exit(1); /* whom it is for went away */
        bytes += written;
        size -= (size_t)written;
    }
}

/* A frame; exits with the last. */
static void show(char letter, char *bytes, size_t size)
{
    if (letter == 'o') {
        write_all(STDOUT_FILENO, bytes, size);
    } else if (letter == 'e') {
        write_all(STDERR_FILENO, bytes, size);
    } else if (letter == 'm') {
        fprintf(stderr, "%s: %.*s\n", name, (int)size, bytes);
    } else if (letter == 'x') {
        bytes[size] = '\0';
        exit(atoi(bytes));
    }
}

static char *buffer;
static size_t buffer_size;

static void hear(int fd)
{
    size_t done = 0;
    ssize_t size;

    buffer = realloc(buffer, buffer_size + BUFFER_SIZE + 1);
    if (buffer == NULL)
        abort();
    size = recv(fd, buffer + buffer_size, BUFFER_SIZE, 0);
    if (size < 0 && errno == EINTR)
        return;
    if (size <= 0)
        errx(1, "the job's executor has ended");
    buffer_size += (size_t)size;
    while (buffer_size - done >= HEAD_SIZE) {
        const unsigned char *head = (const unsigned char *)buffer + done;
        size_t frame = head[1] | (size_t)head[2] << 8 | (size_t)head[3] << 16 |
                       (size_t)head[4] << 24;
        char *bytes = buffer + done + HEAD_SIZE, next;

        if (frame > FRAME_SIZE_MAX || buffer_size - done - HEAD_SIZE < frame)
            break;
        next = bytes[frame];
        show((char)head[0], bytes, frame);
        bytes[frame] = next;
        done += HEAD_SIZE + frame;
    }
    buffer_size -= done;
    memmove(buffer, buffer + done, buffer_size);
}

static void talk(int fd)
{
    struct pollfd fds[2] = {{.fd = fd, .events = POLLIN},
                            {.fd = STDIN_FILENO, .events = POLLIN}};
    char bytes[BUFFER_SIZE];

    if (has_no_input) {
        shutdown(fd, SHUT_WR);
        fds[1].fd = -1;
    }
    for (;;) {
        if (poll(fds, 2, -1) < 0)
            continue;
        if (fds[0].revents != 0)
            hear(fd);
        if (fds[1].revents != 0) {
            ssize_t size = read(STDIN_FILENO, bytes, sizeof bytes);

            if (size > 0) {
                send_all(fd, bytes, (size_t)size);
                continue;
            }
            shutdown(fd, SHUT_WR);
            fds[1].fd = -1;
        }
    }
}

int main(int argc, char **argv)
{
    const char *slash = strrchr(argv[0], '/');
    char **program;
    int fd;

    name = slash != NULL ? slash + 1 : argv[0];
    program = read_arguments(argc, argv);
    signal(SIGPIPE, SIG_IGN);
    fd = reach();
    send_request(fd, program);
    talk(fd);
}
