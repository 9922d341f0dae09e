/* networks_plugins.c - what CNI's plugins are told, and what they answer. */

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/os/json_writer.h"
#include "agent/os/networks_parts.h"
#include "base/auto.h"

enum {
    PLUGIN_MS = 30000,
    PATH_SIZE = 4096,
};

static void write_ports(struct json_writer *w, const struct network_seat *s)
{
    json_begin(w, "runtimeConfig", '{');
    json_begin(w, "portMappings", '[');
    for (size_t i = 0; i < s->ports_count; i++) {
        json_begin(w, NULL, '{');
        json_number(w, "hostPort", s->ports[i].host_port);
        json_number(w, "containerPort", s->ports[i].container_port);
        json_text(w, "protocol", s->ports[i].is_udp ? "udp" : "tcp");
        json_end(w, '}');
    }
    if (s->ports_count == 0) { /* to be deleted: any does, its id counts */
        json_begin(w, NULL, '{');
        json_number(w, "hostPort", 1);
        json_number(w, "containerPort", 1);
        json_text(w, "protocol", "tcp");
        json_end(w, '}');
    }
    json_end(w, ']');
    json_end(w, '}');
}

static void write_addresses(struct json_writer *w, const struct networks *n)
{
    char subnet[32];

    snprintf(subnet, sizeof subnet, SUBNET_FORMAT ".0/24",
             n->bridge.subnet.third);
    json_text(w, "bridge", n->bridge.name);
    json_bool(w, "isGateway", true);
    json_bool(w, "hairpinMode", true);
    if (n->overlay.local[0] != '\0')
        json_number(w, "mtu", OVERLAY_MTU);
    json_begin(w, "ipam", '{');
    json_text(w, "type", "host-local");
    json_text(w, "dataDir", n->directory);
    json_text(w, "subnet", subnet);
    json_begin(w, "routes", '[');
    json_begin(w, NULL, '{');
    json_text(w, "dst", "0.0.0.0/0");
    json_end(w, '}');
    json_end(w, ']');
    json_end(w, '}');
}

/* What a plugin is told, to be freed; `before` is what the last has answered.
 */
static char *configuration(const struct network_seat *s,
                           const char *plugin,
                           const char *before,
                           size_t *size)
{
    struct json_writer w = {0};
    char *text = NULL;

    w.file = open_memstream(&text, size);
    if (w.file == NULL)
        abort();
    json_begin(&w, NULL, '{');
    json_text(&w, "cniVersion", "0.4.0");
    json_text(&w, "name", s->all->bridge.name);
    json_text(&w, "type", plugin);
    if (strcmp(plugin, "portmap") == 0) {
        json_bool(&w, "snat", true);
        json_begin(&w, "capabilities", '{');
        json_bool(&w, "portMappings", true);
        json_end(&w, '}');
        write_ports(&w, s);
        if (before != NULL)
            fprintf(w.file, ",\"prevResult\":%s", before);
    } else {
        write_addresses(&w, s->all);
    }
    json_end(&w, '}');
    fclose(w.file);
    return text;
}

struct tool *network_run_plugin(struct network_seat *s,
                                const char *plugin,
                                const char *command,
                                const char *before,
                                tool_done_f *done)
{
    char path[PATH_SIZE], variables[4][PATH_SIZE / 8 + 64];
    const char *const argv[] = {path, NULL};
    const char *const environment[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
                                       "CNI_IFNAME=eth0",
                                       variables[0],
                                       variables[1],
                                       variables[2],
                                       variables[3],
                                       NULL};
    size_t size;
    AUTO(auto_free) char *text = configuration(s, plugin, before, &size);

    snprintf(path, sizeof path, "%s/%s", s->all->plugins, plugin);
    snprintf(variables[0], sizeof variables[0], "CNI_COMMAND=%s", command);
    snprintf(variables[1], sizeof variables[1], "CNI_CONTAINERID=%s", s->id);
    snprintf(variables[2], sizeof variables[2], "CNI_NETNS=%s", s->path);
    snprintf(variables[3], sizeof variables[3], "CNI_PATH=%s", s->all->plugins);
    return tool_start(s->all->options.tools,
                      &(struct tool_request){
                          .argv = argv,
                          .environment = environment,
                          .input = text,
                          .input_size = size,
                          .ms_max = PLUGIN_MS,
                      },
                      done, s);
}

void network_plugin_fault(const struct tool_result *result,
                          const char *what,
                          char fault[512])
{
    const char *message = strstr(result->output, "\"msg\": \"");
    size_t size;

    if (message == NULL) {
        snprintf(fault, 512, "%s: %.400s", what, result->fault);
        return;
    }
    message += strlen("\"msg\": \"");
    size = strcspn(message, "\n");
    while (size > 0 && (message[size - 1] == '"' || message[size - 1] == ','))
        size--;
    snprintf(fault, 512, "%s: %.*s", what, (int)(size < 400 ? size : 400),
             message);
}
