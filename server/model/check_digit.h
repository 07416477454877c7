/*
 * check_digit: the three check digits of Japanese administrative numbers.
 *
 * Shape   spans of half-width digits; the check digit is the last one.
 * Errors  false for anything that is not digits, or is shorter than two (resp. 12 or 6) digits.
 * Owner   plain values.
 * Source  検証番号: domain facts, part 2.1 (MHLW, 保険者番号等の設定要領, annex 2), shared by insurer
 *         numbers, public payer and recipient numbers, and facility codes.
 *         個人番号: 総務省令第85号 (2014), article 5. Municipality code: domain facts, part 2.7.
 */
#ifndef MODEL_CHECK_DIGIT_H
#define MODEL_CHECK_DIGIT_H

#include "base/span.h"

/* The digit that belongs behind this body, '0' to '9'; the body must be digits. */
char check_digit_of(struct span body);

bool check_digit_fits(struct span number);

/* The true check digit behind a body of 11 digits. */
char personal_number_check_digit(struct span body);
bool personal_number_fits(struct span number);

/* Synthetic people have personal numbers whose check digit is the true one + 5 (mod 10). */
bool personal_number_is_synthetic(struct span number);

/* True for raw text that, in whatever width and with whatever blanks and dashes, holds 12 digits
 * that are a personal number or a synthetic one. Facilities must never send one. */
bool personal_number_is_shaped(struct span raw);

bool municipality_code_fits(struct span code); /* six digits */

#endif
