/* Hand-off: the root goes to enrolled code whose grant is good now, and to nobody else.
 *
 * One node asks, one holds. The network is the attacker: it keeps every message and every
 * document, gives them to anybody at any time and again, and puts messages together of what it
 * has. It owns a wallet that is registered, runs code of its own beside it, and gets genuine
 * documents about that code with whatever it likes in them. It does not sign for the node's
 * wallet: of that it has only what the node sent. A document says: code, nonce, wallet of the
 * asker, key. The node's operator may revoke it; what the node left from a start before is still
 * around. Made from src/cluster/handoff.h and handoff_guard.h.
 *
 * never: the root is sealed to a key of the attacker's; it is given to one nonce twice, or after
 * the holder could know that the grant is gone; the node installs what is not on the chain, or
 * what was not made for its request.
 * MUTANT 1 does not compare the document's key, 2 the code, 3 the wallet, 4 the nonce; 5 takes a
 * nonce again, 6 gives by a grant read before it was asked, 7 installs without the chain, 8 does
 * not compare the request that an answer names. Each has to be found. */
#ifndef MUTANT
#define MUTANT 0
#endif

/* A document, 5 bits: code (1 enrolled), nonce (2 of a start before), wallet (1 the node's), key (1
 * the node's of this start; the attacker's, or the node's of a start before, otherwise). */
#define DOCUMENT(code, nonce, wallet, key) (16 * (code) + 4 * (nonce) + 2 * (wallet) + (key))
#define CODE(document) ((document) / 16)
#define NONCE(document) ((document) / 4 % 4)
#define WALLET(document) ((document) / 2 % 2)
#define KEY(document) ((document) % 2)

int documents; /* that the attacker has: a bit each */
bit asked[3];    /* the node has sent a request with this nonce */

bit revoked;     /* on the chain */
byte nonce = 2;  /* that the node may use now; 2: none */
byte nonces;     /* given */
bit spent[2];
byte read;       /* the node's grant: 0 not read since the nonce was given, 1 good, 2 gone */
byte made[2];    /* answers to a nonce */
bit answer[3];   /* with the root, for the node's request with that nonce */
byte installed;  /* 1 the root, 2 another */

bit leaked;
bit stale;       /* given although nobody had looked, or the grant was gone */
bit mixed;       /* an answer taken that was made for another request */

#define IS_NONCE(document) (MUTANT == 4 || NONCE(document) == nonce)
#define IS_CODE(document) (MUTANT == 2 || CODE(document) == 1)
#define IS_WALLET(document, from) (MUTANT == 3 || WALLET(document) == (from))
#define IS_KEY(document, key) (MUTANT == 1 || KEY(document) == (key))

/* A message reaches the holder: from whose wallet, with which document and which key beside it.
 * Only the node's wallet has a grant as a peer's; the attacker's has one for code of its own, which
 * is not enrolled, so that of its messages none passes. A mutant that forgets the wallet takes the
 * grant of whoever the document names. */
inline message(from, document, key)
{
    if
    :: nonce < 2 && (from == 1 || MUTANT == 3) && (read == 1 || MUTANT == 6) &&
           IS_NONCE(document) && IS_CODE(document) && IS_WALLET(document, from) &&
           IS_KEY(document, key) ->
        leaked = leaked || key == 0;
        stale = stale || read != 1 || from == 0;
        made[nonce] = made[nonce] + (made[nonce] < 2);
        answer[NONCE(document)] = 1;
        if
        :: MUTANT != 5 ->
            nonce = 2;
            read = 0
        :: else
        fi
    :: else
    fi
}

proctype holder()
{
end: do
    :: d_step { nonces < 2 && (nonce == 2 || !asked[nonce]) -> nonce = nonces; nonces++; read = 0 }
    :: d_step { nonce < 2 && read == 0 -> read = 1 + revoked }
    od
}

proctype operator()
{
    if
    :: revoked = 1
    :: true
    fi
}

proctype node()
{
end: do
    :: d_step { nonce < 2 && !asked[nonce] && installed == 0 ->
        asked[nonce] = 1;
        documents = documents | (1 << DOCUMENT(1, nonce, 1, 1)) }
    /* Its own message arrives, once or again. */
    :: d_step { asked[0] && installed == 0 -> message(1, DOCUMENT(1, 0, 1, 1), 1) }
    :: d_step { asked[1] && installed == 0 -> message(1, DOCUMENT(1, 1, 1, 1), 1) }
    /* It opens answers to its newest request only: the key of another is gone. */
    :: d_step { installed == 0 && asked[0] && !asked[1] && answer[0] -> installed = 1 }
    :: d_step { installed == 0 && asked[1] && answer[1] -> installed = 1 }
    :: d_step { installed == 0 && asked[1] && answer[0] && !answer[1] && MUTANT == 8 ->
        installed = 1;
        mixed = 1 }
    /* The attacker seals a root of its own to the node's key, with a genuine document of code that
     * was enrolled once. */
    :: d_step { installed == 0 && (asked[0] || asked[1]) && MUTANT == 7 -> installed = 2 }
    od
}

proctype attacker()
{
    byte document;
    bit key;
    /* Of the node's start before, and about its own code. */
    d_step {
        documents = documents | (1 << DOCUMENT(1, 2, 1, 0));
        asked[2] = 1
    }
end: do
    :: atomic {
        select(document : 0 .. 31);
        select(key : 0 .. 1);
        if
        /* Its module makes it. */
        :: CODE(document) == 0 && KEY(document) == 0 && NONCE(document) < 3 -> true
        :: else -> (documents & (1 << document)) != 0
        fi;
        if
        :: message(0, document, key)
        /* In the node's name only what the node has sent, with what nobody signs beside it. */
        :: CODE(document) == 1 && WALLET(document) == 1 && NONCE(document) < 3 &&
               asked[NONCE(document)] -> message(1, document, key)
        :: MUTANT == 2 -> message(1, document, key)
        fi;
        document = 0;
        key = 0 }
    od
}

init {
    atomic {
        run holder();
        run operator();
        run node();
        run attacker()
    }
}

ltl safe { [] (!leaked && !stale && !mixed && installed != 2 && made[0] < 2 && made[1] < 2) }
ltl never_given { [] (installed == 0) }
