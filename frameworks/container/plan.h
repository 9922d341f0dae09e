/* plan.h - what would be done for a project, in words. */

#ifndef CONTAINER_PLAN_H
#define CONTAINER_PLAN_H

#include <stdio.h>

#include "frameworks/container/project.h"

/* One paragraph for each service, in the order they are started. */
void plan_print(const struct project *p, FILE *out);

#endif
