/* amounts.h - resources as JSON and as text. */

#ifndef CLI_AMOUNTS_H
#define CLI_AMOUNTS_H

#include <jansson.h>
#include <mezzo/task.h>

enum {
    AMOUNTS_TEXT_SIZE = 256
};

/* {"cpus": 0.5, "mem": 64, "disk": 0, "ports": "[31000-31999]", "gpus": ...};
 * the numbers are always there, ports and others where there are some. */
json_t *amounts_json(const struct mezzo_resources *r);

/* "cpus:0.5;mem:64;ports:[31000-31999]"; what is too long is cut off. */
void amounts_format(const struct mezzo_resources *r,
                    char text[AMOUNTS_TEXT_SIZE]);

/* "0.1" in thousandths, more digits than three are refused; -1 if it is not
 * that, or more than a million. */
int64_t amounts_read_milli(const char *text);

#endif
