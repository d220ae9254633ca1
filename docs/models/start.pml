/* Start: three nodes get one root, whatever dies and whatever the chain takes back.
 *
 * A root is a number, made by a node of nothing. The chain takes the first hash that a block
 * has; a block that is not final may leave. A node loses its memory when it dies, its carrier
 * keeps what was stored; a host may hide a carrier for a while. Made from
 * src/cluster/root_start.h.
 *
 * never: a root is installed that is not the final one; the final one is stored nowhere.
 * always in the end: every node has it.
 * MUTANT 1 publishes before it has stored, 2 installs at the newest block, 3 gives and takes a
 * root that nobody compares with the chain, 4 keeps its candidate although another one is final,
 * 5 is a contract that takes a second hash. Each has to be found. */
#ifndef MUTANT
#define MUTANT 0
#endif
#define ROOTS 3 /* that may be made in all */
#define DEATHS 2
#define REORGS 1

byte made;            /* roots so far; the next one has the number made + 1 */
byte sent;            /* transactions that may be mined: a bit for each root */
byte newest;          /* the hash at the newest block; 0: none */
byte final;           /* at the final one */
byte candidate[3]; /* in memory, */
byte installed[3]; /* in memory */
byte carrier[3];  /* stored: a bit for each root */
byte deaths;
byte reorgs;
bit tick;

#define BIT(root) (1 << (root))
#define STORED(root) ((carrier[0] | carrier[1] | carrier[2]) & BIT(root))
#define GIVES(node) (installed[node] != 0 -> installed[node] : (MUTANT == 3 -> candidate[node] : 0))

#define MAY_MINE(root) ((newest == 0 || (MUTANT == 5 && final != root)) && (sent & BIT(root)))

proctype chain()
{
end: do
    :: atomic { MAY_MINE(1) -> newest = 1 }
    :: atomic { MAY_MINE(2) -> newest = 2 }
    :: atomic { MAY_MINE(3) -> newest = 3 }
    :: atomic { newest != 0 && (final == 0 || (MUTANT == 5 && final != newest)) -> final = newest }
    :: atomic { newest != 0 && final == 0 && reorgs < REORGS -> newest = 0; reorgs++ }
    od
}

#define ASKS(other) (candidate[me] == 0 && installed[me] == 0 && GIVES(other) != 0 && \
                     (GIVES(other) == final || MUTANT == 3))

proctype node(byte me)
{
end: do
    :: atomic { candidate[me] == 0 && installed[me] == 0 && newest == 0 && final == 0 &&
           made < ROOTS ->
        /* Also when something is stored: the host may have hidden it. */
        made++;
        candidate[me] = made }
    :: atomic { candidate[me] != 0 && !(carrier[me] & BIT(candidate[me])) ->
        carrier[me] = carrier[me] | BIT(candidate[me]) }
    :: atomic { candidate[me] != 0 && final == 0 && !(sent & BIT(candidate[me])) &&
           ((carrier[me] & BIT(candidate[me])) || MUTANT == 1) ->
        sent = sent | BIT(candidate[me]) }
    :: atomic { candidate[me] != 0 && installed[me] == 0 &&
           ((MUTANT == 2 -> newest : final) == candidate[me]) ->
        installed[me] = candidate[me];
        candidate[me] = 0 }
    :: atomic { candidate[me] != 0 && final != 0 && final != candidate[me] && MUTANT != 4 ->
        candidate[me] = 0 }
    :: atomic { candidate[me] == 0 && installed[me] == 0 && final != 0 &&
           (carrier[me] & BIT(final)) -> installed[me] = final }
    :: atomic { ASKS(0) -> installed[me] = GIVES(0) }
    :: atomic { ASKS(1) -> installed[me] = GIVES(1) }
    :: atomic { ASKS(2) -> installed[me] = GIVES(2) }
    :: atomic { deaths < DEATHS && (candidate[me] != 0 || installed[me] != 0) ->
        candidate[me] = 0;
        installed[me] = 0;
        deaths++ }
    od
}

/* Time goes on when nothing else does, so that waiting for ever is seen. */
active proctype clock()
{
end: do
    :: tick = !tick
    od
}

init {
    atomic {
        run chain();
        run node(0);
        run node(1);
        run node(2)
    }
}

#define ONE(node) (installed[node] == 0 || installed[node] == final)
ltl one_root { [] (ONE(0) && ONE(1) && ONE(2)) }
ltl stored { [] (final == 0 || STORED(final) != 0) }
#define HAS(node) (final != 0 && installed[node] == final)
ltl all_have_it { <> [] (HAS(0) && HAS(1) && HAS(2)) }
ltl nobody_has_it { [] !(HAS(0) && HAS(1) && HAS(2)) }
