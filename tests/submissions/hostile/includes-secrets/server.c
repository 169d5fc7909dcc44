#if __has_include("@OUTSIDE@/secret") ||                                                       \
                  __has_include(                                                               \
                      "@CHECKOUT@/Makefile") ||                                                \
                      __has_include(                                                           \
                          "@BUILD@/kit/common.stamp") ||                                       \
                          __has_include(                                                       \
                              "/grading/suite") ||                                             \
                              __has_include(                                                   \
                                  "/etc/passwd") ||                                            \
                                  __has_include(                                               \
                                      "/etc/shadow") ||                                        \
                                      __has_include(                                           \
                                          "/root/.profile") ||                                 \
                                          __has_include(                                       \
                                              "/source/../solutions") ||                       \
                                              __has_include("/kit/../suite") ||                \
                                                            __has_include("/proc/1/environ")
#include "@OUTSIDE@/secret"
#include "/etc/passwd"
#error "REACHED files of the machine"
#endif
#error "nothing to include"
