/*
 * card_watch: the files of card authorities and revocation lists, read at the start and whenever
 * they have changed.
 *
 * Shape   the main thread looks, loads, and hands the same trust to every worker.
 * Errors  at the start: a reason to print. Later: one that cannot be read is logged, and the
 *         older one stays, which ends by itself when its lists have run out.
 * Owner   the watch holds one trust; card_watch_close() lets it go.
 */
#ifndef COMMAND_CARD_WATCH_H
#define COMMAND_CARD_WATCH_H

#include "config/settings.h"
#include "crypto/card.h"

#include <time.h>

struct card_watch {
    struct card_trust *trust; /* NULL: no card is taken */
    struct timespec    changed_at[2];
    char               reason[CARD_REASON_SIZE];
};

bool        card_watch_is_wanted(const struct settings *settings);
const char *card_watch_open(struct card_watch *watch, const struct settings *settings);
void        card_watch_close(struct card_watch *watch);

/* True when another trust is there for the workers. is_told: load even what has not changed. */
MUST_USE bool card_watch_look(struct card_watch *watch, const struct settings *settings,
                              bool is_told);

#endif
