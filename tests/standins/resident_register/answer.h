/*
 * answer: an inquiry to its reply, as the register is told to behave.
 *
 * Shape   schema/api/resident-register.yaml.
 * Errors  false: the inquiry is malformed.
 * Owner   writes into the caller's text, which holds ANSWER_BYTES for each person and once more.
 */
#ifndef ANSWER_H
#define ANSWER_H

#include "behaviour.h"
#include "truth.h"

enum { ANSWER_BYTES = 2048, ANSWER_PERSONS_MAX = 1000 };

struct answerer {
    struct truth   truth;
    struct conduct conduct;
    const char    *as_of; /* "2024-04-01" */
};

/* How many people the inquiry is about; 0 when it is malformed. Also takes its id. */
MUST_USE size_t answer_count(struct span body, struct span *ret_inquiry_id);

MUST_USE bool answer_write(struct answerer *answerer, struct span body, struct text *text);

#endif
