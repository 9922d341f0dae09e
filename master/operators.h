/* operators.h - what operators ask, each answered with one response. */

#ifndef MASTER_OPERATORS_H
#define MASTER_OPERATORS_H

#include "master/state.h"
#include "proto/master.pb-c.h"

void operators_answer(struct turn *t, const Mesos__V1__Master__Call *call);

#endif
