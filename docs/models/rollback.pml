/* Rollback: what comes back after all nodes were gone is never older than what the chain knows.
 *
 * Two nodes of a living cluster write snapshots, each in its own time. A header names the one
 * before it that its writer knew, has what was settled when it was begun, is stored, and then
 * anchored; the contract takes rising heights only, and compares the header that it has with the
 * one that was anchored when the writer began.
 * Everything dies. The host keeps every header that was ever stored, and shows each of two nodes
 * that come back whichever it likes. A node takes the anchored header, or one that leads to it.
 * It serves in an incarnation that its header names; of two that meet the lesser one takes what
 * the other has. Made from src/snapshot and decision 068.
 *
 * never: a node serves less than the newest anchored header has; two that have met go on in two
 * incarnations; what is anchored is not stored.
 * MUTANT 1 takes whatever opens, 2 looks at heights only, 3 anchors before it has stored, 4
 * holds it against the final block, 5 lets both incarnations stay, 6 is a contract that does
 * not compare, 7 a writer that begins before it has what others were told to keep. Each has to be
 * found. */
#ifndef MUTANT
#define MUTANT 0
#endif
#define HEADERS 3
#define SETTLED 3

byte settled; /* writes that the cluster was told to keep */
bit gone;     /* all nodes */

/* Of headers, from 1 on; 0 is none. */
byte made;
byte before[HEADERS + 1];
byte height[HEADERS + 1];
byte has[HEADERS + 1];
byte stored; /* a bit each */

byte newest; /* the header that is anchored at the newest block */
byte final;  /* and at the final one */
byte most;   /* that an anchored header has */

byte restored[2]; /* from which header */
bit met;

#define BIT(header) (1 << (header))
#define TAKES(header) (height[header] > height[newest] && (follows == newest || MUTANT == 6))
#define LEADS_TO(header, other) \
    (other == 0 || header == other || before[header] == other || before[before[header]] == other)
#define HIGHER(one, other) \
    (height[one] > height[other] || (height[one] == height[other] && one > other))

proctype cluster()
{
end: do
    :: d_step { !gone && settled < SETTLED -> settled++ }
    :: d_step { !gone -> gone = 1 }
    od
}

proctype writer(byte late)
{
    byte mine;
    byte known;
    byte follows; /* what was anchored when it was begun */
end: do
    :: d_step { !gone && mine == 0 && made < HEADERS ->
        made++;
        mine = made;
        follows = newest;
        before[mine] = (LEADS_TO(known, newest) -> known : newest);
        height[mine] = 1 + (HIGHER(newest, before[mine]) -> height[newest] : height[before[mine]]);
        has[mine] = (settled > late -> settled - late : 0) }
    :: d_step { !gone && mine != 0 && !(stored & BIT(mine)) -> stored = stored | BIT(mine) }
    :: d_step { !gone && mine != 0 && ((stored & BIT(mine)) || MUTANT == 3) && TAKES(mine) ->
        newest = mine;
        most = (has[mine] > most -> has[mine] : most) }
    :: d_step { !gone && mine != 0 && (stored & BIT(mine)) ->
        known = mine;
        mine = 0;
        follows = 0 }
    od
}

proctype chain()
{
end: do
    :: d_step { final != newest -> final = newest }
    od
}

#define FLOOR (MUTANT == 4 -> final : newest)
#define LEADS(header) LEADS_TO(header, FLOOR)
#define FITS(header) \
    (MUTANT == 1 || (MUTANT == 2 -> height[header] >= height[FLOOR] : LEADS(header)))
#define SHOWN(header) (gone && restored[me] == 0 && (stored & BIT(header)) && FITS(header))

proctype node(byte me)
{
end: do
    :: d_step { SHOWN(1) -> restored[me] = 1 }
    :: d_step { SHOWN(2) -> restored[me] = 2 }
    :: d_step { SHOWN(3) -> restored[me] = 3 }
    od
}

proctype meeting()
{
    d_step { restored[0] != 0 && restored[1] != 0 ->
        if
        :: MUTANT == 5 -> skip
        :: MUTANT != 5 && HIGHER(restored[0], restored[1]) ->
            restored[1] = restored[0]
        :: else -> restored[0] = restored[1]
        fi;
        met = 1 }
}

init {
    atomic {
        run cluster();
        run writer(0);
        run writer(MUTANT == 7);
        run chain();
        run node(0);
        run node(1);
        run meeting()
    }
}

#define NOT_OLD(node) (restored[node] == 0 || has[restored[node]] >= most)
#define ONE_INCARNATION (!met || restored[0] == restored[1])
#define IS_STORED (newest == 0 || (stored & BIT(newest)) != 0)
ltl safe { [] (NOT_OLD(0) && NOT_OLD(1) && ONE_INCARNATION && IS_STORED) }
ltl never_restored { [] (restored[0] == 0 || has[restored[0]] < 2) }
