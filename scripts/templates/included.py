"""Writes a pipeline with the GitLab component in it, for the schema of GitLab: python included.py FILE"""

import pathlib
import sys

import yaml

from gitlab_runner import include

pipeline = include({"scenario": "perf/leads.toml", "args": "--rounds 10 --label 'a=b c'", "setup": 'echo "a: b"'})
pathlib.Path(sys.argv[1]).write_text(yaml.safe_dump(pipeline))
