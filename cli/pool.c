/* pool.c - what is in the state directory, and how each daemon is started.
 *
 * Tasks may run as other users than the daemons, so directories may be passed
 * through by all, and only keys/ and the daemons' own are closed. */

#include "cli/pool.h"

#include <errno.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/resources.h"
#include "io/file.h"
#include "io/keys.h"

enum {
    FILE_SIZE_MAX = 16 << 20,
    PORTS_FIRST = 31000, /* of the first agent's tasks */
    PORTS_COUNT = 300,   /* of each */
};

static const char *const framework_programs[POOL_FRAMEWORKS_MAX] = {
    "mezzo-container",
    "mezzo-mpi",
};

/* ------------------------------------------------------------ directories */

static int default_state(char state[], size_t size, struct error *err)
{
    const char *base = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");

    if (base != NULL && base[0] == '/')
        snprintf(state, size, "%s/mezzo", base);
    else if (geteuid() == 0)
        snprintf(state, size, "/var/lib/mezzo");
    else if (home != NULL && home[0] == '/')
        snprintf(state, size, "%s/.local/state/mezzo", home);
    else
        return error_set(err, -EINVAL,
                         "HOME is not set; say where with --state DIR");
    return 0;
}

static int find_state(struct pool *p, const char *state, struct error *err)
{
    char here[sizeof p->state] = "";
    int length;

    if (state == NULL || *state == '\0')
        state = getenv("MEZZO_STATE");
    if (state == NULL || *state == '\0')
        return default_state(p->state, sizeof p->state, err);
    if (state[0] != '/' && getcwd(here, sizeof here) == NULL)
        return error_errno(err, "getcwd");
    length = snprintf(p->state, sizeof p->state, "%s%s%s", here,
                      state[0] != '/' ? "/" : "", state);
    if (length >= (int)sizeof p->state)
        return error_set(err, -ENAMETOOLONG, "--state: the path is too long");
    return 0;
}

static void path_of(const struct pool *p,
                    const char *name,
                    char path[DAEMON_PATH_SIZE])
{
    snprintf(path, DAEMON_PATH_SIZE, "%s/%s", p->state, name);
}

static int make_directories(const struct pool *p, struct error *err)
{
    static const struct {
        const char *name;
        mode_t mode;
    } parts[] = {{"keys", 0700}, {"log", 0755}, {"run", 0755}};
    char path[DAEMON_PATH_SIZE];
    int rc = file_make_directories(p->state, 0755, err);

    for (size_t i = 0; rc == 0 && i < sizeof parts / sizeof parts[0]; i++) {
        path_of(p, parts[i].name, path);
        rc = file_make_directories(path, parts[i].mode, err);
    }
    return rc;
}

/* --------------------------------------------------------------- settings */

static int read_settings(struct pool *p, struct error *err)
{
    AUTO(auto_free) char *text = NULL;
    char path[DAEMON_PATH_SIZE];
    size_t size;
    int rc;

    path_of(p, "settings", path);
    rc = file_read(path, FILE_SIZE_MAX, &text, &size, err);
    if (rc == -ENOENT)
        return 0;
    if (rc < 0)
        return rc;
    p->is_ha = strstr(text, "\nha ") != NULL;
    if (sscanf(text, "port %" SCNd64 "\nagents %" SCNd64 "\nresources %1023s",
               &p->port, &p->agents_count, p->resources) != 3 ||
        p->port < 1 || p->port > 65535 || p->agents_count < 1 ||
        p->agents_count > POOL_AGENTS_MAX)
        return error_set(err, -EINVAL,
                         "%s is damaged; remove it and run mezzo up again",
                         path);
    return 0;
}

static int write_settings(const struct pool *p, struct error *err)
{
    char path[DAEMON_PATH_SIZE], text[POOL_RESOURCES_SIZE + 100];

    path_of(p, "settings", path);
    snprintf(text, sizeof text,
             "port %" PRId64 "\nagents %" PRId64 "\nresources %s\n%s", p->port,
             p->agents_count, p->resources, p->is_ha ? "ha yes\n" : "");
    return file_write(path, 0644, text, strlen(text), err);
}

/* KIND-FIRST and following: which of them run. */
static void look_at(const struct pool *p,
                    struct daemon *daemons,
                    int count,
                    const char *kind,
                    int first)
{
    char name[DAEMON_NAME_SIZE];

    for (int i = 0; i < count; i++) {
        snprintf(name, sizeof name, "%s-%d", kind, first + i);
        daemon_init(&daemons[i], name);
        daemon_look(&daemons[i], p->state);
    }
}

int pool_open(struct pool *p, const char *state, bool makes, struct error *err)
{
    char path[DAEMON_PATH_SIZE];
    int rc;

    memset(p, 0, sizeof *p);
    p->lock = -1;
    rc = find_state(p, state, err);
    if (rc < 0)
        return rc;
    path_of(p, "settings", path);
    if (!makes && access(path, F_OK) < 0)
        return error_set(err, -ENOENT,
                         "there is no cluster in %s; start one with: mezzo up",
                         p->state);
    if (makes)
        rc = make_directories(p, err);
    path_of(p, "lock", path);
    if (rc == 0)
        rc = file_lock(path, &p->lock, err);
    if (rc == 0)
        rc = read_settings(p, err);
    if (rc < 0) {
        pool_close(p);
        return rc;
    }
    daemon_init(&p->master, "master");
    daemon_look(&p->master, p->state);
    look_at(p, p->standbys, POOL_STANDBYS, "master", 2);
    look_at(p, p->keepers, POOL_KEEPERS, "zookeeper", 1);
    look_at(p, p->agents, POOL_AGENTS_MAX, "agent", 1);
    for (int i = 0; i < POOL_FRAMEWORKS_MAX; i++) {
        daemon_init(&p->frameworks[i], framework_programs[i]);
        daemon_look(&p->frameworks[i], p->state);
    }
    return 0;
}

void pool_close(struct pool *p)
{
    daemon_release(&p->master);
    for (int i = 0; i < POOL_STANDBYS; i++)
        daemon_release(&p->standbys[i]);
    for (int i = 0; i < POOL_KEEPERS; i++)
        daemon_release(&p->keepers[i]);
    for (int i = 0; i < POOL_AGENTS_MAX; i++)
        daemon_release(&p->agents[i]);
    for (int i = 0; i < POOL_FRAMEWORKS_MAX; i++)
        daemon_release(&p->frameworks[i]);
    if (p->lock >= 0)
        close(p->lock);
    p->lock = -1;
}

bool pool_is_up(const struct pool *p)
{
    for (int i = 0; i < POOL_AGENTS_MAX; i++)
        if (p->agents[i].pid != 0)
            return true;
    return false;
}

/* -------------------------------------------------------------- resources */

int pool_agent_resources(const struct pool *p,
                         int64_t i,
                         char text[POOL_RESOURCES_SIZE],
                         struct error *err)
{
    const int64_t first = PORTS_FIRST + i * PORTS_COUNT;
    struct resources parsed = {0};
    bool has_ports;
    int length, rc;

    rc = resources_parse(&parsed, p->resources, err);
    if (rc < 0)
        return rc;
    has_ports = resources_find(&parsed, "ports", NULL) != NULL;
    resources_release(&parsed);
    if (has_ports && p->agents_count > 1)
        return error_set(err, -EINVAL,
                         "ports: %" PRId64 " agents on one machine cannot "
                         "have the same; leave them out, or use --agents 1",
                         p->agents_count);
    length = has_ports ? snprintf(text, POOL_RESOURCES_SIZE, "%s", p->resources)
                       : snprintf(text, POOL_RESOURCES_SIZE,
                                  "%s;ports:[%" PRId64 "-%" PRId64 "]",
                                  p->resources, first, first + PORTS_COUNT - 1);
    if (length >= POOL_RESOURCES_SIZE)
        return error_set(err, -EINVAL, "they are too long");
    return 0;
}

/* ------------------------------------------------------------------- keys */

static int keys_of(const struct pool *p,
                   const char *name,
                   struct keys *keys,
                   char path[DAEMON_PATH_SIZE],
                   struct error *err)
{
    int rc;

    snprintf(path, DAEMON_PATH_SIZE, "%s/keys/%s.keys", p->state, name);
    rc = keys_load(keys, path, err);
    if (rc != -ENOENT)
        return rc;
    keys_make(keys);
    return keys_save(keys, path, err);
}

static const char *own_name(void)
{
    const struct passwd *user = getpwuid(geteuid());

    return user != NULL ? user->pw_name : "-";
}

/* A line for `name` behind those that are there, unless its key is. */
static int admit(const struct pool *p,
                 const char *name,
                 const char *kind,
                 const char *roles,
                 const char *users,
                 FILE *list,
                 const char *old,
                 struct error *err)
{
    char path[DAEMON_PATH_SIZE];
    struct keys keys;
    int rc = keys_of(p, name, &keys, path, err);

    if (rc == 0 && strstr(old, keys.public_key) == NULL)
        fprintf(list, "%s %s %s %s %s\n", name, keys.public_key, kind, roles,
                users);
    return rc;
}

/* Root's frameworks may name any user, ours only ourselves. */
static int write_allow_list(const struct pool *p, struct error *err)
{
    const char *users = geteuid() == 0 ? "*" : own_name();
    AUTO(auto_free) char *old = NULL;
    AUTO(auto_free) char *text = NULL;
    char path[DAEMON_PATH_SIZE];
    size_t size;
    FILE *list;
    int rc;

    path_of(p, "master", path);
    rc = file_make_directories(path, 0700, err);
    path_of(p, "master/allow", path);
    if (rc == 0)
        rc = file_read(path, FILE_SIZE_MAX, &old, &size, err);
    if (rc < 0 && rc != -ENOENT)
        return rc;
    list = open_memstream(&text, &size);
    if (list == NULL)
        abort();
    fputs(old != NULL ? old
                      : "# name key kind roles users; mezzo keygen prints such "
                        "lines; SIGHUP to the\n# master after a change\n",
          list);
    rc = admit(p, "operator", "operator", "*", "*", list, old ? old : "", err);
    if (rc == 0)
        rc = admit(p, "framework", "framework", "*", users, list,
                   old ? old : "", err);
    if (rc == 0 && p->is_ha) /* those who stand by */
        rc = admit(p, "master", "master", "-", "-", list, old ? old : "", err);
    for (int i = 0; rc == 0 && i < p->agents_count; i++)
        rc = admit(p, p->agents[i].name, "agent", "-", "-", list,
                   old ? old : "", err);
    fclose(list);
    return rc < 0 ? rc : file_write(path, 0644, text, size, err);
}

/* ---------------------------------------------------------------- clients */

/* Where agents and clients find the master. */
static void master_address(const struct pool *p, char address[DAEMON_PATH_SIZE])
{
    if (p->is_ha)
        pool_zookeeper(p, "", address);
    else
        snprintf(address, DAEMON_PATH_SIZE, "tcp://127.0.0.1:%" PRId64,
                 p->port);
}

static int write_cluster(const struct pool *p, struct error *err)
{
    char path[DAEMON_PATH_SIZE], address[DAEMON_PATH_SIZE];
    char text[DAEMON_PATH_SIZE + 512];

    path_of(p, "cluster", path);
    master_address(p, address);
    snprintf(text, sizeof text,
             "master %s\nmaster_key %s\n"
             "operator_key keys/operator.keys\n"
             "framework_key keys/framework.keys\n",
             address, p->master_key);
    return file_write(path, 0644, text, strlen(text), err);
}

int pool_remember(const struct pool *p, struct error *err)
{
    const char *base = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");
    char directory[DAEMON_PATH_SIZE / 2], path[DAEMON_PATH_SIZE];
    AUTO(auto_free) char *line = NULL;
    int rc;

    if (base != NULL && base[0] == '/')
        snprintf(directory, sizeof directory, "%s/mezzo", base);
    else if (home != NULL && home[0] == '/')
        snprintf(directory, sizeof directory, "%s/.config/mezzo", home);
    else
        return 0; /* then every command must be told */
    rc = file_make_directories(directory, 0700, err);
    if (rc < 0)
        return rc;
    snprintf(path, sizeof path, "%s/last", directory);
    if (asprintf(&line, "%s\n", p->state) < 0)
        abort();
    return file_write(path, 0600, line, strlen(line), err);
}

/* ---------------------------------------------------------------- daemons */

static int describe_master(struct pool *p,
                           struct daemon *d,
                           int64_t port,
                           struct error *err)
{
    char program[DAEMON_PATH_SIZE], path[DAEMON_PATH_SIZE];
    struct keys keys;
    int rc = daemon_find_program("mezzo-master", program, err);

    if (rc == 0)
        rc = keys_of(p, "master", &keys, path, err);
    if (rc < 0)
        return rc;
    snprintf(p->master_key, sizeof p->master_key, "%s", keys.public_key);
    daemon_add(d, "%s", program);
    daemon_add(d, "--state=%s/%s", p->state, d->name);
    daemon_add(d, "--listen=tcp://127.0.0.1:%" PRId64, port);
    daemon_add(d, "--keys=%s", path);
    daemon_add(d, "--allow=%s/master/allow", p->state);
    if (p->is_ha)
        daemon_add(d, "--zk=file://%s/keys/zookeeper", p->state);
    return 0;
}

static int describe_masters(struct pool *p, struct error *err)
{
    int rc = p->is_ha ? pool_describe_keepers(p, err) : 0;

    if (rc == 0)
        rc = describe_master(p, &p->master, p->port, err);
    for (int i = 0; rc == 0 && p->is_ha && i < POOL_STANDBYS; i++)
        rc = describe_master(p, &p->standbys[i], pool_standby_port(p, i), err);
    return rc;
}

static int describe_agent(struct pool *p, int i, struct error *err)
{
    char program[DAEMON_PATH_SIZE], path[DAEMON_PATH_SIZE];
    char resources[POOL_RESOURCES_SIZE], master[DAEMON_PATH_SIZE];
    struct daemon *d = &p->agents[i];
    struct keys keys;
    int rc = daemon_find_program("mezzo-agent", program, err);

    if (rc == 0)
        rc = keys_of(p, d->name, &keys, path, err);
    if (rc == 0)
        rc = pool_agent_resources(p, i, resources, err);
    if (rc < 0)
        return rc;
    daemon_add(d, "%s", program);
    daemon_add(d, "--state=%s/%s", p->state, d->name);
    master_address(p, master);
    daemon_add(d, "--master=%s", master);
    daemon_add(d, "--master-key=%s", p->master_key);
    daemon_add(d, "--listen=tcp://127.0.0.1:%" PRId64, p->port + 1 + i);
    daemon_add(d, "--keys=%s", path);
    daemon_add(d, "--hostname=%s", d->name);
    daemon_add(d, "--resources=%s", resources);
    return 0;
}

/* Those that are installed; it is no fault when one is not. */
static void describe_frameworks(struct pool *p)
{
    char program[DAEMON_PATH_SIZE];

    p->frameworks_count = 0;
    for (int i = 0; i < POOL_FRAMEWORKS_MAX; i++) {
        struct daemon *d = &p->frameworks[p->frameworks_count];

        if (daemon_find_program(framework_programs[i], program, NULL) < 0)
            continue;
        daemon_release(d);
        daemon_init(d, framework_programs[i]);
        daemon_look(d, p->state);
        daemon_add(d, "%s", program);
        daemon_add(d, "serve");
        daemon_add(d, "--state=%s", p->state);
        p->frameworks_count++;
    }
}

int pool_prepare(struct pool *p, struct error *err)
{
    int rc = write_settings(p, err);

    if (rc == 0)
        rc = describe_masters(p, err);
    if (rc == 0)
        rc = write_allow_list(p, err);
    if (rc == 0)
        rc = write_cluster(p, err);
    for (int i = 0; rc == 0 && i < p->agents_count; i++)
        rc = describe_agent(p, i, err);
    if (rc == 0)
        describe_frameworks(p);
    return rc;
}
