"""Campaigns on a Dask cluster of two local workers: the same rows as threads, whatever happens to the workers."""

from __future__ import annotations

import os
import random
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import lunarlab as ll
from lunarlab.descent.rows import Job, digest, fly_rows, join
from lunarlab.errors import LunarlabError

distributed = pytest.importorskip("distributed")
from lunarlab.descent import cluster  # noqa: E402

MARE = ll.case("nominal-mare").scenario
pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="workers are killed as POSIX does it")


@pytest.fixture(scope="module")
def local() -> Iterator[object]:
    import dask

    # A local cluster gives a worker up that is not back within 15 s, which a busy machine may need to start one.
    patient = dask.config.set({"distributed.deploy.lost-worker-timeout": "300s"})
    with patient, distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=50) as made:
        yield made


def test_the_same_rows_as_on_threads(local, tmp_path: Path) -> None:
    out = tmp_path / "c.parquet"
    threads = ll.campaign(MARE, n=60, seed=2)
    there = ll.campaign(MARE, n=60, seed=2, cluster=local.scheduler_address, out=out)
    assert there.digest == threads.digest
    assert there.cpu_s > 0.1
    with distributed.Client(local, set_as_default=False) as client:  # a client of the user's own, which stays open
        more = ll.campaign(MARE, n=90, seed=2, cluster=client, out=out, resume=True)
        assert client.status == "running"
        assert more.digest == ll.campaign(MARE, n=90, seed=2).digest
        threads_of_numba = client.run(lambda: os.environ.get("NUMBA_NUM_THREADS"))
        assert set(threads_of_numba.values()) == {"1"}


def test_a_law_travels_with_all_that_it_uses(local) -> None:
    gain = 0.9

    def helper(limit: float) -> float:
        return gain * limit

    def law(t, est, params):  # only brakes, and so falls: the ground comes soon
        return params[0] * helper(est[10]), 0.0, 0.0

    def in_python(t, est, params):
        assert {type(t)}
        return law(t, est, params)

    options = {"n": 3, "seed": 1, "params": {"a": -1.0}}
    flown = [ll.campaign(MARE, guidance=f, cluster=place, **options) for f in (law, in_python) for place in (None, local)]
    assert {one.digest for one in flown} == {flown[0].digest}
    assert flown[0].verdicts == {"CRASHED": 3} and len(set(flown[0]["speed_mps"])) == 3
    gain = 0.8
    assert ll.campaign(MARE, guidance=law, cluster=local, **options).digest != flown[0].digest


class Mortal:
    """A client whose workers die with a batch as often as `deaths` says, and otherwise fly it here."""

    status, scheduler = "running", None

    def __init__(self, deaths: int) -> None:
        self.deaths, self.sent, self.cancelled = deaths, [], 0

    def nthreads(self) -> dict[str, int]:
        return {"tcp://nowhere:1": 1}

    def cancel(self, futures: list, force: bool) -> None:
        self.cancelled += len(futures)

    def submit(self, function, packed, ks, version, pure):
        client, die = self, ks[0] == 5 and self.sent.count(5) < self.deaths

        class Future:
            key = f"{ks[0]}-{len(self.sent)}"

            def add_done_callback(self, call) -> None:
                call(self)

            def result(self, timeout):
                if die:
                    raise distributed.KilledWorker("task", type("Worker", (), {"address": "tcp://nowhere:1"}), 3)
                return function(packed, ks, version)

        client.sent.append(ks[0])
        return Future()


def test_a_batch_that_is_lost_flies_again_but_not_for_ever() -> None:
    job, ks = Job(MARE, 2), list(range(5, 9))
    client = Mortal(deaths=cluster.DEATHS_MAX)
    rows = join([rows for rows, _ in cluster.in_cluster(client, job, ks, 1.0)])
    assert digest(rows) == digest(fly_rows(job, ks)) and client.sent.count(5) == cluster.DEATHS_MAX + 1
    client = Mortal(deaths=99)
    with pytest.raises(LunarlabError, match="flights 5 to 5 have taken their workers with them 5 times"):
        list(cluster.in_cluster(client, job, ks, 1.0))


def test_when_the_caller_stops_what_is_out_is_cancelled() -> None:
    client = Mortal(deaths=0)
    flown = cluster.in_cluster(client, Job(MARE, 2), range(5, 40), 1.0)
    next(flown)
    flown.close()
    assert client.cancelled == len(client.sent) - 1 and len(client.sent) < 10


def test_a_scheduler_that_is_gone_is_named() -> None:
    client = Mortal(deaths=0)
    client.status = "closed"
    with pytest.raises(LunarlabError, match=r"the cluster at .* is gone"):
        list(cluster.in_cluster(client, Job(MARE, 2), range(5, 9), 1.0))


def test_workers_with_other_code_are_refused(local, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lunarlab.descent.identity.code_version", lambda: "9.9.9+0")
    with pytest.raises(LunarlabError, match=r"a worker has lunarlab 0\.\d.*, this is 9\.9\.9\+0: install the same"):
        ll.campaign(MARE, n=20, cluster=local)


def test_an_error_on_a_worker_is_told_and_what_was_flown_is_kept(local, tmp_path: Path) -> None:
    """A law that is sent away with a file that only this machine has."""
    path = tmp_path / "here"
    path.write_text("x")
    job = Job(MARE)
    packed = cluster.pack_job(job)
    rows, complaint, _ = cluster.fly_batch(b"nonsense", [1], cluster_version())
    assert rows is None and "UnpicklingError" in complaint
    rows, complaint, _ = cluster.fly_batch(packed, [1, 2], cluster_version())
    assert complaint == "" and rows.k.tolist() == [1, 2]
    lock = threading.Lock()
    with pytest.raises(LunarlabError, match="can't be sent to a cluster"):
        cluster.pack_job(Job(MARE, guidance=lambda t, est, params: (0.0, lock, 0.0)))


def cluster_version() -> str:
    from lunarlab.descent.identity import code_version

    return code_version()


def nothing_there() -> str:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return f"tcp://127.0.0.1:{held.getsockname()[1]}"


def test_a_cluster_that_is_not_there_is_named_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "START_S", 0.5)
    monkeypatch.setattr(cluster, "ANSWER_S", 1.5)
    with socket.create_server(("127.0.0.1", 0)) as silent, socket.create_server(("127.0.0.1", 0)) as other:
        def greet() -> None:
            line, _ = other.accept()
            with line:
                line.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        web = threading.Thread(target=greet)
        web.start()
        for address, words in (
            (nothing_there(), "nothing answers there: Connection refused"),
            (f"tcp://127.0.0.1:{silent.getsockname()[1]}", "no Dask scheduler answers there within 1 s"),
            (f"127.0.0.1:{other.getsockname()[1]}", "something listens there, but it is not a Dask scheduler"),
            ("host", "it must be an address such as 'tcp://host:8786'"),
        ):
            start = time.monotonic()
            with pytest.raises(LunarlabError, match=f"cluster is '{address}'; .*{words}"):
                ll.campaign(MARE, n=3, cluster=address)
            assert time.monotonic() - start < 10.0
        web.join()


def test_a_cluster_without_workers_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "ANSWER_S", 4.0)
    empty = distributed.LocalCluster(n_workers=0, dashboard_address=":0", silence_logs=50)
    with empty, pytest.raises(LunarlabError, match=r"has no workers; none came within 4 s"):
        ll.campaign(MARE, n=3, cluster=empty)


def kill_workers(local, moments: list[float], stop: threading.Event, killed: list[int]) -> None:
    """Kill -9 one of the workers after each of these times [s]; a nanny starts another."""
    draw = random.Random(7)  # noqa: S311 - victims, not secrets
    for moment in moments:
        if stop.wait(moment):
            return
        # One that is just starting is left alone: its nanny would give up.
        pids: list[int] = []
        while not pids and not stop.wait(0.02):
            running = [n.process for n in local.workers.values() if n.process and n.process.status.name == "running"]
            pids = sorted(process.pid for process in running if process.pid)
        if pids:
            killed.append(draw.choice(pids))
            os.kill(killed[-1], signal.SIGKILL)


@pytest.mark.parametrize(
    ("moments", "n", "longest_s"), [pytest.param(2, 300, 0.8, id="2"), pytest.param(10, 6000, 4.0, id="10", marks=pytest.mark.long)]
)
def test_killed_workers_lose_nothing(local, tmp_path: Path, moments: int, n: int, longest_s: float) -> None:
    draw, stop, killed = random.Random(2027), threading.Event(), []  # noqa: S311
    times = [draw.uniform(0.1, longest_s) for _ in range(moments)]
    hunter = threading.Thread(target=kill_workers, args=(local, times, stop, killed))
    hunter.start()
    try:
        flown = ll.campaign(MARE, n=n, seed=9, cluster=local, out=tmp_path / "c.parquet")
    finally:
        stop.set()
        hunter.join()
    assert killed
    assert flown.digest == ll.campaign(MARE, n=n, seed=9).digest


@pytest.mark.long
def test_a_campaign_killed_beside_a_cluster_goes_on(local, tmp_path: Path) -> None:
    from tests.descent.test_campaign_file import killed_at

    draw, out = random.Random(2028), tmp_path / "c.parquet"  # noqa: S311
    killed_at([draw.uniform(0.0, 1.6) for _ in range(10)], out, 3000, "--cluster", local.scheduler_address)
    flown = ll.campaign(MARE, n=3000, seed=4, cluster=local, out=out, resume=True)
    assert flown.digest == ll.campaign(MARE, n=3000, seed=4).digest
