/* Answers of a node, said member by member: with --json as they came, to people in lines. */
#ifndef COFFER_PROGRAM_SAY_JSON_H
#define COFFER_PROGRAM_SAY_JSON_H

#include "base/arena.h"
#include "codec/json_in.h"
#include "coffer/out.h"

/* Say all members of an object, but success, which every command says in its own way. To people an
 * object is a heading with its members below it; one in it is a line for each member, with both
 * names; a list of objects is a heading for each. In: hidden, a member that is too long for people;
 * NULL for none. */
void say_json_members(struct out *out, struct arena *arena, const struct json_in *object,
                      const char *hidden);

/* Say one value under a name of ours. */
void say_json_value(struct out *out, struct arena *arena, const char *name,
                    const struct json_in *value);

#endif
