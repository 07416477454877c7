/*
 * person: people about themselves, through a portal.
 *
 * Shape   a session is opened by the person's own card, lasts for minutes, and is known to the
 *         portal that opened it only. Each question names it in its body; person_ask() finds whose
 *         it is. person_open.c opens it, person_read.c shows coverage and medical information,
 *         person_access.c who looked, person_visit.c consents, person_expense.c what it cost,
 *         person_ticket.c what is not right, person_agent.c who acts for whom.
 * Errors  FAULT_SESSION_OVER: no such session of this portal, or it is over.
 * Owner   everything lives in the request's arena.
 * Source  domain facts, SR-128, SR-130; ARCHITECTURE.md, "The portal".
 */
#ifndef ENDPOINT_PERSON_H
#define ENDPOINT_PERSON_H

#include "endpoint/visit.h"
#include "wire/out.h"

enum { SESSION_ID_BYTES_MAX = 36 };

/* The session's number, from the text that came; blames. */
void person_take_session(struct request *r, struct span text, unsigned char *ret_id);

/* STMT_PERSON_READ */
void person_ask(struct request *r, const unsigned char *session_id);

/* The three values that every other statement of the person's begins with. */
void person_ask_session(struct request *r, int stmt, const unsigned char *session_id);

/* From the rows of STMT_PERSON_READ: who it is goes on record. */
enum fault person_note(struct request *r, const struct rows *rows, int first, int count);

/* Coverage as the person may see it, all of it; fills r->answer, a struct visit_answer. */
enum fault person_decide(struct request *r, const struct rows *rows, int first);

/* The view as the reply, 200. */
enum fault person_write(struct request *r, const struct out_row *rows, const void *view,
                        size_t room);

#endif
