#include "command/card_asking.h"

#include "command/card_watch.h"
#include "ocsp/asker.h"

static struct card_status *card_status;
static struct asker       *asker;

static void
wake_asker(void *owner)
{
    (void)owner;
    asker_wake(asker);
}

const char *
card_asking_open(const struct settings *settings, void (*wake_workers)(void *owner), void *owner,
                 struct card_status **ret_status)
{
    struct card_status_settings table = { .entries = (size_t)settings->card_ocsp_entries,
                                          .patience_ms = settings->card_ocsp_ms,
                                          .keep_s = settings->card_ocsp_keep_s,
                                          .wake_asker = wake_asker,
                                          .wake_workers = wake_workers,
                                          .owner = owner };
    struct asker_settings       terms = { .url = settings->card_ocsp,
                                          .deadline_ms = settings->card_ocsp_ms };
    const char                 *reason = NULL;

    *ret_status = NULL;
    if (settings->card_ocsp == NULL || settings->card_ocsp[0] == '\0')
        return NULL;
    if (!card_watch_is_wanted(settings))
        return "card_ocsp needs card_authorities too";
    card_status = card_status_new(&table);
    if (card_status == NULL)
        return "out of memory";
    asker = asker_open(&terms, card_status, &reason);
    *ret_status = card_status;
    return reason;
}

void
card_asking_close(void)
{
    asker_close(asker);
    card_status_free(card_status);
    asker = NULL;
    card_status = NULL;
}

void
card_asking_tell(struct text *text)
{
    if (asker != NULL)
        asker_tell(asker, text);
}
