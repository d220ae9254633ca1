/* What the Makefile includes before a source that is compiled once for both profiles: one that asks
 * which it is does not compile. */
#ifndef COFFER_BASE_BOTH_PROFILES_H
#define COFFER_BASE_BOTH_PROFILES_H

#pragma GCC poison COFFER_PRODUCTION

#endif
