#include "command/card_watch.h"

#include "base/log.h"

#include <string.h>
#include <sys/stat.h>

bool
card_watch_is_wanted(const struct settings *settings)
{
    return settings->card_authorities[0] != '\0';
}

static bool
has_changed(struct timespec *changed_at, const char *path)
{
    struct stat facts;

    if (stat(path, &facts) != 0)
        return false; /* it is being replaced, or will be missed when it is told */
    bool is_other =
        facts.st_mtim.tv_sec != changed_at->tv_sec || facts.st_mtim.tv_nsec != changed_at->tv_nsec;
    *changed_at = facts.st_mtim;
    return is_other;
}

static bool
load(struct card_watch *watch, const struct settings *settings)
{
    const char        *policy = settings->card_policy;
    struct card_files  files = { .authorities = settings->card_authorities,
                                 .revocations = settings->card_revocations,
                                 .policy = policy[0] == '\0' ? CARD_POLICY_DEVELOPMENT : policy,
                                 .grace_s = (int32_t)settings->card_grace_s };
    struct card_trust *fresh = card_trust_load(&files, watch->reason);

    if (fresh == NULL)
        return false;
    card_trust_drop(watch->trust);
    watch->trust = fresh;
    return true;
}

const char *
card_watch_open(struct card_watch *watch, const struct settings *settings)
{
    if (!card_watch_is_wanted(settings))
        return NULL;
    if (settings->challenge_key[0] == '\0')
        return "card_authorities needs challenge_key too";
    (void)has_changed(&watch->changed_at[0], settings->card_authorities);
    (void)has_changed(&watch->changed_at[1], settings->card_revocations);
    return load(watch, settings) ? NULL : watch->reason;
}

void
card_watch_close(struct card_watch *watch)
{
    card_trust_drop(watch->trust);
    watch->trust = NULL;
}

bool
card_watch_look(struct card_watch *watch, const struct settings *settings, bool is_told)
{
    if (!card_watch_is_wanted(settings))
        return false;
    bool has_other = has_changed(&watch->changed_at[0], settings->card_authorities);
    has_other = has_changed(&watch->changed_at[1], settings->card_revocations) || has_other;
    if (!has_other && !is_told)
        return false;
    if (load(watch, settings)) {
        log_say(LOG_INFO, "cards_renewed",
                LOG_NUMBER("fresh_until_s", card_trust_fresh_until(watch->trust) / 1000000));
        return true;
    }
    log_say(LOG_ERROR, "cards_not_renewed", LOG_TEXT("reason", watch->reason));
    return false;
}
