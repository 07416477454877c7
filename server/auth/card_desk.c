#include "auth/card_desk.h"

#include <stdatomic.h>

const char *
card_desk_open(struct card_desk *desk, const char *challenge_key)
{
    const char *reason = NULL;

    if (challenge_key[0] != '\0')
        desk->challenges = challenge_key_open(challenge_key, &reason);
    return reason;
}

void
card_desk_close(struct card_desk *desk)
{
    mac_free(desk->challenges);
    card_trust_drop(desk->trust);
    card_trust_drop(atomic_exchange(&desk->fresh, NULL));
    desk->challenges = NULL;
    desk->trust = NULL;
}

void
card_desk_renew(struct card_desk *desk, struct card_trust *trust)
{
    card_trust_drop(atomic_exchange(&desk->fresh, card_trust_hold(trust)));
}

void
card_desk_take(struct card_desk *desk)
{
    struct card_trust *fresh = atomic_exchange(&desk->fresh, NULL);

    if (fresh == NULL)
        return;
    card_trust_drop(desk->trust);
    desk->trust = fresh;
}
