/* master_info.c - by jansson, since others than us write such nodes too. */

#include "io/master_info.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int port_of(const char *endpoint)
{
    const char *colon = strrchr(endpoint, ':');

    return colon == NULL ? 0 : atoi(colon + 1);
}

/* "host" of "tcp://host:port". */
static void host_of(const char *endpoint, char *host, size_t size)
{
    const char *begin = strstr(endpoint, "://");
    const char *colon = strrchr(endpoint, ':');

    begin = begin == NULL ? endpoint : begin + 3;
    snprintf(host, size, "%.*s", colon > begin ? (int)(colon - begin) : 0,
             begin);
}

char *master_info_write(const struct master_info *info,
                        const char *id,
                        const char *hostname)
{
    char host[MASTER_INFO_ENDPOINT_SIZE];
    struct in_addr ip = {0};
    json_t *o;
    char *text;
    int port = port_of(info->endpoint);

    host_of(info->endpoint, host, sizeof host);
    inet_pton(AF_INET, host, &ip);
    o = json_pack("{s:s, s:I, s:i, s:s, s:s, s:{s:s, s:s, s:i}, s:s, s:I}",
                  "id", id, "ip", (json_int_t)ip.s_addr, "port", port,
                  "hostname", hostname, "version", info->version, "address",
                  "hostname", hostname, "ip", host, "port", port, "endpoint",
                  info->endpoint, "process", (json_int_t)info->pid);
    if (o == NULL)
        abort();
    if (info->key[0] != '\0')
        json_object_set_new(o, "key", json_string(info->key));
    text = json_dumps(o, JSON_COMPACT);
    json_decref(o);
    if (text == NULL)
        abort();
    return text;
}

/* One that Mesos would have written has no endpoint. */
static void read_address(const json_t *o, struct master_info *info)
{
    const json_t *address = json_object_get(o, "address");
    const char *ip = json_string_value(json_object_get(address, "ip"));
    json_int_t port = json_integer_value(json_object_get(address, "port"));

    if (ip != NULL)
        snprintf(info->endpoint, sizeof info->endpoint, "tcp://%.200s:%d", ip,
                 (int)port);
}

bool master_info_read(const char *json, size_t size, struct master_info *info)
{
    json_t *o = size > MASTER_INFO_SIZE_MAX
                    ? NULL
                    : json_loadb(json, size, JSON_REJECT_DUPLICATES, NULL);
    const char *endpoint = json_string_value(json_object_get(o, "endpoint"));
    const char *key = json_string_value(json_object_get(o, "key"));
    const char *version = json_string_value(json_object_get(o, "version"));

    memset(info, 0, sizeof *info);
    if (endpoint == NULL)
        read_address(o, info);
    else if (strlen(endpoint) < sizeof info->endpoint)
        strcpy(info->endpoint, endpoint);
    if (key != NULL && strlen(key) == sizeof info->key - 1)
        strcpy(info->key, key);
    if (version != NULL)
        snprintf(info->version, sizeof info->version, "%s", version);
    info->pid = json_integer_value(json_object_get(o, "process"));
    json_decref(o);
    return port_of(info->endpoint) > 0;
}
