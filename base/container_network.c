/* container_network.c - written is as read, or it would not be the same. */

#include "base/container_network.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX "10.88."

unsigned container_network_read(const char *text)
{
    char again[CONTAINER_NETWORK_SIZE];
    unsigned long number;

    if (text == NULL || strncmp(text, PREFIX, strlen(PREFIX)) != 0)
        return 0;
    number = strtoul(text + strlen(PREFIX), NULL, 10);
    if (number >= CONTAINER_NETWORKS)
        return 0;
    container_network_write((unsigned)number, again);
    return strcmp(text, again) == 0 ? (unsigned)number : 0;
}

void container_network_write(unsigned number, char text[CONTAINER_NETWORK_SIZE])
{
    snprintf(text, CONTAINER_NETWORK_SIZE, PREFIX "%u.0/24", number & 255);
}
