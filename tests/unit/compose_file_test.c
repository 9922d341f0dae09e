/* compose_file_test.c - Compose files, and the projects they are. */

#include "frameworks/container/compose_file.h"

#include <errno.h>
#include <string.h>

#include "frameworks/container/project.h"
#include "tests/test.h"

static struct arena *arena;
static struct reading reading;
static bool reads_past_builds;

static const char *variable(void *arg, const char *name)
{
    (void)arg;
    return strcmp(name, "TAG") == 0 ? "7" : NULL;
}

static int read_file(void *arg,
                     struct arena *a,
                     const char *path,
                     const char **text,
                     struct error *err)
{
    (void)arg;
    if (strcmp(path, "web.env") != 0)
        return error_set(err, -ENOENT, "%s: is not there", path);
    *text = arena_strdup(a, "COLOR=blue\nSIZE=1\n");
    return 0;
}

static json_t *read_text(const char *text)
{
    reading = (struct reading){.arena = arena,
                               .file = "c.yaml",
                               .reads_past_builds = reads_past_builds,
                               .variable = variable,
                               .home = "/home/me",
                               .directory = "/src/My Shop",
                               .read_file = read_file};
    return compose_file_read(&reading, text, strlen(text));
}

/* Does the first service come out so? */
static bool gives(const char *service, const char *expected)
{
    char text[2000];
    json_t *project, *wanted = json_loads(expected, 0, NULL);
    bool is_equal;

    snprintf(text, sizeof text,
             "volumes: {data: }\nsecrets: {key: {file: a/key.txt}}\n"
             "services:\n  web:\n    image: nginx\n%s",
             service);
    project = read_text(text);
    json_object_set_new(wanted, "image", json_string("nginx"));
    is_equal = json_equal(
        json_object_get(json_object_get(project, "services"), "web"), wanted);
    for (size_t i = 0; i < reading.problems_count; i++)
        printf("# %s\n", reading.problems[i]);
    json_decref(project);
    json_decref(wanted);
    return is_equal;
}

static bool refuses(const char *service, const char *words)
{
    char text[2000];
    json_t *project;

    snprintf(text, sizeof text, "services:\n  web:\n    image: nginx\n%s",
             service);
    project = read_text(text);
    json_decref(project);
    if (project == NULL && reading.problems_count == 1 &&
        strstr(reading.problems[0], words) != NULL)
        return true;
    for (size_t i = 0; i < reading.problems_count; i++)
        printf("# %s\n", reading.problems[i]);
    return false;
}

static void a_project_has_a_name(void)
{
    json_t *project = read_text("services: {a: {image: b}}\n");

    CHECK(strcmp(json_string_value(json_object_get(project, "name")),
                 "myshop") == 0);
    json_decref(project);
    project = read_text("name: x\nservices: {a: {image: b}}\n");
    CHECK(strcmp(json_string_value(json_object_get(project, "name")), "x") ==
          0);
    json_decref(project);
    CHECK(read_text("name: X Y\nservices: {a: {image: b}}\n") == NULL);
    CHECK(read_text("services: {}\n") == NULL);
    CHECK(read_text("") == NULL);
    CHECK(read_text("- a\n") == NULL);
}

static void texts_and_lists_are_read(void)
{
    CHECK(gives("    command: sh -c 'a b'\n    entrypoint: [x, \"1\"]\n",
                "{\"command\":[\"sh\",\"-c\",\"a b\"],"
                "\"entrypoint\":[\"x\",\"1\"]}"));
    CHECK(gives("    environment: {PORT: 80, A: yes, N: , TAG: }\n",
                "{\"environment\":{\"PORT\":\"80\",\"A\":\"yes\","
                "\"TAG\":\"7\"}}"));
    CHECK(gives("    environment: [A=b=c, TAG]\n    env_file: web.env\n",
                "{\"environment\":{\"COLOR\":\"blue\",\"SIZE\":\"1\","
                "\"A\":\"b=c\",\"TAG\":\"7\"}}"));
    CHECK(gives("    environment: {SIZE: 2}\n"
                "    env_file: [web.env, {path: no.env, required: false}]\n",
                "{\"environment\":{\"COLOR\":\"blue\",\"SIZE\":\"2\"}}"));
    CHECK(gives("    user: 10:20\n    labels: [a=b, c]\n    x-mine: {z: 1}\n",
                "{\"user\":\"10:20\",\"labels\":{\"a\":\"b\",\"c\":\"\"}}"));
    CHECK(gives("    restart: on-failure:3\n    stop_grace_period: 1m\n",
                "{\"restart\":\"on-failure\",\"restarts_max\":3,"
                "\"stop_grace_ms\":60000}"));
    CHECK(gives("    user: u${TAG}$$\n    expose: [80, \"81/udp\"]\n",
                "{\"user\":\"u7$\"}"));
}

static void ports_and_volumes_are_read(void)
{
    CHECK(gives(
        "    ports: [2222:22, \"53:53/udp\", {target: 1, published: 2}]\n",
        "{\"ports\":[{\"target\":22,\"published\":2222,"
        "\"protocol\":\"tcp\"},{\"target\":53,\"published\":53,"
        "\"protocol\":\"udp\"},"
        "{\"target\":1,\"published\":2,\"protocol\":\"tcp\"}]}"));
    CHECK(gives("    secrets: [key]\n",
                "{\"volumes\":[{\"type\":\"project\",\"source\":\"/src/My "
                "Shop/a/key.txt\","
                "\"target\":\"/run/secrets/key\",\"read_only\":true}]}"));
    CHECK(gives("    volumes: [data:/d, ./a/../b:/e:ro, /f, ~/g:/h, /i:/j]\n",
                "{\"volumes\":[{\"type\":\"volume\",\"source\":\"data\","
                "\"target\":\"/d\"},{\"type\":\"project\",\"source\":"
                "\"/src/My Shop/b\",\"target\":\"/e\",\"read_only\":true},"
                "{\"type\":\"anonymous\",\"target\":\"/f\"},"
                "{\"type\":\"bind\",\"source\":\"/home/me/g\","
                "\"target\":\"/h\"},{\"type\":\"bind\",\"source\":\"/i\","
                "\"target\":\"/j\"}]}"));
    CHECK(gives("    volumes: [{type: bind, source: x, target: /y/}, "
                "{type: tmpfs, target: /t}]\n",
                "{\"volumes\":[{\"type\":\"project\",\"source\":"
                "\"/src/My Shop/x\",\"target\":\"/y\"},"
                "{\"type\":\"tmpfs\",\"target\":\"/t\"}]}"));
}

static void health_and_resources_are_read(void)
{
    CHECK(
        gives("    healthcheck: {test: curl -f x, interval: 1s, retries: 2}\n",
              "{\"healthcheck\":{\"test\":[\"CMD-SHELL\",\"curl -f x\"],"
              "\"interval_ms\":1000,\"retries\":2}}"));
    CHECK(gives("    healthcheck: {disable: true}\n",
                "{\"healthcheck\":{\"test\":[\"NONE\"]}}"));
    CHECK(gives("    deploy: {replicas: 3, resources: {limits: {cpus: '0.5', "
                "memory: 1G}, reservations: {memory: 64m}}}\n",
                "{\"replicas\":3,\"cpu_limit_milli\":500,"
                "\"memory_limit_mb\":1024,\"memory_mb\":64}"));
    CHECK(gives("    mem_limit: 64m\n    cpus: 2\n",
                "{\"memory_limit_mb\":64,\"cpu_limit_milli\":2000}"));
}

static void what_is_not_understood_is_refused_where_it_is(void)
{
    CHECK(refuses("    privileged: true\n",
                  "c.yaml:4: services.web.privileged: "));
    CHECK(refuses("    deploy: {mode: global}\n", "services.web.deploy.mode"));
    CHECK(refuses("    ports: [80:80, x]\n", "services.web.ports[1]: x"));
    CHECK(refuses("    ports: [80]\n", "services.web.ports[0]: 80: say as"));
    CHECK(refuses("    ports: [127.0.0.1:80:80]\n", "leave the address out"));
    CHECK(refuses("    volumes: [data:/d]\n", "no such volume"));
    CHECK(refuses("    secrets: [key]\n", "no such secret"));
    CHECK(read_text("secrets: {key: {external: true}}\n"
                    "services: {a: {image: b}}\n") == NULL);
    CHECK(refuses("    volumes: ['./a:b']\n", "absolute"));
    CHECK(refuses("    volumes: ['/var/run/docker.sock:/x']\n", "no Docker"));
    CHECK(refuses("    depends_on: [db]\n", "no service db"));
    CHECK(refuses("    restart: sometimes\n", "sometimes"));
    CHECK(refuses("    env_file: no.env\n", "no.env: is not there"));
    CHECK(refuses("    build: .\n", "--no-build"));
    CHECK(refuses("    network_mode: none\n", "host or bridge"));
    CHECK(refuses("    network_mode: host\n    ports: [81:80]\n", "80:80"));
    CHECK(refuses("    healthcheck: {test: [FOO]}\n", "CMD-SHELL"));
    CHECK(refuses("    command: 'a \"b'\n", "not closed"));
    CHECK(refuses("    user: ${NO:?who}\n", "NO is needed: who"));
    CHECK(refuses("    container_name: a\n    deploy: {replicas: 2}\n",
                  "only one"));
    CHECK(refuses("    depends_on: {a: {condition: x}}\n", "a condition is"));
}

static void builds_are_read_past_where_that_is_said(void)
{
    json_t *project;

    reads_past_builds = true;
    project = read_text("services: {web: {build: {context: .}}}\n");
    CHECK(
        strcmp(json_string_value(json_object_get(
                   json_object_get(json_object_get(project, "services"), "web"),
                   "image")),
               "myshop-web") == 0);
    json_decref(project);
    reads_past_builds = false;
}

static void problems_are_all_named(void)
{
    CHECK(
        read_text("services: {web: {image: a, tty: 1, pid: host}}\nfoo: 1\n") ==
        NULL);
    CHECK(reading.problems_count == 3);
}

int main(void)
{
    arena = arena_new();
    a_project_has_a_name();
    texts_and_lists_are_read();
    ports_and_volumes_are_read();
    health_and_resources_are_read();
    what_is_not_understood_is_refused_where_it_is();
    builds_are_read_past_where_that_is_said();
    problems_are_all_named();
    arena_free(arena);
    return test_done();
}
