"""A campaign on a Dask cluster: batches of flights go out, rows come back.

A batch that is lost with its worker flies again elsewhere. Workers get the scenario, the law and the filter as bytes, and
must have the same lunarlab: they compare a hash of its sources before they fly.
"""

# This file is imported by workers before anything of numba is, so that `fly_batch` can say how many threads numba may
# start in them. So lunarlab's physics is imported in the functions, not here.

from __future__ import annotations

import contextlib
import os
import queue
import re
import socket
import sys
import time
from collections import Counter, deque
from collections.abc import Generator, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import cloudpickle
from distributed import CancelledError, Client, KilledWorker

from lunarlab.errors import LunarlabError

if TYPE_CHECKING:
    from lunarlab.descent.rows import Job, Rows

BATCH_S = 0.25
"""Work in a batch: a message costs some milliseconds."""
ANSWER_S = 8.0
"""How long a scheduler may take to answer, and a cluster to show its first worker."""
START_S = 3.0
"""How long to try where nothing listens yet."""
PATIENCE_S = 120.0
"""How long to wait for a worker when all are gone."""
DEATHS_MAX = 5
"""A batch that has taken so many sets of workers with it is not tried again."""


@contextlib.contextmanager
def connected(cluster: Any) -> Iterator[Client]:
    """A client of this cluster: an address, a client (left open at the end), or something with a `scheduler_address`.

    Raises
    ------
    LunarlabError
        Not an address; nothing answers there; no worker is there.
    """
    if isinstance(cluster, Client):
        if cluster.asynchronous:
            raise LunarlabError("cluster is an asynchronous client; a campaign needs one with asynchronous=False")
        _wait_for_worker(cluster, ANSWER_S)
        yield cluster
        return
    address = getattr(cluster, "scheduler_address", cluster)
    if not isinstance(address, str) or not re.fullmatch(r"(\w+://)?[^\s/]+:\d{1,5}|inproc://\S+", address):
        raise LunarlabError(f"cluster is {cluster!r}; it must be an address such as 'tcp://host:8786', or a Dask client")
    _knock(address)
    try:
        client = Client(address, timeout=ANSWER_S, set_as_default=False)
    except Exception as error:
        raise LunarlabError(f"cluster is {address!r}; no Dask scheduler answers there within {ANSWER_S:g} s") from error
    with client:
        _wait_for_worker(client, ANSWER_S)
        yield client


def _knock(address: str) -> None:
    """Refuse where nobody listens, or something else than Dask; a scheduler that is just starting has some seconds.

    A Dask client that fails to connect leaves threads behind, so this is found out before there is one.
    """
    found = re.fullmatch(r"(?:(tcp|tls)://)?\[?([^\s/]+?)\]?:(\d+)", address)
    if not found:
        return
    end = time.monotonic() + START_S
    while True:
        try:
            with socket.create_connection((found[2], int(found[3])), timeout=START_S) as line:
                line.settimeout(ANSWER_S - START_S)
                # A scheduler speaks first: the length of its greeting in eight bytes.
                greeting = b"\1" + bytes(7) if found[1] == "tls" else line.recv(8)
            break
        except TimeoutError as error:
            waited = f"{ANSWER_S - START_S:g} s"
            raise LunarlabError(f"cluster is {address!r}; no Dask scheduler answers there within {waited}") from error
        except (OSError, OverflowError) as error:
            if time.monotonic() > end or isinstance(error, (socket.gaierror, OverflowError)):
                why = getattr(error, "strerror", None) or str(error)
                raise LunarlabError(f"cluster is {address!r}; nothing answers there: {why}") from error
        time.sleep(0.5)
    if len(greeting) < 8 or not 0 < int.from_bytes(greeting, "little") < 1 << 20:
        raise LunarlabError(f"cluster is {address!r}; something listens there, but it is not a Dask scheduler")


def _threads(client: Client) -> int:
    """Threads of all workers that the cluster has now.

    Raises
    ------
    LunarlabError
        The scheduler is gone.
    """
    try:
        if client.status != "running":
            raise OSError("closed")
        return sum(client.nthreads().values())
    except (OSError, TimeoutError, CancelledError) as error:
        raise LunarlabError(f"the cluster at {_address(client)} is gone") from error


def _address(client: Client) -> str:
    return str(getattr(client.scheduler, "address", "?"))


def _wait_for_worker(client: Client, patience_s: float) -> None:
    """Return when there is a worker; LunarlabError if none comes in time."""
    end = time.monotonic() + patience_s
    while _threads(client) == 0:
        if time.monotonic() > end:
            raise LunarlabError(f"the cluster at {_address(client)} has no workers; none came within {patience_s:g} s")
        time.sleep(0.1)


def pack_job(job: Job) -> bytes:
    """The job as bytes; functions of the user's own modules go along, as workers need not have these modules."""
    ours = []
    for function in (job.guidance, job.navigation):
        module = sys.modules.get(getattr(getattr(function, "py_func", function), "__module__", None) or "")
        if module is not None and module.__name__ != "__main__" and module.__name__.split(".")[0] not in ("lunarlab", "numpy"):
            ours.append(module)
            cloudpickle.register_pickle_by_value(module)
    try:
        return bytes(cloudpickle.dumps(job))
    except Exception as error:
        raise LunarlabError(f"law or filter can't be sent to a cluster: {error}") from error
    finally:
        for module in ours:
            with contextlib.suppress(ValueError):  # the same module twice
                cloudpickle.unregister_pickle_by_value(module)


@lru_cache(maxsize=4)
def _unpack(packed: bytes) -> Job:
    """The job, once for each process, so that a student's function is compiled once."""
    job: Job = cloudpickle.loads(packed)
    return job


def fly_batch(packed: bytes, ks: Sequence[int], version: str) -> tuple[Rows | None, str, float]:
    """On a worker: rows of a batch, "", and processor time; or None and what is wrong."""
    if "numba" not in sys.modules:
        os.environ["NUMBA_NUM_THREADS"] = "1"  # the workers are what runs in parallel
    from lunarlab.descent.identity import code_version
    from lunarlab.descent.rows import fly_rows

    if code_version() != version:
        return None, f"a worker has lunarlab {code_version()}, this is {version}: install the same", 0.0
    start = time.thread_time()
    try:
        rows = fly_rows(_unpack(packed), ks)
    except Exception as error:
        return None, f"{type(error).__name__}: {error}", 0.0
    return rows, "", time.thread_time() - start


def in_cluster(client: Client, job: Job, missing: Sequence[int], each_s: float) -> Generator[tuple[Rows, float]]:
    """Rows of each batch as it comes back, and the processor time that it took.

    When the caller stops asking, what is still out is cancelled.
    """
    from lunarlab.descent.identity import code_version
    from lunarlab.descent.running import batches

    packed, version, threads = pack_job(job), code_version(), _threads(client)
    waiting = deque(batches(missing, each_s, BATCH_S, max(threads, 1)))
    out: dict[Any, tuple[Any, Sequence[int]]] = {}
    back: queue.SimpleQueue[Any] = queue.SimpleQueue()
    deaths: Counter[int] = Counter()
    looked = seen = time.monotonic()
    try:
        while waiting or out:
            while waiting and len(out) < max(4, 3 * threads):
                ks = waiting.popleft()
                future = client.submit(fly_batch, packed, ks, version, pure=False)
                out[future.key] = future, ks
                future.add_done_callback(lambda done: back.put(done.key))
            try:
                key = back.get(timeout=1.0)
            except queue.Empty:
                key = ""
            if time.monotonic() - looked > 2.0:
                threads, looked = _threads(client), time.monotonic()
                seen = looked if threads else seen
                if looked - seen > PATIENCE_S:
                    raise LunarlabError(f"the cluster at {_address(client)} has had no worker for {PATIENCE_S:g} s")
            if key in out:
                future, ks = out.pop(key)
                answer = _answer(client, future)
                if answer is None:  # lost with its worker
                    deaths[ks[0]] += 1
                    if deaths[ks[0]] > DEATHS_MAX:
                        raise LunarlabError(
                            f"flights {ks[0]} to {ks[-1]} have taken their workers with them {DEATHS_MAX} times: does the law "
                            "crash, or need more memory than a worker has?"
                        )
                    waiting.appendleft(ks)
                    continue
                rows, complaint, spent_s = answer
                if rows is None:
                    raise LunarlabError(f"flights {ks[0]} to {ks[-1]} failed on a worker of {_address(client)}: {complaint}")
                yield rows, spent_s
    finally:
        left = [future for future, _ in out.values()]
        with contextlib.suppress(Exception):
            client.cancel(left, force=True)


def _answer(client: Client, future: Any) -> tuple[Rows | None, str, float] | None:
    """What a batch gave; None if it was lost.

    Raises
    ------
    LunarlabError
        The scheduler is gone, or the worker could not even begin.
    """
    try:
        answer: tuple[Rows | None, str, float] = future.result(timeout=30.0)
    except (KilledWorker, CancelledError, TimeoutError):
        _threads(client)
        return None
    except Exception as error:
        raise LunarlabError(f"a worker of the cluster at {_address(client)} can't fly: {error!r}") from error
    return answer
