#include "@CHECKOUT@/solutions/02-fork/server.c"
