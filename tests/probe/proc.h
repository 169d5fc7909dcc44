/**
 * @file tests/probe/proc.h
 * @brief Read a program's mind: what the kernel shows of its processes in /proc.
 *
 * This is the evidence that checks stand on instead of waiting: which call a process is blocked
 * in, and on which descriptor; how many descriptors, threads and children it has; how much of a
 * processor it uses. See proc(5).
 */
#ifndef PROBE_PROC_H
#define PROBE_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum {
    PROCESSES = 1024 /**< at most so many processes of one program are looked at */
};

/** What all the tasks (threads) of a program are doing, added up. */
struct activity {
    unsigned processes; /**< how many processes, zombies included */
    unsigned threads;   /**< how many tasks in them, zombies excluded */
    unsigned zombies;   /**< ended and not reaped */
    bool blocked;       /**< each task sleeps in a call that has no time limit, or is stopped */
    bool asleep;        /**< each task sleeps, for whatever it waits, or is stopped */
    bool running;       /**< some task uses a processor, or waits for one */
    unsigned long long ran;    /**< nanoseconds on a processor */
    unsigned long long waited; /**< nanoseconds ready, waiting for a processor */
    unsigned long long turns;  /**< how often a task was given a processor */
    unsigned long long slept;  /**< how often a task went to sleep by itself */
};

/** The call that a task is blocked in. */
struct blocked_call {
    const char *name; /**< as in `read`; NULL when it is in none that is known */
    long number;      /**< the system call's number, -1 outside of one */
    int fd;           /**< the descriptor it is about, -1 for none */
    bool untimed;     /**< nothing but an event ends it */
    bool writes;      /**< it sends or writes */
};

/**
 * @brief List a process and its descendants.
 * @param root  a process.
 * @param pids  filled in, the root first.
 * @return how many.
 */
size_t process_tree(pid_t root, pid_t pids[PROCESSES]);

/**
 * @brief List the processes of a program: the first, its descendants, and those of its orphans
 *        that were taken in by whoever started it.
 * @param root  the program's first process.
 * @param pids  filled in, the root first.
 * @return how many.
 */
size_t program_tree(pid_t root, pid_t pids[PROCESSES]);

/** @brief Tell what this process itself used of a processor, or waited for one.
 * @return nanoseconds; 0 where the kernel does not tell. */
unsigned long long time_of_self(void);

/** @brief Look at a program. @param root  its first process. @return what it is doing. */
struct activity activity_of(pid_t root);

/**
 * @brief Tell what call a task is blocked in.
 * @param pid  a process.
 * @param tid  one of its tasks; the process's number for the first.
 * @param call filled in.
 * @return false when it is in none, or may not be looked at.
 */
bool blocked_call_of(pid_t pid, pid_t tid, struct blocked_call *call);

/** @brief Tell whether a thread of a process is blocked in writing. @param pid  the process.
 * @return whether one is. */
bool is_blocked_in_writing(pid_t pid);

/** @brief Tell a process's state. @param pid  the process. @return R, S, T, Z, ..., or 0. */
char process_state(pid_t pid);

/** @brief Count open descriptors. @param pid  the process. @return how many, -1 on failure. */
int descriptor_count(pid_t pid);

/**
 * @brief Tell whether a descriptor of a process is one end of a pipe of ours.
 * @param pid   the process.
 * @param fd    its descriptor.
 * @param ours  our own descriptor of the pipe, either end.
 * @return false where it is surely not: it is closed, or another file. Of a process that ends, or
 *         may not be looked at, nothing is known, and true is returned.
 */
bool holds_pipe(pid_t pid, int fd, int ours);

/**
 * @brief Tell what a process listens on.
 * @param pid   the process.
 * @param text  the address as common/address.h writes it, empty where there is none.
 * @param size  the buffer's size.
 * @return whether it has a listening socket.
 */
bool listening_address(pid_t pid, char *text, size_t size);

/** @brief Count the TCP connections that a process holds a descriptor of, listeners not counted.
 * @param pid   the process.
 * @param port  only those whose other end has this port, 0 for all.
 * @return the count. */
unsigned tcp_connections_of(pid_t pid, unsigned port);

/** @brief Read a number of /proc/PID/status. @param pid  the process.
 * @param key  what stands before it, `\nVmSize:`. @return the number, sizes in KiB; 0 when it
 * is not there. */
unsigned long long status_number(pid_t pid, const char *key);

/** @brief Count the mappings of a process, of which each thread's stack has its own.
 * @param pid  the process. @return how many lines /proc/PID/maps has. */
unsigned mapping_count(pid_t pid);

/** @brief How many TCP sockets on a port are in a state. @param port, state  as in
 * /proc/net/tcp (1 established, 6 TIME_WAIT, 10 listening). @return the count. */
unsigned tcp_sockets(unsigned port, unsigned state);

/** @brief Tell what a TCP socket has received and its program has not read.
 * @param local, remote  the ports of its own end and of the other. @return bytes. */
unsigned tcp_unread(unsigned local, unsigned remote);

/**
 * @brief Say in words what a descriptor is.
 * @param pid   the process.
 * @param fd    the descriptor.
 * @param text  the caller's buffer.
 * @param size  its size.
 * @return text, as in `its listening socket`, `its connection with client 2`.
 */
char *describe_descriptor(pid_t pid, int fd, char *text, size_t size);

/**
 * @brief Say in words what a program is doing, a line for each process and task.
 * @param name  the program's name, each line's start.
 * @param root  its first process.
 * @return a text to free(3).
 */
char *describe_program(const char *name, pid_t root);

#endif
