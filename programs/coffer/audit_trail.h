/* Audit trails as the command line reads them: several files in their order, checked as a whole. */
#ifndef COFFER_PROGRAM_AUDIT_TRAIL_H
#define COFFER_PROGRAM_AUDIT_TRAIL_H

#include "audit/audit_verify.h"
#include "coffer/cli.h"

/* The options of every command that reads a trail; AUDIT_TRAIL_OPTIONS of them. */
enum { AUDIT_TRAIL_OPTIONS = 5 };
#define AUDIT_TRAIL_OPTION_TABLE                                                            \
    {"--allow-open", NULL, "take a start without end: its node still runs, or was killed"}, \
        {"--allow-unsigned", NULL, "take a start whose key no wallet vouches for"},         \
        {"--allow-earlier", NULL, "take it that starts before the first one are not here"}, \
        {"--expect", "NOTE", "a checkpoint that you know: the trail must continue it"},     \
    {                                                                                       \
        "--wallet", "ADDRESS", "the wallet that must vouch for every start"                 \
    }

/* Those options and no others. */
extern const struct cli_option audit_trail_option_list[AUDIT_TRAIL_OPTIONS];

/* A trail to be checked: files in their order, - for standard input; what the caller hears; what is
 * let pass. Signatures are read here, whatever port says. path: the file in work, at the end;
 * lines_before: those of the files before it. */
struct audit_trail {
    const char *const *paths;
    size_t count;
    struct audit_verify_port port;
    struct audit_verify_options options;
    const char *path;
    uint64_t lines_before;
};

/* Check it. Out: ret_report, also on failure. Returns: OK; AUDIT_INVALID; IO; NO_MEMORY. */
struct status audit_trail_check(struct audit_trail *trail, struct audit_verify_report *ret_report);

/* The options that were given. Out: wallet, zeros when there is none.
 * Returns: OK; IO, AUDIT_NOTE_INVALID, BODY_TOO_LARGE of a note; INVALID_ADDRESS. */
struct status audit_trail_options(struct cli *cli, struct audit_verify_options *ret,
                                  uint8_t ret_wallet[static AUDIT_WALLET]);

/* Check the trail that the arguments from first to end name, with the options that were given, and
 * say what is wrong with it. In: port as above. Returns: CLI_DONE, or what is to be returned. */
enum cli_exit audit_trail_read(struct cli *cli, size_t first, size_t end,
                               const struct audit_verify_port *port,
                               struct audit_verify_report *ret_report);

/* Who hears of each record when a trail is read once more, after it was checked. */
struct audit_trail_reader {
    void *context;
    struct status (*record)(void *context, const uint8_t boot[static AUDIT_BOOT_BYTES],
                            uint64_t index, struct bytes line);
};

/* Read it once more. Returns: OK; IO; NO_MEMORY; what the reader returned. */
struct status audit_trail_records(struct arena *arena, const char *const *paths, size_t count,
                                  const struct audit_trail_reader *reader);

/* A member of the output in hexadecimal. */
void audit_trail_hex(struct out *out, const char *name, const char *prefix, struct bytes bytes);

/* The key of a log as text. */
void audit_trail_key(struct out *out, const struct tlog_note_key *key);

#endif
