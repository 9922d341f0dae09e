noinst_LTLIBRARIES += proto/libproto.la

protos = proto/mesos.proto proto/scheduler.proto proto/executor.proto \
	proto/master.proto proto/wire.proto proto/record.proto
proto_sources = $(protos:.proto=.pb-c.c)
proto_headers = $(protos:.proto=.pb-c.h)

proto_libproto_la_SOURCES = \
	proto/frame.c proto/frame.h \
	proto/nesting.c proto/nesting.h
nodist_proto_libproto_la_SOURCES = \
	proto/mesos.pb-c.c proto/mesos.pb-c.h \
	proto/scheduler.pb-c.c proto/scheduler.pb-c.h \
	proto/executor.pb-c.c proto/executor.pb-c.h \
	proto/master.pb-c.c proto/master.pb-c.h \
	proto/wire.pb-c.c proto/wire.pb-c.h \
	proto/record.pb-c.c proto/record.pb-c.h
proto_libproto_la_LIBADD = $(PROTOBUF_C_LIBS)
EXTRA_DIST += $(protos)
BUILT_SOURCES += $(proto_headers)
CLEANFILES += $(proto_sources) $(proto_headers)

.proto.pb-c.c:
	$(AM_V_GEN)$(MKDIR_P) proto && \
	$(PROTOC_C) --proto_path=$(top_srcdir) --c_out=. $<
.proto.pb-c.h:
	$(AM_V_GEN)$(MKDIR_P) proto && \
	$(PROTOC_C) --proto_path=$(top_srcdir) --c_out=. $<
SUFFIXES = .proto .pb-c.c .pb-c.h
