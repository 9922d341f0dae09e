EXTRA_DIST += scripts/build scripts/check scripts/demo scripts/dependencies
