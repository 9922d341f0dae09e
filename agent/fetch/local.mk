pkglibexec_PROGRAMS += mezzo-fetch
mezzo_fetch_SOURCES = agent/fetch/main.c \
	agent/fetch/download.c agent/fetch/download.h \
	agent/fetch/extract.c agent/fetch/extract.h
mezzo_fetch_CPPFLAGS = $(AM_CPPFLAGS) $(CURL_CFLAGS) $(ARCHIVE_CFLAGS)
mezzo_fetch_LDADD = io/liboptions.la base/libbase.la $(CURL_LIBS) \
	$(ARCHIVE_LIBS)
