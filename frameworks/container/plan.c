/* plan.c - a sentence for each thing that follows from a service. */

#include "frameworks/container/plan.h"

#include <inttypes.h>

static void print_resources(const struct project_service *s, FILE *out)
{
    fprintf(out,
            "    needs %" PRId64 ".%02" PRId64 " cpus and %" PRId64
            " MiB of memory",
            s->cpu_milli / 1000, s->cpu_milli % 1000 / 10, s->memory_mb);
    if (s->cpu_limit_milli > 0)
        fprintf(out, ", and gets at most %" PRId64 ".%02" PRId64 " cpus",
                s->cpu_limit_milli / 1000, s->cpu_limit_milli % 1000 / 10);
    fputs("\n", out);
}

static void print_dependencies(const struct project_service *s, FILE *out)
{
    static const char *const phrases[] = {
        [PROJECT_STARTED] = "has started",
        [PROJECT_HEALTHY] = "is healthy",
        [PROJECT_COMPLETED] = "has ended well",
    };

    for (size_t i = 0; i < s->dependencies_count; i++)
        fprintf(out, "    starts when %s %s\n", s->dependencies[i].service,
                phrases[s->dependencies[i].condition]);
}

static void print_ports(const struct project_service *s, FILE *out)
{
    if (s->uses_host_network)
        fputs("    is on the network of its agent, with all of its ports\n",
              out);
    for (size_t i = 0; i < s->ports_count; i++) {
        const struct project_port *port = &s->ports[i];

        fprintf(out,
                "    its port %u/%s is published as port %u of an agent that "
                "has it\n",
                port->container_port, port->is_udp ? "udp" : "tcp",
                port->host_port);
    }
}

static void print_volume(const struct project_volume *v, FILE *out)
{
    const char *how = v->is_read_only ? ", read only" : "";

    switch (v->kind) {
    case PROJECT_VOLUME_NAMED:
        fprintf(out, "    volume %s is at %s%s, and keeps it on one agent\n",
                v->source, v->target, how);
        break;
    case PROJECT_VOLUME_ANONYMOUS:
        fprintf(out,
                "    each instance has a volume of its own at %s, and stays on "
                "its agent\n",
                v->target);
        break;
    case PROJECT_VOLUME_FILES:
        fprintf(out,
                "    %s goes with the project; each instance has a copy of its "
                "own at %s%s\n",
                v->source, v->target, how);
        break;
    case PROJECT_VOLUME_HOST:
        fprintf(out, "    %s of its agent is at %s%s, if the agent allows it\n",
                v->source, v->target, how);
        break;
    case PROJECT_VOLUME_TMPFS:
        fprintf(out, "    memory is at %s\n", v->target);
        break;
    }
}

static void print_life(const struct project_service *s, FILE *out)
{
    const char *why = project_why_stops_first(s);

    if (s->has_health)
        fprintf(out,
                "    is asked every %" PRId64 ".%" PRId64
                " s whether it is healthy, and replaced when not\n",
                s->health.interval_ms / 1000,
                s->health.interval_ms % 1000 / 100);
    switch (s->restart) {
    case PROJECT_RESTART_NO:
        fputs("    is not restarted when it ends\n", out);
        break;
    case PROJECT_RESTART_ALWAYS:
        fputs("    is restarted when it ends\n", out);
        break;
    case PROJECT_RESTART_ON_FAILURE:
        fputs("    is restarted when it fails", out);
        if (s->restarts_max > 0)
            fprintf(out, ", %" PRId64 " times at most", s->restarts_max);
        fputs("\n", out);
        break;
    }
    if (why == NULL)
        fputs("    when it changes, a new instance is healthy before the old "
              "one stops\n",
              out);
    else
        fprintf(
            out,
            "    when it changes, the old instance stops before the new one "
            "starts: %s\n",
            why);
}

void plan_print(const struct project *p, FILE *out)
{
    fprintf(out, "project %s\n", p->name);
    for (size_t i = 0; i < p->services_count; i++) {
        const struct project_service *s = &p->services[i];

        fprintf(out, "\n%zu. %s: %u instance%s of %s\n", i + 1, s->name,
                s->replicas, s->replicas == 1 ? "" : "s", s->image);
        if (s->replicas > 1 && !project_is_pinned(s))
            fputs("    are spread over agents, while there is a choice\n", out);
        print_dependencies(s, out);
        print_resources(s, out);
        print_ports(s, out);
        for (size_t v = 0; v < s->volumes_count; v++)
            print_volume(&s->volumes[v], out);
        print_life(s, out);
    }
}
