/* attributes.c - names and values live while an agent, or who is interested,
 * uses them. */

#include "master/alloc/attributes.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/table.h"
#include "master/alloc/agent.h"

struct attributes {
    struct table *by_name;
};

static const char *attribute_name(const void *value)
{
    return ((const struct attribute *)value)->name;
}

static const char *value_text(const void *value)
{
    return ((const struct value *)value)->text;
}

struct attributes *attributes_new(void)
{
    struct attributes *a = memory_new(1, sizeof *a);

    a->by_name = table_new(attribute_name);
    return a;
}

void attributes_free(struct attributes *a)
{
    if (a == NULL)
        return;
    assert(table_count(a->by_name) == 0);
    table_free(a->by_name);
    free(a);
}

struct attribute *attributes_use(struct attributes *a, const char *name)
{
    struct attribute *attribute = table_find(a->by_name, name);

    if (attribute == NULL) {
        attribute = memory_new(1, sizeof *attribute);
        attribute->name = memory_strdup(name);
        attribute->by_text = table_new(value_text);
        LIST_INIT(&attribute->values);
        table_add(a->by_name, attribute);
    }
    attribute->uses++;
    return attribute;
}

void attributes_release(struct attributes *a, struct attribute *attribute)
{
    if (--attribute->uses > 0)
        return;
    table_remove(a->by_name, attribute);
    table_free(attribute->by_text);
    free(attribute->name);
    free(attribute);
}

struct value *attributes_use_value(struct attributes *a,
                                   const char *name,
                                   const char *text)
{
    struct attribute *attribute = attributes_use(a, name);
    struct value *value = table_find(attribute->by_text, text);

    if (value == NULL) {
        value = memory_new(1, sizeof *value);
        value->text = memory_strdup(text);
        value->attribute = attribute;
        table_add(attribute->by_text, value);
        LIST_INSERT_HEAD(&attribute->values, value, of_attribute);
    } else {
        attributes_release(a, attribute); /* a value uses it once */
    }
    value->uses++;
    return value;
}

void attributes_release_value(struct attributes *a, struct value *value)
{
    if (--value->uses > 0)
        return;
    assert(value->agents_count == 0);
    table_remove(value->attribute->by_text, value);
    LIST_REMOVE(value, of_attribute);
    attributes_release(a, value->attribute);
    free(value->agents);
    free(value->text);
    free(value);
}

static void add_trait(struct attributes *a,
                      struct agent *agent,
                      const char *name,
                      const char *text)
{
    struct value *value = attributes_use_value(a, name, text);

    if (attributes_of(agent, value->attribute) != NULL) {
        attributes_release_value(a, value); /* the first counts */
        return;
    }
    if (value->agents_count == value->agents_size) {
        value->agents_size =
            value->agents_size == 0 ? 1 : value->agents_size * 2;
        value->agents = memory_resize(value->agents, value->agents_size,
                                      sizeof *value->agents);
    }
    value->agents[value->agents_count] = agent;
    agent->traits[agent->traits_count++] =
        (struct trait){value, value->attribute, value->agents_count++};
}

void attributes_add_agent(struct attributes *a,
                          struct agent *agent,
                          const struct alloc_agent_info *info)
{
    size_t count = info->attributes_count;

    if (count > ATTRIBUTES_MAX)
        count = ATTRIBUTES_MAX;
    agent->traits = memory_new(count + 1, sizeof *agent->traits);
    for (size_t i = 0; i < count; i++)
        add_trait(a, agent, info->attributes[i].name,
                  info->attributes[i].value);
    if (info->hostname != NULL)
        add_trait(a, agent, "hostname", info->hostname);
}

void attributes_remove_agent(struct attributes *a, struct agent *agent)
{
    while (agent->traits_count > 0) {
        struct trait t = agent->traits[--agent->traits_count];
        struct agent *moved = t.value->agents[--t.value->agents_count];

        t.value->agents[t.place] = moved;
        for (uint32_t i = 0; i < moved->traits_count; i++) {
            if (moved->traits[i].value == t.value)
                moved->traits[i].place = t.place;
        }
        attributes_release_value(a, t.value);
    }
}

struct value *attributes_of(const struct agent *agent,
                            const struct attribute *attribute)
{
    for (uint32_t i = 0; i < agent->traits_count; i++) {
        if (agent->traits[i].attribute == attribute)
            return agent->traits[i].value;
    }
    return NULL;
}
