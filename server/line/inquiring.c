#include "line/inquiring.h"

#include "auth/card_desk.h"

static enum card_said
look(const struct line *line, struct request *r)
{
    const struct card_desk *desk = line->cards;

    return card_status_look(desk->statuses, desk->trust, r->inquiry, clock_now(), clock_ticks_ms());
}

bool
inquiring_check(struct line *line, struct request *r)
{
    if (r->fault != FAULT_NONE || r->inquiry == NULL)
        return false;
    enum card_said said = look(line, r);
    if (said == CARD_SAID_WAIT) {
        line->has_inquiries = true;
        return true;
    }
    if (said == CARD_SAID_REVOKED)
        request_blame(r, FAULT_CARD_REVOKED, "certificate", NULL);
    return false;
}

/* Those who still wait say so again. */
void
inquiring_look_again(struct line *line)
{
    if (!line->has_inquiries)
        return;
    line->has_inquiries = false;
    for (uint32_t i = 0; i < line->places.count; i++)
        if (line->places.requests[i].stage == STAGE_INQUIRE)
            line_run(line, &line->places.requests[i]);
}

void
inquiring_end(struct line *line)
{
    for (uint32_t i = 0; i < line->places.count; i++) {
        struct request *r = &line->places.requests[i];
        if (r->stage != STAGE_INQUIRE)
            continue;
        r->inquiry = NULL;
        line_run(line, r);
    }
}
