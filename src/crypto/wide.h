/* Two-word integers for the multi-precision arithmetic of this module. */
#ifndef COFFER_CRYPTO_WIDE_H
#define COFFER_CRYPTO_WIDE_H

__extension__ typedef unsigned __int128 wide;
__extension__ typedef __int128 wide_signed;

#endif
