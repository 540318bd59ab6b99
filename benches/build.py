#!/usr/bin/env python3
"""How long does a cold build take, and of which crates is it made?

    benches/build.py BEFORE [AFTER] [--pairs 7]

Clones both commits into a temporary folder, downloads their crates, and builds them in turn as the README does
(`cargo build --release --locked`), each time without a target folder. The order changes from pair to pair. Let
nothing else run meanwhile: a pair takes minutes.
"""

import argparse
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
ENVIRONMENT = {name: value for name, value in os.environ.items() if name not in ("CARGO_TARGET_DIR", "RUSTFLAGS")}
BUILD = ["cargo", "build", "--release", "--locked", "--offline", "--quiet"]


def clone(commit: str, folder: pathlib.Path) -> None:
    subprocess.run(["git", "clone", "--quiet", ROOT, folder], check=True)
    subprocess.run(["git", "checkout", "--quiet", commit], cwd=folder, check=True)
    subprocess.run(["cargo", "fetch", "--locked", "--quiet"], cwd=folder, check=True)


def crates(folder: pathlib.Path) -> dict[str, set[str]]:
    """The versions of each crate that the build compiles for this machine."""
    tree = ["cargo", "tree", "--locked", "--offline", "--edges", "normal,build", "--prefix", "none", "--no-dedupe"]
    lines = subprocess.run(tree, cwd=folder, check=True, capture_output=True, text=True).stdout.splitlines()
    found: dict[str, set[str]] = {}
    for line in filter(None, lines):
        name, version = line.split()[:2]
        found.setdefault(name, set()).add(version)
    return found


def build(folder: pathlib.Path) -> tuple[float, float]:
    """Seconds on the clock and of CPU time of one cold build."""
    shutil.rmtree(folder / "target", ignore_errors=True)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    subprocess.run(BUILD, cwd=folder, check=True, env=ENVIRONMENT, stderr=subprocess.DEVNULL)
    took = time.monotonic() - began
    then = resource.getrusage(resource.RUSAGE_CHILDREN)
    return took, then.ru_utime + then.ru_stime - used.ru_utime - used.ru_stime


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("before", metavar="BEFORE")
    arguments.add_argument("after", metavar="AFTER", nargs="?", default="HEAD")
    arguments.add_argument("--pairs", type=int, default=7)
    asked = arguments.parse_args()
    (ROOT / "target").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=ROOT / "target") as work:
        folders = {name: pathlib.Path(work) / name for name in ("before", "after")}
        clone(asked.before, folders["before"])
        clone(asked.after, folders["after"])

        old, new = crates(folders["before"]), crates(folders["after"])
        print(f"crates: {sum(map(len, old.values()))} before, {sum(map(len, new.values()))} after")
        print("no longer built:", *sorted(old.keys() - new.keys()))
        print("new:", *sorted(new.keys() - old.keys()), flush=True)

        ratios = []
        for pair in range(asked.pairs):
            order = ("before", "after") if pair % 2 == 0 else ("after", "before")
            took = {name: build(folders[name]) for name in order}
            ratios.append(took["after"][0] / took["before"][0])
            size = {name: (folders[name] / "target/release/leadbench").stat().st_size / 1e6 for name in order}
            print(
                *(f"{name} {took[name][0]:.0f} s ({took[name][1]:.0f} s of CPU time, {size[name]:.0f} MB)" for name in ("before", "after")),
                f"ratio {ratios[-1]:.3f}",
                sep="   ",
                flush=True,
            )
        print(f"after / before: median {statistics.median(ratios):.3f}, from {min(ratios):.3f} to {max(ratios):.3f}")


if __name__ == "__main__":
    main()
