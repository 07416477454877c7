/*
 * inquiring: the stage at which a request waits for what a responder says of its card.
 *
 * Shape   its card was proven in decode, and by the list of revoked ones; where somebody is to be
 *         asked, it waits here until there is an answer, or its patience (setting card_ocsp_ms) is
 *         over. Only `revoked` changes anything: whoever says that, the card is refused. Without an
 *         answer the list alone decides, as it does where nobody is asked.
 * Errors  FAULT_CARD_REVOKED.
 * Owner   the line.
 */
#ifndef LINE_INQUIRING_H
#define LINE_INQUIRING_H

#include "line/line.h"

/* True: it waits, and the stage is to be run again. */
MUST_USE bool inquiring_check(struct line *line, struct request *r);

/* Runs whoever waits at the stage; those who still have to wait go on waiting. */
void inquiring_look_again(struct line *line);

/* Whoever waits at the stage goes on without an answer. */
void inquiring_end(struct line *line);

#endif
