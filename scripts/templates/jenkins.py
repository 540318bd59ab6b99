"""The shell blocks of a Jenkinsfile."""

import re

from process import run


def blocks(text):
    """Each `sh` block, as Groovy reads its string: a backslash at the end of a line joins two lines."""
    found = re.findall(r"\bsh(?:\(returnStatus: true, script:)? ?('''(.*?)'''|'([^'\n]*)')", text, re.S)
    read = [(long or short).replace("\\\n", "") for _, long, short in found]
    assert all("\\" not in block for block in read), "the test does not know Groovy's other escapes"
    return read


def run_block(block, env, workspace):
    return run(["sh", "-xe", "-c", block], env, workspace)
