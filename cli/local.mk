# What is tested apart from the program.
noinst_LTLIBRARIES += cli/libcli.la
cli_libcli_la_SOURCES = \
	cli/amounts.c cli/amounts.h \
	cli/listing.c cli/listing.h \
	cli/output.c cli/output.h \
	cli/row.c cli/row.h
cli_libcli_la_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
cli_libcli_la_LIBADD = $(JANSSON_LIBS)
