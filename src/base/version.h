/* The version of everything built from this tree. */
#ifndef COFFER_BASE_VERSION_H
#define COFFER_BASE_VERSION_H

/* Major.minor.patch: a change of the API or of a format raises the first that is not 0. */
#define VERSION_TEXT "0.2.0"

#endif
