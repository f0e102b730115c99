# %% [markdown]
# # 13 Surface life, and your own mission
# **Light, power, warmth, contact, and a decision** · 90 minutes · 21 points
#
# A landing is a promise. It is kept afterwards, by a panel that faces the Sun, a battery that outlasts a shadow, a radiator
# that is neither too large nor too small, and somebody who listens. You will learn to compute each of these on one line,
# and then design a lander of your own and stand up for it before a board. Take the 90 minutes for parts 1 to 7; parts 8 to
# 10 are a project of some six hours, alone or as a team.
#
# | After this lesson you can | checked by |
# |---|---|
# | **compute** what a panel gives at any hour of a lunar day, and the battery that bridges a shadow | `13.power` |
# | **size** a radiator for noon, and say how long a craft stays warm without the Sun | `13.warmth` |
# | **budget** a radio link in decibels | `13.link` |
# | **choose** a relay's orbit for a site that never sees the Earth | `13.relay` |
# | **design** a lander that keeps its requirements, also on a bad day | `13.design` |
# | **decide** go or no-go from intervals, and defend it | `13.dossier` |
#
# **Before:** lesson 02 (orbits), 07 (light and sites), 12 (odds and intervals).
#
# **Missions:** Resilience and its rover Tenacious, SLIM, Chang'e 6, APEX 1.0.

# %% [markdown]
# ### Who says so?
# * **[published: J11]** somebody printed it; the code is in the list of sources at the end
# * **[measured: WIL]** an instrument's numbers, which anyone can look up
# * **[derived]** follows from published numbers by arithmetic
# * **[modelled]** our choice, because nobody published it: in this lesson nearly every number of a craft's inside

# %%
from dataclasses import replace

import numpy as np
import sympy as sp

import lunarlab as ll
from lunarlab.descent.statistics import clopper_pearson
from lunarlab.surface.contact import Relay, relay_windows
from lunarlab.surface.design import Design
from lunarlab.surface.faults import SurfaceFault
from lunarlab.surface.light import light, lunar_day
from lunarlab.surface.stay import many, stay
from lunarlab.surface.warmth import ground_K

DAY = 86400.0
SIGMA = 5.670374e-8  # Stefan and Boltzmann [W/m2/K4]


def shown(value, form=".1f"):
    """A number, or a reminder that there is none yet."""
    return f"{value:{form}}" if isinstance(value, (int, float, np.floating)) else "(yours)"

# %% [markdown]
# ## 1 · Hook: the day that did not come
# On 5 June 2025 **[published: LDA]** Resilience was to set down a rover of 5 kg **[published: J11]**, *Tenacious*. The lander
# crashed (lesson 11). Take the fault away, and it lands:

# %%
landing = ll.fly(ll.case("resilience-m2").no_fault, seed=None)
ll.replay(landing, "Resilience, had its altimeter spoken in time")

# %% [markdown]
# What would have come next? "About ten days" of driving, said the rover's maker, until it gets too cold and too dark
# **[published: SKY]**. Let the model try. Every number of the rover's inside is **[modelled]**; its size, its site and its
# morning are not.

# %%
tenacious = ll.case("tenacious")
rover = tenacious.fly(seed=None)
ll.plots.show(ll.plots.stay(rover))
for event in rover.events:
    print(f"day {event.t_s / DAY:5.2f}   {event.detail}")
print(rover.verdict)

# %% [markdown]
# Nothing in it was fitted to the ten days. What decided how long it lives? Have a guess before you go on.

# %% [markdown]
# ## 2 · Predict

# %% hide
ll.quiz(
    "A rover lands in the middle latitudes, two days after sunrise, and everything works. What ends its life?",
    {
        "Its battery wears out": "A lithium battery stands hundreds of cycles. Here it has gone through a handful of small ones.",
        "*Sunset: first the power goes, then the warmth": "Half a lunar day is 14.77 days. Who lands two of them after sunrise has 13 "
        "left, whatever is aboard, unless it can live through a night at the ground's 95 K.",
        "Noon, when the ground is hottest": "Noon is hard, and a radiator has to be sized for it. But it passes, and it is sized for.",
    },
)

# %% hide
ll.quiz(
    "SLIM came down in the morning with its panel facing west. What would you have done with the last eighth of its battery?",
    {
        "*Switch it off and wait for the afternoon": "That is what its makers did. In the evening the Sun stands in the west, and a lander that was not "
        "drained can be woken by its panels alone.",
        "Transmit until it is empty": "Then there is nothing left to wake. A battery that is drained and freezes is damaged for good.",
        "Turn the lander with its thrusters": "They are made for the sky. On the ground, upside down, they would have been the end.",
    },
)

# %% hide
ll.quiz(
    "The radiator is made twice as large, to be on the safe side at noon. What happens?",
    {
        "Nothing, it only helps": "It radiates at night and in the morning, too. What it gives away then, a heater has to make.",
        "The craft gets warmer, because more sunlight falls on it": "It takes in some more sunlight, but it sends out far more than that.",
        "*Noon is cooler, and the first cold hour kills it sooner": "A radiator can't be switched off. Every margin on the hot side is taken "
        "from the cold one.",
    },
)

# %% [markdown]
# ## 3 · Explore: mission control
# Each move of a slider is a whole lunar day.
#
# 1. Tenacious: let it land three days later, then eight. Then turn its panel up after the Sun.
# 2. SLIM on its nose: when does it wake? Let it lean to the east instead.
# 3. APEX 1.0: take one relay away, then both. Which readout turns red, and which does not?

# %%
ll.console.surface()

# %% [markdown]
# ## 4 · Power
# A panel faces a direction: tilted by $\beta$ from flat, towards the azimuth $\alpha$. The Sun stands $h$ high at azimuth $A$. What
# counts is the cosine of the angle between them. Both are unit vectors:

# %%
h, A, beta, alpha = sp.symbols("h A beta alpha", real=True)
to_sun = sp.Matrix([sp.cos(h) * sp.sin(A), sp.cos(h) * sp.cos(A), sp.sin(h)])  # east, north, up
normal = sp.Matrix([sp.sin(beta) * sp.sin(alpha), sp.sin(beta) * sp.cos(alpha), sp.cos(beta)])
sp.simplify(to_sun.dot(normal))

# %% [markdown]
# ### Build 1 · `13.power` (4 points)
# Two functions, all angles in radians.
#
# * `panel_power(flux, area, efficiency, sun_elevation, sun_azimuth, tilt, azimuth)`: electric power [W]. A panel that is lit from
#   behind gives nothing, and at night there is no light.
# * `battery_for(load, hours, efficiency, lowest)`: the capacity [W h] of a battery that carries a load [W] through some hours
#   without Sun, if it starts full, gives back the share `efficiency` of what is taken from it, and must not go below the share
#   `lowest`.

# %% task="13.power"
def panel_power(flux, area, efficiency, sun_elevation, sun_azimuth, tilt, azimuth):
    # BEGIN SOLUTION
    if sun_elevation <= 0.0:
        return 0.0
    cosine = np.sin(sun_elevation) * np.cos(tilt)
    cosine += np.cos(sun_elevation) * np.sin(tilt) * np.cos(sun_azimuth - azimuth)
    return flux * area * efficiency * max(cosine, 0.0)
    # STUB
    # ...  # return watts
    # END SOLUTION


def battery_for(load, hours, efficiency, lowest):
    # BEGIN SOLUTION
    return load * hours / efficiency / (1.0 - lowest)
    # STUB
    # ...  # return watt-hours
    # END SOLUTION


ll.check("13.power", panel_power, battery_for)

# %% [markdown]
# Three ways to mount the same panel in Mare Frigoris, over the day on which Tenacious would have driven:

# %%
spot = tenacious.scenario.site
day = lunar_day(spot.place, spot.start_s)
print(day)
hours = day.sunrise_s + DAY * np.arange(0.5, 15.0, 2.0)
seen = light(spot.place, hours)
print(f"{'day':>5} {'Sun':>6} {'flat':>8} {'45° south':>10} {'upright, west':>14}")
for i in range(len(hours)):
    sun = float(seen.flux_Wpm2[i]), 0.12, 0.27, float(seen.elevation_rad[i]), float(seen.azimuth_rad[i])
    ways = [panel_power(*sun, np.radians(t), np.radians(z)) for t, z in ((0, 0), (45, 180), (90, 270))]
    print(f"{(hours[i] - day.sunrise_s) / DAY:5.1f} {np.degrees(sun[3]):5.1f}° {shown(ways[0]):>8} {shown(ways[1]):>10} {shown(ways[2]):>14}")

# %% [markdown]
# The flat panel is best at noon, when nobody is short of power, and worst when it matters, in the evening. The last column is
# SLIM's story: nothing at all until noon, and its best hours before sunset. It landed in the morning with its panel to the west
# **[published: NSF]**; it was switched off almost three hours later **[published: SC]** with 12 % left in the battery
# **[published: BB]**. The case `slim-on-its-nose` flies it:

# %%
slim = ll.case("slim-on-its-nose")
nose = slim.fly(seed=None)
for event in nose.events:
    print(f"day {event.t_s / DAY:5.2f}   {event.detail}")
ll.plots.show(ll.plots.stay(nose))

# %% [markdown]
# Nearly nine days after the landing it was heard again **[published: JT]**, and worked until 31 January **[published: UPI]**. How
# far its panel looked into the ground was fitted to that day **[modelled]**. The sunset was not: it follows from the place.

# %% [markdown]
# ## 5 · Warmth
# The ground is in balance with the Sun by day, and cools to about 95 K by night **[measured: WIL]**; at noon on the equator it is
# nearly 390 K **[measured: VAS]**. A craft stands on it like on a hot plate, and then like on ice:

# %%
for degrees in (90, 60, 31, 10, 0, -5):
    print(f"Sun {degrees:3d}° high: ground at {ground_K(np.radians(degrees)):.0f} K")

# %% [markdown]
# What a craft can do about it is a **radiator**: a white plate that looks at the sky. A square metre of it sends out
# $\varepsilon\sigma T^4$, and takes in $\alpha S \sin h$ of sunlight if it lies flat. In the balance of noon the rest must carry away
# what the craft makes and what comes through its walls.
#
# And in the dark? Then $C\,\dot T = -\varepsilon\sigma A\,T^4$. Separate, and integrate:

# %%
T, T1, T2, C, k = sp.symbols("T T_1 T_2 C k", positive=True)  # k = epsilon sigma A
sp.simplify(sp.integrate(-C / (k * T**4), (T, T1, T2)))

# %% [markdown]
# ### Build 2 · `13.warmth` (3 points)
# * `radiator_area(heat, limit, emittance, absorptance, flux, sun_elevation)`: the area [m²] of a flat radiator that carries away
#   `heat` [W] at the temperature `limit` [K], in the Sun.
# * `cooling_time(capacity, area, emittance, warm, cold)`: how long [s] a craft with the heat capacity `capacity` [J/K] takes from
#   `warm` to `cold` [K] in the dark, if it only radiates.

# %% task="13.warmth"
def radiator_area(heat, limit, emittance, absorptance, flux, sun_elevation):
    # BEGIN SOLUTION
    return heat / (emittance * SIGMA * limit**4 - absorptance * flux * np.sin(sun_elevation))
    # STUB
    # ...  # return square metres
    # END SOLUTION


def cooling_time(capacity, area, emittance, warm, cold):
    # BEGIN SOLUTION
    return capacity / (3.0 * emittance * SIGMA * area) * (cold**-3.0 - warm**-3.0)
    # STUB
    # ...  # return seconds
    # END SOLUTION


ll.check("13.warmth", radiator_area, cooling_time)

# %%
thermal, apex = tenacious.scenario.thermal, ll.case("apex-1.0")
for name, t in (("the rover", thermal), ("the lander", apex.scenario.thermal)):
    seconds = cooling_time(t.capacity_JpK, t.radiator_m2, t.radiator_emittance, 293.0, t.low_K)
    print(f"{name}: from 293 K to its limit of {t.low_K:.0f} K in {shown(seconds / 3600.0 if seconds else seconds)} hours of dark")
for dusty in (0.15, 0.3, 0.6):
    area = radiator_area(600.0, 313.0, 0.85, dusty, 1361.0, np.radians(16.5))
    print(f"600 W at 313 K, Sun 16.5° high, absorptance {dusty}: {shown(area, '.2f')} m²")

# %% [markdown]
# Hours, against a night of two weeks. A heater for the whole night would need a battery heavier than the craft:

# %%
night_W, night_h = 25.0 + 60.0, 14.77 * 24.0
print(f"{night_W:.0f} W through {night_h:.0f} h: a battery of {shown(battery_for(night_W, night_h, 0.95, 0.1), ',.0f')} Wh")

# %% [markdown]
# That is why a lander's life is half a lunar day, and why those that live longer carry something radioactive, or luck. SLIM had
# luck: it answered on 25 February 2024 **[published: HN]**, after a night at about -170 °C **[published: XF]**.

# %% [markdown]
# ## 6 · Link
# Power is sent, the way takes most of it, an antenna catches the rest, noise is always there. In decibels products become sums:
#
# $$\text{margin} = 10\log P + G - 20\log\frac{4\pi d f}{c} + \frac{G}{T} + 228.6 - 10\log R - \frac{E_b}{N_0}\Big|_\text{needed}$$
#
# with the power $P$ [W], the antenna's gain $G$ [dB], distance $d$, frequency $f$, the receiver's quality $G/T$ [dB/K], Boltzmann's
# constant (that is the 228.6), the data rate $R$ [bit/s], and what the code needs for each bit.

# %% [markdown]
# ### Build 3 · `13.link` (3 points)
# Return the margin in dB. The exact constants: $c$ = 299 792 458 m/s, $k$ = 1.380649e-23 J/K.

# %% task="13.link"
def link_margin(power, gain, distance, frequency, receiver, rate, needed):
    # BEGIN SOLUTION
    path = 20.0 * np.log10(4.0 * np.pi * distance * frequency / 299_792_458.0)
    boltzmann = 10.0 * np.log10(1.380649e-23)
    return 10.0 * np.log10(power) + gain - path + receiver - boltzmann - 10.0 * np.log10(rate) - needed
    # STUB
    # ...  # return decibels
    # END SOLUTION


ll.check("13.link", link_margin)

# %% [markdown]
# Four ways out, with round numbers **[modelled]**. Three decibels is what one wants to have left.

# %%
WAYS = {
    "rover to lander, 200 m, 1 Mbit/s": (0.1, 0.0, 200.0, 2.45e9, -28.0, 1e6, 5.0),
    "rover straight to a 35 m dish, 1 Mbit/s": (0.1, 0.0, 384.4e6, 2.25e9, 39.0, 1e6, 2.5),
    "lander to a 35 m dish, 1 Mbit/s": (10.0, 12.0, 384.4e6, 8.4e9, 50.0, 1e6, 2.5),
    "lander to a relay, 16 000 km, 128 kbit/s": (15.0, 13.0, 16e6, 2.25e9, -8.0, 128e3, 2.5),
}
for name, numbers in WAYS.items():
    print(f"{name:44} {shown(link_margin(*numbers)):>8} dB")

# %% [markdown]
# So Tenacious had to talk by way of its lander **[published: FS]**: a tenth of a watt is plenty over 200 m, and too little
# for pictures to the Earth **[modelled]**. (At which data rate would it do?) And the lander had to share: other people's craft wait for the same dishes. Resilience was
# supported by ESTRACK **[published: LDA]**.

# %% [markdown]
# ## 7 · The far side
# Chang'e 6 came down where the Earth never rises. So will APEX 1.0, in the Schrödinger basin, and it is to bring two relay
# satellites **[published: RL]**. Queqiao-2, which served the first of them, was sent into an ellipse of 200 x 16,000 km that
# takes 24 hours **[published: QQ2]**: low and quick over the north, high and slow over the south.
#
# Look at one such relay from the Apollo basin, for three positions of its plane.

# %%
queqiao = Relay(1, perilune_altitude_m=200e3, apolune_altitude_m=16_000e3, inclination_deg=62.4, argp_deg=90.0)
print(f"period {queqiao.period_s / 3600.0:.1f} h")
for node in (20.0, 80.0, 140.0):
    windows = relay_windows(replace(queqiao, node_deg=node), "apollo-basin", "2024-06-01", "2024-06-06", mask_deg=10.0, step_s=600.0)
    share = np.diff(windows).sum() / (5.0 * DAY)
    print(f"node at {node:5.1f}°: in view of site and Earth {share:4.0%} of the time, in {len(windows)} windows")

# %% [markdown]
# The plane stands still among the stars; the Moon turns below it, once in a month. An orbit that is splendid this week may
# hang over the near side in the next.

# %% [markdown]
# ### Build 4 · `13.relay` (3 points)
# **One** satellite for a lander on the far side, for 13 days **[modelled]**, from whichever date it begins: we try several. Latitude
# and longitude of the lander are **your own**, printed below; a neighbour's lander stands elsewhere, perhaps in the other
# hemisphere. (Without numbers from a course it stands where Chang'e 6 did.) The rest is **[modelled]**, too:
#
# | what | requirement |
# |---|---|
# | in view of site (10° high) and Earth at once | at least 60 % of the time |
# | longest time out of view | at most 6 h |
# | margin at the largest distance in view | at least 3 dB |
# | perilune | at least 100 km |
#
# The lander has 10 W, an antenna of 6 dB, 2 dB of losses, 2.25 GHz, 64 kbit/s, a code that needs 2.5 dB; the relay has
# $G/T$ = -8 dB/K. So your `link_margin` says how far away the relay may be. `node_deg` is counted in the Moon's own axes on the
# first day; `argp_deg` is the angle from the node to the perilune.

# %%
for km in (4_000, 8_000, 12_000, 16_000):
    print(f"{km:6d} km: margin {shown(link_margin(10.0, 6.0 - 2.0, km * 1e3, 2.25e9, -8.0, 64e3, 2.5)):>6} dB")

spot_of_mine = ll.variant("13.relay")  # your own numbers
print(f"your lander stands at {spot_of_mine['latitude_deg']:.1f}° north (south if negative), {spot_of_mine['longitude_deg']:.1f}° east")

# %% task="13.relay"
relay = {"perilune_km": ..., "apolune_km": ..., "inclination_deg": ..., "node_deg": ..., "argp_deg": ...}
# BEGIN SOLUTION
lowest_over = 90.0 if spot_of_mine["latitude_deg"] < 0.0 else 270.0  # the other pole: it lingers over this one
relay = {"perilune_km": 300.0, "apolune_km": 8600.0, "inclination_deg": 90.0, "node_deg": 0.0, "argp_deg": lowest_over}
# STUB
# # fill in the five numbers above
# END SOLUTION

ll.check("13.relay", relay)

# %% [markdown]
# ## 8 · Your mission
# The case `apex-1.0` is a design study: the destination, the two relays and the payload are announced, **everything else is
# assumed**, and the file says so at every number. It holds together. It is also too heavy.

# %%
print(apex.summary)
for fact in apex.facts:
    print(f"* {fact.what}: {fact.value} [{fact.source}]")
assumed = [path for path, number in apex.numbers.items() if number.confidence == "assumed"]
print(f"\nassumed: {len(assumed)} of {len(apex.numbers)} numbers of the model")

# %% [markdown]
# Seven choices are yours. Their prices are rules of thumb **[modelled]**:
#
# | choice | price |
# |---|---|
# | `panel_m2`, a belt of cells all around | 3.5 kg per m² |
# | `battery_Wh` | 1 kg per 100 Wh |
# | `radiator_m2` | 8 kg per m² |
# | `heater_W` | 1 kg per 100 W |
# | `relays`, satellites that it brings | 75 kg each |
# | `antenna_dBi` | 0.15 kg for 0 dB, ten times as much for every 10 dB |
# | `rate_kbps` | free, but fast bits need more signal |

# %%
as_it_is = Design()
print(f"the study: {as_it_is} = {as_it_is.mass_kg:.1f} kg")
print(stay(as_it_is.put_into(apex.scenario), seed=None))

# %% [markdown]
# ### Build 5 · `13.design` (4 points)
# Make it lighter. The board's requirements **[modelled]**:
#
# | requirement | points |
# |---|---|
# | at most 220 kg in all | 1 |
# | if nothing varies: SURVIVES 13 days with 50 Gbit and no silence above 14 h; charge never below 40 %, 263 to 313 K | 1 |
# | SURVIVES 6 h without light on day 3, and, another time, the loss of one relay on day 2 | 1 |
# | SURVIVES in at least 18 of 20 stays with dispersions (loads, dust, slope, ...) | 1 |
#
# `design.put_into(apex.scenario)` is a scenario; `stay(scenario, seed=None)` flies it; `many(scenario, 20)` flies it twenty times;
# a fault is a row such as those in `BAD_DAYS`.

# %%
BAD_DAYS = {
    "shadow": SurfaceFault("panel", "shade", 1.0, at_s=3.0 * DAY, duration_s=6.0 * 3600.0),
    "a relay lost": SurfaceFault("relay", "lost", 1.0, at_s=2.0 * DAY),
}


def trial(design):
    """A design at a glance."""
    scene = design.put_into(apex.scenario)
    calm = stay(scene, seed=None)
    bad = {name: stay(replace(scene, faults=(row,)), seed=None).verdict for name, row in BAD_DAYS.items()}
    lived = sum(s.verdict == "SURVIVES" for s in many(scene, 20))
    print(f"{design.mass_kg:6.1f} kg   {calm.verdict}   {bad}   {lived} of 20")
    return calm


for change in ({}, {"battery_Wh": 1000.0}, {"radiator_m2": 1.0}, {"antenna_dBi": 6.0}, {"relays": 1}):
    print(f"{change!s:22}", end="")
    trial(replace(as_it_is, **change))

# %% task="13.design"
my_design = ...
# BEGIN SOLUTION
my_design = Design(
    panel_m2=5.8, battery_Wh=3300.0, radiator_m2=1.6, heater_W=20.0, relays=2, antenna_dBi=13.0, rate_kbps=128.0
)
# STUB
# # Design(panel_m2=..., battery_Wh=..., radiator_m2=..., heater_W=..., relays=..., antenna_dBi=..., rate_kbps=...)
# END SOLUTION

ll.check("13.design", my_design)

# %%
flown = trial(my_design) if isinstance(my_design, Design) else trial(as_it_is)
ll.plots.show(ll.plots.stay(flown))

# %% [markdown]
# ## 9 · Break it
# Your board will ask: what if? Here is every fault that the room knows, on your design (or on the study, as long as you have
# none). None of them is exotic: dust is kicked up at every landing, and two of the last landers lay on their side.

# %%
trialled = my_design if isinstance(my_design, Design) else as_it_is
QUESTIONS = {
    "dust on the radiator": [SurfaceFault("radiator", "dust", 0.3)],
    "half of the battery lost": [SurfaceFault("battery", "lost", 0.5, at_s=1.0 * DAY)],
    "loads a fifth above plan": [SurfaceFault("loads", "scale", 1.2)],
    "panels half in the shade of a hill, for good": [SurfaceFault("panel", "shade", 0.5)],
    "antenna points 10 dB beside": [SurfaceFault("link", "loss", 10.0)],
    "on its side": [SurfaceFault("craft", "tilt", 90.0)],
    "stations silent for a day": [SurfaceFault("stations", "lost", 0.0, at_s=4.0 * DAY, duration_s=DAY)],
    "no relay from day 2 on": [SurfaceFault("relay", "lost", 2.0, at_s=2.0 * DAY)],
    "shadow, and a relay lost": list(BAD_DAYS.values()),
}
for name, rows in QUESTIONS.items():
    out = stay(replace(trialled.put_into(apex.scenario), faults=tuple(rows)), seed=None)
    low = out.si["charge_Wh"][out.goal_rows].min() / trialled.battery_Wh
    print(f"{name:46} {out.verdict:14} charge down to {low:4.0%}, {out.data_Gbit:5.1f} Gbit, silent for {out.silence_h:5.1f} h")

# %% [markdown]
# Which of these would you pay kilograms for? A list of faults that you survive is not a design; a list of those that you have
# *decided* not to survive is.

# %% [markdown]
# ## 10 · The board
# Of 200 flights of your descent most have landed; how many is **your own** number, printed below **[modelled]**. (Use those of your own
# campaign in lesson 12 for your own board; the check takes these.) How good is your lander on the ground? Fly it often enough to say.
#
# The board's rule: **go** if every requirement of part 8 is met and the lower end of the 95 % interval of P(mission), to land *and*
# to live, is at least 0.75. Else **no-go**. Both can be the right answer: what counts is that it follows.

# %%
LANDED, FLOWN = round(ll.variant("13.dossier")["landed"]), 200  # your own number
print(f"landed {LANDED} of {FLOWN} flights")
print("95 % interval of 9 successes in 10:", clopper_pearson(9, 10))
print("95 % interval of 20 successes in 20:", clopper_pearson(20, 20))

# %% [markdown]
# ### Build 6 · `13.dossier` (4 points)
# | key | what |
# |---|---|
# | `mass_kg`, `lowest_charge`, `warmest_K`, `data_Gbit` | of `my_design`, with `seed=None`, until the goal |
# | `p_land` | (low, high), 95 %, from `LANDED` of `FLOWN` |
# | `lived` | (survived, stays): how many stays with dispersions you flew, at least 20, and how many survived |
# | `p_live` | (low, high), 95 %, from that |
# | `p_mission` | (low, high): to land and to live |
# | `decision` | "go" or "no-go" |
#
# Histories are in `flown.si`, those until the goal in the rows `flown.goal_rows`: for example `flown.si["charge_Wh"]`,
# `flown.si["temperature_K"]`; `flown.data_Gbit` is a number.

# %% task="13.dossier"
dossier = {
    "mass_kg": ..., "lowest_charge": ..., "warmest_K": ..., "data_Gbit": ...,
    "p_land": ..., "lived": ..., "p_live": ..., "p_mission": ..., "decision": ...,
}
# BEGIN SOLUTION
stays = many(my_design.put_into(apex.scenario), 60)
survived = sum(one.verdict == "SURVIVES" for one in stays)
land, live = clopper_pearson(LANDED, FLOWN), clopper_pearson(survived, len(stays))
both = (land[0] * live[0], land[1] * live[1])
dossier = {
    "mass_kg": my_design.mass_kg,
    "lowest_charge": flown.si["charge_Wh"][flown.goal_rows].min() / my_design.battery_Wh,
    "warmest_K": flown.si["temperature_K"][flown.goal_rows].max(),
    "data_Gbit": flown.data_Gbit,
    "p_land": land, "lived": (survived, len(stays)), "p_live": live, "p_mission": both,
    "decision": "go" if both[0] >= 0.75 else "no-go",
}
# STUB
# # fill in the dossier above
# END SOLUTION

ll.check("13.dossier", dossier, my_design)

# %% [markdown]
# A dossier is more than its numbers. Hand in with it, on one page: the transfer and insertion (lessons 03 to 06), site and date
# (07), guidance and navigation (08, 09), the fault tests of your descent (10 to 12), the faults that you decided not to survive,
# and **every number that is assumed**. Sit as a board: one defends, one asks for the evidence, one writes down the decision.

# %% [markdown]
# ## 11 · Explain
# Two sentences each, for people who pay for landers:
# 1. "It survived 20 of 20 simulations. Why do you not call it safe?"
# 2. "Why not simply make everything 20 % larger?"
#
# *Write here.*

# %% [markdown] solution
# **A model answer.** 1. With twenty stays even a lander that dies in one of ten survives them all in twelve cases of a hundred; the
# interval begins at 83 %, and together with the landing that is less than we promised. 2. Because the margins pull against each
# other: a larger radiator freezes the night, a larger battery costs the mass of the relay, and a stay that is only ever tested
# with everything larger has never been tested at its edge.

# %% [markdown]
# ## 12 · Exit quiz

# %% hide
ll.quiz(
    "A lander near the pole has the Sun never more than 16° high. Which panel serves it best?",
    {
        "A flat one on top": "It would catch the sine of 16°, little more than a quarter. That is a panel for the equator.",
        "One that faces south": "The Sun goes all the way round. For half of the time it would see nothing.",
        "*An upright belt all around": "The Sun runs round the horizon: whichever side it is on, a third of the belt's area faces it.",
    },
)

# %% hide
ll.quiz(
    "Your lander's link has 1 dB of margin left. The team wants twice the data rate. What do you answer?",
    {
        "*It costs 3 dB, and there is 1": "Half the time for a bit is half its energy. Move closer, send harder, or point better: each has a price.",
        "Fine, a decibel is a fifth": "A decibel is a quarter more power. Twice the rate takes twice the power, three decibels.",
        "Send at night, there is less noise": "The noise is in the receiver and in the sky behind the craft. Night at the Moon does not change it.",
    },
)

# %% hide
ll.quiz(
    "Both relays fail, and the lander is in the best of health. What is the mission worth?",
    {
        "Everything, the data are safe aboard": "They would be, if anyone could fetch them. From the far side nothing reaches the Earth.",
        "*Nothing after that moment, so a second relay was no luxury": "A chain is judged by what comes out at its end. That is why the loss of one relay "
        "was among the requirements.",
        "Half, since landing was half of it": "A landing that nobody heard of is hard to tell from a crash.",
    },
)

# %%
ll.progress("13")

# %% [markdown]
# ## Sources
# | code | source |
# |---|---|
# | BB | Behind the Black, SLIM shut down three hours after landing at about 12 % |
# | FS | Fivesooft, July 2024, relays ispace Europe's release on the assembled rover |
# | HN | HNGN, 26 February 2024: contact with SLIM on 25 February |
# | J11 | SpacePolicyOnline, landing date of HAKUTO-R Mission 2 |
# | JT | Japan Times Alpha, SLIM's contact late on 28 January, nearly nine days after the landing |
# | LDA | Space.com, watch-live article on the landing of Resilience, 5 June 2025 |
# | NSF | NASASpaceflight, SLIM nose-down with its cells facing west |
# | QQ2 | Wikipedia (mirror), Queqiao-2: 200 x 16,000 km, 24 hours |
# | RL | ispace-U.S., April 2024, relay service by two satellites |
# | SC | South China Morning Post, SLIM switched off almost three hours after the touchdown |
# | SKY | Michigan Post (repost of Sky News), 5 June 2025, interview on Tenacious |
# | UPI | UPI (repost), 26 February 2024: SLIM's work done on 31 January |
# | VAS | Vasavada et al. 2012, Diviner, equatorial surface temperatures, doi:10.1029/2011JE003987 |
# | WIL | Williams et al. 2017, Diviner, global surface temperatures, doi:10.1016/j.icarus.2016.08.012 |
# | XF | Xinhua, 26 February 2024: SLIM survived about -170 °C |
#
# Not published anywhere we looked: panels, batteries, loads, radiators and radios of any of these craft.
#
# Text: CC BY 4.0. Code: BSD 3-Clause.
