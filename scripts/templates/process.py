"""Commands with an environment of their own and a deadline; what they leave behind is stopped."""

import os
import signal
import subprocess

DEADLINE_S = 60


def run(command, env, cwd):
    """Exit code and output of a command, whose session is ended with it if the deadline passes."""
    child = subprocess.Popen(command, env=env, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True)
    try:
        output, _ = child.communicate(timeout=DEADLINE_S)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        output, _ = child.communicate()
        raise AssertionError(f"{command} takes longer than {DEADLINE_S} s:\n{output}") from None
    return child.returncode, output
