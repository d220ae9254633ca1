/* A text in the making that another program reads: lines by printf into a buf. */
#ifndef COFFER_PROGRAM_SCRIPT_H
#define COFFER_PROGRAM_SCRIPT_H

#include "base/buf.h"
#include "coffer/cli.h"

/* A buf of max bytes in the arena of the command; without memory one that has failed. */
struct buf script_begin(struct cli *cli, size_t max);

/* Append as printf does; a line of 1023 bytes at most, otherwise the buf has failed. */
void script_put(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Say the whole as the member name. Returns: what is to be returned. */
enum cli_exit script_end(struct cli *cli, const char *name, const struct buf *buf);

/* True for what names a file or folder: completed by the shell itself. */
bool script_is_path(const char *takes);

/* The first word of a name of a command, or its second; "" when there is none. */
struct bytes script_word(const char *name, size_t index);

#endif
