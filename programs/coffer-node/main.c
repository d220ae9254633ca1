#include <signal.h>
#include <stdio.h>

#include "base/version.h"
#include "coffer-node/setup.h"

/* Too large for a stack; made once. */
static struct setup setup;

static int say_failure(struct status status)
{
    enum status_code code = (enum status_code)status.code;
    (void)fprintf(stderr, "coffer-node: %s: %s (%s)\n  next: %s\n", status_name(code),
                  status_text(code), setup.about, status_hint(code));
    return 1;
}

/* All threads inherit the mask, so that the signals wait for sigwait here. */
static sigset_t block_signals(void)
{
    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGINT);
    sigaddset(&stop, SIGHUP);
    (void)pthread_sigmask(SIG_BLOCK, &stop, NULL);
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    /* A client that went away and a full disk are failures of calls, not ends of the process. */
    (void)sigaction(SIGPIPE, &ignore, NULL);
    (void)sigaction(SIGXFSZ, &ignore, NULL);
    return stop;
}

int main(int argc, char **argv)
{
    struct options options;
    enum options_outcome outcome = options_read(argc, argv, &options);
    if (outcome != OPTIONS_RUN) {
        return outcome == OPTIONS_DONE ? 0 : 2;
    }
    sigset_t stop = block_signals();
    struct status status = setup_open(&setup, &options);
    if (!status_is_ok(status)) {
        setup_close(&setup);
        return say_failure(status);
    }
    LOG_EVENT(&setup.log, INFO, "node started", LOG_TEXT("version", VERSION_TEXT),
              LOG_TEXT("profile", VERSION_PROFILE));
    int signal = 0;
    (void)sigwait(&stop, &signal);
    LOG_EVENT(&setup.log, INFO, "node stops", LOG_U64("signal", (uint64_t)signal));
    setup_close(&setup);
    return 0;
}
