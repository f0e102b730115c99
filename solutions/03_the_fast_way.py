# %% [markdown]
# # 03 The fast way
# **Injection, phase, porkchops, and loops** · 90 minutes · 13 points
#
# Between a parking orbit and the Moon lie one burn, five days of falling, and another burn. You work out both burns and the
# days, with real dates, and then you know why five landers took five different times, and why one of them first flew round the
# Earth in larger and larger loops.
#
# | After this lesson you can | checked by |
# |---|---|
# | **compute** the burn that leaves for the Moon, and the days that it takes | `03.tli` |
# | **find** the moment of departure from the angle between you and the Moon | `03.phase` |
# | **compute** how fast you arrive, and what it costs to stay | `03.v_infinity` |
# | **choose** a date from a porkchop, under a budget | `03.porkchop` |
# | **account** for phasing loops: burns, days, and why anyone flies them | `03.loops` |
#
# **Before:** lesson 02, vis-viva most of all.
#
# **Missions:** Chandrayaan-3, Luna 25, Odysseus (IM-1), Chang'e 6, Athena (IM-2).

# %% [markdown]
# ### Who says so?
# * **[published: C2]** somebody printed it; the code is in the list of sources at the end
# * **[derived]** follows from published numbers by arithmetic
# * **[modelled]** our choice, or the answer of a simplified model

# %%
import numpy as np
import sympy as sp
from matplotlib.figure import Figure

import lunarlab as ll
from lunarlab import twobody
from lunarlab.constants import DAY, DISTANCE_MOON, MU_EARTH, MU_MOON, R_EARTH, R_MOON
from lunarlab.ephemeris import ephemeris, iso, moon, tdb
from lunarlab.errors import LunarlabError
from lunarlab.transfer import impulsive
from lunarlab.transfer.lambert import lambert, porkchop
from lunarlab.transfer.patched import patched_conic

# %% [markdown]
# ## 1 · Hook: five landers, five numbers of days
# | lander | left | entered lunar orbit | days |
# |---|---|---|---|
# | Chandrayaan-3 | Earth orbit, 31 July 2023 **[published: C1, C10]** | 5 August 2023, 13:30 UTC **[published: C2]** | 4.8 **[derived]** |
# | Luna 25 | launch 10 August 2023, 23:11 UTC **[published: L7]** | 16 August 2023 **[published: L6]** | about 5.5 **[derived]** |
# | IM-1 | launch 15 February 2024, 06:05 UTC **[published: O1]** | 21 February 2024 **[published: O1]** | about 6.4 **[derived]** |
# | Chang'e 6 | launch 3 May 2024, 09:27 UTC **[published: E1]** | 8 May 2024, 02:12 UTC **[published: E1, E7]** | 4.7 **[derived]** |
# | IM-2 | launch 27 February 2025, 00:17 UTC **[published: A2]** | 3 March 2025, 12:27 UTC **[published: A1]** | 4.5 **[derived]** |
#
# All of them took the *fast* way. From 4.5 to 6.4 days is still a difference of two fifths. Better engines? Heavier landers?
# Make a guess, write it down, and keep it until part 5.

# %% [markdown]
# The path of one of them, drawn from two pieces of ellipse and hyperbola. Press play.

# %%
ll.console.transfer()

# %% [markdown]
# ## 2 · Predict

# %% hide
ll.quiz(
    "At the moment of the burn that leaves for the Moon, where is the Moon?",
    {
        "Straight ahead: the burn points at it": "The burn points along the parking orbit. And in five days the Moon is somewhere else.",
        "On the far side of the Earth, opposite to the lander": "That is where you *arrive*, half an ellipse further on. "
        "The Moon gets there with you; it is not there yet.",
        "*About 114 degrees ahead, where it still has 66 degrees to go": "You fly half an ellipse, 180 degrees, in five days. The Moon "
        "moves by 66 degrees in this time. So it must be 114 degrees ahead when you burn.",
    },
)

# %% hide
ll.quiz(
    "You want to arrive in 3.25 days instead of 5. Where do you pay for it most?",
    {
        "Leaving the Earth: that takes far more speed": "About 15 m/s more. Near the Earth a little speed is worth a lot of energy.",
        "*Stopping at the Moon": "Some 70 m/s more. You come in fast and at an angle, and the Moon has little gravity to help you brake.",
        "Nowhere: the Earth does the work": "Gravity gives nothing away. What you don't lose on the way out, you have to brake at the Moon.",
    },
)

# %% [markdown]
# ## 3 · Explore
# In the panel above:
# 1. Raise *injection beyond Hohmann's ellipse* from 2 to 100 m/s. What happens to the days, and to the burn at the Moon?
# 2. Change *Passes the Moon* to the other side. Which way does the dashed line leave the Moon, where no engine fires?
# 3. Choose a mission in *Start from*: you see a porkchop of real dates. Was its date the cheapest of its month?

# %% [markdown]
# ## 4 · Derive: the burn that leaves
# The cheapest two-burn way between two circles touches both of them: **Hohmann's ellipse**. Its perigee is the parking
# orbit, its apogee the Moon. Vis-viva at both ends, with $\mu$ of the Earth:

# %%
mu, r1, d, v = sp.symbols("mu r_1 d v", positive=True)
speed_after = sp.sqrt(2 * mu / r1 - mu / ((r1 + d) / 2))
burn = speed_after - sp.sqrt(mu / r1)
burn

# %% [markdown]
# ### Build 1 · `03.tli` (2 points)
# `tli(altitude_m, distance_m)`: the burn [m/s] out of a circular orbit of this altitude above `R_EARTH`, and the time [s] to
# apogee, at `distance_m` from the *centre* of the Earth. That burn is called translunar injection, TLI.

# %% task="03.tli"
def tli(altitude_m, distance_m):
    # BEGIN SOLUTION
    perigee = R_EARTH + altitude_m
    axis = (perigee + distance_m) / 2.0
    burn_mps = (MU_EARTH * (2.0 / perigee - 1.0 / axis)) ** 0.5 - (MU_EARTH / perigee) ** 0.5
    return burn_mps, np.pi * (axis**3 / MU_EARTH) ** 0.5
    # STUB
    # ...  # return burn_mps, flight_s
    # END SOLUTION


ll.check("03.tli", tli)

# %%
if tli(200e3, DISTANCE_MOON):
    for name, distance in (("nearest", 356.4e6), ("mean", DISTANCE_MOON), ("farthest", 406.7e6)):
        dv, seconds = tli(200e3, distance)
        print(f"Moon {name:9} {distance / 1e6:.1f} thousand km: {dv:.1f} m/s, {seconds / DAY:.2f} days")

# %% [markdown]
# Read the two columns against each other. The Moon's distance hardly matters for the burn, and by a whole day for the time.

# %% [markdown]
# ## 5 · So why do the days differ?
# Where was the Moon when they arrived? `moon(t, eph)` knows, to some 10 km. Two of the times of arrival are only published as a
# date; we take the middle of that day **[modelled]**.

# %%
flown = {
    "Chandrayaan-3": ("2023-08-05T13:30", 4.8),
    "Luna 25": ("2023-08-16T12:00", 5.5),
    "IM-1": ("2024-02-21T12:00", 6.4),
    "Chang'e 6": ("2024-05-08T02:12", 4.70),
    "IM-2": ("2025-03-03T12:27", 4.51),
}
arrivals = {}
for name, (date, days) in flown.items():
    t = tdb(date)
    place, velocity = moon(t, ephemeris(t - DAY, t + DAY))
    arrivals[name] = np.linalg.norm(place), np.linalg.norm(velocity), np.degrees(np.arcsin(place[2] / np.linalg.norm(place))), days

fig = Figure(figsize=(7.5, 4.0), layout="constrained")
axes = fig.subplots()
distances = np.linspace(355e6, 410e6, 60)
if tli(200e3, DISTANCE_MOON):
    axes.plot(distances / 1e6, [tli(200e3, x)[1] / DAY for x in distances], color="#1f5a93", label="your ellipse from 200 km")
    axes.text(385.0, 5.08, "your ellipse from 200 km", rotation=17, color="#1f5a93")
beside = {"Chandrayaan-3": (8, 4), "Chang'e 6": (8, -9), "IM-2": (8, -9), "Luna 25": (-52, 6), "IM-1": (8, 4)}
for name, (distance, _, _, days) in arrivals.items():
    axes.plot(distance / 1e6, days, "o", color="#D55E00", label=f"{name}, Moon {distance / 1e6:.1f} thousand km away")
    axes.annotate(name, (distance / 1e6, days), xytext=beside[name], textcoords="offset points")
axes.set(xlabel="distance of the Moon on arrival [thousand km]", ylabel="days", title="Days of flight against the Moon's distance", ylim=(4.2, 6.8), xlim=(354, 413))
ll.plots.show(fig)

# %% [markdown]
# Four of five lie within four hours of the curve: **they took longer because the Moon was further away.** Compare with your
# guess. (Some of these times begin with the launch, some with the burn that left Earth orbit.)
#
# And IM-1? It is one day off. There must be a second reason.

# %% [markdown]
# ### Derive: how long is one metre per second?
# Let the speed at perigee be off by a little. The apogee is $r_a = 2a - r_1$ with $a$ from vis-viva:

# %%
apogee = sp.simplify(2 / (2 / r1 - v**2 / mu) - r1)
slope = sp.simplify(sp.diff(apogee, v))
slope

# %%
perigee = R_EARTH + 200e3
speed_200 = (MU_EARTH * 2.0 * (1.0 / perigee - 1.0 / (perigee + DISTANCE_MOON))) ** 0.5
print(f"1 m/s more at perigee: apogee {float(slope.subs({mu: MU_EARTH, r1: perigee, v: speed_200})) / 1e3:.0f} km higher")

# %% [markdown]
# One metre per second in eleven thousand moves the apogee by more than the Moon is wide. Turn that round: with an apogee a
# little *beyond* the Moon's orbit you cross it twice, early on the way out, or late on the way back. For IM-1's Moon:

# %%
distance_im1 = arrivals["IM-1"][0]
for beyond in (0.0, 0.01, 0.02, 0.03):
    far = distance_im1 * (1.0 + beyond) + 1.0
    axis, e = (perigee + far) / 2.0, (far - perigee) / (far + perigee)
    E = np.arccos((1.0 - distance_im1 / axis) / e)
    out = (E - e * np.sin(E)) * (axis**3 / MU_EARTH) ** 0.5
    back = 2.0 * np.pi * (axis**3 / MU_EARTH) ** 0.5 - out
    extra = twobody.speed(perigee, axis, mu=MU_EARTH) - twobody.speed(perigee, (perigee + distance_im1) / 2.0, mu=MU_EARTH)
    print(f"apogee {beyond:4.0%} beyond the Moon, {extra:3.1f} m/s more: there after {out / DAY:.2f} days, or after {back / DAY:.2f}")

# %% [markdown]
# **Less than 2 m/s at the Earth choose between 4.5 and 6.4 days** **[derived]**. A flight of 6.4 days fits an apogee 2 % beyond the Moon, met on
# the way back **[derived]**. Whether IM-1 flew just so is not in any source we read. But the number of days says little about
# engines, and nothing about the lander's weight. It is chosen: for the light at the site, for the ground stations, for the
# launch date.

# %% [markdown]
# ## 6 · Where must the Moon be?
# While you turn by $\pi$, the Moon turns by $\omega_M\,t$. The difference must be its lead when you burn. In the parking orbit
# you go round every hour and a half, so the lead *shrinks*, and comes round again.

# %% [markdown]
# ### Build 2 · `03.phase` (2 points)
# `phase(altitude_m, distance_m, lead_now_rad)`: the lead that the Moon needs at the burn [rad], between 0 and $2\pi$, and how
# long to wait [s] if it is `lead_now_rad` ahead of you now. All three move on circles in one plane.

# %% task="03.phase"
def phase(altitude_m, distance_m, lead_now_rad):
    # BEGIN SOLUTION
    own = (MU_EARTH / (R_EARTH + altitude_m) ** 3) ** 0.5
    moons = ((MU_EARTH + MU_MOON) / distance_m**3) ** 0.5
    needed = (np.pi - moons * tli(altitude_m, distance_m)[1]) % (2.0 * np.pi)
    return needed, (lead_now_rad - needed) % (2.0 * np.pi) / (own - moons)
    # STUB
    # ...  # return lead_rad, wait_s
    # END SOLUTION


ll.check("03.phase", phase)

# %%
if phase(200e3, DISTANCE_MOON, 0.0):
    needed, seconds = phase(200e3, DISTANCE_MOON, np.radians(100.0))
    print(f"the Moon must be {np.degrees(needed):.1f} degrees ahead; if it is 100 degrees ahead now, wait {seconds / 60:.0f} minutes")

# %% [markdown]
# ### The third dimension
# A plane that holds the Earth's centre and the Moon must be tilted by at least the Moon's **declination**, its angle from the
# equator. And no rocket reaches an inclination below the latitude of its launch site without turning.

# %%
for name, (distance, _, declination, _) in arrivals.items():
    print(f"{name:14} arrived with the Moon {distance / 1e6:5.1f} thousand km away, {declination:+5.1f} degrees from the equator")
try:
    impulsive.node_arguments(np.radians(20.0), np.radians(arrivals["IM-1"][2]))
except LunarlabError as refusal:
    print("\na plane of 20 degrees to IM-1's Moon:", refusal)  # no claim: 20 degrees

# %% [markdown]
# Chandrayaan-3 arrived when the Moon crossed the equator **[derived]**. For a launch site near the equator that is the easy
# moment, and it comes twice a month. From 28.5 degrees, Cape Canaveral's latitude, you nearly always find a plane. <!-- no claim: 28.5 degrees -->

# %% [markdown]
# ## 7 · Derive: how fast do you arrive?
# At the Moon's distance $d$ you still have the energy and the angular momentum of the perigee $(r_p, v_p)$:
# $$v^2 = v_p^2 - 2\mu\left(\frac1{r_p} - \frac1d\right), \qquad v_\perp = \frac{r_p v_p}{d}.$$
# The Moon moves across at $v_M$. What counts is the *difference of two vectors*:

# %%
v_M, v_across, v_along = sp.symbols("v_M v_across v_along", real=True)
relative = sp.Matrix([v_along, v_across - v_M])
sp.expand(relative.dot(relative)).subs(v_along**2, v**2 - v_across**2)

# %% [markdown]
# That is $v_\infty^2$, the speed with which you come in from far away, as the Moon sees it. Falling on to its perilune you
# get faster, $v^2 = v_\infty^2 + 2\mu_M/r$, and the circle there needs only $\sqrt{\mu_M/r}$. The rest is the burn of **lunar
# orbit insertion**, LOI.

# %% [markdown]
# ### Build 3 · `03.v_infinity` (3 points)
# `arrival(perigee_m, speed_mps, distance_m, v_moon_mps)`: perigee as a *distance from the Earth's centre* and the speed there,
# the Moon's distance and speed. Return $v_\infty$ [m/s], and the burn [m/s] into a circle 100 km above the Moon.

# %% task="03.v_infinity"
def arrival(perigee_m, speed_mps, distance_m, v_moon_mps):
    # BEGIN SOLUTION
    square = speed_mps**2 - 2.0 * MU_EARTH * (1.0 / perigee_m - 1.0 / distance_m)
    across = perigee_m * speed_mps / distance_m
    v_infinity = (square + v_moon_mps**2 - 2.0 * v_moon_mps * across) ** 0.5
    low = R_MOON + 100e3
    return v_infinity, (v_infinity**2 + 2.0 * MU_MOON / low) ** 0.5 - (MU_MOON / low) ** 0.5
    # STUB
    # ...  # return v_infinity, loi
    # END SOLUTION


ll.check("03.v_infinity", arrival)

# %% [markdown]
# IM-1's insertion is the one with a published number: 800 m/s into a circle of 92 km, accurate to 2 m/s **[published: O1]**.

# %%
distance, v_moon, _, _ = arrivals["IM-1"]
if arrival(perigee, speed_200, DISTANCE_MOON, 1018.0):
    print("apogee beyond the Moon   v_infinity   burn into 100 km")
    for beyond in (0.0, 0.02, 0.1, 0.2):
        fast = (2.0 * MU_EARTH * (1.0 / perigee - 1.0 / (perigee + distance * (1.0 + beyond) + 1.0))) ** 0.5
        print(f"{beyond:22.0%} {arrival(perigee, fast, distance, v_moon)[0]:8.0f} m/s {arrival(perigee, fast, distance, v_moon)[1]:12.0f} m/s")

# %% [markdown]
# Within 3 % of what was flown, with the Moon's gravity switched on only at the very end **[modelled]**. In truth it begins to
# pull days before, and that saves some of it. Lesson 04 lets it.
#
# Read down the last column: who is in a hurry pays at the Moon, not at the Earth.

# %% [markdown]
# ## 8 · Real dates: the porkchop
# For every departure in a month, and every flight time: both burns. The library does 120 x 120 of them in a blink, from 200 km
# around the Earth into 100 km around the Moon. The month is that of IM-2. Twice: in the plane of the Moon's own orbit, and from
# a parking orbit inclined by 20 degrees **[modelled]**, whose node the launch may choose. <!-- no claim: 120; 200 km; 100 km -->

# %%
start = tdb("2025-02-16")
departures = start + DAY * np.arange(0.0, 30.0, 0.25)
flights = DAY * np.linspace(2.6, 7.0, 120)
free = porkchop(departures, flights)
tilted = porkchop(departures, flights, inclination_rad=np.radians(20.0))
for name, chops in (("the Moon's plane", free), ("20 degrees", tilted)):
    best = chops.best()
    print(f"{name:16}: cheapest on {iso(best.departure_s)[:10]}, {best.flight_s / DAY:.2f} days, {best.dv_total_mps:.0f} m/s;"
          f" {np.isfinite(chops.dv_total_mps).mean():.0%} of the field can be flown")

# %%
fig = Figure(figsize=(9.5, 4.2), layout="constrained")
levels = 3940.0 + np.array([0.0, 8.0, 15.0, 25.0, 40.0, 60.0, 100.0, 150.0, 250.0])
panels = fig.subplots(1, 2, sharey=True)
for axes, name, chops in ((panels[0], "in the Moon's plane", free), (panels[1], "from 20 degrees", tilted)):
    best, days = chops.best(), np.arange(0.0, 30.0, 0.25)
    field = axes.contourf(days, flights / DAY, chops.dv_total_mps.T, levels, cmap="viridis_r", extend="max")
    axes.plot((best.departure_s - start) / DAY, best.flight_s / DAY, "k*", markersize=11, label=f"cheapest, {best.dv_total_mps:.0f} m/s")
    axes.plot((tdb("2025-02-27T00:17") - start) / DAY, 4.51, "o", color="#D55E00", label="IM-2: launch, days to lunar orbit")
    axes.set(xlabel="departure: days after 16 February 2025", title=f"Both burns, {name}")
    axes.legend(loc="upper center", fontsize=8)
panels[0].set_ylabel("days of flight")
fig.colorbar(field, ax=panels, label="m/s")
ll.plots.show(fig)

# %% [markdown]
# Left, no windows as for Mars, two years apart: a valley runs through the whole month, between 4 and 6 days **[modelled]**. **In the right
# plane one can leave for the Moon on any day**, and from the best day to the worst it costs 25 m/s **[modelled]**. Right, the plane has its
# say: where it is white, the Moon stands too far north or south on arrival. IM-2's date lies in the valley of both **[derived]**;
# which plane it flew in, no source says that we read.

# %% [markdown]
# ### Build 4 · `03.porkchop` (3 points)
# `earliest(departures_s, flights_s, total_mps, limit_mps)`: of all transfers that cost at most the limit, the one that
# *arrives* first. `total_mps[i, j]` belongs to `departures_s[i]` and `flights_s[j]`; `nan` means that there is no transfer.
# Return its departure and its flight time [s].

# %% task="03.porkchop"
def earliest(departures_s, flights_s, total_mps, limit_mps):
    # BEGIN SOLUTION
    arrive = departures_s[:, None] + flights_s[None, :]
    arrive = np.where(total_mps <= limit_mps, arrive, np.inf)
    i, j = np.unravel_index(np.argmin(arrive), arrive.shape)
    return departures_s[i], flights_s[j]
    # STUB
    # ...  # return departure_s, flight_s
    # END SOLUTION


ll.check("03.porkchop", earliest)

# %%
for limit in (3950.0, 3960.0, 3970.0, 4000.0, 4100.0):
    choice = earliest(departures, flights, tilted.dv_total_mps, limit)
    if choice:
        print(f"{limit:.0f} m/s: leave {iso(choice[0])[:16]}, {choice[1] / DAY:.2f} days, there {iso(sum(choice))[:16]}")

# %% [markdown]
# From 3,950 to 4,100 m/s the first arrival jumps from mid-March to mid-February. **10 m/s can be worth two weeks, and the next
# 30 m/s nothing at all.** That is why the budget is settled after the porkchop is drawn, not before.

# %% [markdown]
# ## 9 · Phasing loops
# Chandrayaan-3 did not leave on the first evening. Perigee and apogee altitudes, in km: 173 x 41,762, where the rocket left it,
# then 226 x 41,603, 233 x 71,351, 236 x 127,603, and then 288 x 369,328, which leads to the Moon **[published: C1, C10]**. Four
# orbits, then the transfer.
#
# The first step lifts the *perigee*, at apogee, for 5 m/s **[derived]**. The others are at perigee, and lift the *apogee*: a
# burn raises the other end. Why so many? What do they cost, compared with one?

# %% [markdown]
# ### Build 5 · `03.loops` (3 points)
# `loops(perigee_m, apogees_m)`: altitudes [m], one perigee for all, the apogees in the order in which they are flown. Return
# 1. the burns [m/s] at perigee, from each orbit to the next (one fewer than there are apogees),
# 2. the time [s], if each orbit is flown once and the last one only out to its apogee.

# %% task="03.loops"
def loops(perigee_m, apogees_m):
    # BEGIN SOLUTION
    low = R_EARTH + perigee_m
    axes_m = [(low + R_EARTH + apogee) / 2.0 for apogee in apogees_m]
    speeds = [(MU_EARTH * (2.0 / low - 1.0 / axis)) ** 0.5 for axis in axes_m]
    turns = [2.0 * np.pi * (axis**3 / MU_EARTH) ** 0.5 for axis in axes_m]
    return list(np.diff(speeds)), sum(turns[:-1]) + turns[-1] / 2.0
    # STUB
    # ...  # return burns_mps, time_s
    # END SOLUTION


ll.check("03.loops", loops)

# %%
apogees = [high for _, high in impulsive.CHANDRAYAAN_3[1:]]
if loops(235e3, apogees):
    burns, seconds = loops(235e3, apogees)
    print("burns:", ", ".join(f"{burn:.0f}" for burn in burns), f"m/s, together {sum(burns):.1f} m/s")
    print(f"one burn for all: {loops(235e3, [apogees[0], apogees[-1]])[0][0]:.1f} m/s")
    print(f"from the first of these perigees to the Moon: {seconds / DAY:.1f} days")

# %% [markdown]
# The sum is the same, to the last digit: speeds at one perigee only add up. **Loops save no speed.** What they give:
#
# * *A small engine is enough.* The last burn took 28 to 31 minutes **[published: C11]**. All of it in one go would take this
#   engine nearly two hours **[derived]**, most of them far from perigee, where a burn is worth less.
# * *Time to look.* After each burn the orbit is measured, and the next burn corrects the last.
# * *A choice of date.* One turn more or less, and the Moon is somewhere else.
#
# The price: Chandrayaan-3 was launched on 14 July and left on 31 July **[published: C1]**, several turns on some of the loops, and
# each of them twice through the radiation belts.

# %% [markdown]
# ## 10 · Break it
# You have seen that 1 m/s more lifts the apogee by 4,200 km. Now the Moon's gravity comes on top: the patched conic lets it
# act inside a sphere of 66,000 km. $\lambda$ is where you cross that sphere. How low do you pass?

# %%
for angle in (30.0, 35.0, 38.0, 39.0, 39.5, 40.0):
    path = patched_conic(perigee, speed_200 + 15.0, 0.0, np.radians(angle))
    height = (path.perilune_m - R_MOON) / 1e3
    print(f"lambda {angle:4.1f} deg: perilune {height:7.0f} km", "  CRASH" if path.impact else "")

# %% [markdown]
# Half a degree on that sphere, 580 km **[derived]**, decides between a good perilune and a crater. And the speed? A landing site does not
# forgive 1 m/s, so nobody flies there in one go. Luna 25's engine burned for 46 s two days after launch to correct its course
# **[published: L8]**. <!-- no claim: 1 m/s -->
#
# How much does that cost if you wait? One metre per second too much at TLI, put right after so many hours by one burn, so that
# the lander is at the planned place at the planned time, 4.2 days after TLI **[modelled]**:

# %%
planned_mps = (2.0 * MU_EARTH * (1.0 / perigee - 1.0 / (perigee + 1.02 * DISTANCE_MOON))) ** 0.5
planned, _ = twobody.kepler([perigee, 0.0, 0.0], [0.0, planned_mps, 0.0], 4.2 * DAY, mu=MU_EARTH)
flown_to, _ = twobody.kepler([perigee, 0.0, 0.0], [0.0, planned_mps + 1.0, 0.0], 4.2 * DAY, mu=MU_EARTH)
print(f"never: {np.linalg.norm(flown_to - planned) / 1e3:.0f} km off")
for hours in (1.0, 6.0, 12.0, 24.0, 48.0, 72.0, 96.0):
    here, velocity = twobody.kepler([perigee, 0.0, 0.0], [0.0, planned_mps + 1.0, 0.0], 3600.0 * hours, mu=MU_EARTH)
    wanted = lambert(here, planned, 4.2 * DAY - 3600.0 * hours, mu=MU_EARTH)[0].v1_mps
    print(f"after {hours:3.0f} hours: {np.linalg.norm(wanted - velocity):6.1f} m/s")

# %% [markdown]
# The first line is a miss at a *fixed time*, when the lander is still on its way up. The 4,200 km were the height of the apogee,
# which comes later.
#
# Measure, decide and burn on the first day, or pay. Ground stations in the first hours after TLI are worth propellant.

# %% [markdown]
# ## 11 · Explain
# In two sentences each, for a colleague who buys launches:
# 1. Why did IM-2 arrive after 4.5 days and Luna 25 after 5.5 **[derived]**?
# 2. Phasing loops cost no extra speed, and save none. Why would you fly them, and why not?
#
# *Write here.*

# %% [markdown] solution
# **A model answer.** 1. The Moon was 364,000 km away for the one and 407,000 km for the other, and half an ellipse to there takes
# so long; a metre per second more or less shifts it by hours, so within limits the time is a choice. 2. They let a small
# engine do all its work near perigee, leave time to measure and to correct, and let one choose the date; they cost weeks, more
# operations, and radiation.

# %% [markdown]
# ## 12 · Exit quiz

# %% hide
ll.quiz(
    "Hohmann's ellipse is the cheapest way to the Moon. True?",
    {
        "Yes, always: that is proven": "What is proven is narrower: among two tangential burns between two circles around one body.",
        "*Only among two-burn ways around one body": "Going out very far first and coming back is cheaper by some 15 m/s, on paper. And "
        "where the Sun helps to turn the orbit round, by far more. That is lesson 04.",
        "No, straight ahead with more speed is cheaper": "Faster costs more at both ends, and most of it at the Moon.",
    },
)

# %% hide
ll.quiz(
    "After TLI the tracking says: 1 m/s too fast. What do you do?",
    {
        "*Correct within a day, for some metres per second": "Early corrections are cheap: a small push now moves the arrival by thousands "
        "of kilometres, just as the error did.",
        "Nothing: 1 m/s in 10,900 is 0.01 percent": "And it lifts the apogee by 4,200 km, more than the Moon's diameter.",
        "Wait until the Moon is near, to be sure": "You will be very sure, and the correction very large.",
    },
)

# %% hide
ll.quiz(
    "The Moon is at declination 25 degrees. Your parking orbit is inclined by 20 degrees. You can ...",
    {
        "burn a little more and go there anyway": "Along the velocity you stay in your plane, however much you burn. It doesn't hold the Moon.",
        "*wait some days until the Moon comes down": "Twice a month it crosses the equator. Or you turn the plane, which in a low orbit "
        "costs 0.68 km/s for these 5 degrees: 2 v sin(half the angle).",
        "arrive on the other side of the Earth": "The plane that holds a point holds the point opposite, too. Neither is in yours.",
    },
)

# %%
ll.progress("03")

# %% [markdown]
# ## Sources
# | code | source |
# |---|---|
# | A1 | 4nownews, Athena has reached the orbit of the Moon |
# | A2 | Wikipedia, IM-2, en.wikipedia.org/wiki/IM-2 |
# | C1 | The Tribune, Lunar odyssey: Chandrayaan-3 lands safely, mission timeline |
# | C2 | The Hindu, Chandrayaan-3 successfully enters the lunar orbit, with ISRO's figures |
# | C10 | Deccan Herald, Chandrayaan-3 leaves Earth's orbit, heads towards Moon |
# | C11 | CityLife, ISRO slingshots Chandrayaan-3 towards Moon |
# | E1 | Wikipedia, Chang'e 6, en.wikipedia.org/wiki/Chang%27e_6 |
# | E7 | The Hans India / Xinhua, Chang'e-6 enters lunar orbit after near-Moon braking |
# | L6 | Aviation Week, Russia's Luna-25 lander settles into Moon's orbit |
# | L7 | Wikipedia, Luna 25, en.wikipedia.org/wiki/Luna_25 |
# | L8 | Sputnik, reports of 12 and 18 August 2023 on Luna-25's manoeuvres |
# | O1 | Intuitive Machines' statement on lunar orbit insertion (repost), Tippecanoe Gazette |
#
# Text: CC BY 4.0. Code: BSD 3-Clause.
