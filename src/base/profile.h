/* The profile that was chosen at compile time: what includes this is compiled for each. */
#ifndef COFFER_BASE_PROFILE_H
#define COFFER_BASE_PROFILE_H

#ifdef COFFER_PRODUCTION
#    define PROFILE_TEXT "production"
#else
#    define PROFILE_TEXT "dev"
#endif

#endif
