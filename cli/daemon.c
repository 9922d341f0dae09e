/* daemon.c - fork, exec, and what /proc says of a process. */

#include "cli/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/auto.h"
#include "io/file.h"

extern char **environ;

enum {
    RECORD_SIZE_MAX = 100,
    LAST_WORDS_SIZE = 4096,
    LOOK_MS = 20, /* between two looks at what should end */
};

void daemon_init(struct daemon *d, const char *name)
{
    *d = (struct daemon){0};
    snprintf(d->name, sizeof d->name, "%s", name);
}

void daemon_release(struct daemon *d)
{
    for (size_t i = 0; i < d->argv_count; i++)
        free(d->argv[i]);
    d->argv_count = 0;
}

void daemon_add(struct daemon *d, const char *format, ...)
{
    va_list args;

    if (d->argv_count >= DAEMON_ARGUMENTS_MAX)
        abort();
    va_start(args, format);
    if (vasprintf(&d->argv[d->argv_count++], format, args) < 0)
        abort();
    va_end(args);
}

/* --------------------------------------------------------------- identity */

/* When process `pid` was started, in ticks after boot; 0 if there is none, or
 * only what is left of it. */
static unsigned long long started_ticks(pid_t pid)
{
    char path[64], text[1024];
    unsigned long long ticks = 0;
    const char *fields;
    char state;
    size_t size;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    file = fopen(path, "re");
    if (file == NULL)
        return 0;
    size = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[size] = '\0';
    fields = strrchr(text, ')'); /* a name may hold blanks and brackets */
    if (fields == NULL ||
        sscanf(fields + 1,
               " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d "
               "%*d %*d %*d %*d %llu",
               &state, &ticks) != 2)
        return 0;
    return state == 'Z' || state == 'X' ? 0 : ticks;
}

static void record_path(const struct daemon *d,
                        const char *state,
                        char path[DAEMON_PATH_SIZE])
{
    snprintf(path, DAEMON_PATH_SIZE, "%s/run/%s", state, d->name);
}

static void log_path(const struct daemon *d,
                     const char *state,
                     char path[DAEMON_PATH_SIZE])
{
    snprintf(path, DAEMON_PATH_SIZE, "%s/log/%s", state, d->name);
}

void daemon_look(struct daemon *d, const char *state)
{
    AUTO(auto_free) char *text = NULL;
    char path[DAEMON_PATH_SIZE];
    unsigned long long ticks;
    size_t size;
    int pid;

    record_path(d, state, path);
    d->pid = 0;
    if (file_read(path, RECORD_SIZE_MAX, &text, &size, NULL) < 0)
        return;
    if (sscanf(text, "%d %llu", &pid, &ticks) == 2 && pid > 1 &&
        started_ticks((pid_t)pid) == ticks)
        d->pid = (pid_t)pid;
}

static int remember(const struct daemon *d,
                    const char *state,
                    struct error *err)
{
    char path[DAEMON_PATH_SIZE], text[RECORD_SIZE_MAX];

    record_path(d, state, path);
    snprintf(text, sizeof text, "%d %llu\n", (int)d->pid,
             started_ticks(d->pid));
    return file_write(path, 0644, text, strlen(text), err);
}

/* ------------------------------------------------------------------ start */

static void forget_variables(void)
{
    for (char **variable = environ; *variable != NULL;) {
        if (strncmp(*variable, "MEZZO_", 6) == 0) {
            AUTO(auto_free)
            char *name = strndup(*variable, strcspn(*variable, "="));

            if (name == NULL || unsetenv(name) < 0)
                abort();
            variable = environ;
        } else {
            variable++;
        }
    }
}

/* In the child; never returns. */
static void become(const struct daemon *d, int log)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    sigset_t none;

    setsid();
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    for (int i = 1; i < NSIG; i++)
        signal(i, SIG_DFL);
    forget_variables();
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 ||
        dup2(log, STDOUT_FILENO) < 0 || dup2(log, STDERR_FILENO) < 0 ||
        chdir("/") < 0)
        _exit(126);
    execv(d->argv[0], d->argv);
    fprintf(stderr, "%s: %s\n", d->argv[0], strerror(errno));
    _exit(127);
}

int daemon_start(struct daemon *d, const char *state, struct error *err)
{
    char path[DAEMON_PATH_SIZE];
    struct stat status;
    int log;

    log_path(d, state, path);
    log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (log < 0)
        return error_errno(err, "open %s", path);
    d->log_offset = fstat(log, &status) == 0 ? (long)status.st_size : 0;
    d->pid = fork();
    if (d->pid == 0)
        become(d, log);
    close(log);
    if (d->pid < 0) {
        d->pid = 0;
        return error_errno(err, "start %s", d->name);
    }
    d->is_our_child = true;
    return remember(d, state, err);
}

static void last_words(const struct daemon *d,
                       const char *state,
                       struct error *err)
{
    char path[DAEMON_PATH_SIZE], text[LAST_WORDS_SIZE];
    size_t size = 0;
    char *line;
    FILE *log;

    log_path(d, state, path);
    log = fopen(path, "re");
    if (log != NULL && fseek(log, d->log_offset, SEEK_SET) == 0)
        size = fread(text, 1, sizeof text - 1, log);
    if (log != NULL)
        fclose(log);
    while (size > 0 && text[size - 1] == '\n')
        size--;
    text[size] = '\0';
    line = strrchr(text, '\n');
    line = line != NULL ? line + 1 : text;
    error_set(err, -ECHILD, "%s has ended: %.120s; its log is %s", d->name,
              *line != '\0' ? line : "it does not say why", path);
}

bool daemon_has_failed(struct daemon *d, const char *state, struct error *err)
{
    if (!d->is_our_child || waitpid(d->pid, NULL, WNOHANG) != d->pid)
        return false;
    d->pid = 0;
    last_words(d, state, err);
    return true;
}

/* ------------------------------------------------------------------- stop */

static bool wait_until_ended(struct daemon *d,
                             const char *state,
                             msec_t wait_ms)
{
    const struct timespec pause = {.tv_nsec = LOOK_MS * 1000000L};

    for (msec_t waited = 0;; waited += LOOK_MS) {
        if (d->is_our_child)
            waitpid(d->pid, NULL, WNOHANG);
        daemon_look(d, state);
        if (d->pid == 0)
            return true;
        if (waited >= wait_ms)
            return false;
        nanosleep(&pause, NULL);
    }
}

bool daemon_stop(struct daemon *d,
                 const char *state,
                 int signal_number,
                 msec_t wait_ms)
{
    char path[DAEMON_PATH_SIZE];
    bool ended_by_itself = true;

    daemon_look(d, state);
    if (d->pid != 0) {
        kill(d->pid, signal_number);
        ended_by_itself = wait_until_ended(d, state, wait_ms);
    }
    if (!ended_by_itself) {
        kill(d->pid, SIGKILL);
        wait_until_ended(d, state, wait_ms);
    }
    record_path(d, state, path);
    unlink(path);
    return ended_by_itself;
}

/* ---------------------------------------------------------------- programs */

int daemon_find_program(const char *name,
                        char path[DAEMON_PATH_SIZE],
                        struct error *err)
{
    /* Beside us, where we are installed, or above libtool's directory. */
    static const char *const below[] = {"", "../sbin/", "../"};
    char self[DAEMON_PATH_SIZE / 2];
    ssize_t size = readlink("/proc/self/exe", self, sizeof self - 1);

    self[size > 0 ? size : 0] = '\0';
    if (strrchr(self, '/') != NULL)
        strrchr(self, '/')[1] = '\0';
    for (size_t i = 0; i < sizeof below / sizeof below[0]; i++) {
        snprintf(path, DAEMON_PATH_SIZE, "%s%s%s", self, below[i], name);
        if (access(path, X_OK) == 0)
            return 0;
    }
    snprintf(path, DAEMON_PATH_SIZE, "%s/%s", SBINDIR, name);
    if (access(path, X_OK) == 0)
        return 0;
    return error_set(err, -ENOENT,
                     "%s is neither beside %smezzo nor in %s; run make install",
                     name, self, SBINDIR);
}
