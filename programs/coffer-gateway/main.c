#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/lockdown.h"
#include "base/profile.h"
#include "base/version.h"
#include "coffer-gateway/gateway_setup.h"

/* Too large for a stack; made once. */
static struct gateway_setup setup;

static const char usage[] = "usage: coffer-gateway --config FILE\n"
                            "\n"
                            "  --config FILE         serve with these settings\n"
                            "  --check-config FILE   say whether a gateway takes these settings\n"
                            "  --help, --version\n"
                            "\n"
                            "coffer config --gateway lists every setting.\n";

static int say_failure(struct status status)
{
    enum status_code code = (enum status_code)status.code;
    (void)fprintf(stderr, "coffer-gateway: %s: %s (%s)\n  next: %s\n", status_name(code),
                  schema_error_text(code), setup.about,
                  "coffer config --gateway lists every setting and what it must be");
    return 1;
}

/* All threads inherit the mask, so that the signals wait for sigwait here. */
static sigset_t block_signals(void)
{
    sigset_t awaited;
    sigemptyset(&awaited);
    sigaddset(&awaited, SIGTERM);
    sigaddset(&awaited, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, &awaited, NULL);
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    (void)sigaction(SIGPIPE, &ignore, NULL);
    (void)sigaction(SIGHUP, &ignore, NULL);
    return awaited;
}

static int serve(const char *file)
{
    sigset_t awaited = block_signals();
    struct status status = gateway_setup_open(&setup, file, false);
    if (!status_is_ok(status)) {
        gateway_setup_close(&setup);
        return say_failure(status);
    }
    LOG_EVENT(&setup.log, INFO, "gateway started", LOG_TEXT("version", VERSION_TEXT),
              LOG_TEXT("profile", PROFILE_TEXT), LOG_TEXT("node", setup.config.node.text));
    int signal = 0;
    (void)sigwait(&awaited, &signal);
    LOG_EVENT(&setup.log, INFO, "gateway stops", LOG_U64("signal", (uint64_t)signal));
    gateway_setup_close(&setup);
    return 0;
}

static int check(const char *file)
{
    struct status status = gateway_setup_open(&setup, file, true);
    gateway_setup_close(&setup);
    if (!status_is_ok(status)) {
        return say_failure(status);
    }
    (void)printf("coffer-gateway: it is taken\n");
    return 0;
}

int main(int argc, char **argv)
{
    if (!lockdown_descriptors()) {
        return 1;
    }
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        (void)printf("%s", usage);
        return 0;
    }
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        (void)printf("coffer-gateway %s (%s)\n", VERSION_TEXT, PROFILE_TEXT);
        return 0;
    }
    if (argc == 3 && strcmp(argv[1], "--config") == 0) {
        return serve(argv[2]);
    }
    if (argc == 3 && strcmp(argv[1], "--check-config") == 0) {
        return check(argv[2]);
    }
    (void)fprintf(stderr, "coffer-gateway: wrong option\n  next: coffer-gateway --help\n");
    return 2;
}
