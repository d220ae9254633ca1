#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/lockdown.h"
#include "base/profile.h"
#include "base/version.h"
#include "coffer-node/setup.h"

/* Too large for a stack; made once. */
static struct setup setup;

static int say_failure(struct status status)
{
    enum status_code code = (enum status_code)status.code;
    const char *own = code == STATUS_IO ? NULL : setup.hint;
    (void)fprintf(stderr, "coffer-node: %s: %s (%s)\n  next: %s\n", status_name(code),
                  own != NULL ? schema_error_text(code) : status_text(code), setup.about,
                  own != NULL ? own : status_hint(code));
    return 1;
}

/* A library that has no memory aborts without a word. Only calls that are safe in a signal. */
static void say_abort(int signal)
{
    static const char text[] = "coffer-node: ABORTED: a broken invariant, or no memory where a "
                               "library cannot do without\n";
    ssize_t written = write(STDERR_FILENO, text, sizeof text - 1);
    (void)written;
    (void)signal; /* the handler is gone by now, and abort() goes on to its end */
}

/* All threads inherit the mask, so that the signals wait for sigwait here. */
static sigset_t block_signals(void)
{
    sigset_t awaited;
    sigemptyset(&awaited);
    sigaddset(&awaited, SIGTERM);
    sigaddset(&awaited, SIGINT);
    sigaddset(&awaited, SIGHUP);
    (void)pthread_sigmask(SIG_BLOCK, &awaited, NULL);
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    /* A client that went away and a full disk are failures of calls, not ends of the process. */
    (void)sigaction(SIGPIPE, &ignore, NULL);
    (void)sigaction(SIGXFSZ, &ignore, NULL);
    struct sigaction say = {.sa_handler = say_abort, .sa_flags = (int)SA_RESETHAND};
    (void)sigaction(SIGABRT, &say, NULL);
    return awaited;
}

int main(int argc, char **argv)
{
    struct options options;
    if (!lockdown_descriptors()) {
        return 1;
    }
    enum options_outcome outcome = options_read(argc, argv, &options);
    if (outcome != OPTIONS_RUN) {
        return outcome == OPTIONS_DONE ? 0 : 2;
    }
    sigset_t awaited = block_signals();
    struct status status = setup_open(&setup, &options);
    if (!status_is_ok(status)) {
        setup_close(&setup);
        return say_failure(status);
    }
    if (options.is_check || options.check_config != NULL || options.check_trust != NULL) {
        setup_close(&setup);
        (void)printf("coffer-node: %s\n", options.is_check ? "a node would start" : "it is taken");
        return 0;
    }
    LOG_EVENT(&setup.log, INFO, "node started", LOG_TEXT("version", VERSION_TEXT),
              LOG_TEXT("profile", PROFILE_TEXT));
    int signal = 0;
    while (sigwait(&awaited, &signal) == 0 && signal == SIGHUP) {
        setup_reopen_audit(&setup);
    }
    LOG_EVENT(&setup.log, INFO, "node stops", LOG_U64("signal", (uint64_t)signal));
    setup_close(&setup);
    return 0;
}
