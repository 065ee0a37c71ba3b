"""Writes tests/golden/conditional.csv: profiles completed from some of their features, in float64 by the definition.

Run: python3 tests/oracle/golden_conditional.py > tests/golden/conditional.csv   (numpy alone)

Profiles and similarities are made of a formula, of numbers that f32 holds. The prior is the regression of docs/imputation.md, the covariance that
of Ledoit and Wolf, shrunk twice as much, of what it leaves of each molecule when that molecule is left out; conditioned directly, with inverse matrices,
without the low rank that the library works with (which is exact for so few features). The tests of `src/reference/completion.rs` read the file.
"""

import numpy as np

ROWS, FEATURES, NOISE, FREEDOM = 24, 7, 0.5, 8.0


def made(i):
    """A number that looks random, of thousandths."""
    return ((i * 2654435761) % 2003 - 1001) / 1024


def main():
    # Two hidden causes and some noise, three quarters of the rows near copies of none.
    value = np.array([
        [
            2 * made(3 * r + 1) * made(5 * f + 2) + made(3 * r + 2) * made(7 * f + 3) + made(FEATURES * r + f + 500) / 4
            for f in range(FEATURES)
        ]
        for r in range(ROWS)
    ]).astype(np.float32).astype(np.float64)
    # Molecule m has the bits m .. m + 2 of 64; every fourth has two rows.
    member = np.array([r - (r + 2) // 4 for r in range(ROWS)])
    bits = np.zeros((member.max() + 1, 64))
    for m in range(len(bits)):
        bits[m, m : m + 3] = 1

    def weight(a, b):
        common = a @ b.T
        union = a.sum(1)[:, None] + b.sum(1)[None] - common
        return (common / union).astype(np.float32).astype(np.float64) ** 2

    own = bits[member]
    inverse = np.linalg.inv(weight(own, own) + NOISE * np.eye(ROWS))
    mean = value.mean(0)
    solved = inverse @ (value - mean)
    residual = np.zeros_like(value)
    for m in np.unique(member):
        rows = np.flatnonzero(member == m)
        residual[rows] = np.linalg.inv(inverse[np.ix_(rows, rows)]) @ solved[rows]
    deviation = np.sqrt((residual**2).mean(0))
    z = np.clip(residual / deviation, -6, 6)
    sample = z.T @ z / ROWS
    level = np.trace(sample) / FEATURES
    apart = ((sample - level * np.eye(FEATURES)) ** 2).sum() / FEATURES
    error = sum(((np.outer(r, r) - sample) ** 2).sum() for r in z) / ROWS**2 / FEATURES
    molecules = len(np.unique(member))
    share = np.clip(2 * error / apart * ROWS / molecules, 1 / (molecules + 1), 1)
    covariance = (1 - share) * sample + share * level * np.eye(FEATURES)

    print("# query bits | measured features, empty where none | completed | its standard deviation before it is calibrated")
    queries = [(2, {0: 1.5}), (9, {1: -0.5, 4: 2.0}), (30, {0: 0.25, 1: 0.5, 2: -1.0, 3: 1.0, 5: 0.0, 6: 40.0}), (5, {3: -3.0, 6: 0.125})]
    for first, measured in queries:
        query = np.zeros((1, 64))
        query[0, first : first + 3] = 1
        prior = mean + (weight(query, own) @ solved)[0]
        o = sorted(measured)
        given = np.array([measured[j] for j in o])
        above = np.clip((given - prior[o]) / deviation[o], -6, 6)
        among = np.linalg.inv(covariance[np.ix_(o, o)])
        gain = covariance[:, o] @ among
        completed = prior + deviation * (gain @ above)
        left = np.diag(covariance - gain @ covariance[o])
        magnitude = (FREEDOM + above @ among @ above) / (FREEDOM + len(o))
        spread = deviation * np.sqrt(np.maximum(left, 0) * magnitude)
        completed[o], spread[o] = given, 0
        cells = [str(measured.get(j, "")) for j in range(FEATURES)]
        print("|".join([str(first), ",".join(cells), ",".join(f"{v:.9g}" for v in completed), ",".join(f"{v:.9g}" for v in spread)]))


main()
