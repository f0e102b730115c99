"""Tiers prove themselves on the day, refuse rather than weaken, and their probes notice a fence with a gap."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from lunarlab.grading.sandbox import probes, session, slots, tiers
from lunarlab.grading.sandbox.inside import fence
from lunarlab.grading.sandbox.limits import Limits, NoSandbox
from tests.grading_sandbox.conftest import usable

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["B", "L"])
def test_a_tier_passes_its_probes(name: str) -> None:
    usable(name)
    tier = probes.examine(name)
    assert tier.passed, tier.probes
    assert len(tier.probes) >= 14


@pytest.mark.parametrize(
    ("gap", "noticed"),
    [
        ("seccomp", {"udp", "change outside", "surviving child"}),
        ("landlock", {"canary", "write outside"}),
        ("limits", {"file size", "memory"}),
        ("descriptors", {"descriptors"}),
        ("environment", {"environment"}),
    ],
)
def test_a_fence_with_a_gap_is_noticed(gap: str, noticed: set[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Tier L with one of its parts taken out of a copy of the code inside."""
    usable("L")
    copy = tmp_path / "inside"
    shutil.copytree(tiers.INSIDE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == os.geteuid() and len(folder.parts) > 2:
            folder.chmod(folder.stat().st_mode | 0o055)
    file, old, new = {
        "seccomp": ("child.py", "fence.refuse_system_calls(", "(lambda **_: None)("),
        "landlock": ("child.py", "abi = fence.landlock(", "abi = (lambda *_: 6)("),
        "limits": ("child.py", 'fence.limit(config["limits"], config["processes"])', "pass"),
        "descriptors": ("child.py", "os.closerange(58, 61)", "pass"),
        "environment": ("child.py", 'os.environ.update(config["environment"])', "os.environ.update(config[\"environment\"], KEY='1')"),
    }[gap]  # fmt: skip
    text = (copy / file).read_text()
    assert text.count(old) == 1
    (copy / file).write_text(text.replace(old, new))
    monkeypatch.setattr(tiers, "INSIDE", copy)
    try:
        results = probes.examine("L", slot=41).probes
    except NoSandbox as error:  # whoever watches memory from outside was quicker
        results = dict.fromkeys(noticed, str(error)) if "memory" in str(error) else {}
    assert noticed <= {probe for probe, result in results.items() if result != "ok"}, results


def test_a_self_test_that_is_killed_leaves_nobody_behind() -> None:
    code = (
        "import time\nfrom lunarlab.grading.sandbox import probes\n"
        "with probes._bait(0) as (bait, ears, victim):\n    print(victim.pid, flush=True)\n    time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as testing:
        victim = int(testing.stdout.readline())  # type: ignore[union-attr]
        os.kill(victim, 0)
        testing.kill()
        assert testing.communicate(timeout=2.0)[0] == "", "somebody kept its output open"
    until = time.monotonic() + 2.0
    while Path(f"/proc/{victim}").exists() and time.monotonic() < until:
        time.sleep(0.02)
    assert not Path(f"/proc/{victim}").exists()


def test_without_a_tier_it_refuses_and_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def no(name: str, slot: int = 0) -> Any:
        if name == "L":
            return tiers.Tier("L", {"canary": "got through"})
        raise NoSandbox(f"{name} is not there")

    monkeypatch.setattr(probes, "examine", no)
    with pytest.raises(NoSandbox, match=r"(?s)nothing is graded.*canary: got through.*apt-get install bubblewrap"):
        tiers.best()
    monkeypatch.setattr(probes, "examine", lambda name: tiers.Tier(name, {"canary": "ok" if name == "L" else "no"}))
    assert tiers.best().name == "L"
    with pytest.raises(NoSandbox):
        tiers.best("B")


def test_no_variable_of_the_environment_lowers_a_tier() -> None:
    text = (ROOT / "lunarlab/grading/sandbox/tiers.py").read_text() + (ROOT / "lunarlab/grading/sandbox/probes.py").read_text()
    assert "environ[" not in text and "environ.get" not in text and "getenv" not in text


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can try what root must not do")
def test_as_root_every_slot_is_a_user_of_its_own() -> None:
    for name in ("B", "L"):
        tier = usable(name)
        opened = session.open(tier, [session.Cell(0, "code", "99.0", "import os\nx = (os.getuid(), os.geteuid(), os.getgid(), os.getgroups())\ny = []\nfor act in (lambda: os.setuid(0), lambda: os.setgid(0), lambda: os.seteuid(0)):\n    try: act(); y.append(1)\n    except OSError: pass")], slot=42)
        with opened:
            assert opened.load().fault is None
            assert opened._process
            uid = opened._process.lease.uid
            assert uid > slots.FIRST_UID
            assert opened.answers("99.0", ("x", "y")) == ((uid, uid, uid, []), [])


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can try what root must not do")
def test_as_root_without_an_interpreter_that_others_can_read_it_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiers, "_readable", lambda path: False)
    monkeypatch.setattr(tiers, "interpreter", tiers.interpreter.__wrapped__)
    with pytest.raises(NoSandbox, match="folder that other users can't enter"):
        probes.examine("L")


def plain_python() -> str:
    """An interpreter that an ordinary user can run."""
    try:
        return tiers.interpreter(everybody=True).program
    except NoSandbox as error:
        pytest.skip(str(error))


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user runs all the other tests as one")
def test_an_ordinary_user_gets_both_tiers(tmp_path: Path) -> None:
    program, uid = plain_python(), 65_017
    home = tmp_path / "home"
    home.mkdir()
    os.chown(home, uid, uid)
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == 0 and len(folder.parts) > 2:
            folder.chmod(folder.stat().st_mode | 0o055)
    if not tiers._readable(str(ROOT / "lunarlab")):
        pytest.skip("the package lies where others can't read")
    script = (
        "import json\nfrom lunarlab.grading.sandbox import probes\nout = {}\nfor n in 'BL':\n"
        "    try: out[n] = probes.examine(n).probes\n    except Exception as e: out[n] = {'start': str(e)}\nprint(json.dumps(out))"
    )
    paths = os.pathsep.join([str(ROOT), *tiers.interpreter().site])
    done = subprocess.run(
        [program, "-c", script], user=uid, group=uid, extra_groups=[], cwd=home, capture_output=True, text=True, timeout=180,
        env={"PYTHONPATH": paths, "HOME": str(home), "PATH": "/usr/bin:/bin", "NUMBA_CACHE_DIR": str(home), "TMPDIR": str(home)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    for results in json.loads(done.stdout).values():
        if "not installed" not in str(results):
            assert set(results.values()) == {"ok"}, results


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
@pytest.mark.parametrize("signals", [True, False])
def test_the_list_of_system_calls_is_a_sound_program(machine: str, signals: bool) -> None:
    """Interpreted here: every jump stays inside, other architectures end, what is refused is refused, the rest is allowed."""
    import struct

    code = fence.program(machine, signals)
    lines = [struct.unpack_from("<HBBI", code, 8 * i) for i in range(len(code) // 8)]
    assert len(lines) <= 4096
    audit, refused, special, sending = fence._MACHINES[machine]

    def decide(nr: int, first: int = 0, second: int = 0, arch: int = audit) -> int:
        data = struct.pack("<IIQQQQQQQ", nr, arch, 0, first, second, 0, 0, 0, 0)
        a = at = 0
        while True:
            op, yes, no, k = lines[at]
            if op == 0x20:
                a, at = struct.unpack_from("<I", data, k)[0], at + 1
            elif op == 0x06:
                return int(k)
            else:
                hit = {0x15: a == k, 0x35: a >= k, 0x45: bool(a & k)}[op]
                at += 1 + (yes if hit else no)

    allow, kill, eperm, enosys = 0x7FFF0000, 0x80000000, 0x50001, 0x50026
    assert decide(0, arch=0x40000003) == kill
    for number in refused.values():
        assert decide(number) == eperm
    for number in sending:
        assert decide(number) == (allow if signals else eperm)
    assert decide(435) == enosys
    clone = special["clone"]
    assert decide(clone, 17) == allow and decide(clone, 0x10000000 | 17) == eperm and decide(clone, 0x3D0F00) == allow
    assert decide(special["ioctl"], 0, 0x5401) == allow and decide(special["ioctl"], 0, 0x5412) == eperm
    assert decide(special["prctl"], 38) == allow and decide(special["prctl"], 1) == eperm and decide(special["prctl"], 4) == eperm
    assert decide(special["prlimit64"], 0, 7) == allow and decide(special["prlimit64"], 4711, 7) == eperm
    taken = {*refused.values(), *fence._NEW_NAMES.values(), *sending, *special.values(), 435}
    assert all(decide(number) == allow for number in range(460) if number not in taken)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives users away")
def test_two_graders_never_have_the_same_user() -> None:
    first, second = slots.take(77), slots.take(77)
    try:
        assert first.uid != second.uid
    finally:
        first.release()
        second.release()
    third = slots.take(77)
    third.release()
    assert third.uid == first.uid


def test_a_session_needs_a_fence_that_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiers.shutil, "which", lambda *_, **__: "/bin/false")
    opened = session.open(tiers.Tier("B"), [], slot=0, limits=Limits(start_s=5.0))
    report = opened.load()
    assert report.fault and report.fault.kind == "infrastructure"  # never a student's fault
    assert sys.platform.startswith("linux")
