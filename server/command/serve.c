#include "bulk/bulk.h"
#include "command/command.h"
#include "command/server.h"

static struct bulk_settings bulk_settings;
static struct bulk          bulk;

/* Whether single questions are under way; the workers say so a few dozen times a second. */
static bool
is_busy(void *owner)
{
    const struct server *server = owner;

    for (size_t i = 0; i < server->worker_count; i++) {
        const struct meter *meter = &server->workers[i].meter;
        if (atomic_load_explicit(&meter->places_taken, memory_order_relaxed) > 0
            || atomic_load_explicit(&meter->waiting, memory_order_relaxed) > 0)
            return true;
    }
    return false;
}

static const char *
start(struct server *server)
{
    const struct settings *from = &server->settings;

    if (from->bulk_chunk == 0)
        return NULL;
    bulk_settings = (struct bulk_settings){
        .database_url = from->database,
        .pseudonym_key = from->pseudonym_key,
        .chunk = (uint32_t)from->bulk_chunk,
        .pause_ms = (uint32_t)from->bulk_pause_ms,
        .idle_ms = (uint32_t)from->bulk_idle_ms,
        .arena_block_bytes = (size_t)from->request_bytes_first,
        .arena_bytes_max = (size_t)from->request_bytes_most,
        .directory_poll_ms = (uint32_t)from->directory_poll_ms,
        .directory_stale_ms = (uint32_t)from->directory_stale_ms,
        .has_budgets = from->budgets != 0,
        .drain_ms = (uint32_t)from->drain_ms,
        .is_busy = is_busy,
        .owner = server,
    };
    return bulk_start(&bulk, &bulk_settings);
}

static void
drain(void)
{
    bulk_drain(&bulk);
}

static void
join(void)
{
    bulk_join(&bulk);
}

int
command_serve(int argc, char **argv)
{
    static struct server            server;
    static const struct server_duty duty = { .duty = DUTY_SERVE,
                                             .name = "serve",
                                             .help = "Answers facilities over mutual TLS.",
                                             .running = "serving",
                                             .start = start,
                                             .drain = drain,
                                             .join = join,
                                             .meter = &bulk.meter };

    return server_run(&server, &duty, argc, argv);
}
