# Several libraries, so that no program links what it does not use.
EXTRA_DIST += \
	io/context.h \
	io/driver.h \
	io/file.h \
	io/keys.h \
	io/log.h \
	io/loop.h \
	io/options.h \
	io/store.h
