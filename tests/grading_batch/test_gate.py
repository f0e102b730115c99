"""What may come in: S-34 to S-45, notebooks and archives that are broken, huge or sly, and those that are only unusual."""

# ruff: noqa: PT017 - a gate may refuse or not, and both are looked at
from __future__ import annotations

import io
import json
import os
import resource
import time
import warnings
import zipfile

import pytest
from fake import RIGHT, book, cell
from hypothesis import given, settings
from hypothesis import strategies as st

from lunarlab.grading.batch import archive, ingest, notebook
from lunarlab.grading.batch.notebook import Invalid


def reason(raw):
    """Why the gate refuses, and that it does so at once; "" if it does not."""
    start = time.process_time()
    try:
        notebook.read(raw)
    except Invalid as bad:
        assert bad.sentence and len(bad.sentence) < 300
        return bad.reason
    finally:
        assert time.process_time() - start < 1.0
    return ""


# --- S-34 to S-40 ---


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "empty"), (b" \n\t", "empty"), (book(RIGHT)[:-40], "json"), (b"[]", "schema"), (b"null", "schema"), (b'"x"', "schema"),
        (b"[" * 65 + b"]" * 65, "depth"), (b"[" * 64 + b"]" * 64, "schema"), (b"[" * 200_000, "depth"), (b'{"a":' * 200_000, "depth"), (b"[" * 200_000 + b"]" * 200_000, "depth"),
        (b'{"cells": "' + b'\\"' * 900_000, "json"), (b'"\\', "json"), (b'{"cells": [}', "json"),
    ],
)  # fmt: skip
def test_s34_no_notebook_at_all(raw, why):
    assert reason(raw) == why


@pytest.mark.parametrize(
    "value", ["NaN", "Infinity", "-Infinity", "9" * 5000, "-" + "9" * 5000, "9223372036854775808", "1e999", "1." + "0" * 500]
)
def test_s35_numbers_that_json_has_not(value):
    assert reason(book(RIGHT)[:-1] + b', "more": ' + value.encode() + b"}") == "number"


@pytest.mark.parametrize("value", ["9223372036854775807", "-9223372036854775808", "1e300", "-0.0"])
def test_s35_numbers_that_it_has(value):
    assert reason(book(RIGHT)[:-1] + b', "more": ' + value.encode() + b"}") == ""


def test_s36_a_byte_order_mark():
    assert notebook.read(b"\xef\xbb\xbf" + book(RIGHT))[0].id == "90.double"


@pytest.mark.parametrize(
    "raw",
    [
        book(cell("# für immer")).replace(b"\\u00fc", b"\xfc"), book(RIGHT).decode().encode("utf-16"), book(RIGHT) + b"\0",
        book(cell("x = '\ud800'")), book(cell("x = 1\0")),
    ],
)  # fmt: skip
def test_s37_other_encodings(raw):
    assert reason(raw) == "encoding"


@pytest.mark.parametrize(
    "raw",
    [
        book(RIGHT, nbformat=3), book(RIGHT, nbformat=99), book(RIGHT, nbformat="4"), book(RIGHT, nbformat=True), book(RIGHT, nbformat=4.0),
        b'{"nbformat": 4}', b'{"nbformat": 4, "cells": {}}', b'{"cells": []}', book(RIGHT, metadata=[]), book(RIGHT | {"source": 7}),
        book(RIGHT | {"source": ["a", 7]}), book(RIGHT | {"metadata": []}), book(RIGHT | {"cell_type": "heading"}), book("text"), book(None),
    ],
)  # fmt: skip
def test_s38_not_the_format(raw):
    assert reason(raw) == "schema"


def test_s38_the_same_key_twice():
    assert reason(b'{"nbformat": 4, "cells": [], "cells": []}') == "duplicate_key"


@pytest.mark.parametrize(
    "metadata",
    [{"kernelspec": {"name": "nobody", "display_name": "?"}}, {}, {"kernelspec": 3}, {"language_info": {"name": "julia"}}],
)
def test_s39_the_kernels_name_does_not_matter(metadata):
    assert reason(book(RIGHT, metadata=metadata)) == ""
    bare = {"cells": [RIGHT | {"outputs": "lost"}], "nbformat": 4}
    assert reason(json.dumps(bare).encode()) == ""


def test_s40_too_large(tmp_path):
    with (tmp_path / "ada.ipynb").open("wb") as stream:
        stream.write(b'{"cells": ["')
        stream.truncate(60_000_000)
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    assert ingest.take(tmp_path, "ada.ipynb").reason == "too_large"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000
    assert time.process_time() - start < 1.0
    assert reason(book(*[cell("")] * 20_000)) == "too_large"
    assert reason(b" " * (notebook.BYTES + 1)) == "too_large"
    assert reason(book(cell("x" * (notebook.TEXT + 1)))) == "too_large"
    assert reason(book(cell("x = 1", outputs=[{"data": {"image/png": "A" * 200_000}}] * 30))) == "", "figures make it large, and go"
    assert reason(book(cell("x = 1", outputs=[[]] * notebook.PARTS))) == "too_large"


@pytest.mark.parametrize("text", ["\n", " ", " \n", "#", "# ", "#\n", "# task: ", "check(", "a.", "%%", "\u2028"], ids=repr)
def test_s40_the_gate_is_quick_whatever_a_cell_says(text):
    """The supervisor looks at every hand-in before the first one is graded: a slow look stops a class."""
    raw = book(cell(text * (notebook.TEXT // len(text))))
    start = time.process_time()
    assert reason(raw) == ""
    assert time.process_time() - start < 1.0


# --- S-41: where an answer stands ---


def told(*cells):
    found = notebook.read(book(*cells))
    return notebook.notes(found, ["90.double", "90.height"])


def test_s41_the_cell_was_deleted_copied_or_became_text():
    other = cell("height_m = 1", "90.height")
    assert told(RIGHT, other) == {}
    assert "deleted" in told(other)["90.double"] and "90.height" not in told(other)
    assert "Cells 1, 3" in told(RIGHT, other, RIGHT)["90.double"]
    assert "not a code cell" in told(cell("def double(x)", "90.double", "markdown"), other)["90.double"]
    assert told(cell("text", "90.double", "markdown"), RIGHT, other) == {}


@pytest.mark.parametrize(
    ("entry", "id"),
    [
        (cell("x", nbgrader={"grade_id": "09-gate", "solution": True}), "09.gate"), (cell("x", nbgrader={"grade_id": "09_steady_state"}), "09.steady_state"),
        (cell("# task: 09.gate\nx"), "09.gate"), (cell('# exercise = "09.gate"\nx'), "09.gate"), (cell('x = 1\nll.check("09.gate", x)'), "09.gate"),
        (cell("check('09.gate', x)"), "09.gate"), (cell("x", lunarlab={"task": 7}), ""), (cell("x", lunarlab=["09.gate"]), ""),
        (cell("x", lunarlab={"task": "../../etc"}), ""), (cell("x", nbgrader={"grade_id": ["09-gate"]}), ""), (cell("# the task: 09.gate is hard"), ""),
        (cell("x", "09.gate", nbgrader={"grade_id": "09-roc"}), "09.gate"),
    ],
)  # fmt: skip
def test_s41_how_a_cell_says_what_it_answers(entry, id):
    assert notebook.read(book(entry))[0].id == id


def test_s33_outputs_and_points_in_the_file_are_not_even_kept():
    entry = RIGHT | {"outputs": [{"text": "5/5 points", "output_type": "stream"}], "metadata": RIGHT["metadata"] | {"points": 100, "score": 100}}
    assert notebook.read(book(entry)) == notebook.read(book(RIGHT))


# --- S-43 and S-45: files ---


def taken(folder, name="ada"):
    return ingest.take(folder, name, "first.ipynb")


@pytest.mark.parametrize("kind", ["symlink", "dangling", "fifo", "hard link", "folder link"])
@pytest.mark.parametrize("where", ["alone", "beside"])
def test_s43_special_files(tmp_path, kind, where):
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "solution.ipynb").write_bytes(book(RIGHT))
    os.utime(secret / "solution.ipynb", (1, 1))
    place = tmp_path / "in"
    (place / "ada").mkdir(parents=True)
    target = place / "eve.ipynb" if where == "alone" else place / "ada" / "more"
    if where == "beside":
        (place / "ada" / "first.ipynb").write_bytes(book(RIGHT))
    if kind == "symlink":
        target.symlink_to(secret / "solution.ipynb")
    elif kind == "dangling":
        target.symlink_to(secret / "none")
    elif kind == "folder link":
        target.symlink_to(secret)
    elif kind == "fifo":
        os.mkfifo(target)
    else:
        os.link(secret / "solution.ipynb", target)
    found = taken(place, "eve.ipynb" if where == "alone" else "ada")
    if (kind, where) == ("hard link", "beside"):  # not a notebook by its name: it is not read, and not looked at closely
        target.rename(target.with_suffix(".ipynb"))
        found = taken(place)
    assert found.reason == "file_type" and found.cells == () and found.size == 0
    assert (secret / "solution.ipynb").stat().st_atime == 1, "it was read"
    assert "eve.ipynb" in ingest.entries(place) or where == "beside"


def test_s43_the_students_folder_itself_is_a_link(tmp_path):
    (tmp_path / "bob").mkdir()
    (tmp_path / "bob" / "first.ipynb").write_bytes(book(RIGHT))
    (tmp_path / "ada").symlink_to(tmp_path / "bob")
    assert taken(tmp_path).reason == "file_type"
    assert taken(tmp_path, "bob").reason == ""


def test_s45_what_lies_beside_the_notebook_is_not_touched(tmp_path):
    (tmp_path / "ada" / "lunarlab").mkdir(parents=True)
    for name in ("numpy.py", "sitecustomize.py", "lunarlab/__init__.py", ".hidden.ipynb", "notes.txt"):
        (tmp_path / "ada" / name).write_text("raise SystemExit")
    (tmp_path / "ada" / ".ipynb_checkpoints").mkdir()
    (tmp_path / "ada" / ".ipynb_checkpoints" / "first.ipynb").write_bytes(b"[")
    (tmp_path / "ada" / "deep").mkdir()
    (tmp_path / "ada" / "deep" / "first.ipynb").write_bytes(book(RIGHT))
    found = taken(tmp_path)
    assert found.reason == "" and [c.id for c in found.cells] == ["90.double"]


def test_several_notebooks_several_files_deep_folders(tmp_path):
    home = tmp_path / "ada"
    home.mkdir()
    assert taken(tmp_path).reason == "no_notebook"
    (home / "mine.ipynb").write_bytes(book(RIGHT))
    assert taken(tmp_path).reason == ""
    (home / "first.ipynb").write_bytes(book(RIGHT))
    assert taken(tmp_path).reason == "", "the name of the assignment's notebook decides"
    (home / "first.ipynb").unlink()
    (home / "other.ipynb").write_bytes(book(RIGHT))
    assert taken(tmp_path).reason == "notebooks"
    for number in range(300):
        (home / f"{number}.txt").touch()
    assert taken(tmp_path).reason == "too_many_files"
    deep = tmp_path / "eve" / "/".join("abcdef")
    deep.mkdir(parents=True)
    assert taken(tmp_path, "eve").reason == "too_many_files"
    assert taken(tmp_path, "nobody").reason == "unreadable"


def test_one_student_one_hand_in_whatever_its_wrapping(tmp_path):
    (tmp_path / "ada.ipynb").write_bytes(book(RIGHT))
    (tmp_path / "bob").mkdir()
    (tmp_path / "bob" / "x.ipynb").write_bytes(book(RIGHT))
    with zipfile.ZipFile(tmp_path / "eve.zip", "w") as packed:
        packed.writestr("folder/first.ipynb", book(RIGHT))
    (tmp_path / "roster.csv").write_text("student\nada\n")
    (tmp_path / ".git").mkdir()
    names = ingest.entries(tmp_path)
    assert names == ["ada.ipynb", "bob", "eve.zip"]
    assert [ingest.student_of(name) for name in names] == ["ada", "bob", "eve"]
    assert len({taken(tmp_path, name).sha256 for name in names}) == 1


# --- S-44: archives ---


def packed(*entries, **options):
    """A zip of (name or ZipInfo, bytes)."""
    raw = io.BytesIO()
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as found:
        for name, body in entries:
            found.writestr(name, body, **options)
    return raw.getvalue()


def special(name, mode):
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return info


BOOK = book(RIGHT)


@pytest.mark.parametrize(
    "raw",
    [
        packed(("../evil.ipynb", BOOK)), packed(("a/../../evil.ipynb", BOOK)), packed(("/etc/evil.ipynb", BOOK)), packed(("C:evil.ipynb", BOOK)),
        packed(("a\\..\\evil.ipynb", BOOK)), packed((special("link.ipynb", 0o120777), "/etc/passwd")), packed((special("pipe", 0o010644), "")),
        packed(("a.ipynb", BOOK), ("b.ipynb", BOOK)), packed(("a.ipynb", BOOK), ("A.IPYNB", BOOK)), packed(("a.ipynb", BOOK), ("a.ipynb", BOOK)),
        packed(("\u212b.txt", b""), ("\xe5.txt", b""), ("a.ipynb", BOOK)), packed(("ﬁ.txt", b""), ("fi.txt", b""), ("a.ipynb", BOOK)),
        packed(*((f"{i}.txt", b"") for i in range(300))), packed(("notes.txt", b"")), packed(), packed(("a.ipynb", BOOK))[:-30], b"PK\x03\x04", b"no zip",
        packed(("a.ipynb", bytes(20_000_000))), packed(*((f"{i}.bin", os.urandom(1000) + bytes(1_000_000)) for i in range(150))),
    ],
)  # fmt: skip
def test_s44_archives_that_are_refused(tmp_path, raw):
    (tmp_path / "eve.zip").write_bytes(raw)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_oublock
    start = time.process_time()
    found = ingest.take(tmp_path, "eve.zip", "first.ipynb")
    assert found.reason == "archive" and found.cells == ()
    assert time.process_time() - start < 1.0
    assert [p.name for p in tmp_path.iterdir()] == ["eve.zip"]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_oublock - before < 1000, "something was written"


def test_s44_a_bomb_that_lies_about_its_size(tmp_path):
    raw = bytearray(packed(("a.ipynb", bytes(200_000_000))))
    assert len(raw) < archive.PACKED_BYTES
    at = raw.rindex(b"PK\x01\x02")
    raw[at + 24 : at + 28] = (1000).to_bytes(4, "little")  # the size in the directory
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(Invalid, match=r"archive|too_large"):
        archive.notebooks(bytes(raw))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


def test_s44_an_encrypted_entry():
    raw = bytearray(packed(("a.ipynb", BOOK)))
    for mark in (b"PK\x03\x04", b"PK\x01\x02"):
        at = raw.index(mark) + (6 if mark.endswith(b"\x04") else 8)
        raw[at] |= 1
    with pytest.raises(Invalid, match="encrypted"):
        archive.notebooks(bytes(raw))


def test_an_archive_with_one_notebook_and_its_neighbours():
    raw = packed(("work/first.ipynb", BOOK), ("work/numpy.py", "x"), ("__MACOSX/._first.ipynb", "x"), ("work/.ipynb_checkpoints/first.ipynb", "x"))
    assert archive.notebooks(raw) == {"work/first.ipynb": BOOK}


# --- whatever bytes there are: a reason, or cells ---


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda t: t.encode("utf-8", "surrogatepass")))
def test_any_bytes_end_in_cells_or_a_reason(raw):
    for gate in (notebook.read, archive.notebooks):
        try:
            gate(raw)
        except Invalid as bad:
            assert bad.reason.isidentifier()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["cells", "nbformat", "metadata", "source", "cell_type", "lunarlab", "task"]), inner, max_size=5),
    max_leaves=20,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(JSON, st.lists(JSON, max_size=3))
def test_any_json_ends_in_cells_or_a_reason(value, cells):
    for found in (value, {"nbformat": 4, "cells": cells}, {"nbformat": 4, "cells": [{"cell_type": "code", "source": "", "metadata": value}]}):
        try:
            rows = notebook.read(json.dumps(found).encode("utf-8", "surrogatepass"))
        except Invalid as bad:
            assert bad.reason.isidentifier()
        else:
            assert all(isinstance(row.text, str) for row in rows)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_flipped_byte_in_an_archive_ends_in_notebooks_or_a_reason(data):
    raw = bytearray(packed(("work/first.ipynb", BOOK), ("work/numpy.py", "x")))
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        archive.notebooks(bytes(raw))
    except Invalid as bad:
        assert bad.reason in ("archive", "too_large")
