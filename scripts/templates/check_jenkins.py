"""The Jenkinsfile of docs/example, block by block."""

from jenkins import blocks, run_block
from world import EXAMPLE, VERSION


def run_pipeline(world, **env):
    install, start, measure, stop = blocks(world.shorten((EXAMPLE / "Jenkinsfile").read_text()))
    env = {**world.env, "LEADBENCH_VERSION": VERSION, "LEADBENCH_SHA256": world.sum, **env}
    codes, log = [], ""
    for block in (install, start, measure, stop):
        code, said = run_block(block, env, world.project)
        codes.append(code)
        log += said
        if code and block in (install, start):
            break
    world.logs.append(log)
    return codes, log


def check_a_change_request_gets_a_duel(world):
    base, _ = world.make_example()
    # The clone has only the change request, as where Jenkins finds requests by their heads.
    world.git("branch", "target", base)
    world.git("remote", "add", "origin", ".")
    codes, log = run_pipeline(world, CHANGE_TARGET="target")
    assert codes[:2] == [0, 0] and codes[2] in (0, 8) and codes[3] == 0, log
    assert list(world.project.glob("found/duels/*/comparison.junit.xml")), log


def check_a_branch_gets_a_run_whose_code_comes_through(world):
    world.make_example()
    world.write("perf/ci.toml", '[thresholds]\n"latency.p50" = "< 1us"\n')
    codes, log = run_pipeline(world)
    assert codes == [0, 0, 1, 0] and list(world.project.glob("found/leads/*/junit.xml")), log


def check_another_checksum_stops_the_build(world):
    world.make_example()
    codes, log = run_pipeline(world, LEADBENCH_SHA256="0" * 64)
    assert codes[0] != 0 and "FAILED" in log and not (world.project / ".leadbench/bin").exists(), log
    codes, log = run_pipeline(world, LEADBENCH_SHA256="")
    assert codes == [4] and "set LEADBENCH_SHA256" in log, log
