#include "query/value.h"

#include <assert.h>

static struct value *
next_value(struct ask *ask)
{
    assert(ask->count < STMT_PARAMS_MAX);
    return &ask->values[ask->count++];
}

void
ask_start(struct ask *ask, int stmt)
{
    ask->stmt = stmt;
    ask->count = 0;
}

void
ask_number(struct ask *ask, int64_t number)
{
    *next_value(ask) = (struct value){ .number = number };
}

void
ask_bytes(struct ask *ask, struct span bytes)
{
    *next_value(ask) = (struct value){ .bytes = bytes };
}

void
ask_null(struct ask *ask)
{
    *next_value(ask) = (struct value){ .is_null = true };
}

void
ask_text_or_null(struct ask *ask, struct span text)
{
    if (span_is_empty(text))
        ask_null(ask);
    else
        ask_bytes(ask, text);
}
