/*
 * load: the load client of the registry; see --help and loadtest/README.md.
 *
 * One thread and one loop: on a machine that client and server share, whatever the client burns is
 * missing to the server.
 */
#include "run.h"

#include <signal.h>
#include <stdio.h>

static bool
run(const struct run_setup *setup, struct complaint *reterr_complaint)
{
    switch (setup->options->mode) {
    case LOAD_MODE_CLOSED:
    case LOAD_MODE_OPEN:
        return run_traffic(setup, reterr_complaint);
    case LOAD_MODE_HANDSHAKES:
        return run_handshakes(setup, reterr_complaint);
    case LOAD_MODE_IDLE:
        return run_idle(setup, reterr_complaint);
    }
    return false;
}

static enum load_outcome
report(const struct tally *tally, const struct options *options, struct complaint *reterr_complaint)
{
    if (!options->quiet)
        tally_print(tally, options);
    if (options->histogram_out != NULL && !tally_write_histogram(tally, options, reterr_complaint))
        return LOAD_UNABLE;
    if (options->json_out != NULL && !tally_write_json(tally, options, reterr_complaint))
        return LOAD_UNABLE;
    return tally_outcome(tally, options);
}

static enum load_outcome
measure(const struct options *options, const struct mix *mix, struct complaint *reterr_complaint)
{
    struct identity   identity = { 0 };
    struct questions  questions = { 0 };
    struct tally      tally = { 0 };
    struct run_setup  setup = { options, &identity, mix, &questions, &tally };
    enum load_outcome outcome = LOAD_UNABLE;

    bool is_ready = identity_open(&identity, options, reterr_complaint)
                    && questions_open(&questions, options, reterr_complaint)
                    && tally_open(&tally, options, mix, reterr_complaint);
    if (is_ready && run(&setup, reterr_complaint))
        outcome = report(&tally, options, reterr_complaint);
    tally_close(&tally);
    questions_close(&questions);
    identity_close(&identity);
    return outcome;
}

int
main(int argc, char *argv[])
{
    struct options   options;
    struct mix       mix = { 0 };
    struct complaint complaint = { "" };

    if (!options_parse(&options, argc, argv, &mix, &complaint)) {
        fprintf(stderr, "load: %s\n", complaint.text);
        mix_close(&mix);
        return LOAD_USAGE;
    }
    if (options.help) {
        options_print_help();
        mix_close(&mix);
        return LOAD_FINE;
    }
    signal(SIGPIPE, SIG_IGN); /* a server that goes away is a result, not our end */
    enum load_outcome outcome = measure(&options, &mix, &complaint);
    mix_close(&mix);
    if (outcome == LOAD_UNABLE)
        fprintf(stderr, "load: %s\n", complaint.text);
    return (int)outcome;
}
