"""What makes two campaigns the same: the scenario, the seed, the law and filter, and the code that flies them.

A campaign that goes on after it was killed, and the workers of a cluster, compare this before they add a single flight.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import types
from typing import Any

import numpy as np

from lunarlab import jit
from lunarlab.descent.faults import Fault
from lunarlab.descent.plugin import check_params
from lunarlab.descent.rows import COLUMNS, Job, draw_sigmas
from lunarlab.descent.scenario import Scenario


@functools.lru_cache(maxsize=1)
def code_version() -> str:
    """Version of lunarlab and a hash of the sources that a descent is flown with."""
    from lunarlab import __version__

    hashed = hashlib.sha256()
    ground = [jit.PACKAGE / f"{name}.py" for name in ("constants", "units", "jit")]
    for path in sorted([*ground, *(jit.PACKAGE / "descent").glob("*.py")]):
        hashed.update(path.read_bytes())
    return f"{__version__}+{hashed.hexdigest()[:10]}"


def _code(code: types.CodeType) -> list[Any]:
    """A function's instructions without the addresses and line numbers that differ from process to process."""
    constants = [_code(c) if isinstance(c, types.CodeType) else repr(c) for c in code.co_consts]
    return [code.co_code.hex(), constants, list(code.co_names)]


def _names(code: types.CodeType) -> set[str]:
    inner = (constant for constant in code.co_consts if isinstance(constant, types.CodeType))
    return set(code.co_names).union(*(_names(code) for code in inner))


def _describe(value: Any, parents: tuple[Any, ...]) -> Any:
    """Anything that a law may use, as something that has the same text in every process."""
    value = getattr(value, "py_func", value)
    if isinstance(value, types.FunctionType):
        if any(value is parent for parent in parents):
            return "itself"
        if value.__module__.split(".")[0] == "lunarlab":  # its text is in `code_version`
            return value.__qualname__
        cells = [cell.cell_contents for cell in value.__closure__ or () if cell != types.CellType()]
        used = {name: value.__globals__[name] for name in sorted(_names(value.__code__)) if name in value.__globals__}
        deeper = [_describe(item, (*parents, value)) for item in [*cells, *(value.__defaults__ or ())]]
        return [_code(value.__code__), deeper, {name: _describe(item, (*parents, value)) for name, item in used.items()}]
    if isinstance(value, np.ndarray):
        return [list(value.shape), str(value.dtype), hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()]
    if isinstance(value, (bool, int, float, str, bytes, type(None))):
        return repr(value)
    if isinstance(value, (tuple, list)):
        return [_describe(item, parents) for item in value]
    if isinstance(value, dict):
        return {str(key): _describe(item, parents) for key, item in value.items()}
    if isinstance(value, types.ModuleType):
        return value.__name__
    if isinstance(value, functools.partial):
        return _describe([value.func, list(value.args), value.keywords], parents)
    if isinstance(value, type) or len(parents) > 8:
        return getattr(value, "__qualname__", type(value).__qualname__)
    call = vars(type(value)).get("__call__")  # an object that can be called: its class's text and its own numbers
    inside = [call if isinstance(call, types.FunctionType) else None, getattr(value, "__dict__", None)]
    return [type(value).__qualname__, _describe(inside, (*parents, value))]


def law_digest(function: Any) -> str:
    """Short hash of a law or filter with everything that it uses, the same in every process; "built in" for none."""
    if function is None:
        return "built in"
    text = json.dumps(_describe(function, ()), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def identity(job: Job) -> dict[str, Any]:
    """Everything that decides what the rows of a campaign are, as JSON has it."""
    facts = {
        "lunarlab": code_version(),
        "seed": job.seed,
        "scenario": dataclasses.asdict(job.scenario),
        "guidance": law_digest(job.guidance),
        "navigation": law_digest(job.navigation),
        "params": check_params(job.params).tolist(),
        "columns": [*COLUMNS, *draw_sigmas(job.scenario)],
    }
    back: dict[str, Any] = json.loads(json.dumps(facts))
    return back


def differences(there: Any, here: Any, path: str = "") -> list[str]:
    """What differs between two identities, in words: ``navigation.gate_m 700 there, 3000 here``."""
    if isinstance(there, dict) and isinstance(here, dict):
        keys = [*here, *(key for key in there if key not in here)]
        return [
            line for key in keys
            for line in differences(there.get(key, "-"), here.get(key, "-"), f"{path}.{key}" if path else key)
        ]  # fmt: skip
    if there == here:
        return []
    return [f"{path.removeprefix('scenario.')} {_short(there)} there, {_short(here)} here"]


def _short(value: Any) -> str:
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def scenario_from(facts: dict[str, Any]) -> Scenario:
    """The scenario that an identity describes."""
    parts: dict[str, Any] = {}
    plain = Scenario()
    for field in dataclasses.fields(Scenario):
        if field.name == "faults":
            parts["faults"] = tuple(Fault(**row) for row in facts["faults"])
        elif field.name in facts:
            value = facts[field.name]
            parts[field.name] = type(getattr(plain, field.name))(**value) if isinstance(value, dict) else value
    return Scenario(**parts)
