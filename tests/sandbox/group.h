/**
 * @file tests/sandbox/group.h
 * @brief A memory cgroup around each session: a bound that the kernel itself keeps.
 *
 * The suite watches over the memory of a check's programs (tests/probe/watcher.h), but cannot see
 * what the kernel holds for them, as the buffers of sockets. A cgroup counts that too (cgroups(7)).
 * Only root can make one, or whom the machine's administrator lets; in most containers nobody can.
 * Left out where it cannot be had: without it a grading goes the same way.
 */
#ifndef SANDBOX_GROUP_H
#define SANDBOX_GROUP_H

#include "tests/sandbox/command.h"

/**
 * @brief Make a group, and begin the command line of what is to enter it; its command follows.
 * @param command  empty; it stays so where no group can be made.
 *
 * The group is below the caller's own, or beside it, so that limits of the caller hold for it as
 * well. It is removed when this program ends; groups of graders that were killed, by the first
 * call of the next grader.
 */
void group_enter(struct command *command);

#endif
