"""What the gradebook promises: one transaction, leases, a chain of events, overrides that survive, and people who can go."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import fake
import grader
import pytest
import sqlalchemy as sa

from lunarlab.errors import LunarlabError
from lunarlab.grading.batch import notebook, owner, pack, slots, store
from lunarlab.grading.batch import schema as s
from lunarlab.grading.batch.gradebook import TRIES, Gradebook, Totals
from lunarlab.grading.batch.ingest import Handin
from lunarlab.grading.batch.notebook import NotebookCell
from lunarlab.grading.batch.score import Criterion, Graded
from lunarlab.grading.batch.store import GradebookError
from lunarlab.grading.batch.witness import Witness, agree, watched

CELLS = notebook.read(fake.book(fake.RIGHT))
ROW = Criterion("90.double", 0, "twice", 1000, 3000, 0, "4", "5", "add")
GRADED = Graded((ROW,), 1000, 5000, {"": ["a note"]}, [], [], {"90.height": {"wall_m": 600.0}})
OTHER = f"{owner.machine()}:1:0"
"""An owner that is gone: process 1 began at another time."""


def server(folder):
    """Address of a PostgreSQL that was started for this test, and how to stop it; None if there is none to start."""
    tools = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not tools:
        return None
    root = os.geteuid() == 0
    if root:
        try:
            user = pwd.getpwnam("postgres")
        except KeyError:
            return None
        os.chown(folder, user.pw_uid, user.pw_gid)
        for parent in [folder, *folder.parents][:3]:
            parent.chmod(parent.stat().st_mode | 0o011)

    def run(*command):
        before = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if root else []
        subprocess.run([*before, *command], check=True, capture_output=True, cwd=folder, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"})

    data = folder / "data"
    run(str(tools[-1] / "initdb"), "-D", str(data), "-U", "lunarlab", "-A", "trust", "--no-sync")
    control = [str(tools[-1] / "pg_ctl"), "-D", str(data), "-w", "-l", str(folder / "log")]
    run(*control, "-o", f"-c listen_addresses='' -k {folder} -c fsync=off", "start")
    return f"postgresql+psycopg://lunarlab@/postgres?host={folder}", lambda: run(*control, "-m", "immediate", "stop")


@pytest.fixture(scope="module")
def postgres(tmp_path_factory):
    pytest.importorskip("psycopg")
    folder = Path("/tmp") / f"lunarlab-pg-{os.getpid()}"  # noqa: S108 - a socket's path must be short
    folder.mkdir(mode=0o755)
    try:
        started = server(folder)
        if started is None:
            pytest.skip("no PostgreSQL to start: apt-get install postgresql")
        address, stop = started
        yield address
        stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgres"])
def place(request, tmp_path):
    if request.param == "sqlite":
        return str(tmp_path / "grades.sqlite")
    address = request.getfixturevalue("postgres")
    engine = sa.create_engine(address)
    with engine.begin() as connection:
        s.metadata.drop_all(connection)
    engine.dispose()
    return address


def filled(place, count=3):
    book = Gradebook(place)
    rows = [(f"s-{i}", Handin(f"n{i}", f"{i:064}", CELLS)) for i in range(count)]
    assert book.receive(fake.WORK, rows, "test") == count
    assert book.receive(fake.WORK, rows, "test") == 0
    return book, book.begin_run(fake.WORK, tier="fake", probes={"a": "ok"}, versions={"code": "1"}, key_id="k")


def test_a_file_is_for_its_owner_alone(tmp_path):
    """Students' work: whatever the umask, also what SQLite keeps beside it."""
    before = os.umask(0o002)
    try:
        book, _ = filled(tmp_path / "grades.sqlite")
    finally:
        os.umask(before)
    files = [path for path in tmp_path.iterdir() if path.name.startswith("grades.sqlite")]
    assert len(files) > 1 and {path.stat().st_mode & 0o777 for path in files} == {0o600}
    book.close()


def test_claim_finish_and_what_is_kept(place):
    book, run = filled(place)
    me = owner.me()
    jobs = [book.claim(fake.WORK, me, 60.0) for _ in range(3)]
    assert len({job.submission for job in jobs}) == 3 and book.claim(fake.WORK, me, 60.0) is None
    assert jobs[0].cells == CELLS
    assert book.totals(fake.WORK) == Totals(3, 0, 0, 0, 3) and not book.totals(fake.WORK).holds
    assert all(book.finish(job, me, GRADED, run) for job in jobs)
    assert book.totals(fake.WORK) == Totals(3, 3, 0, 0, 0) and book.totals(fake.WORK).holds
    assert not book.finish(jobs[0], me, GRADED, run), "only once"
    with book.engine.connect() as connection:
        row = connection.execute(sa.select(s.criterion)).first()
        assert (row.requirement, row.milli, row.hint) == ("twice", 1000, "add")
    assert book.trouble() == []
    book.end_run(run, book.totals(fake.WORK), 1.0)
    assert book.other_versions(fake.WORK, {"code": "2"}) and not book.other_versions(fake.WORK, {"code": "1"})
    book.close()


def test_a_lease_of_the_dead_is_taken_up_and_one_of_the_living_is_not(place):
    book, run = filled(place, 1)
    job = book.claim(fake.WORK, owner.me(), -10.0)
    assert book.reclaim(fake.WORK) == 0, "it ran out, but its owner lives on this machine and works"
    with book.engine.begin() as connection:
        connection.execute(s.job.update().values(owner=OTHER))
    assert book.reclaim(fake.WORK) == 1
    assert not book.finish(job, owner.me(), GRADED, run), "who lost the lease writes nothing"
    again = book.claim(fake.WORK, "elsewhere:1:2", 60.0)
    assert book.reclaim(fake.WORK) == 0, "another machine, and its lease runs"
    with book.engine.begin() as connection:
        connection.execute(s.job.update().values(lease_until=time.time() - 1.0))
    assert book.reclaim(fake.WORK) == 1 and not book.finish(again, "elsewhere:1:2", GRADED, run)
    assert book.totals(fake.WORK).graded == 0
    book.close()


def test_faults_of_ours_end_with_a_person_and_never_with_a_grade(place):
    book, _ = filled(place, 1)
    for number in range(TRIES):
        job = book.claim(fake.WORK, "me", 60.0)
        assert job is not None and job.tries == number
        book.fail(job, job.checks, "somebody else", "not mine")
        book.fail(job, job.checks, "me", "the sandbox does not start", pause_s=0.0)
    assert book.claim(fake.WORK, "me", 60.0) is None
    assert book.totals(fake.WORK) == Totals(1, 0, 0, 1, 0)
    assert book.look_again(fake.WORK) == 1 and book.totals(fake.WORK).open == 1
    book.close()


def test_a_grade_is_written_whole_or_not_at_all(place):
    book, run = filled(place, 1)
    job = book.claim(fake.WORK, "me", 60.0)
    twice = replace(GRADED, criteria=(ROW, ROW))
    with pytest.raises(GradebookError):
        book.finish(job, "me", twice, run)
    with pytest.raises(GradebookError):
        book.finish(job, "me", replace(GRADED, milli=6000), run)
    assert book.totals(fake.WORK) == Totals(1, 0, 0, 0, 1) and book.held_by("me") == [job.submission]
    assert book.finish(job, "me", GRADED, run)
    book.close()


def test_overrides_survive_grading_again_and_a_student_can_be_forgotten(place):
    book, run = filled(place, 2)
    for _ in range(2):
        book.finish(book.claim(fake.WORK, "me", 60.0), "me", GRADED, run)
    with book.engine.connect() as connection:
        id = connection.execute(sa.select(s.submission.c.id).where(s.submission.c.student_key == "s-0")).scalar()
    book.override(id, "90.double", 3000, who="teacher", why="the text was misleading")
    for wrong in ({"who": " "}, {"why": ""}, {"milli": -1}, {"submission": "nobody"}):
        with pytest.raises(GradebookError):
            book.override(**({"submission": id, "exercise": "90.double", "milli": 1, "who": "a", "why": "b"} | wrong))
    second = replace(fake.WORK, checks="2")
    assert book.plan_again(second) == 2 and book.plan_again(second) == 0
    assert book.totals(second) == Totals(2, 0, 0, 0, 2) and book.totals(fake.WORK).graded == 2
    with book.engine.connect() as connection:
        assert connection.execute(sa.select(s.override.c.milli)).scalars().all() == [3000]
        kinds = connection.execute(sa.select(s.event.c.kind)).scalars().all()
        assert kinds.count("override") == 1, "the chain tells that a person decided"
    assert book.erase("s-0") == 1
    with book.engine.connect() as connection:
        assert connection.execute(sa.select(s.override)).all() == [], "a reason is about a person, too"
        assert "s-0" not in str(connection.execute(sa.select(s.student)).all())
        assert len(connection.execute(sa.select(s.grade)).all()) == 1
    assert book.trouble() == []
    book.close()


@pytest.mark.parametrize("how", ["change", "remove", "insert"])
def test_the_chain_of_events_notices(place, how):
    book, run = filled(place, 3)
    book.finish(book.claim(fake.WORK, "me", 60.0), "me", GRADED, run)
    assert book.trouble() == []
    with book.engine.begin() as connection:
        if how == "change":
            connection.execute(s.event.update().where(s.event.c.kind == "graded").values(detail='{"milli": 5000}'))
        elif how == "remove":
            connection.execute(s.event.delete().where(s.event.c.seq == 2))
        else:
            row = connection.execute(sa.select(s.event).where(s.event.c.seq == 2)).one()._asdict() | {"seq": 99, "digest": "0"}
            connection.execute(s.event.insert().values(**row))
    assert "event" in book.trouble()[0]
    book.close()


def test_what_a_gate_refused_once_may_be_read_later(place):
    """The same bytes, and a gate that allows more."""
    with Gradebook(place) as book:
        refused = Handin("ada", "0" * 64, reason="too_large", sentence="too large")
        assert book.receive(fake.WORK, [("s-ada", refused)], "t") == 1 and book.claim(fake.WORK, "me", 60.0) is None
        read = replace(refused, reason="", sentence="", cells=(NotebookCell(0, "code", "90.double", "x = 1"),))
        assert book.receive(fake.WORK, [("s-ada", read)], "t") == 1
        assert book.claim(fake.WORK, "me", 60.0).cells[0].text == "x = 1"


def test_two_graders_may_take_in_the_same_class(place):
    """Each reads what is there before it writes: on PostgreSQL the second waits."""
    hand_ins = [(f"s-{k:03}", Handin(f"s-{k}", f"{k:064}", (NotebookCell(0, "code", "", "x"),))) for k in range(150)]
    with Gradebook(place) as book:
        book.receive(fake.WORK, hand_ins[:1], "t")
    for turn in range(2):
        rows = [[(student, replace(h, sha256=f"{turn}{h.sha256[1:]}")) for student, h in order] for order in (hand_ins, hand_ins[::-1])]
        with ThreadPoolExecutor(2) as pool, Gradebook(place) as one, Gradebook(place) as two:
            counts = list(pool.map(lambda job: job[0].receive(fake.WORK, job[1], "t"), zip((one, two), rows, strict=True)))
        assert sorted(counts) in ([0, 149], [0, 150])


def test_an_assignment_keeps_its_exercises(place):
    book, _ = filled(place, 1)
    with pytest.raises(GradebookError, match="new version"):
        book.receive(replace(fake.WORK, exercises=("90.double",)), [], "test")
    book.close()


def test_a_whole_batch_on_postgresql(postgres, tmp_path):
    engine = sa.create_engine(postgres)
    with engine.begin() as connection:
        s.metadata.drop_all(connection)
    engine.dispose()
    grader.hand_in(tmp_path, 12)
    graders = [grader.start(tmp_path, place=postgres, delay_s=0.05) for _ in range(2)]
    said = [g.communicate(timeout=120) for g in graders]
    assert [g.returncode for g in graders] == [0, 0], said
    assert grader.executed(tmp_path) == 12 and len(grader.digests(postgres)) == 12
    assert grader.run(tmp_path, place=postgres)[1]["executed"] == 0 and grader.sound(postgres)


def test_places_that_are_refused(tmp_path, monkeypatch):
    with pytest.raises(GradebookError, match="no folder"):
        Gradebook(tmp_path / "nowhere" / "x.sqlite")
    with pytest.raises(GradebookError, match="postgresql"):
        Gradebook("mysql://somewhere/x")
    monkeypatch.setattr(store, "file_system", lambda path: "nfs4")
    with pytest.raises(GradebookError, match="network file system"):
        Gradebook(tmp_path / "x.sqlite")
    assert list(tmp_path.iterdir()) == []


def test_a_gradebook_of_another_format_is_refused(tmp_path):
    with Gradebook(tmp_path / "x.sqlite") as book, book.engine.begin() as connection:
        connection.execute(s.meta.update().values(value="0"))
    with pytest.raises(GradebookError, match="format 0"):
        Gradebook(tmp_path / "x.sqlite")


def test_sqlite_is_set_up_to_survive_a_power_cut(tmp_path):
    with Gradebook(tmp_path / "x.sqlite") as book, book.engine.connect() as connection:
        asked = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")}
    assert asked == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}


# --- owners, slots, keys ---


def test_who_is_gone():
    assert not owner.is_gone(owner.me())
    ended = subprocess.Popen(["true"])
    name = owner.of(ended.pid)
    while not owner.is_gone(name):  # a zombie counts
        time.sleep(0.01)
    ended.wait()
    assert owner.is_gone(name) and owner.is_gone(OTHER)
    assert not owner.is_gone("elsewhere:1:0") and not owner.is_gone("") and not owner.is_gone("nonsense")


def test_slots_are_not_shared_and_come_back():
    program = "from lunarlab.grading.batch import slots; print(slots.take(), slots.take(), flush=True); input()"
    command = [shutil.which("python3") or "python3", "-c", program]
    command[0] = os.sys.executable
    both = [subprocess.Popen(command, env=grader.environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    taken = [int(word) for process in both for word in process.stdout.readline().split()]
    assert len(set(taken)) == 4 and 0 not in taken
    for process in both:
        process.kill()
        process.communicate()
    with slots.testing():
        pass


def test_keys(tmp_path):
    file = tmp_path / "course.key"
    key = pack.new_key("2026")
    pack.write_key(file, key)
    assert pack.read_key(file) == key and file.stat().st_mode & 0o777 == 0o600
    assert key.secret.hex() not in repr(key) and key.student("Ada") == key.student("Ada") != key.student("ada")
    assert key.student("Zo\u00eb") == key.student("Zoe\u0308"), "the same name, however its letters are composed"
    with pytest.raises(FileExistsError):
        pack.write_key(file, key)
    file.chmod(0o644)
    with pytest.raises(LunarlabError, match="chmod 600"):
        pack.read_key(file)
    for text in ("", "[]", '{"id": "x"}', '{"id": "x", "secret": "zz"}', '{"id": "x", "secret": "00"}'):
        other = tmp_path / "other.key"
        other.write_text(text)
        other.chmod(0o600)
        with pytest.raises(LunarlabError, match="key"):
            pack.read_key(other)
    pack.write_key(tmp_path / "example.key", fake.KEY)
    with pytest.raises(LunarlabError, match="example"):
        pack.read_key(tmp_path / "example.key")
    assert pack.read_key(tmp_path / "example.key", practice=True) == fake.KEY


GOOD = 'course = "c"\nassignment = "a"\nversion = "1"\nexercises = ["09.gate"]\n'


def test_assignments(tmp_path):
    (tmp_path / "assignment.toml").write_text(GOOD + 'checks = "3"\n[limits]\nload_s = 5.0\n')
    work = pack.read_assignment(tmp_path)
    assert (work.id, work.checks, work.exercises, work.limits) == ("c/a/1", "3", ("09.gate",), (("load_s", 5.0),))
    for wrong in (
        "course = 1", GOOD + "more = 1", GOOD.replace('"c"', "3"), GOOD.replace('["09.gate"]', '"09.gate"'), GOOD.replace('["09.gate"]', "[]"),
        GOOD.replace('"c"', '"a|b"'), GOOD.replace('["09.gate"]', '["09.gate", "09.gate"]'), GOOD + "[limits]\nload_s = -1\n", GOOD + "[limits]\nwalls = 1\n",
    ):  # fmt: skip
        (tmp_path / "assignment.toml").write_text(wrong)
        with pytest.raises(LunarlabError):
            pack.read_assignment(tmp_path)


def test_rosters(tmp_path):
    file = tmp_path / "roster.csv"
    file.write_text("\ufeffstudent,name\nada,Ada L\nbob,Bob\n", "utf-8")
    assert pack.read_roster(file) == {"ada": {"student": "ada", "name": "Ada L"}, "bob": {"student": "bob", "name": "Bob"}}
    for wrong in ("name\nada\n", "student;name\nada;A\n", "Student\nada\n", "", "student\nada\nada\n", "student,name\n,Ada\n"):
        file.write_text(wrong)
        with pytest.raises(LunarlabError, match="student"):
            pack.read_roster(file)


# --- is an answer the same twice? ---


def test_a_witness_sees_what_hangs_on_chance_or_is_kept():
    import random

    import numpy as np

    def memory(t, store):
        store[0] += 1.0
        return store[0] + t

    def asked(function, *calls):
        (one,) = watched([function])
        assert isinstance(one, Witness) and one.__name__ == function.__name__
        for call in calls:
            one(*call)
        return one

    calls = [(float(i), np.zeros(2)) for i in range(100)]
    assert asked(memory, *calls).agrees(memory)
    assert asked(lambda x: {"a": (x, np.array([np.nan]))}, (1.0,)).agrees(lambda x: {"a": (x, np.array([np.nan]))})
    dice = lambda x: x + random.random()  # noqa: E731, S311 - no secret
    assert not asked(dice, (1.0,)).agrees(dice)
    assert not asked(memory, *calls).agrees(lambda t, store: store[0] + 1.0 + t), "it does not write what the other wrote"
    fixed = np.zeros(2)
    fixed.flags.writeable = False
    assert asked(lambda x: float(x.flags.writeable), (fixed,), (fixed.copy(),)).agrees(lambda x: float(x.flags.writeable))
    one = asked(lambda x: x, (1.0,))
    assert agree((one, 3.0, "x"), (lambda x: x, 3.0, "x")) and not agree((one, 3.0), (lambda x: x, 3.1))
    assert not agree((one,), (3.0,))
