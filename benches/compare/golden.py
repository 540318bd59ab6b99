#!/usr/bin/env python3
"""The values that SciPy gives for what the tests of src/statistics expect, file by file.

    pip install scipy; benches/compare/golden.py

Each test holds the same number to 1e-9, but for the bootstrap, whose ends are to be within a
fifth: means of that sample lie fifths apart.
"""

import itertools

import numpy as np
import scipy
from scipy import stats
from scipy.spatial.distance import cdist, pdist

BEFORE = [12.1, 11.8, 12.6, 13.0, 11.9, 12.2, 12.8, 12.4, 12.0, 12.5]
AFTER = [12.9, 12.0, 13.3, 13.1, 12.7, 12.1, 13.6, 13.0, 12.2, 13.4]
TEN = [0.81, 0.22, 0.73, 0.14, 0.85, -0.15, 0.86, 0.67, 0.28, 0.99]
NINE = [0.81, -0.22, 0.73, 0.14, -0.85, -0.15, 0.86, -0.67, 0.28]
LEFT = [1.1, 2.3, 3.7, 4.2, 5.9, 6.4, 7.8, 8.5]
RIGHT = [2.0, 4.4, 6.1, 7.7, 9.3, 9.9, 10.2, 11.5, 12.8]
# Hollander & Wolfe, "Nonparametric Statistical Methods", table 3.1: after less before.
DEPRESSION = [0.952, -0.147, 1.022, 0.43, 0.62, 0.59, 0.49, -0.08, 0.01]
SERIES = [10.1, 9.8, 10.4, 10.0, 9.7, 10.2, 10.3, 12.1, 11.8, 12.4, 11.9, 12.2, 12.6, 12.0]


def signed_rank_chances(pairs):
    """How likely each sum of positive ranks is."""
    chances = np.array([1.0])
    for rank in range(1, pairs + 1):
        chances = np.convolve(chances, [0.5] + [0] * (rank - 1) + [0.5])
    return chances


def walsh(differences):
    """The averages of all pairs of differences, each with itself too, in order."""
    pairs = [(a + b) / 2 for i, a in enumerate(differences) for b in differences[i:]]
    return sorted(pairs)


def say(name, *values):
    print(f"  {name:<58}", "  ".join(f"{float(value):.16g}" for value in values))


print(f"SciPy {scipy.__version__}\nevidence.rs")
paired = stats.ttest_rel(AFTER, BEFORE)
interval = paired.confidence_interval(0.99)
say("paired t: mean, 99 % interval, p", np.mean(np.subtract(AFTER, BEFORE)), *interval, paired.pvalue)
welch = stats.ttest_ind(AFTER, BEFORE, equal_var=False)
say("Welch: 99 % interval, p, degrees of freedom", *welch.confidence_interval(0.99), welch.pvalue, welch.df)
say("signed rank, ten: p", stats.wilcoxon(TEN, method="exact").pvalue)
say("signed rank, nine: p", stats.wilcoxon(NINE, method="exact").pvalue)
say("rank sum: p", stats.mannwhitneyu(RIGHT, LEFT, method="exact").pvalue)
print("student.rs")
for share, freedom in [(0.975, 9), (0.995, 9), (0.95, 7), (0.995, 12.5)]:
    say(f"t quantile {share} of {freedom}", stats.t.ppf(share, freedom))
say("normal quantile 0.995; t of 2.5 in 9: p", stats.norm.ppf(0.995), 2 * stats.t.sf(2.5, 9))
print("many.rs")
say("Benjamini-Hochberg", *stats.false_discovery_control([0.01, 0.04, 0.03, 0.005]))
print("signed_rank.rs")
for pairs in [6, 8, 10, 25]:
    below = np.cumsum(signed_rank_chances(pairs))
    say(f"{pairs} pairs: largest sum with at most 2.5 % at or below it", np.flatnonzero(below <= 0.025).max())
averages = walsh(DEPRESSION)
outside = np.flatnonzero(np.cumsum(signed_rank_chances(9)) <= 0.025).max()
say("Hodges-Lehmann, interval by Walsh averages", np.median(averages), averages[outside], averages[-outside - 1])
print("rank_sum.rs")
sums = [int(sum(1 for a in right for b in range(6) if b not in right and b < a))
        for right in itertools.combinations(range(6), 3)]
say("three and three: of 20, how often each U", *np.bincount(sums))
print("resample.rs")
drawn = stats.bootstrap(([1.0, 2, 3, 4, 10],), np.mean, n_resamples=20000, method="percentile",
                        rng=np.random.default_rng(1))
say("bootstrap of a mean, 95 %", *drawn.confidence_interval)
print("change_points.rs")
points = np.array(SERIES)[:, None]
energies = {}
for k in range(2, len(SERIES) - 1):
    n, m = k, len(SERIES) - k
    one, two = points[:k], points[k:]
    energies[k] = (2 * cdist(one, two).mean() - pdist(one).mean() - pdist(two).mean()) * n * m / (n + m)
place = max(energies, key=energies.get)
say("largest energy of a split, its place", energies[place], place)
