/* project_test.c - projects in their canonical form, as strangers send them. */

#include "frameworks/container/project.h"

#include <string.h>

#include "tests/test.h"

static struct error why;

static struct project *parse(const char *text)
{
    json_t *json = json_loads(text, 0, NULL);
    struct project *p;

    why.text[0] = '\0';
    p = project_parse(json, &why);
    json_decref(json);
    return p;
}

/* A project whose one service has `keys`. */
static struct project *service(const char *keys)
{
    char text[1000];

    snprintf(text, sizeof text,
             "{\"name\":\"p\",\"services\":{\"a\":{\"image\":\"i\"%s%s}}}",
             keys[0] != '\0' ? "," : "", keys);
    return parse(text);
}

static bool refuses(const char *keys, const char *words)
{
    struct project *p = service(keys);
    bool is_refused = p == NULL && strstr(why.text, words) != NULL;

    project_free(p);
    return is_refused;
}

static void what_is_not_said_has_a_default(void)
{
    struct project *p = service("");
    const struct project_service *s = &p->services[0];

    CHECK(s->replicas == 1 && s->cpu_milli == 100 && s->memory_mb == 256);
    CHECK(s->stop_grace_ms == 10000 && s->restart == PROJECT_RESTART_NO);
    CHECK(!s->has_health && s->command == NULL);
    CHECK(project_starts_first(s));
    project_free(p);
}

static void services_come_in_the_order_of_need(void)
{
    struct project *p =
        parse("{\"name\":\"p\",\"services\":{"
              "\"a\":{\"image\":\"i\",\"depends_on\":"
              "{\"c\":\"service_healthy\",\"b\":\"service_started\"}},"
              "\"b\":{\"image\":\"i\"},"
              "\"c\":{\"image\":\"i\",\"depends_on\":"
              "{\"b\":\"service_completed_successfully\"}}}}");

    CHECK(strcmp(p->services[0].name, "b") == 0);
    CHECK(strcmp(p->services[1].name, "c") == 0);
    CHECK(strcmp(p->services[2].name, "a") == 0);
    project_free(p);
    CHECK(parse("{\"name\":\"p\",\"services\":{"
                "\"a\":{\"image\":\"i\",\"depends_on\":"
                "{\"b\":\"service_started\"}},"
                "\"b\":{\"image\":\"i\",\"depends_on\":"
                "{\"a\":\"service_started\"}}}}") == NULL);
    CHECK(strstr(why.text, "in the end itself") != NULL);
}

static void only_what_changes_instances_changes_the_digest(void)
{
    struct project *a = service(""), *b = service("\"replicas\":3"),
                   *c = service("\"user\":\"1\"");

    CHECK(strcmp(a->services[0].digest, b->services[0].digest) == 0);
    CHECK(strcmp(a->services[0].digest, c->services[0].digest) != 0);
    project_free(a);
    project_free(b);
    project_free(c);
}

static void pinned_services_stop_first(void)
{
    struct project *p =
        service("\"volumes\":[{\"type\":\"volume\",\"source\":\"v\","
                "\"target\":\"/v\"}]");

    CHECK(project_is_pinned(&p->services[0]));
    CHECK(!project_starts_first(&p->services[0]));
    project_free(p);
    p = service("\"ports\":[{\"target\":80,\"published\":8080}]");
    CHECK(!project_is_pinned(&p->services[0]));
    CHECK(!project_starts_first(&p->services[0]));
    project_free(p);
}

static void strangers_are_not_believed(void)
{
    CHECK(refuses("\"privileged\":true", "services.a.privileged"));
    CHECK(refuses("\"image\":3", "image: must be a text"));
    CHECK(refuses("\"image\":\"\"", "image: is missing"));
    CHECK(refuses("\"replicas\":1000000", "replicas"));
    CHECK(refuses("\"replicas\":-1", "replicas"));
    CHECK(refuses("\"memory_mb\":1e30", "memory_mb"));
    CHECK(refuses("\"command\":[1]", "command[0]"));
    CHECK(refuses("\"command\":\"x\"", "command: must be a list"));
    CHECK(refuses("\"ports\":[{\"target\":0}]", "ports[0].target"));
    CHECK(refuses("\"ports\":[3]", "ports[0]"));
    CHECK(refuses("\"ports\":[{\"target\":80}]", "ports[0].published"));
    CHECK(refuses("\"volumes\":[{\"type\":\"bind\",\"source\":\"x\","
                  "\"target\":\"/x\"}]",
                  "volumes[0].source"));
    CHECK(refuses("\"volumes\":[{\"type\":\"volume\",\"source\":\"../x\","
                  "\"target\":\"/x\"}]",
                  "volumes[0].source"));
    CHECK(refuses("\"volumes\":[{\"type\":\"tmpfs\",\"target\":\"/a/../x\"}]",
                  "volumes[0].target"));
    CHECK(refuses("\"environment\":{\"A=B\":\"x\"}", "environment"));
    CHECK(refuses("\"environment\":{\"A\":1}", "environment.A"));
    CHECK(refuses("\"depends_on\":{\"a\":\"service_started\"}", "itself"));
    CHECK(refuses("\"healthcheck\":{\"test\":[\"CMD\"]}", "healthcheck.test"));
    CHECK(refuses("\"healthcheck\":{}", "healthcheck.test"));
    CHECK(refuses("\"restart\":\"x\"", "restart"));
    CHECK(parse("[]") == NULL);
    CHECK(parse("{\"name\":\"../x\",\"services\":{}}") == NULL);
    CHECK(parse("{\"name\":\"x\",\"services\":{}}") == NULL);
    CHECK(parse("{\"name\":\"x\",\"services\":{\"a\":3}}") == NULL);
    CHECK(parse("{\"name\":\"x\",\"foo\":{}}") == NULL);
}

int main(void)
{
    what_is_not_said_has_a_default();
    services_come_in_the_order_of_need();
    only_what_changes_instances_changes_the_digest();
    pinned_services_stop_first();
    strangers_are_not_believed();
    return test_done();
}
