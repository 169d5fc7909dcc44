/**
 * @file common/error.h
 * @brief Say what failed, in one line on standard error, and end or go on.
 *
 * Each verb is named for where the reason of the error comes from, because the reason is lost
 * when it is looked for in the wrong place (pthread_create(3) does not set errno, and a
 * resolver code is no errno):
 *
 * | source of the reason            | end the program | go on        | Stevens  | Kerrisk   | err(3) |
 * | ------------------------------- | --------------- | ------------ | -------- | --------- | ------ |
 * | errno                           | die_errno()     | warn_errno() | err_sys  | errExit   | err    |
 * | a returned errno code (pthread) | die_code()      | warn_code()  |          | errExitEN | errc   |
 * | the resolver (EAI_, ADDRESS_)   | die_gai()       | warn_gai()   |          |           |        |
 * | none: the text says it all      | die()           | warn()       | err_quit | fatal     | errx   |
 * | the command line                | usage()         |              | err_quit | usageErr  |        |
 *
 * Programs decide over their life, so only programs call these. A library function that can
 * fail in several calls fills in a ::failure and returns -1, and the program ends with
 * die_failure() or goes on.
 *
 * Every line has the form `program: text: reason`. It is written with one write(2), so that
 * lines of several processes or threads do not mix. A line over 1,023 bytes is cut. That
 * standard error cannot be written to is ignored: there is nowhere left to say so.
 *
 * Left out: log levels, time stamps, and wrappers that end the program when one peer fails.
 */
#ifndef COMMON_ERROR_H
#define COMMON_ERROR_H

#include <stdnoreturn.h>

/**
 * @brief End the program over a failed call that set errno.
 * @param format  printf(3) format of what was attempted, as `"bind %s"`: the call, then its
 *                object; the reason, strerror(errno), is appended.
 *
 * Exit status 1.
 */
noreturn void die_errno(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** @brief As die_errno(), but the program goes on. @param format  as for die_errno(). */
void warn_errno(const char *format, ...) __attribute__((format(printf, 1, 2)));

/**
 * @brief End the program over a call that returned its error code, as pthread_create(3) does.
 * @param code    an errno value that the call returned.
 * @param format  as for die_errno().
 *
 * Exit status 1.
 */
noreturn void die_code(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** @brief As die_code(), but the program goes on. @param code, format  as for die_code(). */
void warn_code(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/**
 * @brief End the program over an address that could not be resolved or formatted.
 * @param code    what getaddrinfo(3), getnameinfo(3) or a function of common/address.h
 *                returned; for EAI_SYSTEM the reason is taken from errno.
 * @param format  as for die_errno().
 *
 * Exit status 1.
 */
noreturn void die_gai(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** @brief As die_gai(), but the program goes on. @param code, format  as for die_gai(). */
void warn_gai(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** @brief End the program, exit status 1. @param format  printf(3) format of the whole text. */
noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** @brief Warn and go on. @param format  printf(3) format of the whole text. */
void warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

/**
 * @brief End the program because it was called wrongly: prints `usage: program ARGUMENTS`.
 * @param arguments  the arguments it expects, as `"ADDRESS"`.
 *
 * Exit status 2.
 */
noreturn void usage(const char *arguments);

/**
 * @brief Stand where a student's code is still to be written: prints `program: NAME is still to
 *        be written` and sets errno to ENOSYS, so that what reports errno next says so too.
 * @param name  the function or step that is missing; whatever follows is ignored, and only
 * keeps the compiler from calling it unused.
 */
void todo(const char *name, ...);

/** Where the code of a ::failure comes from. */
enum failure_source {
    FAILURE_ERRNO, /**< errno, or a returned errno code */
    FAILURE_GAI    /**< the resolver: EAI_* or ADDRESS_* */
};

/** Which call failed inside a library function, and why: enough for the caller's message. */
struct failure {
    const char *call;           /**< the call's name, a string that is never freed */
    enum failure_source source; /**< which vocabulary @ref code belongs to */
    int code;                   /**< the errno value or resolver code */
};

/**
 * @brief Note that a call failed and left its reason in errno.
 * @param failure  filled in.
 * @param call     the call's name, a string literal.
 * @return -1, so that a caller can `return failure_errno(failure, "socket");`
 */
int failure_errno(struct failure *failure, const char *call);

/**
 * @brief Note that resolving or formatting an address failed.
 * @param failure  filled in.
 * @param call     the call's name, a string literal.
 * @param code     the resolver's code; for EAI_SYSTEM, errno is noted instead.
 * @return -1.
 */
int failure_gai(struct failure *failure, const char *call, int code);

/**
 * @brief End the program over a noted failure: `program: call object: reason`, exit status 1.
 * @param failure  what failed.
 * @param object   what the call was about, usually an address.
 */
noreturn void die_failure(const struct failure *failure, const char *object);

/** @brief As die_failure(), but the program goes on. @param failure, object  as there. */
void warn_failure(const struct failure *failure, const char *object);

#endif
