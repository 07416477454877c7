/*
 * wiping: libcurl started so that all memory it frees is wiped.
 *
 * Errors  false: it does not start.
 * Owner   the process; further calls do nothing. Called before anything else of libcurl.
 */
#ifndef REGISTER_WIPING_H
#define REGISTER_WIPING_H

#include "base/attr.h"

#include <stdbool.h>

MUST_USE bool curl_start_wiping(void);

#endif
