"""``lunarlab campaign`` as a shell sees it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import lunarlab as ll
from lunarlab import cli


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = cli.main(["campaign", *arguments])
    out, err = capsys.readouterr()
    return code, out, err


def test_json_is_one_object_with_the_promised_keys(capsys) -> None:
    code, out, err = run(capsys, "hakuto-r-m1", "-n", "6", "--seed", "3", "--json")
    report = json.loads(out)
    assert (code, err) == (0, "")
    assert list(report) == ["n", "verdicts", "digest", "wall_s", "cpu_s", "ellipse", "causes"]
    flown = ll.campaign(ll.case("hakuto-r-m1"), n=6, seed=3)
    assert (report["n"], report["verdicts"], report["digest"]) == (6, {"PROPELLANT_OUT": 6}, flown.digest)
    assert report["wall_s"] > 0.0 and report["cpu_s"] > 0.0
    assert report["ellipse"]["semi_major_m"] > 0.0 and report["ellipse"]["n"] == 6
    (cause,) = report["causes"]
    assert cause["count"] == 6 and cause["chain"][:2] == ["first_reject", "lockout"] and cause["draw_sigmas"] is None


def test_changes_and_workers(capsys) -> None:
    changed = ("hakuto-r-m1", "-n", "4", "--set", "navigation.policy=gate_readmit", "--set", "dispersions.mass_kg=2", "--json")
    first, second = (json.loads(run(capsys, *changed, "--workers", w)[1]) for w in ("1", "2"))
    assert first["verdicts"] == {"LANDED": 4} and first["causes"] == []
    assert first["digest"] == second["digest"]
    few = json.loads(run(capsys, "nominal-mare", "-n", "2", "--json")[1])
    assert few["ellipse"] is None


def test_text_is_a_table_with_a_bar_beside_it(capsys) -> None:
    code, out, err = run(capsys, "hakuto-r-m1", "-n", "150", "--set", "navigation.policy=student_t", "--seed", "1")
    assert code == 0
    for words in ("150 flights, seed 1", "CRASHED", "lands with a probability of", "come down between", "causes",
                  "miss along the track depends on", "along_m", "digest "):  # fmt: skip
        assert words in out
    assert "150/150" in err and "% landed" in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nominal-mare", "-n", "0"), "n is 0; it must be a whole number of at least 1"), (("nominal-mare", "-n", "x"), "-n"),
        (("nominal-mare", "-n", "5", "--workers", "0"), "workers is 0"), (("luna-25", "-n", "5"), "luna-25, a burn case"),
        (("nominal", "-n", "5"), "there is no case 'nominal'"), (("nominal-mare", "--resume"), "out is None"),
        (("nominal-mare", "--out", "x.csv"), "must end in .parquet"), (("nominal-mare", "--cluster", "nowhere"), "cluster is 'nowhere'"),
        (("nominal-mare", "--set", "dispersions.mas_kg=1"), "did you mean mass_kg"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line_and_exit_code_2(capsys, arguments: tuple[str, ...], words: str) -> None:
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("lunarlab: ") and err.count("\n") == 1
    assert words in err


def test_zero_dispersion_and_no_noise_is_bad_input(capsys) -> None:
    zeros = [f"dispersions.{name}=0" for name in vars(ll.Scenario().dispersions)]
    quiet = ["altimeter.noise_m=0", "altimeter.noise_fraction=0", "velocimeter.noise_mps=0", "imu.velocity_noise_mps_sqrts=0",
             "altimeter.dropout_probability=0"]  # fmt: skip
    code, out, err = run(capsys, "nominal-mare", "-n", "5", *(word for text in [*zeros, *quiet] for word in ("--set", text)))
    assert (code, out) == (2, "") and "zero dispersion" in err


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_keeps_what_is_done_and_says_how_to_go_on(tmp_path: Path) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    out = tmp_path / "mare.parquet"
    command = [sys.executable, "-m", "lunarlab.cli", "campaign", "nominal-mare", "-n", "100000", "--out", str(out), "--set",
               "dispersions.mass_kg=2"]  # fmt: skip
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2],
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # tests that run in the background ignore it
    )  # fmt: skip
    end = time.monotonic() + 120.0
    while not out.exists() or pq.read_table(out).num_rows <= 2:
        assert process.poll() is None and time.monotonic() < end
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 130 and stdout == ""
    last = stderr.strip().splitlines()[-1]
    assert "Traceback" not in stderr and f"flights are in {out}; go on with: lunarlab campaign nominal-mare -n 100000 --seed 0" in last
    assert last.endswith(f"--set dispersions.mass_kg=2 --out {out} --resume")
    done = int(last.split("stopped: ")[1].split(" of 100000")[0])
    assert pq.read_table(out).num_rows == done > 2
