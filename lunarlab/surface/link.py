"""A radio link in decibels: what is sent, what the way takes, what is left over the noise, and how fast one may talk.

``margin = EIRP - path loss - losses + G/T - k - rate - Eb/N0``, everything in dB. In closed form, so that a student can redo
every line on paper. Over flat ground, between antennas near it, the direct wave and its reflection cancel further out, and
the loss grows with the fourth power of the distance instead of the square.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from lunarlab.units import check_fields, choice, number, si

C_MPS = 299_792_458.0
"""Speed of light [m/s], exact."""
BOLTZMANN_DB = 10.0 * math.log10(1.380649e-23)
"""Boltzmann's constant [dB(W/K/Hz)], exact by the SI of 2019: -228.6."""
VIAS = ("earth", "relay", "lander")


@dataclass(frozen=True)
class Link:
    """The craft's way out: its transmitter, who receives it, and what they agreed on."""

    via: str = choice("earth", VIAS, "who receives it: a ground station, a relay in orbit, the lander next to a rover")
    frequency_Hz: float = number(2.25e9, "Hz", 1e6, 1e12, "of the carrier")
    transmit_W: float = number(5.0, "W", 1e-6, 1e5, "radio power")
    gain_dBi: float = number(3.0, "dB", -30.0, 80.0, "of the craft's antenna")
    loss_dB: float = number(1.0, "dB", 0.0, 60.0, "cables, pointing, polarisation")
    gt_dBpK: float = number(20.0, "dB", -80.0, 80.0, "gain over temperature of the receiver")
    rate_bps: float = number(1e5, "bit/s", 1e-3, 1e12, "data rate")
    ebn0_dB: float = number(2.5, "dB", -2.0, 30.0, "energy per bit over noise that the code needs")
    margin_dB: float = number(3.0, "dB", 0.0, 30.0, "wanted on top of it")
    height_m: float = number(0.3, "m", 0.01, 1e3, "of the rover's antenna over the ground; only via the lander")
    far_height_m: float = number(2.0, "m", 0.01, 1e3, "of the lander's antenna; only via the lander")
    distance_m: float = number(100.0, "m", 0.1, 1e6, "from rover to lander, at most; only via the lander")

    def __post_init__(self) -> None:
        check_fields(self)


def decibel(ratio: Any) -> Any:
    """Ten times the decimal logarithm."""
    return 10.0 * np.log10(ratio) if np.ndim(ratio) else 10.0 * math.log10(ratio)


def path_loss_dB(range_m: Any, frequency_Hz: Any) -> Any:
    """Free-space path loss [dB], ``20 log10(4 pi d f / c)`` (ITU-R P.525); floats or arrays.

    Examples
    --------
    >>> round(path_loss_dB(384.4e6, 8.4e9), 1)
    222.6
    """
    return 2.0 * decibel(4.0 * math.pi * np.asarray(range_m)[()] * frequency_Hz / C_MPS)


def ground_loss_dB(range_m: Any, frequency_Hz: Any, height_m: Any, far_height_m: Any) -> Any:
    """Path loss [dB] between antennas near flat ground: free space, or ``40 log10 d - 20 log10(h1 h2)`` if that is more."""
    plane = 4.0 * decibel(np.asarray(range_m)[()]) - 2.0 * decibel(height_m * far_height_m)
    return np.maximum(path_loss_dB(range_m, frequency_Hz), plane)[()]


@dataclass(frozen=True)
class Budget:
    """A link budget, line by line [dB]."""

    eirp_dBW: float
    path_loss_dB: float
    other_loss_dB: float
    gt_dBpK: float
    cn0_dBHz: float
    ebn0_dB: float
    needed_dB: float
    margin_dB: float
    """Over what the code needs; the link is closed where it is at least the margin that is wanted."""

    def __repr__(self) -> str:
        return (
            f"EIRP {self.eirp_dBW:.1f} dBW - path {self.path_loss_dB:.1f} dB - losses {self.other_loss_dB:.1f} dB "
            f"+ G/T {self.gt_dBpK:.1f} dB/K + 228.6 = C/N0 {self.cn0_dBHz:.1f} dBHz; Eb/N0 {self.ebn0_dB:.1f} dB, "
            f"needed {self.needed_dB:.1f} dB: margin {self.margin_dB:+.1f} dB"
        )


def loss_dB(link: Link, range_m: Any) -> Any:
    """Path loss [dB] of a link over a distance [m]: free space, or flat ground via the lander."""
    if link.via == "lander":
        return ground_loss_dB(range_m, link.frequency_Hz, link.height_m, link.far_height_m)
    return path_loss_dB(range_m, link.frequency_Hz)


def margin_dB(link: Link, range_m: Any, extra_loss_dB: float = 0.0) -> Any:
    """Margin [dB] over what the code needs, at these distances [m]; float or array."""
    eirp = decibel(link.transmit_W) + link.gain_dBi
    cn0 = eirp - loss_dB(link, range_m) - link.loss_dB - extra_loss_dB + link.gt_dBpK - BOLTZMANN_DB
    return cn0 - decibel(link.rate_bps) - link.ebn0_dB


def budget(link: Link, range_m: Any, extra_loss_dB: Any = 0.0) -> Budget:
    """The link budget at one distance.

    Parameters
    ----------
    link : Link
    range_m : float
    extra_loss_dB : float
        More losses than planned.
    """
    d = si(range_m, "m", name="range_m", low=0.1, high=1e12)
    more = si(extra_loss_dB, "dB", name="extra_loss_dB", low=0.0, high=200.0)
    eirp, way = decibel(link.transmit_W) + link.gain_dBi, float(loss_dB(link, d))
    cn0 = eirp - way - link.loss_dB - more + link.gt_dBpK - BOLTZMANN_DB
    ebn0 = cn0 - decibel(link.rate_bps)
    return Budget(eirp, way, link.loss_dB + more, link.gt_dBpK, cn0, ebn0, link.ebn0_dB, ebn0 - link.ebn0_dB)


def best_rate_bps(link: Link, range_m: Any) -> float:
    """The highest data rate [bit/s] at which the link closes with its margin at a distance [m]."""
    spare = float(margin_dB(link, si(range_m, "m", name="range_m", low=0.1, high=1e12))) - link.margin_dB
    return float(link.rate_bps * 10.0 ** (spare / 10.0))
