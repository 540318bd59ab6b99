"""Runs all cases beside each other, because most of them wait for the end of a run."""

import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from complete import direct, interrupted, through_rotel
from processes import LEADBENCH, WORK, Process
from troubles import absent, busy_at_the_end, damaged_variable, refuses, rejects_a_part, silent, speaks_otherwise
from trust import trust

# The longest first.
CASES = (direct, trust, silent, through_rotel, absent, speaks_otherwise, interrupted, refuses, busy_at_the_end)
CASES += (rejects_a_part, damaged_variable)
AT_ONCE = 5


def main():
    begun = time.monotonic()
    subprocess.run(["rm", "-rf", WORK], check=True)
    WORK.mkdir(parents=True)
    keys = ["keys", "generate", "lead_signing", "--keys", WORK / "keys"]
    subprocess.run([LEADBENCH, *keys], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for running in [pool.submit(case) for case in CASES]:
            try:
                print(running.result(), flush=True)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                Process.end_all()
                raise
    print(f"metrics are pushed as they should be, in {time.monotonic() - begun:.0f} s")


signal.signal(signal.SIGALRM, lambda *_: sys.exit("error: not within 120 s"))
signal.signal(signal.SIGTERM, lambda *_: sys.exit("error: ended from outside"))
signal.alarm(120)
try:
    main()
finally:
    Process.end_all()
