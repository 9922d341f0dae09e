/* master_info.c - by jansson, since others than us write such nodes too. */

#include "io/master_info.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* 0: it has none. */
static int port_of(const char *endpoint)
{
    const char *colon = strrchr(endpoint, ':');
    char *end;
    long port = colon == NULL ? 0 : strtol(colon + 1, &end, 10);

    return port > 0 && port <= 65535 && *end == '\0' ? (int)port : 0;
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
        snprintf(info->endpoint, sizeof info->endpoint,
                 "tcp://%.200s:%" JSON_INTEGER_FORMAT, ip, port);
}

/* One that is wrong is not left away: that would be to talk in plain. */
static bool read_key(const json_t *key, struct master_info *info)
{
    size_t size = json_string_length(key);

    if (key != NULL &&
        (!json_is_string(key) || (size != 0 && size != sizeof info->key - 1)))
        return false;
    if (size > 0)
        strcpy(info->key, json_string_value(key));
    return true;
}

bool master_info_read(const char *json, size_t size, struct master_info *info)
{
    json_t *o = size > MASTER_INFO_SIZE_MAX
                    ? NULL
                    : json_loadb(json, size, JSON_REJECT_DUPLICATES, NULL);
    const char *endpoint = json_string_value(json_object_get(o, "endpoint"));
    const char *version = json_string_value(json_object_get(o, "version"));
    bool is_good;

    memset(info, 0, sizeof *info);
    if (endpoint == NULL)
        read_address(o, info);
    else if (strlen(endpoint) < sizeof info->endpoint)
        strcpy(info->endpoint, endpoint);
    is_good = read_key(json_object_get(o, "key"), info);
    if (version != NULL)
        snprintf(info->version, sizeof info->version, "%s", version);
    info->pid = json_integer_value(json_object_get(o, "process"));
    json_decref(o);
    return is_good && port_of(info->endpoint) > 0;
}
