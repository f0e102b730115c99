"""Lambert's problem, one by one, in arrays, and over grids of departure and flight time (porkchops)."""

from lunarlab.transfer.lambert.arcs import (
    BAD_TIME,
    COLLINEAR,
    INFEASIBLE,
    NOT_CONVERGED,
    SOLVED,
    LambertArc,
    lambert,
    lambert_row,
    lambert_rows,
    minimum_time,
)
from lunarlab.transfer.lambert.grid import Cell, Porkchop, porkchop, transfer_grid

__all__ = [
    "BAD_TIME", "COLLINEAR", "INFEASIBLE", "NOT_CONVERGED", "SOLVED", "Cell", "LambertArc", "Porkchop", "lambert",
    "lambert_row", "lambert_rows", "minimum_time", "porkchop", "transfer_grid",
]  # fmt: skip
