"""The Stark curve in plain Python integers, written from the definition: test keys and signatures."""

P = 2**251 + 17 * 2**192 + 1
N = 0x800000000000010FFFFFFFFFFFFFFFFB781126DCAE7B2321E66A241ADC64D2F
G = (
    0x1EF15C18599971B7BECED415A40F0C7DEACFD9B0D1819E03D723D8BC943CFCA,
    0x5668060AA49730B7BE4801DF46EC62DE53ECD11ABE43A32873000C36E8DC1F,
)
B = (G[1] ** 2 - G[0] ** 3 - G[0]) % P


def add(a, b):
    if a is None or b is None:
        return a or b
    if a[0] == b[0]:
        if (a[1] + b[1]) % P == 0:
            return None
        slope = (3 * a[0] * a[0] + 1) * pow(2 * a[1], -1, P) % P
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P) % P
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def multiply(k, point=G):
    result = None
    while k:
        if k & 1:
            result = add(result, point)
        point = add(point, point)
        k >>= 1
    return result


def root(n):
    """A square root modulo P by Tonelli and Shanks: P - 1 is 2^192 times an odd number."""
    order, odd = 192, (P - 1) >> 192
    generator = next(pow(x, odd, P) for x in range(2, 99) if pow(x, (P - 1) // 2, P) == P - 1)
    r, t = pow(n, (odd + 1) // 2, P), pow(n, odd, P)
    while t != 1:
        steps, square = 0, t
        while square != 1:
            steps, square = steps + 1, square * square % P
        assert steps < order, "no square"
        step = pow(generator, 1 << order - steps - 1, P)
        order, generator = steps, step * step % P
        r, t = r * step % P, t * generator % P
    return r


def verifies(x, digest, r, s):
    """Whether r, s is a signature of digest by a public key of which x is known, as on Starknet."""
    assert 0 < r < 2**251 and 0 < s < N
    w = pow(s, -1, N)
    y = root((x**3 + x + B) % P)
    ends = (add(multiply(digest * w % N), multiply(r * w % N, (x, side))) for side in (y, P - y))
    return any(end is not None and end[0] == r for end in ends)


def sign(key, digest, nonce):
    """ECDSA; the caller picks a nonce for which every number is in range."""
    r = multiply(nonce)[0]
    s = (digest + r * key) * pow(nonce, -1, N) % N
    assert 0 < r < 2**251 and 0 < s < 2**251 and 0 < pow(s, -1, N) < 2**251
    return r, s


def root(a):
    """A square root mod P, or None: Tonelli and Shanks, with 3 as the non-residue."""
    if pow(a, (P - 1) // 2, P) == P - 1:
        return None
    odd, twos = P - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    c, t, r = pow(3, odd, P), pow(a, odd, P), pow(a, (odd + 1) // 2, P)
    while t not in (0, 1):
        i, square = 0, t
        while square != 1:
            i, square = i + 1, square * square % P
        b = pow(c, 1 << (twos - i - 1), P)
        twos, c = i, b * b % P
        t, r = t * c % P, r * b % P
    return r if a else 0


def verify(x, digest, r, s):
    """True when (r, s) is a signature of one of the two keys with this x."""
    y = root((x**3 + x + B) % P)
    if y is None or not 0 < r < 2**251 or not 0 < s < N:
        return False
    w = pow(s, -1, N)
    for point in ((x, y), (x, P - y)):
        found = add(multiply(digest * w % N), multiply(r * w % N, point))
        if found is not None and found[0] % N == r:
            return True
    return False
