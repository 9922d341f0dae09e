/* container_network.h - the subnets of agents' containers as text:
 * "10.88.7.0/24" is number 7. */

#ifndef BASE_CONTAINER_NETWORK_H
#define BASE_CONTAINER_NETWORK_H

enum {
    CONTAINER_NETWORKS = 256, /* of them 0 is none */
    CONTAINER_NETWORK_SIZE = 16,
};

/* 0: it is none; NULL is none. */
unsigned container_network_read(const char *text);

void container_network_write(unsigned number,
                             char text[CONTAINER_NETWORK_SIZE]);

#endif
