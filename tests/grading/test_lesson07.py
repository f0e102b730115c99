"""Lesson 07: what the shared test of answers can't say."""

from __future__ import annotations

import math

import pytest

import lunarlab as ll
from lunarlab.constants import DAY
from lunarlab.ephemeris import sky, tdb
from lunarlab.ephemeris.places import Site
from lunarlab.grading import lesson07
from lunarlab.insertion import windows

GIVEN = tdb("2025-06-05T19:17")
ORBIT = windows.plane_through("mare-frigoris", GIVEN)


def test_a_plan_that_follows_the_text():
    plan, humorum, procellarum = [], Site("mare-humorum", -24.0, -38.6), Site("procellarum", 43.0, -52.0)
    for where, begin in (("mare-frigoris", "2025-06-05"), (humorum, "2025-06-06"), (procellarum, "2025-06-08T12:00")):
        chance = windows.opportunities(where, begin, "2025-06-30", orbit=ORBIT, which="estrack")[0]
        plan.append((where, chance.touchdown_s, chance.timeline.doi_s))
    assert ll.check("07.plan", plan).points == 4
    assert ll.check("07.plan", [plan[0], plan[2], plan[1]]).points == 2
    assert ll.check("07.plan", [(*plan[0][:2], GIVEN - 600.0), *plan[1:]]).points == 3


def test_three_dates_lead_to_three_places():
    """Announced in April 2023 were 26 April, 1 May and 3 May, without hours; the orbit is taken for a polar one."""
    first = tdb("2023-04-25T16:40")
    orbit = windows.plane_through("atlas", first)
    for date, where in (("2023-04-26", Site("somniorum", 38.0, 30.0)), ("2023-05-01", Site("iridum", 44.0, -31.5)),
                        ("2023-05-03", Site("procellarum", 40.0, -57.0))):  # fmt: skip
        chance = windows.opportunities(where, first, "2023-05-09", orbit=orbit, which="estrack")[0]
        assert chance.date.startswith(date)


def test_figures_in_the_text():
    assert lesson07.descent_orbit(100e3, 15e3)[0] == pytest.approx(19.5, abs=0.05)
    assert lesson07.descent_orbit(100e3, 15e3)[1] / 60.0 == pytest.approx(56.9, abs=0.05)
    assert math.degrees(sky.sun_at("mons-mouton", "2025-03-06T17:29").elevation_rad) == pytest.approx(2.5, abs=0.1)
    assert lesson07.next_pass(math.radians(-4.6), math.radians(-19.51), 27.321661 * DAY) / DAY == pytest.approx(
        (windows.crossings(Site("mare-imbrium", 44.12, -19.51), ORBIT, "2025-06-06", "2025-06-08")[0][0] - GIVEN) / DAY, abs=0.02
    )
    chances = windows.opportunities("mare-frigoris", "2025-06-01", "2025-11-01", orbit=ORBIT, which="estrack")
    assert [c.date[:10] for c in chances] == ["2025-06-05", "2025-10-06"]


def test_untouched():
    for id, blank in (("07.sun", lambda *x: ...), ("07.light", ...), ("07.passes", lambda *x: None), ("07.doi", lambda *x: (..., ...)),
                      ("07.plan", ...), ("07.plan", [(..., ..., ...)] * 3)):  # fmt: skip
        assert "Not answered yet" in ll.check(id, blank).message
