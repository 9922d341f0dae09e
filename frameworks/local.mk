# What a newcomer copies is built as a newcomer would: with the library alone.
bin_PROGRAMS += mezzo-wordcount
mezzo_wordcount_SOURCES = frameworks/example/wordcount.c
mezzo_wordcount_CPPFLAGS = -I$(top_srcdir)/libframework
mezzo_wordcount_CFLAGS = $(AM_CFLAGS) -Wno-unused-parameter \
	-Wno-missing-field-initializers
mezzo_wordcount_LDADD = libframework/libmezzo-framework.la

bin_PROGRAMS += mezzo-sleeper
mezzo_sleeper_SOURCES = frameworks/example-executor/sleeper.c
mezzo_sleeper_CPPFLAGS = -I$(top_srcdir)/libframework
mezzo_sleeper_LDADD = libframework/libmezzo-framework.la

EXTRA_DIST += frameworks/example/.clang-format

include frameworks/mpi/local.mk
include frameworks/container/local.mk
