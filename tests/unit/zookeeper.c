/* zookeeper.c - Debian's package, started by hand, on a port that was free. */

#include "tests/unit/zookeeper.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define JAR "/usr/share/java/zookeeper.jar"
#define LOG_JAR "/usr/share/java/slf4j-simple.jar"

bool zookeeper_is_installed(void)
{
    return access(JAR, R_OK) == 0 && access("/usr/bin/java", X_OK) == 0;
}

static int free_port(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) < 0 ||
        getsockname(fd, (struct sockaddr *)&a, &size) < 0)
        abort();
    close(fd);
    return ntohs(a.sin_port);
}

static void write_configuration(const struct zookeeper *z)
{
    char path[300];
    FILE *f;

    snprintf(path, sizeof path, "%s/zoo.cfg", z->directory);
    f = fopen(path, "w");
    if (f == NULL)
        abort();
    fprintf(f,
            "tickTime=500\ndataDir=%s/data\nclientPort=%d\n"
            "clientPortAddress=127.0.0.1\nadmin.enableServer=false\n"
            "minSessionTimeout=1000\nmaxClientCnxns=0\n",
            z->directory, z->port);
    fclose(f);
}

void zookeeper_start_again(struct zookeeper *z)
{
    char path[300], log[300];
    pid_t parent = getpid();

    snprintf(path, sizeof path, "%s/zoo.cfg", z->directory);
    snprintf(log, sizeof log, "%s/log", z->directory);
    z->pid = fork();
    if (z->pid != 0)
        return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    dup2(open(log, O_WRONLY | O_CREAT | O_APPEND, 0600), 1);
    dup2(1, 2);
    execl("/usr/bin/java", "java", "-Xmx128m", "-XX:+UseSerialGC",
          "-XX:TieredStopAtLevel=1", "-Dzookeeper.jmx.log4j.disable=true",
          "-cp", JAR ":" LOG_JAR,
          "org.apache.zookeeper.server.quorum.QuorumPeerMain", path,
          (char *)NULL);
    _exit(1);
}

void zookeeper_start(struct zookeeper *z, const char *directory)
{
    snprintf(z->directory, sizeof z->directory, "%s", directory);
    z->port = free_port();
    write_configuration(z);
    zookeeper_start_again(z);
}

void zookeeper_kill(struct zookeeper *z)
{
    kill(z->pid, SIGKILL);
    waitpid(z->pid, NULL, 0);
}
