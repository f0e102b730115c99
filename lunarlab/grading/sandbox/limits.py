"""What a student's code may use, and what went wrong when it wanted more."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from lunarlab.errors import LunarlabError

KINDS = (
    "timeout:load", "timeout:call", "timeout:scenario", "timeout:submission", "memory", "processes", "crash", "exited",
    "protocol", "nonfinite", "infrastructure",
)  # fmt: skip


@dataclass(frozen=True)
class Limits:
    """Limits of one submission. Wall times are held from outside; the rest by the kernel, and watched."""

    load_s: float = 120.0
    """Running the cells that the answers need."""
    call_s: float = 20.0
    """One call of a function that takes anything."""
    tick_s: float = 2.0
    """One call of a law or filter, of which a flight makes thousands. Those that take longer have `call_s` a flight in all."""
    scenario_s: float = 60.0
    """All calls of one flight together: from one fresh process to the next."""
    submission_s: float = 600.0
    start_s: float = 60.0
    """Until the fence stands. Longer is no fault of the student."""
    cpu_s: float = 300.0
    """Processor time of one process."""
    resident_bytes: int = 512 << 20
    address_bytes: int = 1 << 30
    file_bytes: int = 8 << 20
    folder_bytes: int = 16 << 20
    """The working folder, where the tier can give one."""
    processes: int = 40
    files: int = 64
    json_bytes: int = 64 << 10
    doubles: int = 1 << 17
    """Of one reply."""
    restarts: int = 3
    """How often everything is started afresh after it had to be killed."""

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if not (isinstance(value, (int, float)) and value >= (0 if name == "restarts" else 1e-3)):
                raise LunarlabError(f"{name} is {value!r}; it must be a positive number")


@dataclass(frozen=True)
class Fault:
    """What went wrong inside: one of KINDS, and a sentence without anything from the submission but numbers.

    As text it is the sentence, for people; `kind` is for machines.
    """

    kind: str
    detail: str = ""

    def __str__(self) -> str:
        text = self.detail or self.kind
        return f"{text[:1].upper()}{text[1:]}."


class NoSandbox(LunarlabError):  # noqa: N818
    """No tier passed its self-test; the message says what to do."""


def plain(limits: Limits) -> dict[str, Any]:
    """The limits as the fenced process is told them."""
    return asdict(limits)
