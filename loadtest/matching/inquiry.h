/*
 * inquiry: what it costs to write questions to the resident register and to read its replies.
 *
 * Shape   one JSON object: microseconds of processor time for each person, both ways, without TLS.
 * Errors  false.
 */
#ifndef INQUIRY_H
#define INQUIRY_H

#include "base/attr.h"

#include <stdbool.h>

MUST_USE bool inquiry_run(void);

double cpu_now_s(void); /* main.c */

#endif
