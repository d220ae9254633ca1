/* What a call does, in words: functions that everybody knows by name, with their recipient and
 * amount. All public data. */
#ifndef COFFER_PROGRAM_CALL_WORDS_H
#define COFFER_PROGRAM_CALL_WORDS_H

#include "codec/json_in.h"
#include "coffer/out.h"
#include "starknet/call.h"

/* Say a list of calls: {to, function, selector, felts} and, of the functions of an ERC-20 token,
 * whom it concerns and the amount in decimal. In: named, the calls as a request has them, whose
 * names of functions are believed when their selector is right; NULL when there are none. */
void call_words_put(struct out *out, const struct json_in *named, struct calls calls);

#endif
