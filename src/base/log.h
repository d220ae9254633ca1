/* Logs: one line per event, JSON or text, made of typed fields only.
 *
 * There is no field for raw bytes: what can be logged is a string of ours, a number, a code, or a
 * short token from outside whose characters are checked. So nothing secret has a way in. Programs
 * and the service log; libraries return a status instead. */
#ifndef COFFER_BASE_LOG_H
#define COFFER_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/status.h"

enum log_level {
    LOG_LEVEL_DEBUG,
    LOG_LEVEL_INFO,
    LOG_LEVEL_WARN,
    LOG_LEVEL_ERROR,
};

/* Where lines go. Immutable once set up, so any thread may log. */
struct log {
    int fd; /* not closed by the log; negative: nowhere */
    bool json;
    enum log_level level; /* lines below it are dropped */
    struct clock clock;
};

enum log_field_type {
    LOG_FIELD_TEXT,
    LOG_FIELD_U64,
    LOG_FIELD_BOOL,
    LOG_FIELD_STATUS,
    LOG_FIELD_TOKEN,
};

/* One field. Made by the macros below only. */
struct log_field {
    const char *name;
    enum log_field_type type;
    uint64_t number;
    const char *text;
    struct bytes token;
};

/* A string of ours, or one from the command line or the configuration. */
#define LOG_TEXT(name_, value) \
    ((struct log_field){.name = "" name_, .type = LOG_FIELD_TEXT, .text = (value)})
#define LOG_U64(name_, value) \
    ((struct log_field){.name = "" name_, .type = LOG_FIELD_U64, .number = (value)})
#define LOG_BOOL(name_, value) \
    ((struct log_field){.name = "" name_, .type = LOG_FIELD_BOOL, .number = (value)})

/* A failure: its name and the place in our code that made it. */
#define LOG_STATUS(status_)                                                        \
    ((struct log_field){.name = "code",                                            \
                        .type = LOG_FIELD_STATUS,                                  \
                        .number = (uint64_t)(status_).code << 16 | (status_).line, \
                        .text = (status_).file})

/* An identifier from outside, such as a request id: LOG_TOKEN_MAX bytes of A-Z a-z 0-9 - _ . : /
 * at most; every other byte becomes ?, what is longer is cut. */
#define LOG_TOKEN(name_, value) \
    ((struct log_field){.name = "" name_, .type = LOG_FIELD_TOKEN, .token = (value)})

enum {
    LOG_TOKEN_MAX = 64,
    LOG_LINE_MAX = 2048,
};

/* Write one line, with one write to the descriptor: time, level, event and the fields in order.
 * What is beyond LOG_LINE_MAX is dropped by whole fields. A log that cannot be written is lost.
 * In: event, a string literal; fields [count]. */
void log_write(const struct log *log, enum log_level level, const char *event,
               const struct log_field *fields, size_t count);

/* LOG_EVENT(log, INFO, "node started", LOG_U64("port", 4000), ...); at least one field. */
#define LOG_EVENT(log, level, event, ...)                                                  \
    log_write((log), LOG_LEVEL_##level, "" event, (const struct log_field[]){__VA_ARGS__}, \
              sizeof((const struct log_field[]){__VA_ARGS__}) / sizeof(struct log_field))

#endif
