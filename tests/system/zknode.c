/* zknode.c - makes a node in ZooKeeper: zknode HOST:PORT PATH VALUE */

#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <zookeeper/zookeeper.h>

static int result = 1; /* still under way */

static void made_cb(int rc, const char *path, const void *arg)
{
    (void)path;
    (void)arg;
    result = rc;
}

int main(int argc, char **argv)
{
    zhandle_t *zh;
    bool is_asked = false;

    zoo_set_debug_level((ZooLogLevel)0);
    if (argc != 4 || (zh = zookeeper_init(argv[1], NULL, 4000, NULL, NULL,
                                          ZOO_NO_LOG_CLIENTENV)) == NULL)
        return 2;
    for (int i = 0; i < 1000 && result == 1; i++) {
        struct timeval tv;
        struct pollfd p = {.fd = -1};
        int interest = 0, events = 0;

        zookeeper_interest(zh, &p.fd, &interest, &tv);
        p.events = POLLIN | ((interest & ZOOKEEPER_WRITE) ? POLLOUT : 0);
        if (poll(&p, 1, 20) > 0)
            events = ((p.revents & ~POLLOUT) ? ZOOKEEPER_READ : 0) |
                     ((p.revents & POLLOUT) ? ZOOKEEPER_WRITE : 0);
        zookeeper_process(zh, events);
        if (!is_asked && zoo_state(zh) == ZOO_CONNECTED_STATE)
            is_asked =
                zoo_acreate(zh, argv[2], argv[3], (int)strlen(argv[3]),
                            &ZOO_OPEN_ACL_UNSAFE, 0, made_cb, NULL) == ZOK;
    }
    zookeeper_close(zh);
    if (result != ZOK)
        fprintf(stderr, "zknode: %s: %s\n", argv[2], zerror(result));
    return result != ZOK;
}
