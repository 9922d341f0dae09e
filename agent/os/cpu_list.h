/* cpu_list.h - a set of cpus, as the kernel writes it: "0-3,8". */

#ifndef AGENT_OS_CPU_LIST_H
#define AGENT_OS_CPU_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CPU_LIST_MAX = 4096, /* cpus; those above do not count */
    CPU_LIST_SIZE = 16384,
};

struct cpu_list {
    uint64_t bits[CPU_LIST_MAX / 64];
};

/* False if it is not one; empty text is the empty set. */
bool cpu_list_parse(const char *text, struct cpu_list *list);
void cpu_list_format(const struct cpu_list *list, char text[CPU_LIST_SIZE]);

unsigned cpu_list_count(const struct cpu_list *list);

/* Take `other` out of `list`, or put it in. */
void cpu_list_remove(struct cpu_list *list, const struct cpu_list *other);
void cpu_list_add(struct cpu_list *list, const struct cpu_list *other);

/* The first `count` of `list`, which has as many. */
void cpu_list_first(const struct cpu_list *list,
                    unsigned count,
                    struct cpu_list *first);

#endif
