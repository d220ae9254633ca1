#include "coffer/man_node.h"

#include "coffer/roff.h"
#include "coffer/script.h"
#include "config/config.h"
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

static void put_settings(struct buf *buf)
{
    const struct schema_table *table = config_table();
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
    put_settings(buf);
    buf_put_text(buf, ".SH SIGNALS\nSIGTERM and SIGINT stop the node after it has ended its audit "
                      "trail.\n"
                      ".SH EXIT STATUS\n0: stopped. 1: it did not start, or failed; the reason is "
                      "on standard error with\nwhat to do next. 2: wrong usage.\n"
                      ".SH SEE ALSO\n.BR coffer (1)\n");
}
