#!/usr/bin/env python3
"""Gives packed documents links to GitHub for what only the repository has.

    scripts/link_docs.py FOLDER VERSION
"""

import os
import pathlib
import re
import sys

REPOSITORY = "https://github.com/leadbench/leadbench"
ROOT = pathlib.Path(__file__).resolve().parent.parent
LINK = re.compile(r"\]\(([^)#\s]+)")


def main(folder: pathlib.Path, version: str) -> None:
    for page in sorted(folder.rglob("*.md")):
        here = page.parent.relative_to(folder)

        def linked(match: re.Match[str]) -> str:
            target = match[1]
            if "://" in target or (page.parent / target).exists():
                return match[0]
            path = os.path.normpath(here / target)
            if not (ROOT / path).exists():
                sys.exit(f"error: {page.relative_to(folder)} has a link to {target}, which does not exist")
            kind = "tree" if (ROOT / path).is_dir() else "blob"
            return f"]({REPOSITORY}/{kind}/v{version}/{path}"

        page.write_text(LINK.sub(linked, page.read_text()))


main(pathlib.Path(sys.argv[1]).resolve(), sys.argv[2])
