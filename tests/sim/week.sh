#!/bin/sh
# A week of 2 masters, 20 agents and 5 schedulers, with faults all the time.
exec tests/sim/sim --seed 1 --hours "${HOURS:-168}"
