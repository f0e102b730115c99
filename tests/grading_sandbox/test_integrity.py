"""What a student's code would like to reach or forge: S-19 to S-33, and what else came to mind."""

from __future__ import annotations

import math
import os
import socket
import struct
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lunarlab.descent.navigation import Navigation
from lunarlab.grading import answers as a
from lunarlab.grading.sandbox import remote
from tests.grading_sandbox.conftest import GOOD, SHORT, Bench, descend
from tests.grading_sandbox.test_resources import lands

CRASHES = "def law(t, est, params):\n    return 0.0, 0.0, 0.0\n"


@pytest.mark.parametrize(
    "patch",
    [
        "import builtins\nbuiltins.abs = lambda x: 0.0\nbuiltins.print = builtins.float = builtins.len = lambda *a: 0.0\n",
        "import builtins\nbuiltins.isinstance = lambda *a: True\nbuiltins.hasattr = builtins.type = builtins.tuple = None\n",
        "import numpy as np\nnp.isfinite = np.asarray = np.linalg.norm = np.array = np.frombuffer = lambda *a, **k: 0.0\n",
        "import struct, json, os\nstruct.pack = json.dumps = json.loads = lambda *a, **k: b''\nos.read = os.write = lambda *a: b''\n",
    ],
    ids=["S-19", "S-19 types", "S-20", "pipes"],
)
def test_replaced_functions_change_nothing_outside(bench: Bench, patch: str) -> None:
    _, law = bench.law(patch + CRASHES)
    assert descend(law) == pytest.approx(descend(lambda *_: (0.0, 0.0, 0.0)))
    _, law = bench.law(patch + GOOD.replace("max(1.0, min(30.0, 0.25 * z))", "(1.0 if z < 4.0 else 30.0 if z > 120.0 else 0.25 * z)"), slot=1)
    assert lands(descend(law))


def test_s21_a_number_that_equals_everything_is_its_double(bench: Bench) -> None:
    text = """
class Always(float):
    __eq__ = __le__ = __lt__ = __ge__ = __gt__ = lambda self, other: True
    __hash__ = float.__hash__
    __float__ = lambda self: 4.0
    __sub__ = __rsub__ = __abs__ = lambda self, *other: Always(0.0)
def f(): return Always(17.5)
def law(t, est, params): return Always(17.5), Always(0.0), Always(0.0)
x = Always(17.5)
"""
    opened = bench.open(text)
    opened.load()
    f, law, x = opened.answers("99.0", ("f", "law", "x"))
    assert (type(f()), type(x)) == (float, float)
    assert f() in (17.5, 4.0) and x in (17.5, 4.0)
    assert law(np.float64(0.0), np.zeros(3), np.zeros(1)) == (17.5, 0.0, 0.0)


VALUES: list[tuple[str, Any]] = [
        ("float('nan')", math.nan), ("float('inf')", math.inf), ("1e308", 1e308), ("'text'", "text"), ("None", None),
        ("1 + 2j", 1 + 2j), ("True", True), ("[1, 2.5]", [1, 2.5]), ("(1, (2, 3))", (1, (2, 3))), ("...", ...),
        ("__import__('numpy').array(3.0)", np.array(3.0)), ("__import__('numpy').float32(0.5)", 0.5), ("10**30", 1e30),
        ("__import__('numpy').arange(6).reshape(2, 3)", np.arange(6).reshape(2, 3)), ("{1: 'a', 'b': [2]}", {1: "a", "b": [2]}),
        ("{3, 4}", {3, 4}), ("range(3)", (0, 1, 2)), ("(k * k for k in range(3))", (0, 1, 4)), ("'\\ud800'", "?"),
        ("__import__('fractions').Fraction(1, 4)", 0.25), ("__import__('sympy').Rational(1, 4)", 0.25),
        ("__import__('astropy.units').units.Quantity(2.0, 'km')", 2000.0), ("object()", remote.Opaque("object")),
        ("__import__('datetime').date(2025, 6, 5)", None),
    ]  # fmt: skip


def test_s22_values_come_as_plain_data(bench: Bench) -> None:
    """Each written in a notebook, and what the grader then holds."""
    text = "\n".join(f"x{i} = {written}" for i, (written, _) in enumerate(VALUES))
    opened = bench.open(text, limits=replace(SHORT, load_s=60.0, call_s=60.0))
    assert opened.load().errors == ()
    values = opened.answers("99.0", tuple(f"x{i}" for i in range(len(VALUES))))
    assert "nonfinite" in {f.kind for f in opened.faults}
    for (written, expected), value in zip(VALUES, values, strict=True):
        if "date" in written:
            assert value.isoformat() == "2025-06-05T00:00:00"
        elif isinstance(expected, np.ndarray):
            assert value.shape == expected.shape and np.array_equal(value, expected) and value.dtype == expected.dtype
        elif isinstance(expected, float):
            assert type(value) is float, written
            assert value == expected or (math.isnan(expected) and math.isnan(value)), written
        else:
            assert value == expected and type(value) is type(expected), written


@pytest.mark.parametrize("reply", ["float('nan'), 0, 0", "float('inf'), 0, 0"])
def test_s22_what_is_not_finite_fails_its_flight_and_is_noted(bench: Bench, reply: str) -> None:
    opened, law = bench.law(f"def law(t, est, params): return {reply}")
    assert descend(law) == "nonfinite"
    assert opened.faults[-1].kind == "nonfinite"


@pytest.mark.parametrize(
    ("reply", "result"), [("1e308, 0, 0", None), ("'a', 'b', 'c'", "no number"), ("1j, 0, 0", "no number"), ("None, None, None", "no number")]
)
def test_s22_other_replies(bench: Bench, reply: str, result: Any) -> None:
    _, law = bench.law(f"def law(t, est, params): return {reply}")
    found = descend(law)
    assert found == result or (result is None and isinstance(found, float | str))


def test_s23_nothing_of_the_grader_is_in_the_process(bench: Bench) -> None:
    secret = "".join(["hidden-", "scenario-", str(8_161_725)])  # in the grader's memory only
    text = """
def f():
    import gc, sys, ctypes
    found = []
    frame = sys._getframe()
    while frame:
        found += [repr(v) for v in frame.f_locals.values() if not isinstance(v, (list, dict))]
        frame = frame.f_back
    for o in gc.get_objects():
        if isinstance(o, dict):
            found += [v for v in list(o.values()) if isinstance(v, str)]
    word = '8161' + '725'
    return any('hidden-scenario-' + word in f for f in found), sum('exam' in m or 'grading.lesson' in m for m in sys.modules)
"""
    assert bench.result(text) == (False, 0), secret


def test_s24_a_patched_library_is_the_students_alone(bench: Bench) -> None:
    text = "import lunarlab.constants as c\nimport lunarlab.errors\nc.R_MOON = c.G0 = 0.0\n" + GOOD
    _, law = bench.law(text)
    from lunarlab import constants

    assert constants.R_MOON > 1e6
    assert lands(descend(law))


def test_s25_the_canary_can_not_be_found(bench: Bench, outside: Path) -> None:
    walk = f"""
def f():
    import os
    found, seen = [], 0
    for path in {[str(p) for p in outside.iterdir()]!r}:
        for how in (os.open, open):
            try: found.append(str(how(path, os.O_RDONLY) if how is os.open else how(path).read()))
            except OSError: pass
    roots = ['/home', '/root', '/tmp', '/work', '/var', '/etc', '/proc', '/opt/lab', '/srv', {str(outside)!r}, {str(Path.cwd())!r}]
    for root in roots:
        for folder, folders, files in os.walk(root):
            folders[:] = [d for d in folders if d not in ('site-packages', '__pycache__')]
            for name in files:
                try:
                    with open(os.path.join(folder, name), 'rb') as file: data = file.read(1 << 16)
                except OSError: continue
                seen += 1
                if b'canary-' + b'4711' in data or 'lesson09' in name or name.startswith('09_knowing'): found.append(name)
    return found
"""
    assert bench.result(walk) == []


def test_s25_the_checks_are_not_there(bench: Bench) -> None:
    text = """
import lunarlab as ll, importlib, sys, os
from lunarlab.grading import checks
def f():
    got = []
    for name in ('lunarlab.grading.lesson09', 'lunarlab.grading.exam', 'lunarlab.grading.sandbox.session', 'lunarlab.grading.batch'):
        try: importlib.import_module(name); got.append(name)
        except ImportError: pass
    package = os.path.dirname(ll.__file__ or sys.modules['lunarlab'].__path__[0] + '/x')
    for name in ('lesson09.py', 'checks.py', 'exam.py'):
        for folder in (package, *sys.path):
            for middle in ('grading', 'lunarlab/grading'):
                try: got.append(open(os.path.join(folder, middle, name)).read()[:10])
                except OSError: pass
    return got
y = ll.check('09.gate', f)
"""
    assert bench.result(text) == []


@pytest.mark.parametrize("name", ["gradebook.db", "neighbour.ipynb", "../../../escape.txt"])
def test_s26_nothing_outside_can_be_written(bench: Bench, outside: Path, name: str) -> None:
    text = f"""
def f():
    import os, shutil
    done = []
    for act in (lambda p: open(p, 'w').write('x'), lambda p: open(p, 'a').write('x'), os.unlink, lambda p: os.chmod(p, 0), os.utime,
                lambda p: os.rename(p, p + '2'), lambda p: os.symlink('/etc/passwd', p + '3'), lambda p: os.truncate(p, 0),
                lambda p: os.mkdir(p + '4'), lambda p: os.link(p, 'here'), lambda p: os.mkfifo(p + '5'), lambda p: os.chown(p, -1, -1)):
        try: act({str(outside / name)!r}); done.append(1)
        except OSError: pass
    return done
"""
    assert bench.result(text) == []  # and the fixture compares what lies outside


def test_s27_nobody_can_be_reached(bench: Bench) -> None:
    with socket.create_server(("127.0.0.1", 0)) as ear, socket.socket(socket.AF_UNIX) as abstract:
        abstract.bind("\0lunarlab-ear-" + str(os.getpid()))
        abstract.listen()
        ear.settimeout(0.2)
        text = f"""
def f():
    import socket
    done = []
    for family, kind, address in (
        (socket.AF_INET, socket.SOCK_STREAM, ('127.0.0.1', {ear.getsockname()[1]})), (socket.AF_INET, socket.SOCK_DGRAM, ('127.0.0.1', 53)),
        (socket.AF_INET6, socket.SOCK_DGRAM, ('::1', 53)), (socket.AF_UNIX, socket.SOCK_STREAM, '\\0lunarlab-ear-{os.getpid()}'),
        (socket.AF_UNIX, socket.SOCK_DGRAM, '/dev/log'), (socket.AF_NETLINK, socket.SOCK_RAW, (0, 0)), (socket.AF_PACKET, socket.SOCK_RAW, ('lo', 0)),
    ):
        try:
            s = socket.socket(family, kind); s.connect(address); s.send(b'x'); done.append(address)
        except OSError: pass
    try: socket.getaddrinfo('example.org', 80); done.append('dns')
    except OSError: pass
    return done
"""
        assert bench.result(text) == []
        with pytest.raises(TimeoutError):
            ear.accept()


def test_s28_no_path_name_or_secret_in_sight(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUNARLAB_COURSE_KEY", "secret-4711")
    text = """
def f():
    import os, sys
    words = [repr(dict(os.environ)), repr(sys.argv), os.getcwd()]
    for name in ('self/mountinfo', 'self/environ', 'self/cmdline', '1/cmdline', 'self/maps', 'self/status', 'mounts'):
        try: words.append(open('/proc/' + name).read())
        except OSError: pass
    if os.path.exists('/opt/inside'): words += [repr(sys.path), repr(sys.modules['__main__']), sys.executable]
    return ' '.join(words)
"""
    seen = bench.result(text)
    for word in ("secret-4711", str(Path(__file__).parents[2]), "COURSE", *([] if bench.tier.name == "L" else [str(Path.home()) + "/"])):
        assert word not in seen
    assert "lunarlab-" not in seen or bench.tier.name == "L"


def frame(number: int, kind: int, length: int, count: int) -> str:
    return repr(struct.pack("<IBxxxII", number, kind, length, count))


@pytest.mark.parametrize(
    ("attack", "kinds"),
    [
        (f"os.write(4, {frame(1, 1, 0, 0)}[:7]); time.sleep(600)", {"timeout:call", "protocol"}),
        (f"os.write(4, {frame(99, 1, 0, 0)})", {"protocol"}),
        (f"os.write(4, {frame(0, 3, 2, 0)} + b'{{}}')", {"protocol"}),
        *(pytest.param(attack, {"protocol"}, marks=pytest.mark.hostile) for attack in (
            f"os.write(4, {frame(0, 9, 2, 0)} + b'{{}}')", f"os.write(4, {frame(0, 1, 1 << 30, 0)})",
            f"os.write(4, {frame(0, 1, 0, 1 << 30)})", "os.write(4, os.urandom(40))", "os.close(4)",
        )),
        ("[os.write(4, b'x' * 65536) for _ in range(1 << 14)]", {"protocol"}),
        pytest.param("time.sleep(600)", {"timeout:call"}, marks=pytest.mark.hostile),
    ],
)  # fmt: skip
def test_s29_forged_replies(bench: Bench, attack: str, kinds: set[str]) -> None:
    text = GOOD + f"\nimport os, time\ngood = law\ndef law(t, est, params):\n    if 100.0 < est[0] < 150.0:\n        {attack}\n    return good(t, est, params)"
    _, law = bench.law(text)
    assert descend(law) in kinds
    assert lands(descend(law, 90.0))


def reply(value: str, doubles: str = "b''") -> str:
    """A cell whose f() answers by itself, with any bytes it likes."""
    return f"""
import os, struct, sys
def f():
    frame = sys._getframe()
    while 'number' not in frame.f_locals: frame = frame.f_back
    text, doubles = {value}, {doubles}
    os.write(4, struct.pack('<IBxxxII', frame.f_locals['number'], 1, len(text), len(doubles) // 8) + text + doubles)
    import time; time.sleep(600)
"""


@pytest.mark.parametrize(
    "value",
    [
        "b'{\"value\":{\"$\":[]}}'", "b'{\"value\":1,\"wrote\":[[0,{\"$\":\"...\"}]]}'",
        *(pytest.param(forged, marks=pytest.mark.hostile) for forged in (
        "b'[' * 60000", "b'{\"value\":' + b'[' * 500 + b']' * 500 + b'}'", "b'{\"value\":NaN}'", "b'{\"value\":1e999}'",
        "b'{\"value\":' + b'9' * 5000 + b'}'", "b'\\xff\\xfe'", "b'[]'", "b'{\"value\":{\"$\":\"function\"}}'",
        "b'{\"value\":{\"$\":\"array\",\"shape\":[1000000000],\"at\":0,\"of\":\"float\"}}'",
        "b'{\"value\":{\"$\":\"array\",\"shape\":[-1],\"at\":0,\"of\":\"float\"}}'", "b'{\"value\":{\"$\":\"__init__\"}}'",
        "b'{\"value\":{\"$\":\"dict\",\"v\":[[[],1]]}}'", "b'{\"value\":{\"$\":\"value\",\"v\":1}}'",
        "b'{\"value\":{\"$\":\"data\",\"type\":\"os.system\",\"v\":3}}'",
        "b'{\"value\":{\"$\":\"complex\",\"v\":[\"a\",1]}}'", "b'{\"value\":{\"$\":\"float\",\"v\":\"1\"}}'", "b'null'",
        )),
    ],
)  # fmt: skip
def test_forged_values_are_refused(bench: Bench, value: str) -> None:
    opened = bench.open(reply(value))
    opened.load()
    with pytest.raises(remote.RemoteFault):
        opened.answers("99.0", ("f",))[0]()
    assert opened.faults[-1].kind == "protocol"


def test_a_forged_definition_is_nothing_or_valid(bench: Bench) -> None:
    text = reply("""b'{"value":{"$":"data","type":"lunarlab.descent.navigation.Navigation","v":{"gate_m":-5.0,"filter":{"$":"function"}}}}'""")
    opened = bench.open(text)
    opened.load()
    with pytest.raises(remote.RemoteFault):
        opened.answers("99.0", ("f",))[0]()
    text = reply("""b'{"value":{"$":"data","type":"lunarlab.descent.navigation.Navigation","v":{"gate_m":-5.0}}}'""")
    assert bench.result(text, slot=1) == remote.Opaque("Navigation")
    text = reply("""b'{"value":{"$":"data","type":"subprocess.Popen","v":{"args":"id"}}}'""")
    shape = reply("""b'{"value":{"$":"array","of":"float","shape":[0,4611686018427387904,4611686018427387904],"at":0}}'""")
    with pytest.raises(remote.RemoteFault):  # not a fault of ours, after which a person would have to look
        bench.result(shape, slot=3)
    assert bench.result(text, slot=2) == remote.Opaque("object of a class of your own")


def test_a_definition_comes_whole(bench: Bench) -> None:
    text = "from dataclasses import replace\nfrom lunarlab.descent.navigation import Navigation\nx = replace(Navigation(), gate_m=321.0)"
    assert bench.value(text, limits=replace(SHORT, load_s=60.0)) == replace(Navigation(), gate_m=321.0)


def test_s30_files_that_pretend_to_be_results_are_ignored(bench: Bench) -> None:
    text = "import json, pickle\nfor n in ('results.json', 'score.json', 'grades.pkl'):\n    try: open(n, 'wb').write(pickle.dumps({'score': 100}))\n    except OSError: pass\n"
    _, law = bench.law(text + CRASHES)
    assert not lands(descend(law))


def test_names_that_a_hidden_case_may_be_written_into_do_not_leave_the_fence(bench: Bench) -> None:
    """A class, a function and a line can be called and placed after what was asked."""
    text = """
def code(case): return 'E_' + '_'.join('abcdefghij'[n] for n in case)
def raises(case): raise type(code(case), (KeyError,), {})()
def gives(case): return type(code(case), (), {})()
def makes(case):
    def f(x): return x
    f.__name__ = f.__qualname__ = code(case)
    return f
def counts(case): exec(compile('\\n' * int(''.join(map(str, case))) + 'raise ValueError', 'cell-0', 'exec'))
"""
    opened = bench.open(text)
    opened.load()
    told = []
    names = ("raises", "gives", "makes", "counts")
    for answer, name in zip(opened.answers("99.0", names), names, strict=True):
        try:
            told.append(repr(a.call(answer, (3, 1, 4, 1), name=name)))
        except a.BadAnswer as error:
            told.append(str(error))
    assert told == [
        "raises raised KeyError in line 3 of its cell.", "<object of a class of your own>", "<function in its sandbox>", "counts raised ValueError.",
    ]  # fmt: skip


def test_what_an_error_says_does_not_leave_the_fence(bench: Bench) -> None:
    text = """
class Mine(ValueError): pass
class Loud(Exception):
    def __str__(self): raise SystemExit
    args = property(lambda self: 1 / 0)
def f(kind, x):
    if kind == 0: return 1 / 0
    if kind == 1: raise ValueError(f'the hidden height is {x}')
    if kind == 2: raise Mine(x)
    if kind == 3: raise Loud(x)
    if kind == 4: raise NotImplementedError
    if kind == 5: return __import__('math').sqrt(-1.0)
    if kind == 6: x[0] = 1.0
"""
    opened = bench.open(text)
    opened.load()
    f = opened.answers("99.0", ("f",))[0]
    frozen = np.zeros(2)
    frozen.flags.writeable = False
    for kind, name, said in (
        (0, "ZeroDivisionError", "division by zero"), (1, "ValueError", ""), (2, "ValueError", ""),
        (3, "Exception", ""), (5, "ValueError", "math domain error"), (6, "ValueError", "read-only"),
    ):  # fmt: skip
        line = f"line {[7, 8, 9, 10, 0, 12, 13][kind]} of its cell"
        where = f": .*{said}.*, {line}" if said else f" in {line}"
        with pytest.raises(a.BadAnswer, match=rf"^f raised {name}{where}\.$"):
            a.call(f, kind, frozen if kind == 6 else 812.25, name="f")
    with pytest.raises(a.Unanswered):
        a.call(f, 4, 0.0, name="f")


def test_arrays_that_are_written_to_come_back_changed(bench: Bench) -> None:
    opened = bench.open("def f(r, k):\n    r += 1.0\n    k = k + 1\n    return r.sum() + k[0]\ndef g(t, m, p, memory):\n    memory[1] = t\n    return 1, 2, 3, 4, 5, 6")
    opened.load()
    f, g = opened.answers("99.0", ("f", "g"))
    r, k, memory = np.zeros(3), np.zeros(2), np.zeros(4)
    assert f(r, k) == 4.0
    assert r.tolist() == [1.0, 1.0, 1.0] and k.tolist() == [0.0, 0.0]
    assert g(np.float64(2.0), np.zeros(2), np.zeros(2), memory) == (1.0, 2.0, 3.0, 4.0, 5.0, 6.0)
    assert memory.tolist() == [0.0, 2.0, 0.0, 0.0]


def test_a_law_may_answer_with_one_number_and_remember(bench: Bench) -> None:
    """A number stays a number, a row of one a row; whatever the answer is, what was written to arrays comes back."""
    opened = bench.open(
        "import numpy as np\n"
        "KINDS = [1.5, np.float64(1.5), (1.5,), [1.5], np.array([1.5]), 2, True, None, np.float32(0.5), float('nan')]\n"
        "def law(t, s, memory):\n    memory[0] += 1.0\n    return KINDS[int(s[0])]"
    )
    opened.load()
    law = opened.answers("99.0", ("law",))[0]
    memory = np.zeros(2)
    given = [law(np.float64(k), np.array([float(k)]), memory) for k in range(9)]
    assert given == [1.5, 1.5, (1.5,), (1.5,), (1.5,), 2, True, None, 0.5] and [type(x) for x in given[:2]] == [float, float]
    assert memory.tolist() == [9.0, 0.0] and not opened.faults
    assert math.isnan(law(np.float64(9.0), np.array([9.0]), memory)) and memory[0] == 10.0
    assert [fault.kind for fault in opened.faults] == ["nonfinite"]


@pytest.mark.parametrize("wrote", [
    "[[0, 1.0]]", '[[1, {"$": "array", "shape": [3], "at": 0, "of": "float"}]]', "[[2, 1.0]]", "[[-1, 1.0]]", '[[0, "abc"]]',
    '[[0, {"$": "tuple", "v": ["a", "b", "c"]}]]', '[[0, {"$": "array", "shape": [2], "at": 0, "of": "float"}]]',
    '[[3, {"$": "array", "shape": [3], "at": 0, "of": "float"}]]',
])  # fmt: skip
def test_a_forged_word_about_arrays_is_the_students_fault(bench: Bench, wrote: str) -> None:
    """Of arrays that are read-only, are none, or have another shape or kind: never a failure of the grader."""
    text = (
        "import os, struct\n"
        "def f(r, frozen, x, k):\n"
        f"    text = b'{{\"value\": 1.0, \"wrote\": {wrote}}}'\n"
        "    number = int(x)\n"
        "    os.write(4, struct.pack('<IBxxxII', number, 1, len(text), 3) + text + struct.pack('<3d', 0.5, 1.5, 2.5))\n"
        "    os._exit(0)\n"
    )
    opened = bench.open(text)
    opened.load()
    f = opened.answers("99.0", ("f",))[0]
    frozen = np.zeros(3)
    frozen.flags.writeable = False
    r, k = np.zeros(3), np.zeros(3, dtype=int)
    with pytest.raises(a.BadAnswer):
        f(r, frozen, float(opened._process.number + 1), k)
    assert opened.faults[-1].kind == "protocol" and r.tolist() == [0.0, 0.0, 0.0] and k.tolist() == [0, 0, 0]


def test_functions_can_be_handed_back_and_hand_out_others(bench: Bench) -> None:
    opened = bench.open("class Gain:\n    def __init__(self, k): self.k = k\n    def __call__(self, x): return self.k * x\nf, table = Gain(3.0), {'g': lambda x: x + 1}\ndef apply(h, x): return h(x)\ndef make(k): return Gain(k)")
    opened.load()
    f, table, apply, make = opened.answers("99.0", ("f", "table", "apply", "make"))
    assert (f(2.0), table["g"](2.0), apply(f, 2.0), make(5.0)(2.0)) == (6.0, 3.0, 6.0, 10.0)


def test_nothing_is_remembered_from_one_flight_to_the_next(bench: Bench) -> None:
    text = GOOD + "\ngood, n = law, 0\ndef law(t, est, params):\n    global n\n    n += 1\n    return n, 0.0, 0.0"
    _, law = bench.law(text)
    first = [law(np.float64(t), np.zeros(3), np.zeros(1))[0] for t in (0.0, 0.1, 0.2)]
    again = [law(np.float64(t), np.zeros(3), np.zeros(1))[0] for t in (0.0, 0.1, 0.2)]
    assert first == again == [1.0, 2.0, 3.0]


def test_round_trips_are_quick(bench: Bench) -> None:
    """A bound that a loaded machine keeps, too; benchmarks measure it."""
    _, law = bench.law(GOOD)
    est, params = np.array([100.0, -5.0, 0.0]), np.zeros(4)
    times = []
    for k in range(600):
        began = time.perf_counter()
        law(np.float64(k), est, params)
        times.append(time.perf_counter() - began)
    assert sorted(times)[len(times) // 2] < 3e-3
