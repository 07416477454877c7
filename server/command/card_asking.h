/*
 * card_asking: whether and how a program asks a responder about cards, by its settings.
 *
 * Shape   the table that all workers look into, and the thread that asks.
 * Errors  card_asking_open(): a reason to print, or NULL, also when nobody is to be asked; then
 *         there is no table.
 * Owner   the main thread: opened before the workers, closed after them. One in a process.
 */
#ifndef COMMAND_CARD_ASKING_H
#define COMMAND_CARD_ASKING_H

#include "auth/card_status.h"
#include "base/text.h"
#include "config/settings.h"

/* wake_workers may be called by another thread until it is closed. */
const char *card_asking_open(const struct settings *settings, void (*wake_workers)(void *owner),
                             void *owner, struct card_status **ret_status);
void        card_asking_close(void);

void card_asking_tell(struct text *text); /* its series of the metrics page, if any */

#endif
