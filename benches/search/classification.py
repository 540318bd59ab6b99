#!/usr/bin/env python3
"""Random trials at one load, and how MLRsearch (RFC 9971) classifies the load.

    pip install MLRsearch==1.2.1
    benches/search/classification.py [CASES [SEED]] | cargo run --locked --example classification

One case a line, as benches/search/cases.rs has it; each load is classified after each of its trials.
Trials are never shorter than the goal's, because leadbench has no such trials. The shares are those for
which binary arithmetic gives the exact class, also where a share is reached exactly.
"""

import random
import sys

from MLRsearch.target_spec import TargetSpec
from MLRsearch.target_stat import TargetStat
from MLRsearch.trial_measurement.measurement_result import MeasurementResult

# How much of the judged time may fail: its share, and by what the judged time must be divisible.
SHARES = [(1 / 3, 3), (1 / 2, 2), (1 / 4, 4), (1 / 8, 8), (0.0, 1)]


def classified(stat):
    """The class of the two estimates: could the load hold, must it hold?"""
    return {(True, True): "lower", (True, False): "undecided", (False, False): "upper"}[stat.estimates()]


def measured(span, passed):
    """A trial that lost nothing, or all."""
    return MeasurementResult(
        intended_duration=span, intended_load=100.0, offered_count=100, loss_count=0 if passed else 100
    )


def print_case(rng):
    """Prints a load's trials, and its class after each of them."""
    share, divisor = rng.choice(SHARES)
    trial = rng.randint(1, 30)
    judged = trial * divisor * rng.randint(1, 4)
    target = TargetSpec(
        loss_ratio=0.0,
        exceed_ratio=share,
        discrete_width=None,
        trial_duration=float(trial),
        duration_sum=float(judged),
        expansion_coefficient=2,
        fail_fast=False,
        preceding=None,
    )
    stat = TargetStat(target)
    words = [str(judged), str(round(judged * share))]
    chance = rng.random()
    for _ in range(rng.randint(1, 12)):
        span = trial if rng.random() < 0.7 else rng.randint(trial, 4 * trial)
        passed = rng.random() < chance
        stat.add(measured(span, passed))
        words.append(f"{span}{'+' if passed else '-'}")
        print(*words, "=", classified(stat))


def main():
    cases = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    rng = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    for _ in range(cases):
        print_case(rng)


if __name__ == "__main__":
    main()
