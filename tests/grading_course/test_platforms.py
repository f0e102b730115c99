"""What platforms get, by what, and what is said where they would not get it: no gradebook is needed for these."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import zipfile
from dataclasses import replace

import fake
import pytest
from fake import KEY

from lunarlab.errors import LunarlabError
from lunarlab.grading.course import export, gradescope
from lunarlab.grading.course.marks import Mark, Part

ITEMS = {item.id: item for item in fake.EXERCISES}


def mark(name, milli=3000, **more):
    part = Part("90.double", milli, 3000, ())
    return Mark(KEY.student(name), "x", "graded", 1, 1, "ab", **{"parts": (part,), **more})


def test_an_error_names_the_column_and_what_it_is_for():
    with pytest.raises(LunarlabError, match=r"column 'moodle_idnumber' of 'ada' is missing: .*profile.*not the moodle_id"):
        export.table("moodle", {}, {"ada": {"moodle_id": "815"}}, KEY, title="t", out_of=3000)
    for form in export.columns().values():
        assert set(form["needs"]) <= set(export.PURPOSE)


def test_at_most_ten_names_are_told():
    told = export.Exported(missing=[f"s{i}" for i in range(13)])
    assert told.words() == ["13 handed in nothing: s0, s1, s2, s3, s4, s5, s6, s7, s8, s9 and 3 more"]
    assert export.Exported(waiting=["ada"]).words() == ["1 wait for a person or a run: ada"] and export.Exported().words() == []


def test_what_better_checks_changed_is_told():
    found = {
        KEY.student(name): mark(name, before=before)
        for name, before in (("ada", ("1", 1500)), ("bob", ("1", 3000)), ("cyd", None), ("dan", ("1", 3500)))
    }
    text, told = export.table("csv", found, {name: {} for name in ("ada", "bob", "cyd", "dan")}, KEY, title="t", out_of=3000)
    assert [row["before"] for row in csv.DictReader(text.splitlines())] == ["checks 1: 1.5", "checks 1: 3", "", "checks 1: 3.5"]
    assert told.words() == ["since checks 1: 1 have more points, 1 have fewer (column 'before' of a table)"]


def test_gradescope_gets_an_autograder_that_hands_out_results(tmp_path):
    """As Gradescope would run it: the archive in source/, the uploader's address in submission_metadata.json."""
    roster = {"ada": {"email": "Ada@example.org"}, "bob": {"email": "bob@example.org"}, "cyd": {"email": "c@example.org"}}
    found = {KEY.student("ada"): mark("ada", 1500), KEY.student("bob"): replace(mark("bob"), state="invalid"), "s-zoe": mark("zoe")}
    told = gradescope.write_gradescope(found, ITEMS, tmp_path, roster, KEY)
    assert (told.rows, told.what, told.unreadable, told.missing, told.unknown) == (1, "results", ["bob"], ["cyd"], ["s-zoe"])
    assert [path.name for path in tmp_path.iterdir()] == ["autograder.zip"]
    with zipfile.ZipFile(tmp_path / "autograder.zip") as archive:
        assert {"setup.sh", "run_autograder"} < set(archive.namelist())
        assert not any("ada" in name or "s-" in name for name in archive.namelist()), "no address, no key"
        archive.extractall(tmp_path / "source")
    (tmp_path / "results").mkdir()
    for address, points in (("bob@example.org", None), (" ada@Example.org", 1.5)):
        (tmp_path / "submission_metadata.json").write_text(json.dumps({"users": [{"email": address, "id": 1, "name": "x"}]}))
        done = subprocess.run([sys.executable, tmp_path / "source" / "run_autograder", tmp_path], capture_output=True, check=False)
        written = tmp_path / "results" / "results.json"
        assert (done.returncode == 0) == written.exists() == (points is not None), "nobody gets a 0 without a result"
    assert json.loads(written.read_text())["score"] == 1.5


@pytest.mark.parametrize(("emails", "why"), [(("", "b@x.org"), "missing"), (("a@x.org", "A@x.org"), "twice")])
def test_gradescope_needs_an_address_of_everybody(tmp_path, emails, why):
    roster = {name: {"email": email} for name, email in zip(("ada", "bob"), emails, strict=True)}
    with pytest.raises(LunarlabError, match=f"'email' of '...' .*{why}"):
        gradescope.write_gradescope({KEY.student(name): mark(name) for name in roster}, ITEMS, tmp_path, roster, KEY)


def test_without_a_roster_files_are_counted_as_files(tmp_path):
    told = gradescope.write_gradescope({"s-1": mark("ada")}, ITEMS, tmp_path, {}, KEY)
    assert (told.rows, told.what) == (1, "files") and [path.name for path in tmp_path.iterdir()] == ["s-1.json"]
