#include "coffer/roff.h"

#include <stdbool.h>
#include <string.h>

#include "base/version.h"

static void put_byte(struct buf *buf, char byte)
{
    switch (byte) {
    case '\\':
        buf_put_text(buf, "\\e");
        break;
    case '-':
        buf_put_text(buf, "\\-");
        break;
    case '\'':
        buf_put_text(buf, "\\(aq");
        break;
    case '^':
        buf_put_text(buf, "\\(ha");
        break;
    case '~':
        buf_put_text(buf, "\\(ti");
        break;
    default:
        buf_put_u8(buf, (uint8_t)byte);
    }
}

/* A line: a point at its start would be a request. */
static void put_line(struct buf *buf, const char *text, size_t len)
{
    if (len != 0 && text[0] == '.') {
        buf_put_text(buf, "\\&");
    }
    for (size_t i = 0; i < len; i++) {
        put_byte(buf, text[i]);
    }
}

void roff_put(struct buf *buf, const char *text)
{
    put_line(buf, text, strlen(text));
}

void roff_title(struct buf *buf, const char *name, const char *section)
{
    buf_put_text(buf, ".TH ");
    roff_put(buf, name);
    buf_put_u8(buf, ' ');
    buf_put_text(buf, section);
    /* No date: it would be that of the build, and builds are the same every day. */
    buf_put_text(buf, " \"\" \"coffer " VERSION_TEXT "\" Coffer\n");
}

void roff_option(struct buf *buf, const char *name, const char *value)
{
    buf_put_text(buf, ".TP\n");
    buf_put_text(buf, *value == '\0' ? ".B " : ".BI ");
    roff_put(buf, name);
    if (*value != '\0') {
        buf_put_text(buf, " \" ");
        roff_put(buf, value);
        buf_put_text(buf, "\"");
    }
    buf_put_u8(buf, '\n');
}

void roff_lines(struct buf *buf, const char *text)
{
    bool literal = false;
    bool begins = true; /* a paragraph */
    while (*text != '\0') {
        size_t len = strcspn(text, "\n");
        bool indented = len > 2 && text[0] == ' ' && text[1] == ' ';
        if (literal != indented) {
            buf_put_text(buf, indented ? ".PP\n.EX\n" : ".EE\n");
            literal = indented;
            begins = !indented;
        }
        if (len != 0) {
            buf_put_text(buf, begins && !literal ? ".PP\n" : "");
            put_line(buf, text, len);
            buf_put_u8(buf, '\n');
        }
        begins = len == 0;
        text += len + (text[len] == '\n');
    }
    buf_put_text(buf, literal ? ".EE\n" : "");
}
