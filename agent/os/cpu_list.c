/* cpu_list.c - a bit for each cpu. */

#include "config.h"

#include "agent/os/cpu_list.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    WORDS = CPU_LIST_MAX / 64
};

static bool has(const struct cpu_list *list, unsigned cpu)
{
    return list->bits[cpu / 64] >> cpu % 64 & 1;
}

static void set(struct cpu_list *list, unsigned cpu)
{
    list->bits[cpu / 64] |= 1ull << cpu % 64;
}

bool cpu_list_parse(const char *text, struct cpu_list *list)
{
    unsigned long first, last;
    char *end;

    memset(list, 0, sizeof *list);
    while (*text != '\0' && *text != '\n') {
        if (!isdigit((unsigned char)*text))
            return false;
        first = last = strtoul(text, &end, 10);
        if (*end == '-') {
            if (!isdigit((unsigned char)end[1]))
                return false;
            last = strtoul(end + 1, &end, 10);
            if (last < first)
                return false;
        }
        for (; first <= last && first < CPU_LIST_MAX; first++)
            set(list, (unsigned)first);
        if (*end == ',')
            end++;
        else if (*end != '\0' && *end != '\n')
            return false;
        text = end;
    }
    return true;
}

void cpu_list_format(const struct cpu_list *list, char text[CPU_LIST_SIZE])
{
    size_t used = 0;

    text[0] = '\0';
    for (unsigned cpu = 0; cpu < CPU_LIST_MAX; cpu++) {
        unsigned last = cpu;

        if (!has(list, cpu))
            continue;
        while (last + 1 < CPU_LIST_MAX && has(list, last + 1))
            last++;
        if (used + 16 > CPU_LIST_SIZE)
            return; /* every other of 4096: does not happen */
        used += (size_t)snprintf(text + used, CPU_LIST_SIZE - used,
                                 last > cpu ? "%s%u-%u" : "%s%u",
                                 used > 0 ? "," : "", cpu, last);
        cpu = last;
    }
}

unsigned cpu_list_count(const struct cpu_list *list)
{
    unsigned count = 0;

    for (unsigned i = 0; i < WORDS; i++)
        count += (unsigned)__builtin_popcountll(list->bits[i]);
    return count;
}

void cpu_list_remove(struct cpu_list *list, const struct cpu_list *other)
{
    for (unsigned i = 0; i < WORDS; i++)
        list->bits[i] &= ~other->bits[i];
}

void cpu_list_add(struct cpu_list *list, const struct cpu_list *other)
{
    for (unsigned i = 0; i < WORDS; i++)
        list->bits[i] |= other->bits[i];
}

void cpu_list_first(const struct cpu_list *list,
                    unsigned count,
                    struct cpu_list *first)
{
    memset(first, 0, sizeof *first);
    for (unsigned cpu = 0; count > 0 && cpu < CPU_LIST_MAX; cpu++) {
        if (!has(list, cpu))
            continue;
        set(first, cpu);
        count--;
    }
}
