"""The command line as a shell sees it: output, exit codes, one line for bad input."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import lunarlab as ll
from lunarlab import cli


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = cli.main(list(arguments))
    out, err = capsys.readouterr()
    return code, out, err


def test_fly_json_is_one_object_with_the_promised_keys(capsys) -> None:
    code, out, _ = run(capsys, "fly", "hakuto-r-m1", "--seed", "3", "--json")
    report = json.loads(out)
    assert code == 0
    assert list(report) == [
        "case", "seed", "verdict", "reasons", "touchdown", "propellant_left_kg", "impact_mps", "events", "expect",
    ]  # fmt: skip
    assert (report["case"], report["seed"], report["verdict"]) == ("hakuto-r-m1", 3, "PROPELLANT_OUT")
    assert {"vertical_mps", "lateral_mps", "tilt_deg"} <= set(report["touchdown"])
    assert all(list(event) == ["t_s", "kind", "detail"] for event in report["events"])
    for row in report["expect"].values():
        assert list(row) == ["value", "low", "high", "ok", "source"]
        assert row["ok"] is (row["low"] <= row["value"] <= row["high"]) is True


@pytest.mark.parametrize(
    "arguments",
    [
        ("hakuto-r-m1", "--no-fault"), ("hakuto-r-m1", "--set", "terrain.kind=flat"),
        ("hakuto-r-m1", "--set", "navigation.gate_m=5000"), ("hakuto-r-m1", "--set", "navigation.policy=gate_readmit"),
        ("hakuto-r-m1", "--set", "terrain.heading_deg=135", "--no-fault"), ("resilience-m2", "--no-fault"),
        ("resilience-m2", "--set", "faults.0.value=3000"),
    ],
)  # fmt: skip
def test_the_counter_cases_land(capsys, arguments: tuple[str, ...]) -> None:
    code, out, _ = run(capsys, "fly", *arguments, "--json")
    assert (code, json.loads(out)["verdict"]) == (0, "LANDED")


def test_a_burn_that_does_not_stop(capsys) -> None:
    code, out, _ = run(capsys, "fly", "luna-25", "--json")
    report = json.loads(out)
    assert code == 0
    assert {"case", "seed", "verdict", "reasons", "burn", "orbit", "impact", "impact_mps", "events", "expect"} == set(report)
    assert report["verdict"] == "IMPACT"
    assert report["burn"]["burn_ratio"] == pytest.approx(1.51, abs=0.005)
    assert report["orbit"]["perilune_altitude_m"] < 0
    assert 1680 < report["impact_mps"] < 1710
    assert all(row["ok"] for row in report["expect"].values())
    for timer, verdict in (("102", "LOWERED"), ("105", "IMPACT")):
        code, out, _ = run(capsys, "fly", "luna-25", "--set", f"burn.timer_s={timer}", "--json")
        assert (code, json.loads(out)["verdict"]) == (0, verdict)
    code, out, _ = run(capsys, "fly", "luna-25", "--no-fault", "--json")
    report = json.loads(out)
    assert report["verdict"] == "LOWERED" and report["impact"] is report["impact_mps"] is None
    assert report["orbit"]["perilune_altitude_m"] == pytest.approx(18e3, abs=200)


def test_forwards_by_the_command_line(capsys) -> None:
    for word, verdict in (("true", "RAISED"), ("False", "IMPACT")):
        code, out, _ = run(capsys, "fly", "luna-25", "--set", f"burn.prograde={word}", "--json")
        assert (code, json.loads(out)["verdict"]) == (0, verdict)
    code, out, _ = run(capsys, "fly", "luna-25", "--set", "burn.timer_s=0", "--json")
    assert code == 0 and json.loads(out)["burn"]["burn_ratio"] is None


def test_a_tank_that_tears(capsys) -> None:
    code, out, _ = run(capsys, "fly", "peregrine", "--json")
    report = json.loads(out)
    assert (code, report["verdict"]) == (0, "CONTROL_LOST")
    assert all(row["ok"] for row in report["expect"].values())
    assert report["lost_s"]["landing"] < 86400
    code, out, _ = run(capsys, "fly", "peregrine", "--no-fault", "--json")
    assert json.loads(out)["verdict"] == "READY" and json.loads(out)["control_until_s"] is None
    _, out, _ = run(capsys, "fly", "peregrine")
    for words in ("tank tears", "landing can no longer be paid for", "CONTROL_LOST", "ok  forecast_19h_h"):
        assert words in out


def test_the_same_seed_gives_the_same_bytes(capsys) -> None:
    outputs = {run(capsys, "fly", "hakuto-r-m1", "--seed", "7", "--json")[1] for _ in range(2)}
    assert len(outputs) == 1
    assert run(capsys, "fly", "hakuto-r-m1", "--seed", "8", "--json")[1] not in outputs


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("fly", "hakuto"), "did you mean hakuto-r-m1"), (("fly", "nominal-mare", "--set", "gate_m"), "write key.path=value"),
        (("fly", "nominal-mare", "--set", "navigation.gte_m=3"), "did you mean gate_m"),
        (("fly", "nominal-mare", "--set", "navigation.gate_m=nan"), "nan"),
        (("fly", "nominal-mare", "--set", "vehicle.dry_mass_kg=-1"), "between 1"),
        (("fly", "nominal-mare", "--set", "terrain.kind=profile"), "must be one of atlas_profiles"),
        (("fly", "nominal-mare", "--seed", "-1"), "--seed"), (("fly", "nominal-mare", "--fast"), "unknown option --fast"),
        (("fly", "nominal-mare", "--plot", "x.gif"), "must end in"), (("fly", "nominal-mare", "--plot", "no/where/x.png"), "there is no folder"),
        (("fly", "luna-25", "--set", "burn.timer=3"), "did you mean timer_s"),
        (("fly",), "CASE"), (("dance",), "invalid choice"), ((), "COMMAND"), (("lab", "no-such-folder"), "not a folder"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line_and_exit_code_2(capsys, arguments: tuple[str, ...], words: str) -> None:
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("lunarlab: ") and err.count("\n") == 1
    assert words in err


def test_text_output_tells_the_story(capsys) -> None:
    code, out, _ = run(capsys, "fly", "hakuto-r-m1")
    assert code == 0
    for words in ("altimeter declared broken", "estimated height is zero; true altitude 4", "PROPELLANT_OUT", "ok  hold_s"):
        assert words in out


def test_cases_lists_all(capsys) -> None:
    _, out, _ = run(capsys, "cases", "--json")
    rows = json.loads(out)
    assert [row["name"] for row in rows] == ll.case_names()
    assert all({"name", "mission", "date", "outcome", "kind"} <= set(row) for row in rows)
    _, text, _ = run(capsys, "cases")
    assert len(text.splitlines()) == len(rows)


def test_plot_is_written(capsys, tmp_path: Path) -> None:
    path = tmp_path / "m1.png"
    assert run(capsys, "fly", "hakuto-r-m1", "--plot", str(path))[0] == 0
    assert path.read_bytes().startswith(b"\x89PNG")


def test_doctor_finds_this_environment_well(capsys) -> None:
    code, out, _ = run(capsys, "doctor", "--json")
    rows = {row["what"]: row for row in json.loads(out)}
    assert {"Python", "numba", "compiled code", "kernel", "widgets", "first flight"} <= set(rows)
    assert code == (0 if all(row["ok"] for row in rows.values()) else 1)
    assert rows["first flight"]["ok"]


def test_doctor_says_what_to_do(capsys, monkeypatch) -> None:
    monkeypatch.setattr("lunarlab.jit.CACHE", None)
    monkeypatch.setattr("lunarlab.jit.ENABLED", True)
    code, out, _ = run(capsys, "doctor")
    assert code == 1
    assert "set NUMBA_CACHE_DIR" in out


def test_lessons_are_found_beside_copied_and_never_overwritten(tmp_path: Path, monkeypatch) -> None:
    here = tmp_path / "lessons"
    here.mkdir()
    (here / "01.ipynb").write_text("{}")
    assert cli.find_lessons(tmp_path) == here
    package = tmp_path / "site" / "lunarlab"
    (package / "_lessons").mkdir(parents=True)
    (package / "_lessons" / "10.ipynb").write_text("new")
    monkeypatch.setattr(cli, "PACKAGE", package)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    target = cli.find_lessons(elsewhere)
    assert (target / "10.ipynb").read_text() == "new"
    (target / "10.ipynb").write_text("my work")
    assert (cli.find_lessons(elsewhere) / "10.ipynb").read_text() == "my work"


def test_lab_is_started_on_the_lessons_without_announcements(capsys, monkeypatch, tmp_path: Path) -> None:
    started = {}
    monkeypatch.setattr(subprocess, "call", lambda command, env: started.update(command=command, env=env) or 0)
    assert run(capsys, "lab", str(tmp_path), "--no-browser", "--port", "8899")[0] == 0
    assert f"--ServerApp.root_dir={tmp_path}" in started["command"]
    assert started["command"][-3:] == ["--no-browser", "--port", "8899"]
    listed = subprocess.run(
        [sys.executable, "-m", "jupyter", "labextension", "list"], env=started["env"], capture_output=True, text=True
    )
    assert "@jupyterlab/apputils-extension:announcements" in (listed.stdout + listed.stderr).split("Disabled extensions:")[1]
    shown = subprocess.run(
        [sys.executable, "-m", "jupyter", "server", "--show-config-json"], env=started["env"], capture_output=True, text=True
    )
    chosen = json.loads(shown.stdout)["ServerApp"]["kernel_websocket_connection_class"]
    assert chosen == "lunarlab.jupyter.connection.PromptConnection"


def test_messages_to_the_browser_are_sent_at_once(monkeypatch) -> None:
    """Nagle's algorithm is off before the first message: a slider's picture does not wait for an acknowledgement."""
    from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection as Plain

    from lunarlab.jupyter.connection import PromptConnection

    said: list[object] = []
    line = PromptConnection.__new__(PromptConnection)
    monkeypatch.setattr(PromptConnection, "websocket_handler", type("Handler", (), {"set_nodelay": lambda self, on: said.append(on)})())
    monkeypatch.setattr(Plain, "connect", lambda self: said.append("connected") or "future")
    assert line.connect() == "future"
    assert said == [True, "connected"]


def test_a_closed_pipe_is_no_traceback() -> None:
    command = f"'{sys.executable}' -m lunarlab.cli fly hakuto-r-m1 --json | head -c 10"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, timeout=120)
    assert "Traceback" not in done.stderr
    assert done.stdout.startswith('{"case"')
