# %% [markdown]
# # 04 The long way round
# **Three bodies, and a fourth that helps** · 90 minutes · 13 points
#
# Two landers leave on the same rocket. One brakes into lunar orbit after a month, the other after nearly four. The slow one
# did not get lost. It had the Sun work for it, and the Sun is cheap, but takes its time.
#
# | After this lesson you can | checked by |
# |---|---|
# | **compute** the Jacobi constant, and read from it where a craft can go and what arriving costs | `04.jacobi` |
# | **compute** the burn that ends a transfer, from the speed that it leaves | `04.loi` |
# | **compute** how hard the Sun pulls at a loop around the Earth, and for how long it has to | `04.lever` |
# | **find** a loop that the Sun lifts to the Moon | `04.route` |
# | **trade** days against kilograms | `04.trade` |
#
# **Before:** lessons 02 and 03 (vis-viva, speed at infinity).
#
# **Missions:** Resilience (HAKUTO-R Mission 2) and Blue Ghost; HAKUTO-R Mission 1, SLIM, GRAIL, Odysseus (IM-1).

# %% [markdown]
# ### Who says so?
# * **[published: J2]** somebody printed it; the code is in the list of sources at the end
# * **[derived]** follows from published numbers by arithmetic
# * **[modelled]** our choice: here mostly circles in one plane, where the real Earth, Moon and Sun move on ellipses

# %%
from datetime import datetime

import numpy as np
import sympy as sp
from matplotlib.figure import Figure
from scipy.optimize import brentq

import lunarlab as ll
from lunarlab.constants import AU, DAY, DISTANCE_MOON, G0, MU_EARTH, MU_MOON, MU_SUN, R_MOON
from lunarlab.transfer import ballistic, bicircular, threebody, twoimpulse
from lunarlab.transfer.bicircular import TOPPUTO, Bicircular

# %% [markdown]
# ## 1 · Hook: one rocket, two routes
# 15 January 2025, 06:11 UTC: *Blue Ghost* and *Resilience* leave on one Falcon 9 **[published: J2, B7]**.

# %%
launch = datetime(2025, 1, 15, 6, 11)
for lander, brakes in (("Blue Ghost", datetime(2025, 2, 14, 1, 51)), ("Resilience", datetime(2025, 5, 6, 20, 41))):
    print(f"{lander:11} brakes into lunar orbit after {(brakes - launch).total_seconds() / DAY:6.1f} days")

# %% [markdown]
# Both times are published **[published: B4, J10, J2]**. Blue Ghost circled the Earth for 25 days, crossed over, and braked
# **[published: B7]**. Resilience passed the Moon on that same day, at 8400 km, and *did not stop* **[published: J10]**. It
# went on to 1.1 million km from the Earth, nearly three times as far as the Moon, and came back **[published: J2]**.
#
# Here are two routes for these dates under the real Moon and Sun. Between the last burn at the Earth and the one at the
# Moon no engine fires **[modelled]**: that leaves out corrections, and for Resilience the flyby on its way out, so that
# ours goes farther out than it did.

# %%
quick = ballistic.direct(progress=False)  # 8 to 14 February, into 150 x 5673 km
patient = ballistic.low_energy(progress=False)  # 15 January to 6 May, into 70 x 5800 km
for name, route in (("quick", quick), ("patient", patient)):
    print(f"{name:8} {route.tof_s / DAY:5.1f} days, out to {route.farthest_m / 1e9:.2f} million km: {route.tli_dv_mps:.0f} m/s to leave, "
          f"{route.capture_dv_mps:.0f} m/s to stay")

# %%
def from_the_north(r_eci):
    """x and y in the plane of the Earth's orbit, in million km."""
    tilt = np.radians(23.44)
    return r_eci[..., 0] / 1e9, (r_eci[..., 1] * np.cos(tilt) + r_eci[..., 2] * np.sin(tilt)) / 1e9


fig = Figure(figsize=(7.2, 5.4), layout="constrained")
axes = fig.subplots()
axes.plot(0.0, 0.0, "o", color="#009E73", markersize=6)
axes.annotate("Earth", (0.0, 0.0), (7, -4), textcoords="offset points", fontsize=8, color="#009E73")
axes.plot(*from_the_north(patient.r_moon_eci), color="#B8BDC4", linewidth=0.8, label="the Moon")
axes.plot(*from_the_north(patient.r_eci), color="#0072B2", label=f"patient: {patient.tof_s / DAY:.0f} days")
axes.plot(*from_the_north(quick.r_eci), "--", color="#D55E00", label=f"quick: {quick.tof_s / DAY:.0f} days")
place = from_the_north(quick.r_eci[-1])
axes.plot(*place, "o", color="#24292F", markersize=5)
axes.annotate("14 February\nand 6 May", place, (-6, -4), textcoords="offset points", fontsize=8, ha="right", va="top")
beside = {20: (6, 2), 40: (-4, 6), 60: (-26, -3), 80: (-26, -9), 100: (-30, -3)}  # offsets that keep the text off the curve
for day, offset in beside.items():  # where the patient one is, every 20 days
    x, y = from_the_north(patient.r_eci[np.argmin(abs(patient.t_s - patient.departure_s - day * DAY))])
    axes.plot(x, y, "o", color="#0072B2", markersize=3)
    axes.annotate(f"{day} d", (x, y), offset, textcoords="offset points", fontsize=8, color="#0072B2")
to_sun = np.array(from_the_north(patient.r_sun_eci[0]))
tail = np.array([0.15, 1.0])
axes.annotate("to the Sun,\n15 January", tail + 0.3 * to_sun / np.hypot(*to_sun), tail, arrowprops={"arrowstyle": "->"}, ha="center", fontsize=8)
axes.set(xlabel="million km from the Earth", ylabel="million km", aspect="equal", title="Seen from the north, in axes that don't turn")
axes.set(xlim=(-1.25, 0.5), ylim=(-0.55, 1.3))
fig.description = (
    "Two routes from the Earth, seen from the north. The quick one is a short arc to the Moon's orbit, at the left of the Earth. The "
    f"patient one leaves it far to the upper left, is {patient.farthest_m / 1e9:.1f} million km away after 50 days, comes back below the "
    "Earth, crosses the Moon's orbit on the right after some 95 days, and follows it round to the same place, where the quick one "
    "arrived 82 days before. The Sun is to the lower right on 15 January."
)
fig.legend(loc="outside lower center", ncols=3, fontsize=8)
ll.plots.show(fig)

# %% [markdown]
# The patient one pays *more* to leave and much *less* to stay. Who pays the difference?
#
# (Both arrive at the same place in the sky. 82 days are three turns of the Moon, of 27.3 days each.)

# %% [markdown]
# ## 2 · Predict

# %% hide
ll.quiz(
    "A craft coasts from a low orbit straight out to the Moon's distance. At the top of its ellipse, who overtakes whom?",
    {
        "The craft overtakes the Moon: it comes with great speed": "It left with great speed, eleven km/s. All of that went into climbing.",
        "They move alike, that is why a burn is cheap": "Then there would be no need for a large burn at all. The Moon circles with 1 km/s.",
        "*The Moon overtakes the craft, by some 800 m/s": "At the top only 190 m/s are left, and the Moon comes with 1020. What has to be paid on arrival is "
        "what the craft is too *slow*.",
    },
)

# %% hide
ll.quiz(
    "What does the long route want from the Sun?",
    {
        "Energy, to get as far as the Moon": "The energy is there from the start: the loop goes out to three times the Moon's distance.",
        "*Angular momentum: a perigee that comes back higher": "It leaves the Earth with its perigee at 167 km and comes back with one at the Moon's "
        "distance. That needs nearly seven times the angular momentum, and no engine pays it.",
        "A pull to the Moon at the end": "The Sun is far too even at the Moon to pull at one place. Its work is done far out, weeks before.",
    },
)

# %% [markdown]
# ## 3 · Explore
# The panel flies any departure, under Earth, Moon and Sun. Find out three things:
#
# 1. Load *the long way* and look at the perigee, lower right. During which weeks does it climb?
# 2. Turn the Sun by one degree. What becomes of the arrival?
# 3. Choose the picture of the gates. At which Jacobi constant does the way from the Earth to the Moon open, at which the
# way out behind it?

# %%
ll.console.low_energy()

# %% [markdown]
# ## 4 · Derive: the one thing that three bodies keep
# Turn with Earth and Moon, in their units: their distance is 1, they turn by 1 radian per unit of time, the Moon has the
# share $\mu$ of the mass. The Earth stays at $x = -\mu$, the Moon at $1-\mu$. With
# $$\Omega = \tfrac12 (x^2 + y^2) + \frac{1-\mu}{r_1} + \frac{\mu}{r_2}$$
# the equations of motion are
# $$\ddot x = 2\dot y + \Omega_x,\qquad \ddot y = -2\dot x + \Omega_y,\qquad \ddot z = \Omega_z.$$
#
# Neither energy nor angular momentum is kept. Is anything?

# %%
x, y, z, u, v, w, mu = sp.symbols("x y z u v w mu", real=True)
r1, r2 = sp.sqrt((x + mu) ** 2 + y**2 + z**2), sp.sqrt((x - 1 + mu) ** 2 + y**2 + z**2)
omega = (x**2 + y**2) / 2 + (1 - mu) / r1 + mu / r2
u_dot, v_dot, w_dot = 2 * v + omega.diff(x), -2 * u + omega.diff(y), omega.diff(z)
C = 2 * omega - (u**2 + v**2 + w**2)
C_dot = sum(C.diff(q) * q_dot for q, q_dot in ((x, u), (y, v), (z, w), (u, u_dot), (v, v_dot), (w, w_dot)))
sp.simplify(C_dot)

# %% [markdown]
# $C = 2\Omega - v^2$ stays what it was: the **Jacobi constant**. The term with $2\dot y$ drops out because it is at right
# angles to the velocity, as a magnetic field is. Fast craft have a *small* C.

# %% [markdown]
# ### Build 1 · `04.jacobi` (2 points)
# Position and velocity in the turning frame, and $\mu$, in; C out. (Some authors add $\mu(1-\mu)$. We don't.)

# %% task="04.jacobi"
def jacobi(x, y, z, vx, vy, vz, mu):
    # BEGIN SOLUTION
    to_earth = np.sqrt((x + mu) ** 2 + y**2 + z**2)
    to_moon = np.sqrt((x - 1.0 + mu) ** 2 + y**2 + z**2)
    return x**2 + y**2 + 2.0 * (1.0 - mu) / to_earth + 2.0 * mu / to_moon - (vx**2 + vy**2 + vz**2)
    # STUB
    # ...  # return C
    # END SOLUTION


ll.check("04.jacobi", jacobi)

# %% [markdown]
# ### Gates
# Since $v^2 = 2\Omega - C$ can't be negative, a craft can't be where $2\Omega < C$. Here is the Moon's neighbourhood for
# three craft. Dark: forbidden.

# %%
MU = threebody.EARTH_MOON.mu
fig = Figure(figsize=(9.0, 3.6), layout="constrained")
area = threebody.zero_velocity(MU, x=(0.72, 1.28), y=(-0.3, 0.3), points=301)
for axes, constant in zip(fig.subplots(1, 3, sharey=True), (3.20, 3.18, 3.15), strict=True):
    axes.contourf(area.x, area.y, area.forbidden(constant), levels=[0.5, 1.5], colors=["#57606A"])
    axes.plot(1.0 - MU, 0.0, "o", color="#0072B2", markersize=4)
    open_ones = [name for name in threebody.open_gates(constant) if name in ("L1", "L2")]
    for name, place in zip(("L1", "L2"), threebody.libration_points(MU), strict=False):
        axes.plot(*place[:2], "x", color="#D55E00")
        axes.annotate(name, place[:2], (0, 6), textcoords="offset points", ha="center", color="#D55E00")
    axes.set(title=f"C = {constant:.2f}: {' and '.join(open_ones) or 'nothing'} open", xlabel="x", aspect="equal")
    axes.set_ylabel("y" if constant == 3.20 else "")
fig.description = (
    "Three maps of the Moon's neighbourhood with L1 on the Earth's side and L2 behind the Moon. At C = 3.20 the Moon sits in a "
    "closed bubble. At C = 3.18 the bubble is open towards the Earth, through a neck at L1. At C = 3.15 there is a wide neck at "
    "L1 and another at L2, and the forbidden region is in two pieces, above and below."
)
ll.plots.show(fig)

# %%
for name, place in zip(("L1", "L2", "L3"), threebody.libration_points(MU), strict=False):
    print(f"{name}: opens below C = {threebody.jacobi([*place, 0, 0, 0], MU):.4f}", end="")
    print(f"   (yours {yours:.4f})" if (yours := jacobi(*place, 0.0, 0.0, 0.0, MU)) else "")

# %% [markdown]
# From the Earth's side one enters through L1, from outside through L2.
#
# Now two routes in this idealised world of circles, with the Sun in it as a fourth body **[modelled]**: the cheapest fast
# one from 167 km over the Earth to 100 km over the Moon, and one of some 100 days **[modelled]**. *Mission 1* flew one like that, in 99.5
# days, out to 1.376 million km **[published: I11, I19]**; this one goes out to 1.378 **[modelled]**.

# %%
problem = twoimpulse.TwoImpulse()  # after Topputo 2013
fast = twoimpulse.optimise(problem, (3.0, 6.0), tries=1, grid=(60, 8, 4))
# The slow one takes the same search some ten seconds, optimise(problem, (80.0, 120.0)); here is one that is known already.
around_backwards = twoimpulse.TwoImpulse(arrival="cw")
DEPARTURE = (1.7691178282131566, 1.410124219012155, 1.922700956647581, 98.9589540427686 * DAY)
slow = twoimpulse.fly(around_backwards, *DEPARTURE)
print("fast:", fast)
print("slow:", slow)

# %% [markdown]
# And their C, just after departure and on arrival:

# %%
for name, transfer in (("fast", fast), ("slow", slow)):
    _, states = transfer.path()
    start, end = (threebody.jacobi(states[i, :6], TOPPUTO.mu) for i in (1, -1))
    print(f"{name}: C = {start:.3f} on departure, {end:.3f} on arrival; braking {transfer.dv_arrival_mps:.0f} m/s")

# %% [markdown]
# In four days the Sun changes next to nothing. In a hundred it adds two units, and brings the craft to the Moon with C just
# below the gate at L2, 3.172. That is all the magic there is: **C decides the price of arrival.** At a given place C gives
# the speed, and the speed gives the burn:

# %%
per_unit = TOPPUTO.velocity_mps
near = (TOPPUTO.r_moon_m + 100e3) / TOPPUTO.length_m  # 100 km up, in units of the Earth-Moon distance
on_circle = np.sqrt(TOPPUTO.mu / near)
for constant, what in ((2.363, "as fast arrives"), (3.0, ""), (3.117, "as slow arrives"), (3.172, "L2 closes: the least")):
    at_rest = threebody.jacobi([1.0 - TOPPUTO.mu + near, 0, 0, 0, 0, 0], TOPPUTO.mu)
    turning = np.sqrt(at_rest - constant)  # speed in the frame that turns; from there to axes that don't, forwards or backwards
    print(f"C = {constant:.3f}: {(turning + near - on_circle) * per_unit:5.0f} m/s into a forward orbit, "
          f"{(turning - near - on_circle) * per_unit:5.0f} m/s into a backward one   {what}")

# %% [markdown]
# 810 and 633 m/s come out again, from a single number each. And there is a floor, some 620 m/s: who comes in more slowly
# does not get through the gate at all.

# %% [markdown]
# ## 5 · What an arrival costs
# Two bodies say it more simply, as long as the craft comes from far away with some speed $v_\infty$ left. At perilune
# $v^2 = v_\infty^2 + 2\mu_\mathrm{M}/r$, and the orbit has what vis-viva says.

# %% [markdown]
# ### Build 2 · `04.loi` (2 points)
# $v_\infty$ in m/s, altitudes of perilune and apolune of the orbit in m; out comes the burn at perilune in m/s. `MU_MOON`
# and `R_MOON` are there.

# %% task="04.loi"
def loi_dv(v_infinity_mps, perilune_m, apolune_m):
    # BEGIN SOLUTION
    low, high = R_MOON + perilune_m, R_MOON + apolune_m
    before = np.sqrt(v_infinity_mps**2 + 2.0 * MU_MOON / low)
    after = np.sqrt(2.0 * MU_MOON * high / (low * (low + high)))
    return before - after
    # STUB
    # ...  # return dv in m/s
    # END SOLUTION


ll.check("04.loi", loi_dv)

# %%
if loi_dv(800.0, 100e3, 100e3):
    print("v_infinity      100 x 100 km  70 x 5800 km, Resilience  150 x 5673 km, Blue Ghost")
    for v_infinity in (0.0, 200.0, 400.0, 800.0, 850.0):
        row = [loi_dv(v_infinity, *orbit) for orbit in ((100e3, 100e3), (70e3, 5800e3), (150e3, 5673e3))]
        print(f"{v_infinity:6.0f} m/s" + "".join(f"{dv:{width}.0f} m/s" for dv, width in zip(row, (14, 22, 23), strict=True)))

# %% [markdown]
# The two orbits of capture are published **[published: J1, J10]**; the burns into them are not. The quick route of the hook
# came with 790 m/s and paid 377; the patient one paid 230, less than $v_\infty = 0$ allows. Keep that for the end. 0.8 km/s
# cost 134 m/s: most of it hides under the root. But a kilogram that is burnt here had to be carried through every burn
# before.

# %% [markdown]
# ### Read the route from the burn
# Where a burn *is* published, turn the formula round and ask how the craft came. GRAIL took 190.9 m/s into 90 x 8363 km
# **[published: T1, T2]**, Odysseus 800 m/s into 92 km **[published: O1]**. Resilience burnt for 9 minutes
# **[published: J2]**, with one engine of 400 N **[published: I4]**. What it weighed then is not published: 1000 kg at launch
# **[published: LDA]**, so less. Try some masses **[modelled]**.

# %%
known = [("GRAIL-A", 190.9, (90e3, 8363e3)), ("Odysseus", 800.0, (92e3, 92e3))]
known += [(f"Resilience, {kg} kg", 400.0 * 540.0 / kg, (70e3, 5800e3)) for kg in (750, 850, 900, 950)]
for craft, dv, orbit in known if loi_dv(800.0, 100e3, 100e3) else ():
    try:
        v_infinity = brentq(lambda v, dv, orbit: loi_dv(v, *orbit) - dv, 0.0, 3000.0, args=(dv, orbit))
    except ValueError:
        print(f"{craft:18} {dv:6.1f} m/s: less than any speed at infinity costs")
    else:
        print(f"{craft:18} {dv:6.1f} m/s: came with {v_infinity:4.0f} m/s")

# %% [markdown]
# GRAIL travelled for three and a half months, Odysseus for six days **[published: T2, O1]**. One number tells, if it is
# known. For Resilience it is not: 750 kg would mean 488 m/s, 900 kg only 111, and 950 kg that the Moon held it before it
# braked **[derived]**. A burn time without a mass says little.

# %% [markdown]
# ## 6 · Where $v_\infty$ comes from
# Two lines of vis-viva, with distances from the Earth's centre. First the fast way: perigee 6,545 km, which is 167 km up,
# and apogee at the Moon. Then the way back from far out: apogee 1.3 million km, perigee at the Moon.

# %%
def speed_at(r, a):
    return np.sqrt(MU_EARTH * (2.0 / r - 1.0 / a))


moon = np.sqrt(MU_EARTH / DISTANCE_MOON)
low_start = speed_at(DISTANCE_MOON, (6545e3 + DISTANCE_MOON) / 2.0)
high_start = speed_at(DISTANCE_MOON, (1.3e9 + DISTANCE_MOON) / 2.0)
print(f"the Moon moves with {moon:.0f} m/s")
print(f"fast: {low_start:5.0f} m/s at the top, the Moon overtakes it with {moon - low_start:.0f} m/s")
print(f"slow: {high_start:5.0f} m/s at perigee, it overtakes the Moon with {high_start - moon:.0f} m/s")

# %% [markdown]
# So the whole gain lies in a perigee that has moved from 6,545 km to 384,400 km, while no engine burnt. For that the angular
# momentum has to grow from $h = \sqrt{2\mu r_p}$ to nearly seven times that.

# %% [markdown]
# ## 7 · Derive: the Sun's lever
# The Sun pulls at the craft *and at the Earth*. What is left between the two is a tide. Let the Sun stand at the distance
# $d$, at the angle $\varphi$ ahead of the craft, and the craft at $r \ll d$:

# %%
r, d, phi, sun = sp.symbols("r d varphi mu_S", positive=True)
craft, towards = sp.Matrix([r, 0]), d * sp.Matrix([sp.cos(phi), sp.sin(phi)])
gap = towards - craft
tide = sun * (gap / sp.sqrt(gap.dot(gap)) ** 3 - towards / d**3)
torque = craft[0] * tide[1] - craft[1] * tide[0]
first_order = sp.simplify(sp.series(torque, r, 0, 3).removeO())
first_order

# %% [markdown]
# With $n^2 = \mu_\mathrm{S}/d^3$, the rate at which the Sun goes round in a year, and
# $2\sin\varphi\cos\varphi = \sin 2\varphi$:
# $$\dot h = \tfrac32\, n^2 r^2 \sin 2\varphi.$$
# Quadrants! A Sun up to 90 degrees ahead pulls the craft forward; so does one that stands behind it by more than 90,
# because a tide pulls at both ends. In the other two it pulls back. And $r^2$: at three times the Moon's distance the lever
# is nine times as strong.

# %% [markdown]
# ### Build 3 · `04.lever` (2 points)
# $r$ in m, $\varphi$ in rad; out comes $\dot h$ in m²/s², positive if the Sun pulls forward.

# %% task="04.lever"
def sun_torque(r_m, phi_rad):
    # BEGIN SOLUTION
    return 1.5 * MU_SUN / AU**3 * r_m**2 * np.sin(2.0 * phi_rad)
    # STUB
    # ...  # return dh/dt in m2/s2
    # END SOLUTION


ll.check("04.lever", sun_torque)

# %%
wanted = np.sqrt(2.0 * MU_EARTH * 1.3e9 * DISTANCE_MOON / (1.3e9 + DISTANCE_MOON)) - np.sqrt(2.0 * MU_EARTH * 6545e3)
for distance in (DISTANCE_MOON, 0.8e9, 1.1e9, 1.3e9):
    best = sun_torque(distance, np.pi / 4.0)
    if best:
        print(f"{distance / 1e9:.2f} million km out: {wanted / best / DAY:6.0f} days at the best angle")

# %% [markdown]
# **Two months, a million kilometres out.** That is where the hundred days come from: some weeks up, two months under the
# Sun's lever, some weeks down. At the Moon's own distance it would take a year and a half.

# %% [markdown]
# ## 8 · Build 4 · `04.route` (4 points)
# Now find one. `loop` leaves the parking orbit for an apogee (the one that it would have without the Sun). `sun_deg` is the
# angle, at the Earth's centre, from the *place* of departure to the Sun, in degrees, counted in the direction of flight. The
# loop goes out on the other side of the Earth, but a tide pulls at both sides alike: 180 degrees more leave
# $\sin 2\varphi$ as it is. The Moon is left out: we only want the perigee where it would be.

# %%
NO_MOON = Bicircular(mu=1e-9)
LENGTH, TIME = NO_MOON.length_m, NO_MOON.time_s


def loop(apogee_m, sun_deg):
    """Days (n,) and Earth-centred r [m], v [m/s] (n, 3), in axes that don't turn: 200 days, or to a low perigee."""
    low, high = 6545e3 / LENGTH, apogee_m / LENGTH
    speed = np.sqrt(2.0 * high / (low * (low + high)))
    start = NO_MOON.state([low, 0.0], [0.0, speed - low], np.radians(sun_deg))
    times = np.linspace(0.0, 200.0, 4001) * DAY / TIME
    arc = bicircular.propagate(NO_MOON, start, times[-1], times=times, event=bicircular.perigee, direction=1)
    y = np.vstack([arc.y, arc.y_end]) if arc.stopped else arc.y
    t = np.append(arc.t, arc.t_end) if arc.stopped else arc.t
    return t * TIME / DAY, *bicircular.to_earth_frame(NO_MOON, t, y)


def next_perigee(days, r, v):
    """Farthest distance, next perigee [m], day of it, and +1 if it turns as it did on departure, -1 if not."""
    distance = np.linalg.norm(r, axis=1)
    lows = np.flatnonzero((distance[1:-1] < distance[:-2]) & (distance[1:-1] <= distance[2:])) + 1
    i = lows[0] if lows.size else len(days) - 1
    if not lows.size and distance[-1] > 4e7:
        return distance.max(), np.inf, np.inf, 0  # gone for good, or for longer than 200 days
    return distance[: i + 1].max(), distance[i], days[i], int(np.sign(r[i, 0] * v[i, 1] - r[i, 1] * v[i, 0]))


print("   Sun   farthest     perigee      after   turns")
for sun_deg in range(0, 180, 30):
    far, low, day, sense = next_perigee(*loop(1.1e9, sun_deg))
    print(f"{sun_deg:4d} deg {far / 1e9:6.2f} Mkm {low / 1e6:8.0f} 000 km {day:5.0f} d   {('?', 'forward', 'backward')[sense]}")

# %% [markdown]
# Quadrants indeed: the Sun lifts from 0, and from 60 it hardly does. Why not most from 45? While the craft is out there the
# Sun moves on by about a degree a day. Started at 60 it soon stands near 90, where the lever is gone. So the best start is
# much earlier than 45.
#
# The Moon's orbit is no circle. `moon_m` is how far away the Moon is when *your* loop comes back: **this number is yours**,
# another student's Moon is nearer or farther. Find an apogee and a Sun that bring the perigee to `moon_m`, within 3,000 km,
# turning forward, in at most 120 days, and no farther out than 1.5 million km. There is more than one.

# %% task="04.route"
moon_m = ll.variant("04.route")["moon_m"]
apogee_m, sun_deg = ..., ...
# BEGIN SOLUTION
apogee_m = 1.2e9
too_low, too_high = 40.0, 15.0  # Sun angles on both sides of it
while abs(too_low - too_high) > 0.01:
    sun_deg = (too_low + too_high) / 2.0
    if next_perigee(*loop(apogee_m, sun_deg))[1] < moon_m:
        too_low = sun_deg
    else:
        too_high = sun_deg
# STUB
# # your search here; end with two numbers
# END SOLUTION

ll.check("04.route", apogee_m, sun_deg)

# %% [markdown]
# Your loop, its neighbours one degree away, and what the Sun does to its angular momentum on the way (the loop at 1.1 million
# km with the Sun at 0 as long as you have none):

# %%
mine = (apogee_m, sun_deg) if isinstance(apogee_m, (int, float)) else (1.1e9, 0.0)
for aside in (-1.0, 0.0, 1.0):
    print(f"Sun at {mine[1] + aside:6.2f} deg: perigee {next_perigee(*loop(mine[0], mine[1] + aside))[1] / 1e6:8,.0f} 000 km")
days, r, v = loop(*mine)
distance = np.linalg.norm(r, axis=1)
h = r[:, 0] * v[:, 1] - r[:, 1] * v[:, 0]
semi_major = 1.0 / (2.0 / distance - (v**2).sum(axis=1) / (LENGTH**3 / TIME**2))
perigee = semi_major * (1.0 - np.sqrt(np.maximum(0.0, 1.0 - h**2 / (LENGTH**3 / TIME**2 * semi_major))))
fig = Figure(figsize=(9.0, 3.8), layout="constrained")
left, right = fig.subplots(1, 2)
shown = days <= next_perigee(days, r, v)[2]
left.plot(r[shown, 0] / 1e9, r[shown, 1] / 1e9, color="#0072B2", label="the loop")
circle = moon_m / 1e9 * np.exp(1j * np.linspace(0.0, 2.0 * np.pi, 200))
left.plot(circle.real, circle.imag, ":", color="#8A8F98", label="where the Moon will be")
left.plot(0.0, 0.0, "o", color="#24292F", label="Earth")
for day in (0.0, days[shown][-1]):  # the Sun goes round by a turn a year
    at = np.radians(mine[1] + 360.0 * day / 365.256)
    tip = 0.42 * np.array([np.cos(at), np.sin(at)])
    left.annotate("", 1.4 * tip, tip, arrowprops={"arrowstyle": "->", "color": "#D55E00"})
    left.annotate(f"Sun, day {day:.0f}", 1.4 * tip, (0, 6), textcoords="offset points", ha="center", fontsize=8, color="#D55E00")
left.set(aspect="equal", xlabel="million km", ylabel="million km", title="Departure at the right of the Earth, upwards")
left.set(xlim=(-1.5, 0.9), ylim=(-0.9, 0.9))
left.legend(fontsize=8, loc="upper left")
right.plot(days[shown], perigee[shown] / 1e6, color="#009E73", label="perigee, if the Sun let go now")
right.axhline(moon_m / 1e6, linestyle=":", color="#8A8F98", label="the Moon's distance")
right.set(xlabel="days", ylabel="thousand km", title="The lift")
right.legend(fontsize=8)
ll.plots.show(fig)

# %% [markdown]
# Flat, steep, flat: nothing happens near the Earth. What is left to do is to be there when the Moon is. That is a question
# of the day of the month on which one leaves, and a search like the one behind `slow` answers it.

# %% [markdown]
# ## 9 · Break it
# How well must one leave? Take the slow route and spoil the speed of departure, by millimetres per second. Where does it
# pass the Moon?

# %%
angle, beta, sun_rad, flight_s = DEPARTURE
circular_mps = np.sqrt((1.0 - TOPPUTO.mu) / problem.r0) * TOPPUTO.velocity_mps
for error_mps in (0.0, 0.0001, 0.001, 0.01, 0.1, 1.0):
    spoilt = twoimpulse.fly(around_backwards, angle, beta + error_mps / circular_mps, sun_rad, flight_s + DAY)
    _, states = spoilt.path(100_000)
    near_moon = np.hypot(states[70_000:, 0] - 1.0 + TOPPUTO.mu, states[70_000:, 1]).min() * TOPPUTO.length_m
    print(f"{error_mps * 1e3:7.1f} mm/s too fast: closest to the Moon's centre {near_moon / 1e3:9,.0f} km")

# %% [markdown]
# No rocket is that good. So one corrects: Mission 1 first did four days after launch, 550 000 km away **[published: I18]**.
# Far out a correction costs little, for the same reason for which an error costs much. **A low-energy route saves
# propellant and spends attention.**
#
# The second limit is the model. Circles in one plane have no eccentricity, no inclination, no dates. Real routes are found
# with a real ephemeris, and Resilience's had a flyby of the Moon on its way out **[published: J2, J10]**.

# %% [markdown]
# ## 10 · Build 5 · `04.trade` (3 points)
# What do the days buy? The same lander of `mass_kg` arrives either way and brakes into the same orbit with an engine of
# `isp_s`. After a burn $\Delta v$ the mass $m\,e^{-\Delta v/(I_\mathrm{sp}\,g_0)}$ is left; `G0` is there. (Lesson 06 derives
# this, the rocket equation.) How many kilograms more are left in orbit by the slow way? Arguments: $v_\infty$ of the fast
# way and of the slow way [m/s], perilune and apolune [m], mass [kg], specific impulse [s].

# %% task="04.trade"
def mass_gain(v_fast_mps, v_slow_mps, perilune_m, apolune_m, mass_kg, isp_s):
    # BEGIN SOLUTION
    def left(v_infinity_mps):
        return mass_kg * np.exp(-loi_dv(v_infinity_mps, perilune_m, apolune_m) / (isp_s * G0))

    return left(v_slow_mps) - left(v_fast_mps)
    # STUB
    # ...  # return kg
    # END SOLUTION


ll.check("04.trade", mass_gain)

# %%
days = (datetime(2025, 5, 6, 20, 41) - datetime(2025, 2, 14, 1, 51)).total_seconds() / DAY
kg = mass_gain(quick.v_infinity_mps, 0.0, 100e3, 100e3, 850.0, 318.0)
if kg:
    print(f"{days:.0f} days buy {kg:.0f} kg in a 100 km orbit, {1000.0 * kg / days:.0f} g a day")

# %% [markdown]
# For a lander that arrives with 850 kg, one of the masses of part 5, and an engine of 318 s **[modelled]**. Mission 1 was
# built to carry 30 kg of payload, and its route was chosen to keep the tank small **[published: I9]**. The Sun's gift is
# nearly as much as all of that payload. The slow departure costs some 60 m/s more **[modelled]**; that is the rocket's bill, not the lander's, if the
# rocket has them to give.
#
# On the other side of the scales: nearly twelve weeks of operators, of radiation and of batteries; a longer reach for the
# antennas; a landing date that moves with the Moon's month and not with a wish. Blue Ghost landed on 2 March
# **[published: B1]**. Resilience tried three months later. Neither route is *the* right one. SLIM, in no hurry, took 109
# days and a flyby, too **[published: SL2]**.

# %% [markdown]
# ## 11 · Explain
# In two sentences each, for somebody who pays for the mission:
# 1. Where does the saving come from, if no engine fires?
# 2. Which two numbers would you ask for before you choose a route?
#
# *Write here.*

# %% [markdown] solution
# **A model answer.** 1. A million kilometres out the Sun's tide turns the craft's path for two months, and gives it the
# angular momentum that an engine would otherwise have to give, so that it meets the Moon at nearly the Moon's speed. The
# burn at the Moon then has 130 to 180 m/s less to do. 2. What a kilogram in lunar orbit is worth to the payloads, and what
# a day of operations costs, with the reserve for corrections and for a later landing date.

# %% [markdown]
# ## 12 · Exit quiz

# %% hide
ll.quiz(
    "Two craft pass the same point near the Moon, one with C = 3.10 and one with C = 2.40. Which one is faster?",
    {
        "The one with C = 3.10: it has more": "C is twice the potential minus the square of the speed. The speed comes off.",
        "*The one with C = 2.40": "At one place the potential is the same for both, so the smaller C is the larger speed, and the dearer "
        "arrival.",
        "Both: C says where, not how fast": "Where and how fast: that is just what it ties together. At a given place it gives the speed.",
    },
)

# %% hide
ll.quiz(
    "You launch a week later and keep everything else. The Sun has moved on by 7 degrees. What happens to the perigee?",
    {
        "Hardly anything: 7 degrees are little": "Near your solution a single degree moves the perigee by some thirty thousand km, and these are seven.",
        "It stays, only the day of arrival moves": "That would be so if the Sun did nothing. On this route it does nearly all of the work.",
        "*It misses the Moon's orbit by a quarter or more": "So the direction of departure has to turn with the Sun, and then the Moon has to be in the right place "
        "as well: that is why there are launch days.",
    },
)

# %% hide
ll.quiz(
    "v_infinity = 0 costs 677 m/s into a 100 km orbit. The slow route paid 633. How?",
    {
        "*Two-body formulas end there: with C just below the gate the Moon already holds it a little": "Through the gate one comes in with less than the escape "
        "speed of the Moon alone. It would drift out again after some weeks; the burn makes it stay.",
        "The search has an error": "It was flown, step by step, and it arrives. And C gave the same number by another way.",
        "It arrives farther out, where braking is cheaper": "Both end at the same 100 km; and braking is cheapest low down, where the craft is fast.",
    },
)

# %%
ll.progress("04")

# %% [markdown]
# ## Sources
# | code | source |
# |---|---|
# | B1 | NASA blog, Blue Ghost begins 9-minute braking burn, 2 March 2025 |
# | B4 | The Silicon Graybeard, quoting Firefly on the insertion burn, February 2025 |
# | B7 | Firefly, launch and mission durations of Blue Ghost Mission 1, futurespaceflight.com |
# | I4 | Mynavi TECH+, press conference of 26 April 2023 |
# | I9 | ispace, 30 July 2020, final design of the Mission 1 lander, 2022.ispace-inc.com/news-en/?p=2607 |
# | I11 | ispace, interim success report, 28 February 2023, repost, thespacepage.com |
# | I18 | Mynavi TECH+, 15 December 2022, first orbit control manoeuvre |
# | I19 | New Atlas, private Japanese spacecraft enters lunar orbit |
# | J1 | ispace, 31 May 2025, Success 8 of Mission 2 |
# | J2 | ispace, lunar orbit entry, 7 May 2025, repost, moondaily.com |
# | J10 | SpaceNews, 14 February 2025, Blue Ghost in orbit, Resilience flyby, repost, todayheadline.co |
# | LDA | Space.com (A. Jones), launch-day article on the Resilience landing, 4 June 2025 |
# | O1 | Intuitive Machines, statement on lunar orbit insertion, repost, tippgazette.com/news/2024/2 |
# | SL2 | SpaceNews, 25 December 2023, SLIM enters lunar orbit, repost |
# | T1 | Phys.org / JPL, GRAIL-A enters orbit, January 2012 |
# | T2 | JPL, speed change of GRAIL's insertion, repost, starbaseoc.blogspot.com/2011/12 |
#
# The two-burn problem and its constants: F. Topputo, *On optimal two-impulse Earth-Moon transfers in a four-body model*,
# Celestial Mechanics and Dynamical Astronomy 117 (2013).
#
# Text: CC BY 4.0. Code: BSD 3-Clause.
