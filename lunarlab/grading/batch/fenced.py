"""Sessions behind a fence, as the batch opens them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lunarlab.grading.batch import slots
from lunarlab.grading.batch.engine import Fence
from lunarlab.grading.batch.notebook import NotebookCell
from lunarlab.grading.batch.score import Opener, Trouble
from lunarlab.grading.sandbox import session, tiers
from lunarlab.grading.sandbox.limits import Limits, NoSandbox
from lunarlab.grading.sandbox.tiers import Tier


def fence(minimum: str = "L", limits: Limits | None = None) -> Fence:
    """The strongest tier that passes its self-test now.

    Raises
    ------
    NoSandbox
        None that is at least `minimum` does.
    """
    with slots.testing():
        tier = tiers.best(minimum)
    return Fence(opener(tier, limits), tier.name, dict(tier.probes))


def opener(tier: Tier, limits: Limits | None = None) -> Opener:
    """Opens sessions in a tier; a fence that can't be raised is our fault, never the student's."""

    def opened(cells: Sequence[NotebookCell], numbers: Mapping[str, Mapping[str, float]], slot: int) -> session.Session:
        rows = [session.Cell(cell.index, cell.kind, cell.id or None, cell.text) for cell in cells]
        variant = {exercise: dict(values) for exercise, values in numbers.items()}
        try:
            return session.open(tier, rows, slot=slot, limits=limits, variant=variant)
        except NoSandbox as error:
            raise Trouble(str(error)) from error

    return opened

