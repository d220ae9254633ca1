#include <stdarg.h>
#include <stdio.h>

#include "coffer/commands.h"
#include "coffer/doctor.h"
#include "coffer/node_api.h"

static const struct {
    const char *name;
    struct doctor_finding (*look)(const struct doctor *doctor);
} checks[] = {
    {"random", doctor_random},       {"processor", doctor_processor},
    {"lockdown", doctor_lockdown},   {"memory_lock", doctor_memory_lock},
    {"open_files", doctor_files},    {"clock", doctor_clock},
    {"data_folder", doctor_folder},  {"seed", doctor_seed},
    {"root", doctor_root},           {"disk", doctor_disk},
    {"snapshots", doctor_snapshots}, {"audit", doctor_audit},
    {"node", doctor_node},           {"node_clock", doctor_node_clock},
    {"start", doctor_start},
};

struct doctor_finding doctor_say(enum doctor_state state, const char *hint, const char *text, ...)
{
    struct doctor_finding finding = {.state = state};
    (void)snprintf(finding.hint, sizeof finding.hint, "%s", hint);
    va_list arguments;
    va_start(arguments, text);
    (void)vsnprintf(finding.text, sizeof finding.text, text, arguments);
    va_end(arguments);
    return finding;
}

static enum cli_exit run_doctor(struct cli *cli)
{
    static const char *const words[] = {"ok", "warn", "FAILED"};
    struct doctor doctor = {.data = cli_value(cli, "--data", "coffer-data"),
                            .node = cli_value(cli, "--node", NODE_API_DEFAULT),
                            .config = cli_value(cli, "--config", NULL),
                            .trust = cli_value(cli, "--trust", NULL),
                            .rows = cli_value(cli, "--registry-file", NULL),
                            .arena = &cli->arena};
    uint64_t count[3] = {0};
    out_list(&cli->out, "checks");
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        struct doctor_finding finding = checks[i].look(&doctor);
        count[finding.state]++;
        out_finding(&cli->out, words[finding.state], checks[i].name, finding.text, finding.hint);
        (void)out_now(&cli->out);
    }
    out_list_end(&cli->out);
    out_line(&cli->out, "");
    out_u64(&cli->out, "warnings", count[DOCTOR_WARN]);
    out_u64(&cli->out, "failures", count[DOCTOR_FAILED]);
    bool well = count[DOCTOR_FAILED] == 0;
    return out_flush(&cli->out, well) && well ? CLI_DONE : CLI_FAILED;
}

static const struct cli_option options[] = {
    {"--data", "FOLDER", "the data folder of the node; coffer-data by default"},
    {"--config", "FILE", "the configuration that it is started with"},
    {"--trust", "FILE", "its trust configuration"},
    {"--registry-file", "FILE", "its rows, as coffer dev takes them"},
    NODE_API_OPTION,
};

const struct cli_command cmd_doctor = {
    .name = "doctor",
    .arguments = "",
    .summary = "Look for what keeps a node from running well on this machine",
    .help = "Each line says ok, warn or FAILED, and what to do about it. The exit code is 1 when\n"
            "something failed; warnings do not count. Whether a node would start is asked of "
            "coffer-node\n"
            "itself, which writes nothing then.\n\n"
            "Example:\n"
            "  coffer doctor --data coffer-data\n",
    .options = options,
    .options_count = sizeof options / sizeof options[0],
    .run = run_doctor,
};
