/* Lease: one holder counts what may be used, in any partition, crash and pause.
 *
 * Three members; two of them try to hold the slot. They ask all with a ballot (term, then who),
 * hold it HOLD ticks from asking once a majority granted it, and join what a majority has
 * counted, which takes no lower ballot from then on. Members grant one ballot at a time, for
 * GRANT ticks from receipt, and take no record of another ballot than the highest that they have
 * met (fencing). A use leaves when a majority has its record. Messages may arrive at any later
 * time, again, or never; a holder may pause between its look at the clock and what it does. A
 * member that dies forgets all; it votes again when it has joined from two that kept their
 * memory and GRANT ticks are over. Whom it joined from knows that it died, and says so with what
 * it acknowledges: what a member had before it died counts no more. One loss of memory is all
 * that three members bear; more is a new incarnation.
 *
 * never: two hold at once; more is used than the limit.
 * MUTANT 1 holds longer than it may, 2 takes records of lower ballots, 3 votes at once when it
 * has died, 4 votes without waiting, 5 counts on without joining, 6 lets a use leave that one
 * member has, 7 takes an acknowledgement from before a death, 8 has terms without who asks, 9
 * joins from members that go on to take lower ballots. Each has to be found. */
#ifndef MUTANT
#define MUTANT 0
#endif
#define GRANT 2
#define HOLD (MUTANT == 1 -> 3 : 2)
#define LIMIT 1
#define TERMS 2
#define DEATHS 1

#define LIVE 0
#define WAITS 1
#define FORGOT 2

/* Of members. */
byte state[3];
byte seen[3];      /* the highest ballot that was met */
byte granted[3];   /* ticks that the grant still lasts */
byte counted[3];   /* uses, of the record with the highest ballot */
byte in_ballot[3]; /* that ballot */
byte died;         /* members that have: a bit each */
byte knows[3];     /* members of whom it knows that they died */

/* Of who holds or tries to: members 0 and 1. */
byte ballot[2];
byte hold[2];   /* ticks */
byte grants[2]; /* of members */
bit joined[2];
byte count[2];
bit writes[2];    /* a record is under way */
byte has_it[2];   /* members that have it */
byte fresh[2];    /* of them, that had died before */

byte left; /* uses that left */
byte deaths;

#define BIT(member) (1 << (member))
#define MANY(set) ((set) == 3 || (set) == 5 || (set) == 6 || (set) == 7)
#define NEWER(member, other) \
    (in_ballot[member] > in_ballot[other] || \
     (in_ballot[member] == in_ballot[other] && counted[member] >= counted[other]))

inline learn(member, new_ballot, new_count)
{
    if
    :: new_ballot > in_ballot[member] ||
           (new_ballot == in_ballot[member] && new_count > counted[member]) ->
        in_ballot[member] = new_ballot;
        counted[member] = new_count
    :: else
    fi
}

inline drop_holder(who)
{
    hold[who] = 0;
    grants[who] = 0;
    ballot[who] = 0;
    joined[who] = 0;
    count[who] = 0;
    writes[who] = 0;
    has_it[who] = 0;
    fresh[who] = 0
}

active proctype clock()
{
end: do
    :: d_step { hold[0] + hold[1] + granted[0] + granted[1] + granted[2] > 0 ->
            hold[0] = (hold[0] > 0 -> hold[0] - 1 : 0);
            hold[1] = (hold[1] > 0 -> hold[1] - 1 : 0);
            granted[0] = (granted[0] > 0 -> granted[0] - 1 : 0);
            granted[1] = (granted[1] > 0 -> granted[1] - 1 : 0);
            granted[2] = (granted[2] > 0 -> granted[2] - 1 : 0) }
    od
}

#define MAY_JOIN(one, two) \
    (hold[me] > 0 && MANY(grants[me]) && !joined[me] && MUTANT != 5 && \
     state[one] == LIVE && state[two] == LIVE && \
     (MUTANT == 9 || (ballot[me] >= seen[one] && ballot[me] >= seen[two])))
inline join(one, two)
{
    joined[me] = 1;
    if
    :: MUTANT != 9 ->
        seen[one] = ballot[me];
        seen[two] = ballot[me]
    :: else
    fi;
    count[me] = (NEWER(one, two) -> counted[one] : counted[two])
}

proctype holder(byte me)
{
end: do
    :: d_step { hold[me] == 0 && state[me] == LIVE && seen[me] < 2 * TERMS ->
        drop_holder(me);
        ballot[me] = seen[me] + 2 - seen[me] % 2 + (MUTANT == 8 -> 0 : me);
        hold[me] = HOLD }
    :: d_step { MAY_JOIN(0, 1) -> join(0, 1) }
    :: d_step { MAY_JOIN(0, 2) -> join(0, 2) }
    :: d_step { MAY_JOIN(1, 2) -> join(1, 2) }
    :: d_step { hold[me] > 0 && MANY(grants[me]) && !joined[me] && MUTANT == 5 ->
        joined[me] = 1;
        count[me] = 0 }
    /* It looks at the clock here, and not again. */
    :: d_step { hold[me] > 0 && joined[me] && !writes[me] && count[me] < LIMIT ->
        count[me]++;
        writes[me] = 1;
        has_it[me] = 0;
        fresh[me] = 0 }
    :: d_step { writes[me] && (MANY(has_it[me]) || (MUTANT == 6 && has_it[me] != 0)) ->
        writes[me] = 0;
        left++ }
    od
}

#define MAY_GRANT(who) (state[me] == LIVE && granted[me] == 0 && ballot[who] > seen[me])
inline grant(who)
{
    seen[me] = ballot[who];
    granted[me] = GRANT;
    grants[who] = grants[who] | BIT(me)
}

#define MAY_TAKE(who) \
    (state[me] == LIVE && writes[who] && !(has_it[who] & BIT(me)) && \
     (ballot[who] >= seen[me] || MUTANT == 2))
inline take(who)
{
    seen[me] = (ballot[who] > seen[me] -> ballot[who] : seen[me]);
    learn(me, ballot[who], count[who]);
    if
    :: MUTANT != 7 -> has_it[who] = has_it[who] & (7 - (knows[me] & (7 - fresh[who])))
    :: else
    fi;
    has_it[who] = has_it[who] | BIT(me);
    fresh[who] = fresh[who] | (died & BIT(me))
}

#define MAY_COME_BACK(one, two) \
    (state[me] == FORGOT && state[one] == LIVE && state[two] == LIVE)
inline come_back(one, two)
{
    seen[me] = (seen[one] > seen[two] -> seen[one] : seen[two]);
    learn(me, in_ballot[one], counted[one]);
    learn(me, in_ballot[two], counted[two]);
    knows[one] = knows[one] | BIT(me);
    knows[two] = knows[two] | BIT(me);
    knows[me] = BIT(me);
    granted[me] = GRANT;
    state[me] = (MUTANT == 4 -> LIVE : WAITS);
    if
    :: MUTANT == 4 -> granted[me] = 0
    :: else
    fi
}

proctype member(byte me)
{
end: do
    :: d_step { MAY_GRANT(0) -> grant(0) }
    :: d_step { MAY_GRANT(1) -> grant(1) }
    :: d_step { MAY_TAKE(0) -> take(0) }
    :: d_step { MAY_TAKE(1) -> take(1) }
    :: d_step { deaths < DEATHS && state[me] == LIVE ->
        deaths++;
        died = died | BIT(me);
        state[me] = (MUTANT == 3 -> LIVE : FORGOT);
        seen[me] = 0;
        granted[me] = 0;
        counted[me] = 0;
        in_ballot[me] = 0;
        if
        :: me == 0 -> drop_holder(0)
        :: me == 1 -> drop_holder(1)
        :: else
        fi }
    :: d_step { MAY_COME_BACK((me + 1) % 3, (me + 2) % 3) -> come_back((me + 1) % 3, (me + 2) % 3) }
    :: d_step { state[me] == WAITS && granted[me] == 0 -> state[me] = LIVE }
    od
}

init {
    atomic {
        run holder(0);
        run holder(1);
        run member(0);
        run member(1);
        run member(2)
    }
}

#define HOLDS(who) (hold[who] > 0 && MANY(grants[who]))
ltl safe { [] (!(HOLDS(0) && HOLDS(1)) && left <= LIMIT) }
ltl never_used { [] (left == 0 || ballot[0] == 0 || ballot[1] == 0) }
