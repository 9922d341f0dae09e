/* pool_keepers.c - three servers of ZooKeeper, from Debian's package, for
 * masters of which one leads.
 *
 * Everybody may see who leads; what the masters store is theirs, by a password
 * that is made here. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/auto.h"
#include "cli/pool.h"
#include "io/file.h"

enum {
    CREDENTIALS_SIZE = 64,
};

#define JAVA "/usr/bin/java"
#define JAR "/usr/share/java/zookeeper.jar"
#define LOG_JAR "/usr/share/java/slf4j-simple.jar"

int64_t pool_standby_port(const struct pool *p, int i)
{
    return p->port + POOL_AGENTS_MAX + 1 + i;
}

int64_t pool_keeper_port(const struct pool *p, int i)
{
    return pool_standby_port(p, POOL_STANDBYS) + i;
}

void pool_zookeeper(const struct pool *p,
                    const char *credentials,
                    char address[DAEMON_PATH_SIZE])
{
    int used = snprintf(address, DAEMON_PATH_SIZE, "zk://%s%s", credentials,
                        credentials[0] != '\0' ? "@" : "");

    for (int i = 0; i < POOL_KEEPERS; i++)
        used += snprintf(address + used, (size_t)(DAEMON_PATH_SIZE - used),
                         "%s127.0.0.1:%" PRId64, i > 0 ? "," : "",
                         pool_keeper_port(p, i));
    snprintf(address + used, (size_t)(DAEMON_PATH_SIZE - used), "/mezzo");
}

static int make_credentials(char text[CREDENTIALS_SIZE], struct error *err)
{
    uint64_t number[2];

    if (getrandom(number, sizeof number, 0) != sizeof number)
        return error_errno(err, "no random numbers");
    snprintf(text, CREDENTIALS_SIZE, "mezzo:%016" PRIx64 "%016" PRIx64,
             number[0], number[1]);
    return 0;
}

/* The masters' address, with the password in it, in a file for them alone. */
static int write_address(const struct pool *p, struct error *err)
{
    char path[DAEMON_PATH_SIZE], address[DAEMON_PATH_SIZE];
    char credentials[CREDENTIALS_SIZE];
    int rc;

    snprintf(path, sizeof path, "%s/keys/zookeeper", p->state);
    if (access(path, F_OK) == 0)
        return 0;
    rc = make_credentials(credentials, err);
    if (rc < 0)
        return rc;
    pool_zookeeper(p, credentials, address);
    return file_write(path, 0600, address, strlen(address), err);
}

static char *configuration(const struct pool *p, int k, size_t *size)
{
    char *text = NULL;
    FILE *f = open_memstream(&text, size);

    if (f == NULL)
        abort();
    fprintf(f,
            "tickTime=500\ninitLimit=20\nsyncLimit=10\n"
            "dataDir=%s/%s\nclientPort=%" PRId64
            "\nclientPortAddress=127.0.0.1\nadmin.enableServer=false\n"
            "minSessionTimeout=1000\nautopurge.purgeInterval=1\n"
            "maxClientCnxns=0\n", /* all clients are on one machine */
            p->state, p->keepers[k].name, pool_keeper_port(p, k));
    for (int i = 0; i < POOL_KEEPERS; i++)
        fprintf(f, "server.%d=127.0.0.1:%" PRId64 ":%" PRId64 "\n", i + 1,
                pool_keeper_port(p, POOL_KEEPERS + i),
                pool_keeper_port(p, 2 * POOL_KEEPERS + i));
    fclose(f);
    return text;
}

static int write_files(const struct pool *p, int k, struct error *err)
{
    const char id[2] = {(char)('1' + k), '\n'};
    char path[DAEMON_PATH_SIZE];
    size_t size;
    AUTO(auto_free) char *text = configuration(p, k, &size);
    int rc;

    snprintf(path, sizeof path, "%s/%s", p->state, p->keepers[k].name);
    rc = file_make_directories(path, 0700, err);
    snprintf(path, sizeof path, "%s/%s/zoo.cfg", p->state, p->keepers[k].name);
    if (rc == 0)
        rc = file_write(path, 0600, text, size, err);
    snprintf(path, sizeof path, "%s/%s/myid", p->state, p->keepers[k].name);
    return rc == 0 ? file_write(path, 0600, id, sizeof id, err) : rc;
}

static void describe(struct pool *p, int k)
{
    struct daemon *d = &p->keepers[k];

    daemon_add(d, JAVA);
    daemon_add(d, "-Xmx128m");
    daemon_add(d, "-XX:+UseSerialGC");
    daemon_add(d, "-XX:TieredStopAtLevel=1");
    daemon_add(d, "-XX:-UsePerfData");
    daemon_add(d, "-Dzookeeper.jmx.log4j.disable=true");
    daemon_add(d, "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn");
    daemon_add(d, "-cp");
    daemon_add(d, JAR ":" LOG_JAR);
    daemon_add(d, "org.apache.zookeeper.server.quorum.QuorumPeerMain");
    daemon_add(d, "%s/%s/zoo.cfg", p->state, d->name);
}

int pool_describe_keepers(struct pool *p, struct error *err)
{
    int rc;

    if (access(JAR, R_OK) < 0 || access(JAVA, X_OK) < 0)
        return error_set(err, -ENOENT,
                         "--ha needs ZooKeeper and Java, which are not "
                         "installed; on Debian: apt-get install zookeeper");
    rc = write_address(p, err);
    for (int k = 0; rc == 0 && k < POOL_KEEPERS; k++) {
        describe(p, k);
        rc = write_files(p, k, err);
    }
    return rc;
}
