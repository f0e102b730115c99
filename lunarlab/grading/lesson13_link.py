"""Checks of lesson 13: a link budget."""

from __future__ import annotations

import math
from typing import Any

from lunarlab.grading import slips
from lunarlab.grading.exam import exam
from lunarlab.grading.result import Finding

C_MPS, K_DB = 299_792_458.0, 10.0 * math.log10(1.380649e-23)


def link_margin(p: float, g: float, d: float, f: float, gt: float, rate: float, need: float) -> float:
    """Margin of a link [dB]."""
    loss = 20.0 * math.log10(4.0 * math.pi * d * f / C_MPS)
    return 10.0 * math.log10(p) + g - loss + gt - K_DB - 10.0 * math.log10(rate) - need


def judge_link(answer: Any) -> list[Finding]:
    """A link budget is one line of decibels: drawn are 2 to 20 W, 1e5 to 4e8 m, 2 to 9 GHz, 1e4 to 1e6 bit/s."""
    rng = exam().rng("13.link")
    drawn = zip(
        rng.uniform(2.0, 20.0, 3), rng.uniform(1.0, 14.0, 3), 10.0 ** rng.uniform(5.0, 8.6, 3), rng.uniform(2e9, 9e9, 3),
        rng.uniform(-20.0, 50.0, 3), 10.0 ** rng.uniform(4.0, 6.0, 3), rng.uniform(1.0, 9.0, 3), strict=True,
    )  # fmt: skip
    inputs = [
        (0.1, 0.0, 200.0, 2.45e9, -28.0, 1e6, 5.0),
        (15.0, 13.0, 17.3e6, 2.25e9, -8.0, 1.28e5, 2.5),
        (5.0, 3.0, 384.4e6, 8.4e9, 50.0, 1e5, 2.5),
        (2.0, 0.0, 384.4e6, 2.25e9, 35.0, 1e4, 0.0),
        *(tuple(map(float, row)) for row in drawn),
    ]

    def off(change: Any) -> Any:
        return lambda *x: link_margin(*x) + change(*x)

    known: list[slips.Slip] = [
        (off(lambda p, g, d, f, gt, r, n: p - 10.0 * math.log10(p)), "Watts are no decibels: 10 log10 of the power."),
        (
            off(lambda p, g, d, f, gt, r, n: 10.0 * math.log10(4.0 * math.pi * d * f / C_MPS)),
            "The loss goes with the square of the distance: 20 log10, not 10.",
        ),
        (off(lambda p, g, d, f, gt, r, n: K_DB), "Boltzmann's constant is missing: minus -228.6 dB, so plus 228.6."),
        (
            off(lambda p, g, d, f, gt, r, n: 2.0 * K_DB),
            "The sign of Boltzmann's constant: minus minus 228.6 dB is plus.",
        ),
        (
            off(lambda p, g, d, f, gt, r, n: 10.0 * math.log10(r)),
            "The data rate is missing: faster bits get less energy each.",
        ),
        (
            off(lambda p, g, d, f, gt, r, n: 20.0 * math.log10(r)),
            "The sign of the data rate: faster bits get less energy each.",
        ),
        (
            off(lambda p, g, d, f, gt, r, n: n),
            "That is Eb/N0 itself. The margin is what is left over what the code needs.",
        ),
        (off(lambda p, g, d, f, gt, r, n: 2.0 * n), "What the code needs is taken off, not added."),
        (off(lambda p, g, d, f, gt, r, n: 60.0), "That is the distance in kilometres. In this formula it is metres."),
        (
            off(lambda p, g, d, f, gt, r, n: 20.0 * math.log10(4.0 * math.pi)),
            "4 pi is missing in the path loss: 20 log10(4 pi d f / c).",
        ),
        (
            off(lambda p, g, d, f, gt, r, n: 20.0 * math.log10(f / C_MPS)),
            "The path loss has the wavelength in it: 4 pi d f / c.",
        ),
        (
            off(lambda p, g, d, f, gt, r, n: -2.0 * gt),
            "G/T is the receiver's gain over its noise: it adds, even if it is negative.",
        ),
        (
            off(lambda p, g, d, f, gt, r, n: 40.0 * math.log10(4.0 * math.pi * d * f / C_MPS)),
            "The path loss is a loss: take it off.",
        ),
        (
            lambda p, g, d, f, gt, r, n: 10.0 ** (link_margin(p, g, d, f, gt, r, n) / 10.0),
            "That is a ratio. Decibels, please.",
        ),
    ]
    return [
        slips.judge(
            answer,
            "link_margin",
            inputs,
            link_margin,
            known,
            points=3,
            unit="dB",
            relative=1e-9,
            absolute=0.02,
            requirement="margin of a link",
            shown=lambda p, g, d, f, gt, r, n: (
                f"of {p:g} W over {d / 1e3:,.5g} km at {f / 1e9:g} GHz, {r / 1e3:g} kbit/s"
            ),
            hint="10 log10(P) + G - 20 log10(4 pi d f / c) + G/T + 228.6 - 10 log10(rate) - needed.",
        )
    ]
