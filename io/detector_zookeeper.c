/* detector_zookeeper.c - the leader among the contenders of a path. */

#include <stdio.h>
#include <stdlib.h>

#include "io/contenders.h"
#include "io/detector.h"
#include "io/keeper.h"
#include "io/master_info.h"

struct zookeeper {
    struct detector detector;
    struct keeper *keeper;
    struct contenders *contenders;
    struct master_info info;
    char trouble[KEEPER_PATH_MAX + 64];
    bool has_changed;
};

static void changed_cb(void *arg,
                       const char *name,
                       const char *value,
                       size_t size)
{
    struct zookeeper *z = arg;
    bool is_known = name[0] != '\0' && master_info_read(value, size, &z->info);

    z->detector.endpoint = is_known ? z->info.endpoint : NULL;
    z->detector.server_key =
        is_known && z->info.key[0] != '\0' ? z->info.key : NULL;
    z->has_changed = true;
}

static void explain(struct zookeeper *z)
{
    const char *trouble = keeper_trouble(z->keeper);

    if (trouble[0] != '\0')
        snprintf(z->trouble, sizeof z->trouble, "%s", trouble);
    else
        snprintf(z->trouble, sizeof z->trouble,
                 "no master leads at %s in ZooKeeper", keeper_path(z->keeper));
}

static int fd(const struct detector *d)
{
    return keeper_fd(((const struct zookeeper *)d)->keeper);
}

static void process(struct detector *d, detector_changed_f *changed, void *arg)
{
    struct zookeeper *z = (struct zookeeper *)d;

    keeper_process(z->keeper);
    explain(z);
    if (!z->has_changed)
        return;
    z->has_changed = false;
    changed(arg);
}

static void close_cb(struct detector *d)
{
    struct zookeeper *z = (struct zookeeper *)d;

    contenders_free(z->contenders);
    keeper_close(z->keeper);
    free(z);
}

static const struct detector_backend backend = {
    .fd = fd, .process = process, .close = close_cb};

int detector_open(const char *address,
                  struct detector **detector,
                  struct error *err)
{
    struct zookeeper *z = calloc(1, sizeof *z);
    int rc;

    if (z == NULL)
        abort();
    rc = keeper_open(address, &z->keeper, err);
    if (rc < 0) {
        free(z);
        return rc;
    }
    z->detector.backend = &backend;
    z->detector.trouble = z->trouble;
    explain(z);
    z->contenders = contenders_new(z->keeper, changed_cb, z);
    *detector = &z->detector;
    return 0;
}
