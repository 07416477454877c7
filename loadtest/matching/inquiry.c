#include "inquiry.h"

#include "wire/inquiry.h"

#include <stdio.h>
#include <stdlib.h>

enum { PERSONS = 500, REPLY_BYTES = PERSONS * 512, ARENA_BYTES = 64 * 1024 };

static const char   id[] = "7b0c6f2e-3f0e-4a55-9f0c-2c3d8a1f4b10";
static const double RUN_S = 1.0;

static void
write_reply(struct text *text)
{
    text_add_format(text, "{\"inquiry_id\":\"%s\",\"results\":[", id);
    for (int i = 0; i < PERSONS; i++)
        text_add_format(text,
                        "%s{\"ref\":%d,\"status\":\"found\",\"name\":\"渡辺　慎一郎\","
                        "\"name_kana\":\"ワタナベ　シンイチロウ\",\"birth_date\":\"1980-01-02\","
                        "\"sex\":\"1\",\"address\":\"東京都見本市合成町三丁目%d番5号\","
                        "\"as_of\":\"2024-04-01\"}",
                        i == 0 ? "" : ",", i, i);
    text_add_string(text, "]}");
}

static bool
run(struct text *question, struct text *reply, struct arena *arena)
{
    static struct personal_number numbers[PERSONS];
    static struct inquiry_answer  answers[PERSONS];
    uint64_t                      done = 0;
    double                        start_s = cpu_now_s(), spent_s;

    for (size_t i = 0; i < PERSONS; i++)
        if (!personal_number_take(span_of("123456789013"), &numbers[i]))
            return false;
    write_reply(reply);
    do {
        *question = text_in(question->bytes, question->size_bytes);
        inquiry_write(question, id, numbers, PERSONS);
        if (question->is_full
            || inquiry_read(text_span(reply), id, answers, PERSONS, arena) != NULL)
            return false;
        arena_reset(arena);
        done += PERSONS;
        spent_s = cpu_now_s() - start_s;
    } while (spent_s < RUN_S);
    printf("{\"mix\":\"inquiry\",\"cpu_us_per_person\":%.2f,\"reply_bytes_per_person\":%zu}\n",
           spent_s * 1e6 / (double)done, reply->length / PERSONS);
    return true;
}

bool
inquiry_run(void)
{
    size_t       question_bytes = INQUIRY_HEAD_BYTES + PERSONS * INQUIRY_PERSON_BYTES;
    char        *places = malloc(question_bytes + REPLY_BYTES);
    struct arena arena;
    bool         is_done = places != NULL && arena_open(&arena, ARENA_BYTES, ARENA_BYTES);

    if (is_done) {
        struct text question = text_in(places, question_bytes);
        struct text reply = text_in(places + question_bytes, REPLY_BYTES);
        is_done = run(&question, &reply, &arena);
        arena_close(&arena);
    }
    free(places);
    return is_done;
}
