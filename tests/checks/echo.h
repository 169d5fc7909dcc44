/**
 * @file tests/checks/echo.h
 * @brief The steps that checks are made of: start a server, connect, expect an echo.
 */
#ifndef CHECKS_ECHO_H
#define CHECKS_ECHO_H

#include <stdbool.h>

#include "common/address.h"
#include "tests/probe/await.h"
#include "tests/probe/finding.h"
#include "tests/probe/peer.h"
#include "tests/probe/program.h"

/** A server of the student's that has said what it listens on. */
struct server {
    struct program *program;    /**< the running program */
    char address[ADDRESS_SIZE]; /**< what its ready line names */
};

/** What it means in a check when an echo does not come as it should. */
struct blame {
    enum symptom silent;  /**< no echo comes, and none will */
    enum symptom altered; /**< other bytes come */
    enum symptom closed;  /**< the connection ends first */
    enum symptom died;    /**< the server ends */
};

/** What it means in a check about nothing in particular. */
extern const struct blame plain_blame;

/**
 * @brief Start a server and wait for its ready line; failed() when it does not come.
 * @param address  its argument.
 * @param build    which of its builds to take.
 * @return the server; its program is released by programs_end().
 */
struct server server_start(const char *address, enum build build);

/** @brief Start a server on a free port of 127.0.0.1. @return as server_start(). */
struct server server_start_here(void);

/** @brief Start a server where every failure to start means the same.
 * @param address  its argument. @param any  what it means. @return as server_start(). */
struct server server_start_blaming(const char *address, enum symptom any);

/** @brief Connect a client where every failure to means the same.
 * @param server  the server. @param any  what it means. @return the client. */
struct peer *client_connect_blaming(struct server *server, enum symptom any);

/**
 * @brief Find the ready line in what a program has printed.
 * @param program  it.
 * @param address  filled in, ADDRESS_SIZE bytes.
 * @return whether a whole ready line is there.
 */
bool find_ready_line(const struct program *program, char address[ADDRESS_SIZE]);

/**
 * @brief Connect a client; failed() when the server cannot be reached.
 * @param server  the server.
 * @param flags   PEER_*.
 * @return the client.
 */
struct peer *client_connect(struct server *server, int flags);

/** @brief Send a text. @param client, text  whom, what; noted as a step. */
void client_says(struct peer *client, const char *text);

/**
 * @brief Wait until all that a client has sent so far has come back; failed() otherwise.
 * @param client  the client.
 * @param blame   what a failure means here.
 */
void expect_echo(struct peer *client, const struct blame *blame);

/** @brief Say something and expect its echo. @param client, text, blame  as above. */
void converse(struct peer *client, const char *text, const struct blame *blame);

/**
 * @brief Wait until the server closes a connection on which nothing is due any more.
 * @param client  a client that has finished sending and has its echo.
 * @param never   what it means when the end does not come.
 * @param reset   what it means when it comes as a reset.
 */
void expect_end(struct peer *client, enum symptom never, enum symptom reset);

/** @brief A client comes, is served and leaves. @param server  the server.
 * @param blame  what a failure means here. */
void serve_one(struct server *server, const struct blame *blame);

/**
 * @brief Wait until a condition on the server holds that a right one may take 2 seconds for.
 * @param holds     the condition.
 * @param argument  handed to it.
 * @return whether it held before the server had slept for 2 seconds and a little more.
 */
bool holds_soon(bool (*holds)(void *argument), void *argument);

/** @brief For await(): has a program ended? @param program  struct program. @return whether. */
bool has_ended(void *program);
/** @brief For await(): is a process stopped? @param pid  a pid_t's address. @return whether. */
bool is_stopped(void *pid);
/** @brief For await(): is a connection over? @param channel  struct channel. @return whether. */
bool is_over(void *channel);
/** @brief For await(): has as much come as was sent, or the end? @param channel  struct channel.
 * @return whether. */
bool has_echo_or_end(void *channel);

/** @brief Say how a wait ended. @param outcome  it. @param program  whose end it may have been.
 * @param text, size  the caller's buffer. @return text. */
char *describe_outcome(enum outcome outcome, const struct program *program, char *text,
                       size_t size);

/** @brief Tell whether this machine has an IPv6 loopback address. @return whether. */
bool has_ipv6(void);

/** @brief Fill memory with bytes of no pattern, the same each time.
 * @param data, length  the memory. */
void fill_with_noise(char *data, size_t length);

/** @brief Choose a TCP port of 127.0.0.1 that is free, is none that the kernel gives out by
 * itself, and has two different bytes. @return the port. */
unsigned free_port(void);

#endif
