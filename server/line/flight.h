/*
 * flight: one transaction for all who wait.
 *
 * Shape   passengers board when the lane is free. Steps: the set statements of what they ask,
 *         rows back, perhaps more questions; at last one insert of all their access records, and
 *         the commit.
 * Errors  a flight that the database refuses is flown again passenger by passenger, once; a lane
 *         that is lost ends its passengers with FAULT_STORE_LOST, since whether they are on
 *         record is not known.
 * Owner   the line. Passengers are held as tickets: one whose time was up in the air is gone
 *         when its rows arrive, and is dropped.
 */
#ifndef LINE_FLIGHT_H
#define LINE_FLIGHT_H

#include "query/lane.h"
#include "request/place.h"

enum {
    LANES_MAX = 8,
    PASSENGERS_MAX = 128,
    STEPS_MAX = 6, /* more questions of one request than that are our defect */
    FLIGHT_DEADLINE_MS = 8000,
    OPENING_DEADLINE_MS = 2000
};

struct line;

struct statement_sent {
    int     stmt;
    int     count;
    uint8_t passengers[PASSENGERS_MAX];
};

struct flight {
    struct line          *line;
    struct lane          *lane;
    struct ticket         passengers[PASSENGERS_MAX];
    int                   passenger_count;
    struct statement_sent sent[PASSENGERS_MAX + 1];
    int                   sent_count;
    int                   heard_count;
    int                   steps;
    bool                  is_up;
    bool                  is_recording;
    int64_t               departed_ms;
    int64_t               opening_ms; /* when the lane was last opened */
    int64_t               reopen_ms;  /* when a lost lane may be opened again */
    int64_t               pause_ms;
};

MUST_USE bool flight_open(struct flight *flight, struct line *line, const char *database_url);
void          flight_close(struct flight *flight);

/* Boards from the line's queue and takes off, when the lane is free and somebody waits. */
void flight_depart(struct flight *flight, int64_t now_ms);

/* Opens a lane that is shut; ends a flight that takes too long. */
void flight_tick(struct flight *flight, int64_t now_ms);

#endif
