#include "coffer/man_node.h"

#include "coffer/roff.h"
#include "coffer/script.h"
#include "config/config.h"
#include "config/gateway_config.h"
#include "config/node_options_table.h"
#include "config/schema.h"

#define ROW_FILE(name, member, help)   {name, "FILE", help},
#define ROW_FD(name, member, help)     {name, "N", help},
#define ROW_SWITCH(name, member, help) {name, "", help},

static void put_options(struct buf *buf)
{
    static const struct {
        const char *name;
        const char *value;
        const char *help;
    } rows[] = {
        NODE_OPTIONS_TABLE(ROW_FILE, ROW_FD, ROW_SWITCH){"--help", "", "show the options"},
        {"--version", "", "show the version and the profile"},
    };
    buf_put_text(buf, ".SH OPTIONS\n");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        roff_option(buf, rows[i].name, rows[i].value);
        roff_put(buf, rows[i].help);
        buf_put_text(buf, ".\n");
    }
}

static void put_setting(struct buf *buf, const struct schema_row *row)
{
    roff_option(buf, row->name, "");
    roff_put(buf, row->help);
    if (row->type == SCHEMA_NUMBER) {
        script_put(buf, "; %llu to %llu, %llu by default", (unsigned long long)row->min,
                   (unsigned long long)row->max, (unsigned long long)row->number);
    } else if (row->type == SCHEMA_CHOICE) {
        buf_put_text(buf, "; one of: ");
        roff_put(buf, row->choices);
        buf_put_text(buf, "; ");
        roff_put(buf, row->text);
        buf_put_text(buf, " by default");
    } else if (row->text != NULL && *row->text != '\0') {
        buf_put_text(buf, "; ");
        roff_put(buf, row->text);
        buf_put_text(buf, " by default");
    }
    buf_put_text(buf, ".\n");
}

static void put_settings(struct buf *buf, const struct schema_table *table)
{
    buf_put_text(buf,
                 ".SH CONFIGURATION\nThe file of\n.B \\-\\-config\nis one JSON object. A member "
                 "that is not listed here stops the start.\n");
    for (size_t i = 0; i < table->count; i++) {
        put_setting(buf, &table->rows[i]);
    }
}

void man_node_put(struct buf *buf)
{
    roff_title(buf, "COFFER-NODE", "8");
    buf_put_text(buf,
                 ".SH NAME\ncoffer\\-node \\- a node of the key management service Coffer\n"
                 ".SH SYNOPSIS\n.B coffer\\-node\n.RI [ options ]\n"
                 ".SH DESCRIPTION\nServes keys, signatures and values over HTTP until it is "
                 "stopped, and writes an audit\ntrail of every answer and refusal before it "
                 "leaves. No option or variable takes a\nsecret; they name files. What keeps a "
                 "node from running well is found by\n.BR \"coffer doctor\" .\n");
    put_options(buf);
    put_settings(buf, config_table());
    buf_put_text(buf, ".SH SIGNALS\nSIGTERM and SIGINT stop the node after it has ended its audit "
                      "trail.\n"
                      ".SH EXIT STATUS\n0: stopped. 1: it did not start, or failed; the reason is "
                      "on standard error with\nwhat to do next. 2: wrong usage.\n"
                      ".SH SEE ALSO\n.BR coffer (1), coffer\\-gateway (8)\n");
}

void man_gateway_put(struct buf *buf)
{
    roff_title(buf, "COFFER-GATEWAY", "8");
    buf_put_text(buf,
                 ".SH NAME\ncoffer\\-gateway \\- the way in and out of a node without a network\n"
                 ".SH SYNOPSIS\n.B coffer\\-gateway \\-\\-config\n.I FILE\n"
                 ".SH DESCRIPTION\nPasses requests to its node, and lets the node reach the hosts "
                 "and ports of a list, until\nit is stopped. It holds no key, and is trusted with "
                 "nothing but to be there.\n.SH OPTIONS\n");
    roff_option(buf, "--config", "FILE");
    buf_put_text(buf, "serve with these settings.\n");
    roff_option(buf, "--check-config", "FILE");
    buf_put_text(buf, "say whether a gateway takes these settings.\n");
    roff_option(buf, "--help", "");
    buf_put_text(buf, "show the options.\n");
    roff_option(buf, "--version", "");
    buf_put_text(buf, "show the version and the profile.\n");
    put_settings(buf, gateway_config_table());
    buf_put_text(buf, ".SH SIGNALS\nSIGTERM and SIGINT stop it after requests that are under way.\n"
                      ".SH EXIT STATUS\n0: stopped. 1: it did not start; the reason is on standard "
                      "error. 2: wrong usage.\n"
                      ".SH SEE ALSO\n.BR coffer (1), coffer\\-node (8)\n");
}
