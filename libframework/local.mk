mezzoincludedir = $(includedir)/mezzo
mezzoinclude_HEADERS = \
	libframework/mezzo/cluster.h \
	libframework/mezzo/executor.h \
	libframework/mezzo/framework.h \
	libframework/mezzo/operator.h \
	libframework/mezzo/task.h
