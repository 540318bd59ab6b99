"""Runs every check of the templates: python check_all.py LEADBENCH [WORD...]; a word chooses checks by name."""

import concurrent.futures
import pathlib
import signal
import sys
import tempfile
import time
import traceback

import check_action
import check_comment
import check_example
import check_gitlab
import check_install
import check_jenkins
import check_texts
from world import World, make_releases

MODULES = (check_example, check_gitlab, check_jenkins, check_comment, check_action, check_install, check_texts)
# Most of a check is waiting for a load to end.
AT_ONCE = 4
# How often a check is repeated whose measurement was invalid.
TRIES = 3


class Checks:
    """Each check in a world of its own, and what became of it."""

    def __init__(self, folder, leadbench):
        self.folder = folder
        self.binary, self.releases = make_releases(pathlib.Path(tempfile.mkdtemp(dir=folder)), leadbench)

    def perform(self, name, check):
        """Nothing if the check passed; otherwise the fault, and whether a busy machine explains it."""
        begun = time.monotonic()
        kind = "whole" if check.__module__ == "check_install" else "light"
        world = World(self.folder, self.binary, self.releases[kind])
        try:
            try:
                check(world)
            finally:
                left = world.stop_servers()
            assert not left, f"these processes were left: {left}"
            world.look_for_traces()
        except Exception:
            is_busy = any("measurement is invalid" in log for log in world.logs)
            return f"FAILED {name}\n{traceback.format_exc()}", is_busy
        print(f"ok  {name}  {time.monotonic() - begun:.1f} s", flush=True)
        return None

    def perform_again(self, name, check, found):
        """One at a time, where this machine was too busy to measure."""
        for _ in range(TRIES):
            if not found or not found[1]:
                break
            print(f"again, because this machine was too busy to measure: {name}")
            found = self.perform(name, check)
        return found and found[0]


def main():
    # A shell in the background ignores SIGINT, and so would all that it starts; a CI system's shells do not.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    leadbench, *words = sys.argv[1:]
    checks = [(f"{module.__name__.removeprefix('check_')}: {name.removeprefix('check_').replace('_', ' ')}", check)
              for module in MODULES for name, check in vars(module).items()
              if name.startswith("check_") and check.__module__ == module.__name__]
    checks = [(name, check) for name, check in checks if all(word in name for word in words)]
    with tempfile.TemporaryDirectory() as folder:
        performed = Checks(folder, leadbench)
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            found = list(pool.map(lambda check: performed.perform(*check), checks))
        faults = [fault for check, one in zip(checks, found) if (fault := performed.perform_again(*check, one))]
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"{len(checks) - len(faults)} of {len(checks)} checks of the templates passed")
    sys.exit(bool(faults) or not checks)


if __name__ == "__main__":
    main()
