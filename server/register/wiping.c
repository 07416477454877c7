/* libcurl copies what it sends and what it hears into buffers of its own, which hold personal
 * numbers. It takes all its memory from here, and gives it back wiped. */
#include "register/wiping.h"

#include <curl/curl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static void
wiping_free(void *memory)
{
    if (memory != NULL)
        explicit_bzero(memory, malloc_usable_size(memory));
    free(memory);
}

/* realloc() may leave the old bytes behind. */
static void *
wiping_realloc(void *memory, size_t bytes)
{
    size_t had = memory == NULL ? 0 : malloc_usable_size(memory);

    if (memory != NULL && bytes <= had && bytes > 0)
        return memory;
    void *grown = malloc(bytes == 0 ? 1 : bytes);
    if (grown == NULL)
        return NULL;
    if (memory != NULL)
        memcpy(grown, memory, had < bytes ? had : bytes);
    wiping_free(memory);
    return grown;
}

static char *
wiping_strdup(const char *text)
{
    return strdup(text);
}

static bool is_started;

static void
start(void)
{
    is_started = curl_global_init_mem(CURL_GLOBAL_DEFAULT, malloc, wiping_free, wiping_realloc,
                                      wiping_strdup, calloc)
                 == CURLE_OK;
}

bool
curl_start_wiping(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    return pthread_once(&once, start) == 0 && is_started;
}
