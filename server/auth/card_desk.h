/*
 * card_desk: what one worker needs to take a card's word.
 *
 * Shape   the key of challenges, and the trust in card authorities, which the main thread renews
 *         when its files change: it hands a newer one over, and the worker takes it at its next
 *         turn.
 * Errors  card_desk_open(): a reason to print, or NULL. Without a key or without trust no card is
 *         taken: card_desk_is_ready().
 * Owner   the worker; fresh belongs to whoever exchanges it.
 */
#ifndef AUTH_CARD_DESK_H
#define AUTH_CARD_DESK_H

#include "auth/card_status.h"
#include "crypto/card.h"
#include "crypto/challenge.h"

struct card_desk {
    struct mac                  *challenges;
    struct card_trust           *trust;
    struct card_status          *statuses; /* of all workers; NULL: nobody is asked about cards */
    _Atomic(struct card_trust *) fresh;
};

const char *card_desk_open(struct card_desk *desk, const char *challenge_key);
void        card_desk_close(struct card_desk *desk);

/* By the main thread: another holder of it for the worker to take. */
void card_desk_renew(struct card_desk *desk, struct card_trust *trust);

/* By the worker. */
void card_desk_take(struct card_desk *desk);

static inline bool
card_desk_is_ready(const struct card_desk *desk)
{
    return desk != NULL && desk->challenges != NULL && desk->trust != NULL;
}

#endif
