include master/alloc/local.mk
