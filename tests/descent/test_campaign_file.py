"""The file of a campaign: whole at any moment, continued after a kill, never mixed with another campaign's."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import lunarlab as ll
from lunarlab.descent import columns, running
from lunarlab.descent.campaign import COLUMNS, Campaign, flight_seed, summary
from lunarlab.descent.rows import Job, fly_rows
from lunarlab.errors import LunarlabError

pq = pytest.importorskip("pyarrow.parquet")
M1 = ll.case("hakuto-r-m1").scenario
MARE = ll.case("nominal-mare").scenario
ROOT = Path(__file__).parents[2]


def test_the_file_holds_every_flight(tmp_path: Path) -> None:
    out = tmp_path / "m1.parquet"
    flown = ll.campaign(M1, n=12, seed=3, out=out)
    table = pq.read_table(out)
    assert table.num_rows == 12 and sorted(p.name for p in tmp_path.iterdir()) == ["m1.parquet"]
    assert table["k"].to_pylist() == list(range(12))
    assert table["seed"].to_pylist() == [flight_seed(3, k) for k in range(12)]
    assert table["verdict"].to_pylist() == flown.verdict
    for name in COLUMNS:
        assert np.array_equal(table[name].to_numpy(), flown[name], equal_nan=True)
    for name, values in flown.draws.items():
        assert np.array_equal(table[f"draw_{name}"].to_numpy(), values)
    facts = json.loads(table.schema.metadata[b"lunarlab"])
    assert facts["seed"] == 3 and facts["scenario"]["navigation"]["gate_m"] == M1.navigation.gate_m
    again = Campaign.load(out)
    assert again.digest == flown.digest and again.job.scenario == M1 and again.again(4).verdict == flown.verdict[4]


def test_a_law_that_is_not_in_the_file_must_be_given_again(tmp_path: Path) -> None:
    def law(t, est, params):
        return -params[0] * est[10], 0.0, 0.0

    def other(t, est, params):
        return -0.5 * est[10], 0.0, 0.0

    flown = ll.campaign(MARE, n=2, guidance=law, params=[0.8], out=tmp_path / "a.parquet")
    loaded = Campaign.load(tmp_path / "a.parquet")
    assert summary(loaded.again(1, guidance=law)) == pytest.approx(tuple(flown.table[1]), rel=0, abs=0, nan_ok=True)
    for options in ({}, {"guidance": other}):
        with pytest.raises(LunarlabError, match="the campaign flew another function, which its file lacks"):
            loaded.again(1, **options)


def test_resume_flies_only_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out, flown = tmp_path / "m1.parquet", []
    whole = ll.campaign(M1, n=20, seed=3)
    fly_one = running.fly_one
    monkeypatch.setattr(running, "fly_one", lambda job, k: (flown.append(k), fly_one(job, k))[1])
    monkeypatch.setattr(running, "fly_rows", lambda job, ks: (flown.extend(ks), fly_rows(job, ks))[1])
    ll.campaign(M1, n=8, seed=3, out=out, resume=True)  # nothing is there yet
    assert sorted(flown) == list(range(8))
    flown.clear()
    assert ll.campaign(M1, n=20, seed=3, out=out, resume=True).digest == whole.digest
    assert sorted(flown) == list(range(8, 20))
    flown.clear()
    few = ll.campaign(M1, n=5, seed=3, out=out, resume=True)  # fewer: a part of what is there, which stays
    assert flown == [] and few.n == 5 and pq.read_table(out).num_rows == 20
    assert np.array_equal(few.table, whole.table[:5], equal_nan=True)


def test_a_file_that_is_there_is_not_lost(tmp_path: Path) -> None:
    out = tmp_path / "m1.parquet"
    ll.campaign(M1, n=3, out=out)
    before = out.read_bytes()

    def law(t, est, params):
        return 0.0, 0.0, 1.7

    gate = replace(M1, navigation=replace(M1.navigation, gate_m=3000.0))
    for scene, options, words in (
        (M1, {}, "which is there already; resume=True"),
        (gate, {"resume": True}, f"another campaign: navigation.gate_m {M1.navigation.gate_m:g} there, 3000 here"),
        (M1, {"resume": True, "seed": 1}, "another campaign: seed 0 there, 1 here"),
        (M1, {"resume": True, "guidance": law}, "another campaign: guidance built in there, "),
        (MARE, {"resume": True}, "name hakuto-r-m1 there, nominal-mare here"),
        (replace(M1, dispersions=replace(M1.dispersions, mass_kg=2.0)), {"resume": True}, "dispersions.mass_kg 1 there, 2 here"),
    ):
        with pytest.raises(LunarlabError, match=words):
            ll.campaign(scene, n=4, out=out, **options)
        assert out.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["m1.parquet"]


def test_rows_of_other_code_are_not_mixed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "m1.parquet"
    ll.campaign(M1, n=3, out=out)
    monkeypatch.setattr("lunarlab.descent.identity.code_version", lambda: "9.9.9+0")
    with pytest.raises(LunarlabError, match=r"lunarlab .* there, 9\.9\.9\+0 here"):
        ll.campaign(M1, n=4, out=out, resume=True)


@pytest.mark.parametrize(
    ("name", "words"),
    [("m1.csv", "must end in .parquet"), ("no/m1.parquet", "there is no folder"), ("text.parquet", "not a file of a campaign")],
)
def test_a_bad_place_is_named(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / "text.parquet").write_text("thesis, do not delete")
    with pytest.raises(LunarlabError, match=words):
        ll.campaign(M1, n=3, out=tmp_path / name, resume=True)
    assert (tmp_path / "text.parquet").read_text() == "thesis, do not delete"


def test_a_parquet_file_of_somebody_else_is_kept(tmp_path: Path) -> None:
    import pyarrow as pa

    pq.write_table(pa.table({"a": [1]}), tmp_path / "other.parquet")
    with pytest.raises(LunarlabError, match="is not a whole file of a campaign"):
        Campaign.load(tmp_path / "other.parquet")
    with pytest.warns(UserWarning, match=r"it is kept as other\.parquet\.damaged"):
        ll.campaign(M1, n=3, out=tmp_path / "other.parquet", resume=True)
    assert pq.read_table(tmp_path / "other.parquet.damaged")["a"].to_pylist() == [1]


@pytest.mark.parametrize("harm", ["cut", "empty", "tail"])
def test_a_damaged_file_is_found_out_and_flown_again(tmp_path: Path, harm: str) -> None:
    out = tmp_path / "m1.parquet"
    flown = ll.campaign(M1, n=6, seed=2, out=out)
    whole = out.read_bytes()
    harmed = {"cut": whole[: len(whole) // 2], "empty": b"", "tail": whole[:-1]}
    out.write_bytes(harmed[harm])
    with pytest.warns(UserWarning, match="not a whole file of a campaign"):
        again = ll.campaign(M1, n=6, seed=2, out=out, resume=True)
    assert again.digest == flown.digest == Campaign.load(out).digest


def test_a_flipped_bit_never_changes_a_row(tmp_path: Path) -> None:
    out, draw, found = tmp_path / "m1.parquet", random.Random(5), 0  # noqa: S311
    flown = ll.campaign(M1, n=6, seed=2, out=out)
    whole = out.read_bytes()
    for _ in range(60):
        at = draw.randrange(4, len(whole) - 8)
        out.write_bytes(whole[:at] + bytes([whole[at] ^ (1 << draw.randrange(8))]) + whole[at + 1 :])
        try:
            rows, _ = columns.read(out)
        except LunarlabError:
            found += 1
            continue
        assert np.array_equal(rows.table, flown.table, equal_nan=True) and rows.verdict == flown.verdict
    assert found > 10


def test_two_campaigns_do_not_share_a_file(tmp_path: Path) -> None:
    out = tmp_path / "m1.parquet"
    lock = columns.Lock(out)
    try:
        for resume in (False, True):
            with pytest.raises(LunarlabError, match=rf"another campaign \(process {os.getpid()}\) is writing it"):
                ll.campaign(M1, n=3, out=out, resume=resume)
    finally:
        lock.release()
    (tmp_path / "m1.parquet.lock").write_text("process 1\n")  # what a dead process leaves behind
    assert ll.campaign(M1, n=3, out=out).n == 3
    assert [p.name for p in tmp_path.iterdir()] == ["m1.parquet"]


def test_what_was_flown_before_a_ctrl_c_is_in_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out, calls = tmp_path / "m1.parquet", []

    def interrupted(job, ks):
        calls.append(ks)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return fly_rows(job, ks)

    monkeypatch.setattr(running, "fly_rows", interrupted)
    with pytest.raises(KeyboardInterrupt, match=r"\d+ of 40 flights are in .*m1\.parquet"):
        ll.campaign(M1, n=40, seed=1, workers=1, out=out)
    monkeypatch.undo()
    kept = pq.read_table(out).num_rows
    assert 2 < kept < 40
    assert ll.campaign(M1, n=40, seed=1, out=out, resume=True).digest == ll.campaign(M1, n=40, seed=1).digest


def test_a_disk_that_refuses_is_an_error_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "m1.parquet"
    ll.campaign(M1, n=3, out=out)

    def full(*args: object, **options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(columns.pq, "write_table", full)
    with pytest.raises(LunarlabError, match="can't be written: No space left on device"):
        ll.campaign(M1, n=6, out=out, resume=True)
    monkeypatch.undo()
    assert Campaign.load(out).n == 3 and [p.name for p in tmp_path.iterdir()] == ["m1.parquet"]


def test_writing_takes_a_small_share_of_the_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from lunarlab.descent.identity import identity

    clock = [0.0]
    for name in ("monotonic", "thread_time"):
        monkeypatch.setattr(columns.time, name, lambda: clock[0])
    with columns.Store(tmp_path / "a.parquet", identity(Job(M1)), False) as store:
        rows, saved, at = fly_rows(Job(M1), range(2)), 0, store.due
        assert at
        write = columns.pq.write_table

        def slow(*args: object, **options: object) -> None:
            clock[0] += 0.5
            write(*args, **options)

        monkeypatch.setattr(columns.pq, "write_table", slow)
        while clock[0] < 100.0:
            clock[0] += 0.25
            if store.due:
                store.save(rows)
                saved += 1
    assert 0.5 * saved / clock[0] <= columns.SHARE * 1.3 and saved >= 4


def killed_at(moments: list[float], out: Path, n: int, *more: str) -> int:
    """Start a campaign in a process of its own and kill it, once for each moment [s after the file is there]; the rows kept."""
    command = [sys.executable, "-m", "lunarlab.cli", "campaign", "nominal-mare", "-n", str(n), "--seed", "4", "--json",
               "--out", str(out), "--resume", *more]  # fmt: skip
    rows = 0
    for moment in moments:
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        stamp, end = out.stat().st_mtime_ns if out.exists() else 0, time.monotonic() + 120.0
        while process.poll() is None and (not out.exists() or out.stat().st_mtime_ns == stamp):
            assert time.monotonic() < end
            time.sleep(0.01)
        time.sleep(moment)
        process.kill()
        error = process.communicate()[1].decode()
        assert process.returncode in (-signal.SIGKILL, 0), error
        kept = pq.read_table(out).num_rows  # whole, whenever it was killed
        assert kept >= rows
        rows = kept
    return rows


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kill -9 is POSIX")
@pytest.mark.parametrize(
    ("moments", "n", "longest_s"), [pytest.param(2, 500, 0.8, id="2"), pytest.param(10, 3000, 1.6, id="10", marks=pytest.mark.long)]
)
def test_killed_at_random_moments_it_goes_on_to_the_same_digest(tmp_path: Path, moments: int, n: int, longest_s: float) -> None:
    out, draw = tmp_path / "c.parquet", random.Random(2026)  # noqa: S311 - moments, not secrets
    kept = killed_at([draw.uniform(0.0, longest_s) for _ in range(moments)], out, n)
    assert kept > 0
    resumed = ll.campaign(MARE, n=n, seed=4, out=out, resume=True)
    assert resumed.digest == ll.campaign(MARE, n=n, seed=4).digest
