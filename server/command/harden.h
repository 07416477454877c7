/*
 * harden: what every subcommand gives up before it touches a key or a person.
 *
 * Shape   no core dumps, no ptrace by other processes of the same user, files private from
 *         creation.
 * Errors  false when the system refuses; the program must not go on then.
 * Source  prctl(2) PR_SET_DUMPABLE, setrlimit(2) RLIMIT_CORE, umask(2).
 *         SHIKAKU_ALLOW_DUMP=1 leaves dumping as it is, for debugging, and says so.
 */
#ifndef COMMAND_HARDEN_H
#define COMMAND_HARDEN_H

#include "base/attr.h"

#include <stdbool.h>

/* Called first in main, before threads start. */
MUST_USE bool harden_process(void);

#endif
