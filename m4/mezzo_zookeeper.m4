# MEZZO_ZOOKEEPER
# ---------------
# Debian's ZooKeeper C client has no pkg-config file.  The single-threaded one
# is asked for: the loop drives it.  Sets ZOOKEEPER_CFLAGS, ZOOKEEPER_LIBS.
AC_DEFUN([MEZZO_ZOOKEEPER],
[AC_ARG_VAR([ZOOKEEPER_CFLAGS], [C compiler flags for the ZooKeeper client])
AC_ARG_VAR([ZOOKEEPER_LIBS], [linker flags for the ZooKeeper client])
mezzo_saved_cppflags=$CPPFLAGS
CPPFLAGS="$CPPFLAGS $ZOOKEEPER_CFLAGS"
AC_CHECK_HEADER([zookeeper/zookeeper.h], [],
  [AC_MSG_ERROR([zookeeper/zookeeper.h not found; on Debian: apt install libzookeeper-st-dev])])
CPPFLAGS=$mezzo_saved_cppflags
AS_IF([test -z "$ZOOKEEPER_LIBS"],
  [AC_CHECK_LIB([zookeeper_st], [zookeeper_interest],
    [ZOOKEEPER_LIBS=-lzookeeper_st],
    [AC_MSG_ERROR([libzookeeper_st not found; on Debian: apt install libzookeeper-st-dev])])])
])
