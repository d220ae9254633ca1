/* Pages of the manual in the macros of man(7). */
#ifndef COFFER_PROGRAM_ROFF_H
#define COFFER_PROGRAM_ROFF_H

#include "base/buf.h"

/* The first line of a page, with the version of the program. */
void roff_title(struct buf *buf, const char *name, const char *section);

/* Text in which nothing is a request or an escape of roff. At the start of a line or within one. */
void roff_put(struct buf *buf, const char *text);

/* A paragraph of its own whose head is an option and what it takes; its text follows. */
void roff_option(struct buf *buf, const char *name, const char *value);

/* The lines of a help text: filled, but those that begin with two spaces stay as they are. */
void roff_lines(struct buf *buf, const char *text);

#endif
