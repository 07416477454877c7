/*
 * credential: the serial number of a user certificate, in the one form in which it is compared.
 *
 * Shape   hexadecimal, upper case, without leading zeros; zero itself is "0". As crypto/card.h has
 *         it of a certificate that was shown.
 * Errors  what is no hexadecimal is copied as it is: rules have refused it (VR-77).
 * Owner   writes into the arena; empty bytes when it is full.
 */
#ifndef MODEL_CREDENTIAL_H
#define MODEL_CREDENTIAL_H

#include "base/arena.h"
#include "base/span.h"

/* Empty stays empty. */
struct span credential_serial_form(struct span raw, struct arena *arena);

#endif
