/*
 * question: questions whose answers are known, and what is true of people.
 *
 * Shape   "<validity> <reason> <JSON body>" a line, as loadtest/client reads them. Most ask about a
 *         coverage in force; some about everything else that may be answered. The first line is
 *         a plain one in force. The order of the others is shuffled, but always the same.
 * Errors  false; what went wrong has been said on standard error.
 * Source  meaning of validity and reason: server/model/judge.h. Answers are told from how the
 *         population was made, not by asking judge().
 */
#ifndef QUESTION_H
#define QUESTION_H

#include "load.h"

enum { QUESTIONS_ABOUT = 100000, TRUTHS_ABOUT = 10000 };

MUST_USE bool questions_write(const char *path, const struct plan *plan,
                              const struct roster *roster, size_t *ret_count);

MUST_USE bool truth_write(const char *path, const struct plan *plan, const struct roster *roster);

#endif
