#include "coffer/demo_teller_dev.h"

#include <stdio.h>

void demo_tell(struct demo_teller *teller, const char *line, const char *more)
{
    char text[256];
    struct out *out = &teller->cli->out;
    if (teller->step++ != 0) {
        out_line(out, "");
    }
    (void)snprintf(text, sizeof text, "%u. %s", teller->step, line);
    out_line(out, text);
    if (more != NULL) {
        (void)snprintf(text, sizeof text, "%s%s", teller->step < 10 ? "   " : "    ", more);
        out_line(out, text);
    }
}

void demo_tell_now(struct demo_teller *teller)
{
    (void)out_now(&teller->cli->out);
}

enum cli_exit demo_differs(struct demo_teller *teller, const char *what)
{
    return cli_fail_text(teller->cli, "SELF_CHECK", what,
                         "do not use these programs; keep what they wrote");
}
