# How an image is unpacked, for mezzo-fetch and for tests.
noinst_LTLIBRARIES += agent/fetch/libimage.la
agent_fetch_libimage_la_SOURCES = \
	agent/fetch/accounts.c agent/fetch/accounts.h \
	agent/fetch/image.c agent/fetch/image.h \
	agent/fetch/layer.c agent/fetch/layer.h \
	agent/fetch/manifest.c agent/fetch/manifest.h
agent_fetch_libimage_la_CPPFLAGS = $(AM_CPPFLAGS) -D_GNU_SOURCE \
	$(ARCHIVE_CFLAGS) $(JANSSON_CFLAGS) $(SODIUM_CFLAGS)
agent_fetch_libimage_la_LIBADD = io/liboptions.la base/libbase.la \
	$(ARCHIVE_LIBS) $(JANSSON_LIBS) $(SODIUM_LIBS)

pkglibexec_PROGRAMS += mezzo-fetch
mezzo_fetch_SOURCES = agent/fetch/main.c \
	agent/fetch/download.c agent/fetch/download.h \
	agent/fetch/extract.c agent/fetch/extract.h \
	agent/fetch/seed.c agent/fetch/seed.h
mezzo_fetch_CPPFLAGS = $(AM_CPPFLAGS) -D_GNU_SOURCE $(CURL_CFLAGS) $(ARCHIVE_CFLAGS)
mezzo_fetch_LDADD = agent/fetch/libimage.la io/liboptions.la base/libbase.la \
	$(CURL_LIBS) $(ARCHIVE_LIBS)
