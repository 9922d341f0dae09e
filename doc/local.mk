EXTRA_DIST += doc/architecture.md doc/dependencies.md doc/protocol.md
