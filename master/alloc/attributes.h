/* attributes.h - what agents say of themselves, the other way round: of each
 * value, which agents have it.
 *
 * Names and values are kept once, so that they are equal when their addresses
 * are.  Each agent has its hostname as the attribute "hostname". */

#ifndef MASTER_ALLOC_ATTRIBUTES_H
#define MASTER_ALLOC_ATTRIBUTES_H

#include <stdint.h>
#include <sys/queue.h>

#include "master/alloc/alloc.h"

struct agent;
struct attributes;

enum {
    ATTRIBUTES_MAX = 64, /* of an agent; more do not count */
};

LIST_HEAD(attribute_values, value);

struct attribute {
    char *name;
    struct table *by_text;
    struct attribute_values values;
    uint32_t uses;
};

struct value {
    char *text;
    struct attribute *attribute;
    LIST_ENTRY(value) of_attribute;
    struct agent **agents; /* in no order */
    uint32_t agents_count;
    uint32_t agents_size;
    uint32_t uses;
};

/* An agent's. */
struct trait {
    struct value *value;
    const struct attribute *attribute; /* the value's */
    uint32_t place;                    /* among the agents of the value */
};

struct attributes *attributes_new(void);
void attributes_free(struct attributes *a);

/* Found or made; each _use() needs its _release(). */
struct attribute *attributes_use(struct attributes *a, const char *name);
void attributes_release(struct attributes *a, struct attribute *attribute);
struct value *attributes_use_value(struct attributes *a,
                                   const char *name,
                                   const char *text);
void attributes_release_value(struct attributes *a, struct value *value);

/* Fill in, and empty, the traits of an agent. */
void attributes_add_agent(struct attributes *a,
                          struct agent *agent,
                          const struct alloc_agent_info *info);
void attributes_remove_agent(struct attributes *a, struct agent *agent);

/* NULL when the agent has no such attribute. */
struct value *attributes_of(const struct agent *agent,
                            const struct attribute *attribute);

#endif
