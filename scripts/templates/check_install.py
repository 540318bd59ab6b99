"""The action installs leadbench: checksum, cache, mirror, and what it says if it cannot."""

import shutil
import subprocess

from github_runner import ROOT, Job
from world import NAME, VERSION, free_port


def install(world, action=ROOT, **inputs):
    job = Job(world.project, world.env, {}, world.artifacts)
    inputs = {"command": "install", "sha256": world.sum, **inputs}
    code, _ = job.action(action, inputs)
    world.logs.append(job.log)
    return code, job


def check_a_second_use_downloads_nothing(world):
    code, job = install(world)
    assert code == 0 and f"leadbench {VERSION}" in job.log, job.log
    assert len(world.fakes.asked("GET", "/releases/")) == 1
    code, job = install(world, version=f"v{VERSION}", sha256=world.sum.upper())
    assert code == 0 and "from the tool cache" in job.log, job.log
    assert len(world.fakes.asked("GET", "/releases/")) == 1


def check_a_changed_cache_is_not_trusted(world):
    install(world)
    (kept,) = (world.folder / "cache").rglob("*.tar.gz")
    kept.write_bytes(kept.read_bytes() + b"x")
    code, job = install(world)
    assert code == 0 and len(world.fakes.asked("GET", "/releases/")) == 2, job.log


def check_another_checksum_unpacks_nothing(world):
    code, job = install(world, sha256="0" * 64)
    assert code == 4 and "another checksum" in job.log and world.sum in job.log, job.log
    assert not [file for file in world.files() if file.name == "leadbench"], world.files()
    assert not list((world.folder / "cache").rglob("*.tar.gz"))


def check_a_file_url_is_a_mirror_too(world):
    world.env["LEADBENCH_RELEASES"] = f"file://{world.releases}"
    assert install(world)[0] == 0
    code, job = install(world, version="9.9.9")
    assert code == 4 and "there is no release 9.9.9" in job.log, job.log


def check_errors_say_what_to_try(world):
    wrong = [({"version": "9.9.9"}, "there is no release 9.9.9"), ({"version": "9.9.9", "sha256": ""}, "set sha256"),
             ({"version": "latest"}, "write it like 0.1.0"), ({"sha256": "abc"}, "64 hexadecimal digits"),
             ({"version": "0.1.0; touch owned"}, "not a version"), ({"sha256": "$(touch owned)"}, "not a SHA-256")]
    for inputs, said in wrong:
        code, job = install(world, **inputs)
        assert code == 4 and said in job.log and "::error title=leadbench::" in job.log, job.log
    world.env["LEADBENCH_RELEASES"] = f"http://someone:secret0123@127.0.0.1:{free_port()}/releases"
    code, job = install(world)
    assert code == 4 and "names a mirror" not in job.log and "cannot download" in job.log, job.log
    assert "secret0123" not in job.log and "LEADBENCH_RELEASES" in job.log, job.log


def check_other_platforms_are_named(world):
    fake = world.folder / "bin"
    fake.mkdir()
    for system, machine, said in (("Darwin", "arm64", "no release of leadbench for Darwin"), ("Linux", "riscv64", "for riscv64")):
        uname = fake / "uname"
        uname.write_text(f'#!/bin/sh\n[ "$1" = -s ] && echo {system} || echo {machine}\n')
        uname.chmod(0o755)
        world.env["PATH"] = f"{fake}:/usr/bin:/bin"
        code, job = install(world)
        assert code == 4 and said in job.log, job.log


def check_a_missing_curl_is_named(world):
    fake = world.folder / "bin"
    fake.mkdir()
    for tool in ("bash", "uname", "dirname", "tar", "gzip", "sha256sum", "awk"):
        (fake / tool).symlink_to(shutil.which(tool))
    world.env["PATH"] = str(fake)
    code, job = install(world)
    assert code == 4 and "curl is missing" in job.log, job.log


def check_a_release_is_pinned_by_its_checksums(world):
    """`ci/pin.sh` fills the three places from which the templates know the checksums of a release."""
    copy = world.folder / "copy"
    for path in ("action.yml", "ci", "templates", "docs/example/Jenkinsfile"):
        source, target = ROOT / path, copy / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    sums = world.folder / "SHA256SUMS"
    other = NAME.replace("x86_64", "other").replace("aarch64", "x86_64").replace("other", "aarch64")
    sums.write_text(f"{world.sum}  {NAME}.tar.gz\n{'1' * 64}  {other}.tar.gz\n{'2' * 64}  leadbench.cdx.json\n")
    for _ in range(2):  # the second time replaces the lines of the first
        subprocess.run([copy / "ci/pin.sh", sums], check=True)
    for path in ("ci/checksums.txt", "templates/performance.yml", "docs/example/Jenkinsfile"):
        text = (copy / path).read_text()
        assert text.count(world.sum) == 1 and text.count("1" * 64) == 1 and "2" * 64 not in text, path
    code, job = install(world, action=copy, sha256="")
    assert code == 0, job.log
    return copy
