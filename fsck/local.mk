bin_PROGRAMS += mezzo-fsck
mezzo_fsck_SOURCES = fsck/main.c fsck/finding.h fsck/journal.c fsck/store.c
mezzo_fsck_CPPFLAGS = $(AM_CPPFLAGS) -D_GNU_SOURCE
mezzo_fsck_LDADD = agent/libagent.la master/libmaster.la io/libstore.la \
	io/libkeeper.la io/liboptions.la base/libbase.la
