"""The one gate between units and numbers.

Inside lunarlab a number is an SI float whose unit stands in its name (``mass_kg``). At the door a value may
also be an astropy Quantity. `si` converts it, checks its range, and names it when it is wrong. Dataclasses
declare their numbers with `number`; `check_fields` runs `si` over all of them.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np

from lunarlab.errors import LunarlabError


def si(value: Any, unit: str, *, name: str, low: float = -math.inf, high: float = math.inf) -> float:
    """Return `value` as a float in `unit`.

    Parameters
    ----------
    value : float or astropy Quantity
        A bare number is taken to be in `unit` already. A Quantity is converted to it.
    unit : str
        Unit in astropy's spelling, ``""`` for a pure number.
    name : str
        How the caller calls the value; stands in the error.
    low, high : float
        Allowed range, both ends included, in `unit`. NaN is never allowed.

    Raises
    ------
    LunarlabError
        Not a number, a unit that can't be converted, NaN, or out of range.
    """
    label = f" {unit}" if unit else ""
    if hasattr(value, "to_value"):
        try:
            value = value.to_value(unit)
        except Exception as error:
            raise LunarlabError(f"{name} is {value}, which can't be converted to {unit or 'a pure number'}") from error
    if isinstance(value, (bool, str, bytes)) or value is None:
        raise LunarlabError(f"{name} is {value!r}; it must be a number{' in' + label if unit else ''}")
    try:
        result = float(value)
    except OverflowError as error:
        raise LunarlabError(f"{name} is too large; it must lie between {low:g} and {high:g}{label}") from error
    except (TypeError, ValueError) as error:
        raise LunarlabError(f"{name} is {value!r}; it must be one number{' in' + label if unit else ''}") from error
    if not low <= result <= high:  # also catches NaN
        raise LunarlabError(f"{name} is {result:g}{label}; it must lie between {low:g} and {high:g}{label}")
    return result


def array(value: Any, unit: str, *, name: str, shape: tuple[int | None, ...] | None = None) -> np.ndarray:
    """Return `value` as a new array of finite floats in `unit`.

    Parameters
    ----------
    value : array, sequence of numbers, or astropy Quantity
        Bare numbers are taken to be in `unit` already.
    unit : str
        Unit in astropy's spelling, ``""`` for pure numbers.
    name : str
        How the caller calls the value; stands in the error.
    shape : tuple of int or None, optional
        Required shape; None for any length.

    Raises
    ------
    LunarlabError
        Not numbers, a unit that can't be converted, another shape, NaN or infinity.
    """
    if hasattr(value, "to_value"):
        try:
            value = value.to_value(unit)
        except Exception as error:
            raise LunarlabError(f"{name} can't be converted from {value.unit} to {unit or 'pure numbers'}") from error
    label = f" in {unit}" if unit else ""
    try:
        result = np.array(value)
        if result.dtype.kind not in "iuf" and result.size:
            raise TypeError
        result = result.astype(float)
    except (TypeError, ValueError):
        raise LunarlabError(f"{name} is {str(value)[:80]}; it must be numbers{label}") from None
    if shape is not None and (
        result.ndim != len(shape) or any(n not in (None, m) for n, m in zip(shape, result.shape, strict=True))
    ):
        wanted = ", ".join("n" if n is None else str(n) for n in shape)
        raise LunarlabError(f"{name} has shape {result.shape}; it must be ({wanted}{',' if len(shape) == 1 else ''}){label}")
    if not np.isfinite(result).all():
        raise LunarlabError(f"{name} holds {result[~np.isfinite(result)].flat[0]}; it must be finite{label}")
    return result


def number(default: float, unit: str, low: float, high: float, doc: str) -> Any:
    """Declare a number of a frozen dataclass: its unit, allowed range and meaning travel with the field."""
    return dataclasses.field(default=default, metadata={"unit": unit, "low": low, "high": high, "doc": doc})


def choice(default: str, allowed: tuple[str, ...], doc: str) -> Any:
    """Declare a word of a frozen dataclass that must be one of `allowed`."""
    return dataclasses.field(default=default, metadata={"allowed": allowed, "doc": doc})


def check_fields(instance: Any) -> None:
    """Convert and check every field declared by `number`, `choice` or as a bool. Call it from ``__post_init__``.

    Raises
    ------
    LunarlabError
        Names class and field, the value, and what is allowed.
    """
    for field in dataclasses.fields(instance):
        value, rule = getattr(instance, field.name), field.metadata
        name = f"{type(instance).__name__}.{field.name}"
        if "unit" in rule:
            checked = si(value, rule["unit"], name=name, low=rule["low"], high=rule["high"])
            object.__setattr__(instance, field.name, checked)
        elif field.type in ("bool", bool) and not isinstance(value, (bool, np.bool_)):
            raise LunarlabError(f"{name} is {value!r}; it must be True or False")
        elif "allowed" in rule and value not in rule["allowed"]:
            raise LunarlabError(f"{name} is {value!r}; allowed are {', '.join(rule['allowed'])}")


def quantity(values: Any, unit: str) -> Any:
    """`values` as an astropy Quantity. astropy is imported here, on first use, because it takes 0.4 s."""
    from astropy import units

    return units.Quantity(values, unit)
