# %% [markdown]
# # 02 Orbits around the Moon
# **Vis-viva, a propagator of your own, and a Moon with lumps** · 75 minutes · 14 points
#
# A landing begins in an orbit. Here you work out how fast a lander flies there, catch numbers that can't be true, write
# the loop that every flight simulator has at its heart, and then give it the real Moon, which pulls low orbits down.
#
# | After this lesson you can | checked by |
# |---|---|
# | **compute** the speed anywhere on an orbit, from vis-viva | `02.speed` |
# | **compute** the time around and the speed of the ground track | `02.period` |
# | **detect** a unit error with nothing but physics | `02.units` |
# | **build** a propagator, and prove that it is right | `02.propagate` |
# | **find** an orbit that the real Moon leaves alone | `02.frozen` |
#
# **Before:** vectors, energy and angular momentum.
#
# **Missions:** Resilience (HAKUTO-R Mission 2), SLIM, Blue Ghost, Chandrayaan-3, Luna 25, Beresheet, Chang'e 6.

# %% [markdown]
# ### Who says so?
# Each number about a real mission carries a label. Read it before you believe the number, too.
#
# * **[published: J1]** somebody printed it; the code is in the list of sources at the end
# * **[measured: GL]** a field that a spacecraft measured and that anyone can look up
# * **[derived]** follows from published numbers by arithmetic
# * **[modelled]** our choice, so that something flies at all

# %%
import numpy as np
import sympy as sp
from matplotlib.figure import Figure

import lunarlab as ll
from lunarlab import twobody
from lunarlab.constants import DAY, MU_MOON, R_MOON
from lunarlab.insertion import orbits

# %% [markdown]
# ## 1 · Hook: 47 minutes without an engine
# 5 June 2025. For a week *Resilience* has circled the Moon, 100 km up **[published: J1]**. Then all its engines burn for
# about a minute **[published: J9]** and stop. It coasts for about 50 minutes, half around the Moon **[published: J9]**.
#
# Play the start, at the highest speed. Nothing happens, and yet everything is decided.

# %%
resilience = ll.fly(ll.case("resilience-m2").scenario, seed=None)
ll.replay(resilience, "Resilience: from the de-orbit burn to the ground")

# %%
history = resilience.si
speed_now = np.hypot(history["true_forward_speed"], history["true_vertical_speed"])
for kind in ("deorbit", "ignition"):
    t = resilience.event(kind).t_s
    height = np.interp(t, history["t"], history["true_height"])
    print(f"{t / 60:5.1f} min   {height / 1e3:6.1f} km up   {np.interp(t, history['t'], speed_now):7.1f} m/s")

# %% [markdown]
# These figures are **[modelled]**, from the same lander as in lessons 09 and 10. Its engines were off, and it got 70 m/s
# faster. Where do they come from? After this lesson you can compute them in one line.

# %% [markdown]
# ## 2 · Predict
# Commit yourself first. Nothing here is graded.

# %% hide
ll.quiz(
    "One lander circles the Moon at 100 km, another at 200 km. The higher one ...",
    {
        "is faster: it has more energy": "It does have more energy. But more of it is height, and less of it is speed.",
        "*is slower, and takes longer for one turn": "Further out gravity is weaker, so less speed is enough to keep falling around the "
        "Moon; and the way is longer. Both make the turn take more time.",
        "has the same speed: there is no air": "Air has nothing to do with it. Speed has to match the pull of gravity at that distance.",
    },
)

# %% hide
ll.quiz(
    "You circle at 100 km and want to come down to 15 km on the opposite side of the orbit. How much speed must go?",
    {
        "*About 20 m/s, a little over 1 percent": "A small change here moves the opposite side of the orbit a long way. That is why "
        "a burn that runs on for half a minute too long ends in the ground, as with Luna 25 in lesson 05.",
        "About 400 m/s, a quarter": "With 400 m/s less you would hit the ground long before you are half around.",
        "All of it, 1.6 km/s": "That is what a landing costs. Here you only want to come lower, and stay in orbit.",
    },
)

# %% [markdown]
# ## 3 · Explore
# Find out, and note the numbers. You will need them.
#
# 1. Resilience's circle: speed and time around?
# 2. SLIM was captured into 600 x 4,000 km, and its makers gave a period of 6.4 h **[published: SL1]**. Are they right?
# 3. Start at 100 x 100 km and lower the perilune only. What happens to the speed at perilune, and to the time around?
# 4. By how many degrees does the Moon turn during one turn of the circle? (The text below the picture says it.) Which way, then,
#    does the ground track move, and why can you hardly see it on the map?

# %%
ll.console.orbit(perilune_km=100, apolune_km=100)

# %% [markdown]
# ## 4 · Derive: the speed anywhere
# Gravity does no sideways work and has no lever arm about the centre. So two things never change along an orbit, per
# kilogram: the energy $v^2/2 - \mu/r$, and the angular momentum $r\,v_\perp$.
#
# At the lowest point, **perilune**, and at the highest, **apolune**, the velocity is at right angles to the radius. Two
# laws at two points are two equations:

# %%
mu, r, a, r_p, r_a, v_p, v_a = sp.symbols("mu r a r_p r_a v_p v_a", positive=True)
same_energy = sp.Eq(v_p**2 / 2 - mu / r_p, v_a**2 / 2 - mu / r_a)
same_momentum = sp.Eq(r_p * v_p, r_a * v_a)
ends = sp.solve([same_energy, same_momentum], [v_p, v_a], dict=True)[0]
ends[v_p]

# %% [markdown]
# So which energy belongs to this orbit?

# %%
sp.simplify((v_p**2 / 2 - mu / r_p).subs(ends))

# %% [markdown]
# Only the sum $r_p + r_a$ is left, the length of the whole ellipse. Half of it is the **semi-major axis** $a$. Energy is
# $-\mu/2a$, at every point, so

# %%
v = sp.symbols("v", positive=True)
sp.Eq(v**2, sp.solve(sp.Eq(v**2 / 2 - mu / r, -mu / (2 * a)), v**2)[0].expand())

# %% [markdown]
# This is **vis-viva**, and half of mission analysis is this line. Mind that $r$ and $a$ count from the *centre* of the
# Moon. People speak of altitudes, which count from the ground. `R_MOON` lies between them.

# %% [markdown]
# ### Build 1 · `02.speed` (2 points)
# The speed [m/s] of a lander that is `altitude_m` up, in an orbit with these lowest and highest altitudes. All altitudes
# are in metres over the mean sphere. `MU_MOON` and `R_MOON` are there already, in SI units.

# %% task="02.speed"
def speed(altitude_m, perilune_m, apolune_m):
    # BEGIN SOLUTION
    distance = R_MOON + altitude_m
    semi_major_axis = R_MOON + (perilune_m + apolune_m) / 2.0
    return (MU_MOON * (2.0 / distance - 1.0 / semi_major_axis)) ** 0.5
    # STUB
    # ...  # your formula
    # END SOLUTION


ll.check("02.speed", speed)

# %% [markdown]
# The hook again, by your formula: the circle, after the burn, and 20 km up on the opposite side of the orbit, where Resilience
# was to start braking **[published: J12, J9]**.

# %%
if speed(100e3, 100e3, 100e3):
    before, after, low = speed(100e3, 100e3, 100e3), speed(100e3, 20e3, 100e3), speed(20e3, 20e3, 100e3)
    print(f"circle {before:.1f} m/s, after the burn {after:.1f} m/s: {before - after:.1f} m/s less, and the opposite side is 80 km lower")
    print(f"20 km up {low:.1f} m/s: {low - after:.1f} m/s more, for nothing")

# %% [markdown]
# ## 5 · Derive: the time around
# The line from the centre to the lander sweeps area at a constant rate, $h/2$, because $h = r\,v_\perp$ is constant. So the
# time around is the area of the ellipse, $\pi a b$, divided by $h/2$, with $b = \sqrt{r_p r_a}$.

# %%
area = sp.pi * (r_p + r_a) / 2 * sp.sqrt(r_p * r_a)
sp.simplify((2 * area / (r_p * ends[v_p])).subs(r_a, 2 * a - r_p))

# %% [markdown]
# $T = 2\pi\sqrt{a^3/\mu}$, **Kepler's third law**. How round the orbit is does not matter, only how long.

# %% [markdown]
# ### Build 2 · `02.period` (2 points)
# For a *circular* orbit at this altitude [m]: the time around [s], and the speed [m/s] at which the point below the lander
# runs over the ground, as if the Moon stood still.

# %% task="02.period"
def period(altitude_m):
    # BEGIN SOLUTION
    a = R_MOON + altitude_m
    seconds = 2.0 * np.pi * (a**3 / MU_MOON) ** 0.5
    return seconds, 2.0 * np.pi * R_MOON / seconds
    # STUB
    # ...  # return period_s, ground_speed
    # END SOLUTION


ll.check("02.period", period)

# %%
if period(100e3):
    seconds, ground = period(100e3)
    print(f"100 km: {seconds:.0f} s = {seconds / 60:.1f} min, {ground:.0f} m/s over the ground")
    print(f"a week has {7 * 86400 / seconds:.0f} turns; during each the Moon turns on by {360 * seconds / (27.321661 * 86400):.2f} degrees,")
    print(f"so each pass lies {2 * np.pi * R_MOON * seconds / (27.321661 * 86400) / 1e3:.0f} km west of the one before, at the equator")

# %% [markdown]
# ## 6 · A number without a unit is a rumour
# Somebody hands kilometres to your function. There is no error and no warning:

# %%
if speed(100e3, 100e3, 100e3):
    print(f"100 km as metres:     {speed(100e3, 100e3, 100e3):.1f} m/s")
    print(f"100 km as kilometres: {speed(100.0, 100.0, 100.0):.1f} m/s")

# %% [markdown]
# With your `speed` the second number is wrong by 3 %, and looks fine. How would you notice? **By a second way to the same quantity.** An
# orbit that somebody reports with its perilune, its apolune *and* its period says one thing too much. The third law is its
# checksum.

# %% [markdown]
# ### Build 3 · `02.units` (3 points)
# Write `diagnose(perilune, apolune, period_s)`. The three numbers should be altitudes in m and a time in s. Return
#
# | label | if |
# |---|---|
# | `"ok"` | they fit the Moon within 1 % of the period |
# | `"km"` | they fit once both altitudes are taken as kilometres |
# | `"miles"` | they fit once both altitudes are taken as miles (1609.344 m) |
# | `"radius"` | they fit once both are taken as distances from the centre |
# | `"minutes"` | they fit once the period is taken as minutes |
# | `"unknown"` | none of these fits |

# %% task="02.units"
def diagnose(perilune, apolune, period_s):
    # BEGIN SOLUTION
    attempts = {
        "ok": (perilune, apolune, period_s),
        "km": (1000.0 * perilune, 1000.0 * apolune, period_s),
        "miles": (1609.344 * perilune, 1609.344 * apolune, period_s),
        "radius": (perilune - R_MOON, apolune - R_MOON, period_s),
        "minutes": (perilune, apolune, 60.0 * period_s),
    }
    for label, (low, high, seconds) in attempts.items():
        axis = R_MOON + (low + high) / 2.0
        if axis > 0.0 and abs(2.0 * np.pi * (axis**3 / MU_MOON) ** 0.5 / seconds - 1.0) < 0.01:
            return label
    return "unknown"
    # STUB
    # ...  # return "ok", "km", "miles", "radius", "minutes" or "unknown"
    # END SOLUTION


ll.check("02.units", diagnose)

# %% [markdown]
# Now read the press with it. The first two rows are **[published: SL1]** and **[published: J10]**, the second one with a
# period measured by radio amateurs. The others are what such rows look like in practice **[modelled]**.

# %%
rows = {
    "SLIM, captured": (600e3, 4000e3, 6.4 * 3600),
    "Blue Ghost, captured": (150e3, 5673e3, 28440.0),
    "from a table without units": (70.0, 5800.0, 28800.0),
    "from a table by astronomers": (1837400.0, 1837400.0, 7067.0),
    "from an American page": (62.0, 62.0, 7060.0),
    "two hours, somebody said": (100e3, 100e3, 7200.0),
}
for name, (perilune, apolune, seconds) in rows.items():
    label = diagnose(perilune, apolune, seconds)
    if label:
        print(f"{name:30} {label}")

# %% [markdown]
# Why is the last row not `"ok"`? Two hours is a fine way to *say* 118 minutes. As a number it is off by 1.9 %, and a lander
# that is planned with it looks for its landing site 130 s late, 200 km further on. Rounded for the ear is not rounded for
# the computer.

# %% [markdown]
# ### Two reports that can't be true
# * Beresheet is said to have slowed from 8,500 to 7,500 km/h at capture **[published: Z1]**, into 470 x 10,400 km
#   **[published: Z12]**.
# * A forum puts Chang'e 6 into a lunar orbit of 200 x 380,000 km **[published: E2]**. It was launched on 3 May 2024 and landed
#   on 1 June **[published: E1, E3]**.

# %%
if speed(470e3, 470e3, 10_400e3):
    print(f"Beresheet, fastest point of its orbit: {speed(470e3, 470e3, 10_400e3) * 3.6:.0f} km/h")
days = 2 * np.pi * ((R_MOON + (200e3 + 380_000e3) / 2) ** 3 / MU_MOON) ** 0.5 / 86400
print(f"200 x 380,000 km: one turn takes {days:.0f} days, and its apolune is as far away as the Earth")

# %% [markdown]
# On the orbit that it reached, Beresheet nowhere flies 7,500 km/h **[derived]**. One turn of the other orbit takes three
# times as long as Chang'e 6 had, and beyond some 66,000 km from the Moon the Earth is in charge **[derived]**. Neither
# needed a second source. It needed a formula.

# %% [markdown]
# ## 7 · Derive: why the simplest integrator fails
# To fly anything but an ellipse you need to add up accelerations, step by step. The obvious rule, by Euler: take position
# and velocity of *now*, and go straight on for $\Delta t$. On a circle, let $x = \omega\,\Delta t$ be the angle of one step.
# After it the radius is $r\sqrt{1+x^2}$, and so is the speed: $v\sqrt{1+x^2}$. Energy after the step over energy before:

# %%
x = sp.symbols("x", positive=True)
energy_before = -mu / (2 * r)
energy_after = (mu / r) * (1 + x**2) / 2 - mu / (r * sp.sqrt(1 + x**2))
sp.series(sp.simplify(energy_after / energy_before), x, 0, 4)

# %% [markdown]
# The energy is negative, and each step takes $2x^2$ off its size: the orbit grows, every time, whatever the step. Halve the
# step, and twice as many steps still leave half the error. Two better rules, both on one line of a notebook:
#
# * **leapfrog**: half a kick, a drift, half a kick at the *new* place: $v \leftarrow v + a(r)\,\Delta t/2$;
#   $\;r_\mathrm{new} = r + v\,\Delta t$; $\;v \leftarrow v + a(r_\mathrm{new})\,\Delta t/2$
# * **Runge-Kutta 4**: four looks at the slope, weighted 1, 2, 2, 1; their sum over 6

# %% [markdown]
# ### Build 4 · `02.propagate` (4 points)
# `gravity(r)`: acceleration [m/s²] of a point-mass Moon at `r`, an array of three numbers [m] counted from its centre.
# `propagate(r, v, dt, n)`: the state `(r, v)` after `n` steps of `dt` seconds. Leave the arrays that come in as they are.
#
# | requirement | points |
# |---|---|
# | `gravity` is right | 1 |
# | at most 1 km off after 0.4 revolutions, on a circle and on an ellipse, 10 s a step | 2 |
# | energy within $10^{-5}$ after three revolutions | 1 |

# %% task="02.propagate"
def gravity(r):
    # BEGIN SOLUTION
    return -MU_MOON * r / np.linalg.norm(r) ** 3
    # STUB
    # ...  # an array of three numbers
    # END SOLUTION


def propagate(r, v, dt, n):
    # BEGIN SOLUTION
    for _ in range(n):
        v = v + 0.5 * dt * gravity(r)
        r = r + dt * v
        v = v + 0.5 * dt * gravity(r)
    return r, v
    # STUB
    # ...  # return r, v after n steps
    # END SOLUTION


ll.check("02.propagate", gravity, propagate)

# %% [markdown]
# Is it right? Ask people who did not copy from you. `twobody.kepler` jumps to the answer in one step by Kepler's equation.
# `vallado` is a kernel of boinor, another library, which gives the numbers $f, g$ of $r = f r_0 + g v_0$.

# %%
from boinor.core.propagation import vallado

r0, v0, minutes = np.array([R_MOON + 100e3, 0.0, 0.0]), np.array([0.0, 1000.0, 1400.0]), 50.0
f, g, _, _ = vallado(MU_MOON / 1e9, r0 / 1e3, v0 / 1e3, 60.0 * minutes, 100)
answers = {"lunarlab": twobody.kepler(r0, v0, 60.0 * minutes, mu=MU_MOON)[0], "boinor": f * r0 + g * v0}
if propagate(r0, v0, 10.0, 1):
    answers["yours"] = propagate(r0, v0, 10.0, 300)[0]
for name, place in answers.items():
    print(f"{name:10}", np.round(place / 1e3, 3), f"km, {np.linalg.norm(place - answers['lunarlab']):.1e} m from the first")

# %% [markdown]
# ## 8 · Break it
# First the step. Longer and longer, for one day in the 100 km circle:

# %%
def euler(r, v, dt, n):
    for _step in range(n):
        r, v = r + dt * v, v - dt * MU_MOON * r / np.linalg.norm(r) ** 3
    return r, v


circle = np.array([R_MOON + 100e3, 0.0, 0.0]), np.array([0.0, (MU_MOON / (R_MOON + 100e3)) ** 0.5, 0.0])
steps = np.array([10.0, 30.0, 100.0, 300.0, 900.0])
fig = Figure(figsize=(7.0, 3.6), layout="constrained")
axes = fig.subplots()
for rule, style, name in ((euler, "o--", "Euler"), (propagate, "s-", "yours")):
    height = []
    for dt in steps:
        ended = rule(*circle, dt, round(86400 / dt))
        height.append(abs(np.linalg.norm(ended[0]) - R_MOON - 100e3) / 1e3 if ended else np.nan)
    axes.loglog(steps, height, style, label=name)
axes.set(xlabel="step [s]", ylabel="height is off by [km]", title="One day in a 100 km circle: error of height against step")
axes.grid(True, which="both", color="#D0D7DE", linewidth=0.5)
axes.legend()
ll.plots.show(fig)

# %% [markdown]
# Even with 10 s Euler's lander is in another orbit after one day. **A simulation that runs is not a simulation that is
# right.** You know that this orbit must stay a circle. That is what made the test possible.

# %% [markdown]
# ### Now the real Moon
# April 1972. Apollo 16 leaves a small satellite behind. It was to stay between 89 and 122 km up. After two and a half weeks it
# passes 10 km over the ground. Then it climbs again, to some 50 km, as if nothing had been. After 35 days it crashes
# **[published: NB]**. Nobody had touched it. The Moon had.
#
# The Moon is not a point, and not a ball. Under the dark plains lie lumps of dense rock, the **mascons**. GRAIL's twin
# spacecraft mapped them **[measured: GL]**. A field of *degree* $n$ shows features of about 5,400 km$/n$ **[derived]**: degree 0 is a
# point mass, degree 20 has the large mascons.

# %%
def park(inclination_deg, eccentricity=0.0, argument_deg=0.0, node_deg=0.0, a_m=R_MOON + 100e3, degree=20, days=60.0):
    """Fly an orbit in the lumpy field until it hits the ground, or for so many days."""
    angles = np.radians([inclination_deg, node_deg, argument_deg])
    orbit = twobody.Elements(a_m, eccentricity, *angles)
    return orbits.lifetime(orbit, degree=degree, horizon_s=days * DAY)


fig = Figure(figsize=(7.5, 3.6), layout="constrained")
axes = fig.subplots()
for node, style in ((180.0, ":"), (270.0, "-"), (0.0, "--"), (90.0, "-.")):
    run = park(169.0, 0.0062, 0.0, node, a_m=R_MOON + 108.5e3)
    axes.plot(run.t_s / DAY, run.perilune_altitude_m / 1e3, style, label=f"node at {node:.0f} deg: down after {run.lifetime_s / DAY:.0f} days")
axes.set(xlabel="days", ylabel="height of perilune [km]", title="An orbit of 97 x 120 km, inclined by 169 deg, at degree 20")
axes.legend()
ll.plots.show(fig)

# %% [markdown]
# Look at the solid line: down to 10 km, back up, and into the ground in the sixth week. The inclination is that of the
# satellite, 11 degrees **[published: WL]**, against the turn of the Moon. The size is **[modelled]**: the published heights are
# limits over many turns, and 97 x 120 km lies a little inside them. The *node*, where the orbit crosses the equator, is
# **[modelled]**, too: we tried the four of the figure. Released a week earlier or later, over a Moon turned by 90 degrees, the same satellite would
# have lived for two weeks, or for seven.

# %% [markdown]
# Another orbit, a circle 100 km up and tilted by 10 degrees. The only thing that changes is how well we know the Moon:

# %%
for degree in (0, 2, 4, 8, 12, 16, 20):
    run = park(10.0, degree=degree)
    print(f"degree {degree:2}:", "still up after 60 days" if run.survives else f"hits the ground after {run.lifetime_s / DAY:.1f} days")

# %% [markdown]
# 38 days, or 12? Both come from a careful integration. **A lifetime without the degree of its gravity field is a number
# without a unit.** Where it stops changing when you add degrees, you may begin to believe it.

# %%
fig = Figure(figsize=(7.5, 3.6), layout="constrained")
axes = fig.subplots()
tilts = np.arange(10.0, 91.0, 20.0)
for degree, style in ((8, "o:"), (20, "s-")):
    runs = [park(tilt, degree=degree, days=100.0) for tilt in tilts]
    axes.plot(tilts, [min(run.lifetime_s / DAY, 100.0) for run in runs], style, label=f"degree {degree}")
axes.set(xlabel="inclination [deg]", ylabel="days (100: still up)", title="Lifetime of a circle 100 km up, node at 0", xticks=tilts)
axes.legend()
ll.plots.show(fig)

# %% [markdown]
# At 30 degrees the field of degree 8 promises over 100 days, and degree 20 only 82 **[modelled]**; at 50 it is the other way
# round. Polar orbits last 100 days in both **[modelled]**, and polar is what Luna 25 flew **[published: L6]**. Resilience needed only eight days, from its
# last circularisation on 28 May to the landing on 5 June **[published: J1, J12]**. Whoever wants to stay for half a year has to
# look for a place. You do that now.

# %% [markdown]
# ### Build 5 · `02.frozen` (3 points)
# Find a parking place: inclination [deg], eccentricity, and argument of perilune [deg]. The mean height, $a$ - `R_MOON`, and the
# node are given; they are your own, so another student's place need not be one for you. Without a file from your course they
# are 100 km and 0 degrees, as above. The orbit is flown for 180 days at degree 20 **[modelled]**: GRAIL's field, no Earth, no Sun.
# <!-- no claim: 100 km; 0 degrees -->
#
# | the lowest point in 180 days is | points |
# |---|---|
# | above the ground | 1 |
# | above 40 km | 1 |
# | above 60 km | 1 |
#
# One flight takes a second or two, so scan. In the orbit of the lesson ours stays above 68 km. Can you beat it? There is a place
# above 76 km.

# %%
mine = ll.variant("02.frozen")
print(f"yours: {mine['height_km']:.0f} km, node at {mine['node_deg']:.0f} deg")


def stay(inclination_deg, eccentricity=0.0, argument_deg=0.0):
    """Fly your orbit for 180 days."""
    a_m = R_MOON + 1e3 * mine["height_km"]
    return park(inclination_deg, eccentricity, argument_deg, mine["node_deg"], a_m, days=180.0)


for tilt in (30.0, 90.0):
    run = stay(tilt)
    print(f"{tilt:3.0f} deg:", f"lowest point {run.min_perilune_altitude_m / 1e3:.0f} km" if run.survives else f"{run.lifetime_s / DAY:.0f} days")

# %% task="02.frozen"
inclination_deg, eccentricity, argument_deg = ..., ..., ...
# BEGIN SOLUTION
inclination_deg = max((83.0, 84.0, 85.0), key=lambda tilt: stay(tilt).min_perilune_altitude_m)
eccentricity, argument_deg = 0.0, 0.0
# STUB
# # scan with stay(inclination, eccentricity, argument)
# END SOLUTION

ll.check("02.frozen", inclination_deg, eccentricity, argument_deg)

# %% [markdown]
# Such a place is called a **frozen orbit**: over the months the pulls of the lumps on its shape cancel, so perilune does not
# sink, it only breathes. NASA's list of inclinations is 27, 50, 76 and 86 degrees **[published: NB]**. Did you find one of
# them? Did you find one that is not on it? A list without its altitude and its degree is a number without a unit, too.

# %% [markdown]
# ## 9 · Explain
# In two sentences each, for a colleague who plans the next mission:
# 1. Why does a lander get faster while its engine is off, and where does the energy come from?
# 2. Somebody says: "our orbit will live for 37 days". What do you ask?
#
# *Write here.*

# %% [markdown] solution
# **A model answer.** 1. It falls: height becomes speed, and the sum of both energies stays the same. On the way back up it
# pays every metre per second back. 2. In which gravity field, up to which degree, and does the answer stay when you add
# degrees; from which inclination, node and perilune; and does it include the Earth?

# %% [markdown]
# ## 10 · Exit quiz

# %% hide
ll.quiz(
    "Chandrayaan-3's lander waited in 25 x 134 km. At perilune it is faster than a lander on a circle 25 km up, because ...",
    {
        "the Moon pulls harder there": "At the same height it pulls both of them equally.",
        "*it arrives from higher up, so its orbit has more energy": "Vis-viva: the same r, a larger a, so a larger v. It is too "
        "fast for the circle, and that carries it back up to 134 km.",
        "it was accelerated by its engine": "The engine was off. Speed changes all along an ellipse without one.",
    },
)

# %% hide
ll.quiz(
    "Your propagator keeps energy to ten digits for a day. Is the position right?",
    {
        "Yes, energy is the test": "Energy says that the orbit has the right size. It says nothing about where on it you are.",
        "Yes, if the step is small enough": "Small against what? You only know after comparing with something independent.",
        "*Not necessarily: the phase along the orbit may be off": "A leapfrog that starts with a full kick keeps its energy well and is "
        "kilometres off. Test an invariant and a position, and the position against another method.",
    },
)

# %% hide
ll.quiz(
    "A web page gives an orbit as 62 x 62 with a period of 1.96 hours. Which is the safest first step?",
    {
        "Assume kilometres, as everybody in space does": "62 km up one turn takes 1.91 hours. Close, and wrong.",
        "*Try the units, and see which one Kepler's third law accepts": "62 miles are 99.8 km, and 1.96 hours fit. The third law "
        "has no opinion on customs.",
        "Look for a second page with the same numbers": "It may have copied the first one, units and all. Physics copies from nobody.",
    },
)

# %%
ll.progress("02")

# %% [markdown]
# ## Sources
# | code | source |
# |---|---|
# | C1 | The Tribune, Lunar odyssey: Chandrayaan-3 lands safely, mission timeline |
# | E1 | Wikipedia, Chang'e 6, en.wikipedia.org/wiki/Chang%27e_6 |
# | E2 | text on Chang'e 6 quoted in a forum, abovetopsecret.com/forum/thread1348728 |
# | E3 | CGTN, Chang'e-6 probe lands on far side of Moon, 2 June 2024 |
# | GL | GRAIL gravity field GL0660B, Konopliv et al. 2013, doi:10.1002/jgre.20097 |
# | J1 | ispace, release of 31 May 2025, Success 8 of Mission 2 |
# | J9 | The Space Bucket, what caused the loss of ispace's Resilience |
# | J10 | SpaceNews (repost), Blue Ghost 1 enters lunar orbit, todayheadline.co |
# | J12 | ispace, statement of 6 June 2025 (repost), rockingrobots.com |
# | L6 | Aviation Week, Russia's Luna-25 lander settles into Moon's orbit |
# | NB | NASA Science, Bizarre lunar orbits, 6 November 2006 (repost), thelivingmoon.com |
# | SL1 | JAXA, release on SLIM's lunar orbit insertion (repost), focustechnica.com |
# | WL | Wikipedia, Lunar orbit, en.wikipedia.org/wiki/Lunar_orbit |
# | Z1 | Times of Israel, after entering Moon's orbit, Beresheet starts maneuvering for landing |
# | Z12 | Tsionizm, Beresheet sends first pictures from Moon orbit |
#
# Chandrayaan-3's 25 x 134 km in the exit quiz: **[published: C1]**.
#
# Text: CC BY 4.0. Code: BSD 3-Clause.
