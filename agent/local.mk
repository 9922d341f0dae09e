EXTRA_DIST += agent/agent.h agent/orders.h

include agent/os/local.mk
