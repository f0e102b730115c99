# %% [markdown]
# # 12 The last 50 metres
# **Hazards, engine-out, tip-over** · 105 minutes · 24 points
#
# Of the landers that reached the Moon softly in 2024 and 2025, three ended on their sides or heads. They had flown 400 000 km
# and were lost, or half lost, in the last 50 metres. This lesson is about those: how to fall over, how to stand, how to fly on
# half the engines, where to put your feet, and what you may claim after it went well.
#
# | After this lesson you can | checked by |
# |---|---|
# | **derive** the sideways speed from which a lander falls over | `12.tip_speed` |
# | **size** legs that survive a given touchdown with a margin | `12.legs` |
# | **redistribute** thrust after an engine is lost | `12.engine_out` |
# | **land** with half the thrust, upright | `12.half_thrust` |
# | **choose** the nearest safe place in a height map | `12.hazard` |
# | **compute** the ellipse that holds a share of the landings | `12.ellipse` |
# | **state** a chance of landing, and how sure you are of it | `12.odds` |
# | **find** the cheapest change that lands a lander, and what it misses | `12.fix` |
#
# **Before:** lessons 08 and 09, eigenvectors, angular momentum.
#
# **Missions:** SLIM, Odysseus (IM-1), Athena (IM-2), Blue Ghost, Chandrayaan-3.

# %% [markdown]
# ### Who says so?
# * **[published: SL7]** somebody printed it; codes are listed at the end
# * **[derived]** follows from published numbers by arithmetic
# * **[modelled]** our choice: nobody publishes where the centre of mass of a lander is

# %%
import math
from dataclasses import replace
from itertools import combinations

import numpy as np
import sympy as sp
from matplotlib.figure import Figure

import lunarlab as ll
from lunarlab.descent import guidance as g
from lunarlab.descent import hazards
from lunarlab.descent.fixes import Change, cheapest_fix
from lunarlab.descent.gear import GRAVITY_MPS2, Gear
from lunarlab.descent.settle import settle
from lunarlab.descent.touchdown import Touchdown

mare = ll.case("nominal-mare").scenario  # what the sandboxes of this lesson are made from

# %% [markdown]
# ## 1 · Hook: one engine of two
# 19 January 2024. *SLIM* hangs 50 m over the Moon, 3 or 4 m from where it should be **[published: SL7]**, on two engines of 500 N
# **[published: SL4]**. Then the nozzle of one is gone **[published: SL7]**.
#
# What is left is half the thrust, and it no longer passes through the middle. Small thrusters keep the lander from turning, and push it
# aside while they do. Watch the last minute.

# %%
slim = ll.case("slim")
hook = ll.fly(slim.scenario, seed=None)
ll.replay(hook, "SLIM: one engine lost 50 m up")

# %%
print(hook.verdict, *hook.reasons, f"{hook.touchdown.cross_m:.0f} m to the left of its place, which is east", sep="\n  ")

# %% [markdown]
# The real one came down at 1.4 m/s **[published: SL6]**, 55 m to the east **[published: SL3]**, with sideways speed and attitude outside
# its limits **[published: SL11]**, and ended on its nose. Where the model's engines stand was assumed **[modelled]**. By the end
# of this lesson you will have landed it better.

# %% [markdown]
# ## 2 · Predict
# Commit yourself. Nothing here is graded.

# %% hide
ll.quiz(
    "A lander touches down more softly than a person steps off a kerb. What follows?",
    {
        "It stands: the legs are made for that": "Legs take up what comes from above. Falling over begins sideways, or on a slope, "
        "or with a leg that springs back.",
        "*Nothing yet about whether it stands": "Descent speed breaks things. Sideways speed, slope, lean and the height of the "
        "centre of mass decide what stands.",
        "It falls over only on steep ground": "On level ground it falls over, too, if it is fast enough sideways. You will compute "
        "how fast.",
    },
)

# %% hide
ll.quiz(
    "A rule says: the ellipse of 3 sigma holds 99.7 % of all landings. Does it?",
    {
        "Yes, 3 sigma is 99.7 %": "For one number. A landing place is two numbers, and may be unlucky in either of them.",
        "No, it holds more": "The other way. There are more directions to miss in.",
        "*No, it holds 98.9 %": "Of a hundred landings one lies outside, not one in 370. For 99.7 % the ellipse must reach 3.44 sigma.",
    },
)

# %% [markdown]
# ## 3 · Explore: what legs survive
# A lander on its legs. The coloured map shows how *every* pair of speeds would end on the same legs and slope. Find out:
#
# 1. From which sideways speed does it fall on level ground? Towards an edge, and towards a leg?
# 2. Which helps more: feet 30 cm further out, or a centre of mass 30 cm lower?
# 3. Take *IM-1: 2.7 m/s down, 0.9 sideways*. Only change the descent speed. What does that do to falling over?

# %%
ll.console.touchdown()

# %% [markdown]
# What the missions reported, beside what their gear allows, by the formula that you are about to derive. Sizes are
# **[modelled]**: they follow pictures. The speeds of IM-1 are **[published: O4, O5]**; Blue Ghost's descent speed is
# **[published: B1, B2]**, its sideways speed **[modelled]**, and so is SLIM's; Chandrayaan-3's are what it was *built* for: 2 m/s down,
# 0.5 m/s sideways, 12 degrees of slope **[published: C7]**.

# %%
def published(name):
    """What is known of the end of a flight, out of its case file."""
    return {row.name: row.published for row in ll.case(name).expect}


im_1, built = published("odysseus-im-1"), ll.case("chandrayaan-3").scenario.limits
slim_legs = Gear(legs=4, foot_radius_m=0.85, cg_height_m=0.95, gyration_m=0.8, stroke_m=0.1, crush_force_N=1500.0)
landers = {  # gear, m/s down, m/s sideways
    "Blue Ghost": (Gear(legs=4, foot_radius_m=1.75, cg_height_m=0.95, gyration_m=0.95), published("blue-ghost-1")["vertical_mps"], 0.1),
    "Chandrayaan-3": (Gear(legs=4, foot_radius_m=1.75, cg_height_m=1.0, gyration_m=0.9), built.vertical_mps, built.lateral_mps),
    "IM-1": (ll.case("athena-im-2").scenario.gear, im_1["vertical_mps"], im_1["lateral_mps"]),
    "SLIM": (slim_legs, published("slim")["vertical_mps"], hook.touchdown.horizontal_mps),
}
for name, (gear, *_) in landers.items():
    wide, tall = gear.edge_m, gear.cg_height_m
    print(f"{name:14} feet {gear.foot_radius_m:4.2f} m, edge {wide:4.2f} m from the axis, centre of mass {tall:4.2f} m up:"
          f" {wide / tall:4.2f} wide for its height")

# %% [markdown]
# ## 4 · Derive: what it takes to fall over
# Moving sideways, the feet on one side catch and stop dead. The lander turns about the **edge**, the line between those two feet.
# Its centre of mass is $d$ inside the edge and $h$ above it, $l=\sqrt{d^2+h^2}$ away, and $k$ is the radius of gyration.
#
# Two steps, and the order matters. In the jerk energy is lost, but the forces pass through the edge: **momentum about the edge**
# is kept. Afterwards nothing is lost any more: **energy** is kept, and must not suffice to lift the centre of mass to the top of
# its arc, straight above the edge.

# %%
m, v, d, h, k, gravity, turn = sp.symbols("m v d h k g omega", positive=True)
far = sp.sqrt(d**2 + h**2)  # l
inertia = m * (far**2 + k**2)  # about the edge, not about the centre of mass
after = sp.solve(sp.Eq(m * v * h, inertia * turn), turn)[0]
energy_left = sp.simplify(inertia * after**2 / 2)
sp.simplify(energy_left / (m * v**2 / 2))  # the share of the energy that survives the jerk

# %% [markdown]
# That share is good news: most of the energy goes into the ground. What is left has to be $m g (l - h)$ to fall. Solve for $v$: by
# hand, or with `sp.solve`.
#
# On a slope $s$, positive downhill, nothing changes but the triangle: it is turned by $s$. How high over the edge does the centre
# of mass begin, if it lies $d$ uphill of it? And from which slope on does it begin *beyond* the edge?

# %% [markdown]
# ### Build 1 · `12.tip_speed` (3 points)
# Lengths in m, slope in degrees along the motion, downhill positive. Return the speed in m/s; 0 where the lander falls from rest.

# %% task="12.tip_speed"
def tip_over(edge_m, height_m, gyration_m, slope_deg):
    # BEGIN SOLUTION
    s = math.radians(slope_deg)
    far = math.hypot(edge_m, height_m)
    if height_m * math.tan(s) >= edge_m:
        return 0.0
    lift = far - (height_m * math.cos(s) + edge_m * math.sin(s))
    return math.sqrt(2.0 * GRAVITY_MPS2 * (far**2 + gyration_m**2) * lift) / height_m
    # STUB
    # ...  # gravity is GRAVITY_MPS2
    # END SOLUTION


ll.check("12.tip_speed", tip_over)

# %% [markdown]
# Is it true? `settle` knows nothing of this formula. It integrates a body on springs until it stands or lies. We give it legs that
# can't be crushed, feet that dig in, and a lander that comes along parallel to the ground, and bisect.

# %%
rigid = replace(landers["Blue Ghost"][0], stroke_m=0.0, friction=1000.0, damping_ratio=1.0)


def falls(gear, speed, slope_deg, down=0.0, mass_kg=500.0):
    """Does it fall over, moving along the slope at this speed, axis at right angles to the ground?"""
    angle = math.radians(slope_deg)
    contact = Touchdown(
        t_s=0.0, vertical_mps=down + speed * math.sin(angle), lateral_mps=speed * math.cos(angle), tilt_deg=abs(slope_deg), miss_m=0.0,
        propellant_left_kg=0.0, lean_forward_deg=slope_deg,
    )
    rest = settle(contact, gear, mass_kg=mass_kg, slope_deg=abs(slope_deg), azimuth_deg=0.0 if slope_deg >= 0.0 else 180.0)
    return rest.outcome == "tipped"


def settled_tip_speed(gear, slope_deg, down=0.0):
    """The least speed at which `settle` falls over, by bisection; nan if it does not up to 12 m/s."""
    stands, fell = 0.0, 12.0
    if not falls(gear, fell, slope_deg, down):
        return math.nan
    while fell - stands > 0.005:
        middle = 0.5 * (stands + fell)
        stands, fell = (stands, middle) if falls(gear, middle, slope_deg, down) else (middle, fell)
    return fell


slopes = np.arange(-15.0, 31.0, 5.0)
fig = Figure(figsize=(6.5, 3.8), layout="constrained")
axes = fig.subplots()
yours = [tip_over(rigid.edge_m, rigid.cg_height_m, rigid.gyration_m, s) for s in slopes]
if None not in yours:
    axes.plot(slopes, yours, color="#0072B2", label="yours")
axes.plot(slopes, [settled_tip_speed(rigid, s) for s in slopes], "o", color="#D55E00", label="integrated: rigid legs, feet dig in")
soft = replace(landers["Blue Ghost"][0], friction=1000.0)
axes.plot(slopes, [settled_tip_speed(soft, s, 1.0) for s in slopes], "s", color="#009E73", label="integrated: legs crush, 1 m/s down")
axes.set(xlabel="slope, degrees, downhill positive", ylabel="tip-over speed, m/s", title="Blue Ghost's gear [modelled]")
axes.legend()
ll.plots.show(fig)

# %% [markdown]
# The dots of the rigid lander lie on your line, up to 3 m/s; what is faster is thrown off the ground for a moment, and falls a
# little sooner. With crushable legs and some descent speed it stands a little more: what presses the feet down works against
# falling. **Your line is a floor, as long as nothing springs back and no engine still pushes.** Nobody has promised that: look at
# a lander that comes down hard.

# %%
gear, _, sideways = landers["IM-1"]
print(f"{'Nova-C, 12 deg of slope, 0.9 m/s downhill':44} closed form: falls from "
      f"{tip_over(gear.edge_m, gear.cg_height_m, gear.gyration_m, 12.0) or math.nan:.2f} m/s")
for down in (0.9, 1.8, 2.7):
    contact = Touchdown(t_s=0.0, vertical_mps=down, lateral_mps=sideways, tilt_deg=0.0, miss_m=0.0, propellant_left_kg=0.0)
    rest = settle(contact, gear, mass_kg=750.0, slope_deg=12.0, azimuth_deg=0.0)
    print(f"  {down:.1f} m/s down: {rest.outcome}, {rest.bounces} bounces, {rest.peak_mps2:.0f} m/s2 at most")

# %% [markdown]
# IM-1 was to come down at 0.9 m/s **[published: O4]** and did at 2.7 m/s **[published: O4, O5]**. Its sideways speed alone would not
# have felled this model **[modelled]**. One leg touched first, on a slope, and threw it over.

# %% [markdown]
# ## 5 · Legs with a margin
# Now turn the question round: the touchdown is given, the legs are wanted. With $n$ feet on a circle, the edge lies half way
# between two feet, so it is nearer to the axis than the feet are.
#
# ### Build 2 · `12.legs` (2 points)
# The least radius of the circle of feet [m], to 1 %, at which the tip-over speed straight at an edge and downhill is `factor`
# times the speed that must be survived. Formula, bisection, or trying, as you like.

# %% task="12.legs"
def foot_radius(legs, height_m, gyration_m, slope_deg, speed_mps, factor):
    # BEGIN SOLUTION
    low, high = 0.01, 50.0
    while high - low > 1e-4:
        radius = (low + high) / 2.0
        if tip_over(radius * math.cos(math.pi / legs), height_m, gyration_m, slope_deg) < factor * speed_mps:
            low = radius
        else:
            high = radius
    return high
    # STUB
    # ...  # metres
    # END SOLUTION


ll.check("12.legs", foot_radius)

# %% [markdown]
# Wider legs are heavier and must be folded into a rocket. And they don't help against everything. One lander, three troubles:

# %%
base = replace(landers["Chandrayaan-3"][0], stroke_m=0.2, crush_force_N=4000.0)
troubles = {
    "0.9 m/s sideways on 12 deg": (1.0, 0.9, 12.0, base),
    "smooth rock on 20 deg": (1.0, 0.3, 20.0, replace(base, friction=0.3)),
    "4 m/s down on level ground": (4.0, 0.1, 0.0, base),
}
for name, (down, sideways, slope, gear) in troubles.items():
    ends = []
    for radius in (0.9, 1.3, 1.75, 2.5, 3.5):
        contact = Touchdown(t_s=0.0, vertical_mps=down, lateral_mps=sideways, tilt_deg=0.0, miss_m=0.0, propellant_left_kg=0.0)
        rest = settle(contact, replace(gear, foot_radius_m=radius), mass_kg=750.0, slope_deg=slope, azimuth_deg=0.0)
        ends.append(f"{radius} m {rest.outcome}")
    print(f"{name:27} {', '.join(ends)}")

# %% [markdown]
# A slope that is steeper than friction holds lets every lander slide. And a leg has no more stroke for standing further out. (What
# would help against each?)

# %% [markdown]
# ## 6 · Engines: what is left when one is lost
# $n$ equal engines stand evenly on a ring, engine $i$ at the angle $2\pi i/n$, the first in front. Each pushes up, beside the
# axis, and so turns the lander. Lose one, and the rest must push less on the other side, or the lander turns over:
# $$\sum_i u_i \cos\tfrac{2\pi i}{n} = 0, \qquad \sum_i u_i \sin\tfrac{2\pi i}{n} = 0, \qquad 0 \le u_i \le 1.$$
# An engine can push less, but not pull. Wanted is the largest $\sum u_i$: a linear program, or an argument.

# %% [markdown]
# ### Build 3 · `12.engine_out` (3 points)
# Return the $n$ throttles, 0 to 1, for any $n$ from 2 on and any lost engine, counted from 0. `scipy.optimize.linprog` may help: it
# *minimises*, and takes equations as `A_eq`, `b_eq`.

# %% task="12.engine_out"
def reallocate(n, lost):
    # BEGIN SOLUTION
    from scipy.optimize import linprog

    angles = 2.0 * np.pi * np.arange(n) / n
    bounds = [(0.0, 0.0 if i == lost else 1.0) for i in range(n)]
    best = linprog(-np.ones(n), A_eq=[np.cos(angles), np.sin(angles)], b_eq=[0.0, 0.0], bounds=bounds)
    return best.x
    # STUB
    # ...  # n numbers
    # END SOLUTION


ll.check("12.engine_out", reallocate)

# %%
for n in range(2, 13):
    throttles = reallocate(n, 0)
    if throttles is not None:
        print(f"{n:2} engines, one lost: {sum(throttles) / n:4.0%} of the thrust is left   {np.round(throttles, 2) + 0.0}")

# %% [markdown]
# Losing one of four costs half the thrust: its opposite has to be switched off, too. Chandrayaan-3 has four engines, and needs two
# of them in the end **[published: C8, C9]**. Six or eight lose a third or a quarter. **With two or three nothing can be balanced**:
# that was SLIM's lot.
#
# An engine beside the axis turns the lander. If small thrusters hold it, engine and thrusters together push it *sideways*, to the lost
# side: the thrust goes astray by $\arctan(\text{ring}/\text{arm})$, here 14 degrees **[modelled]**.

# %% [markdown]
# ## 7 · Half the thrust, fifty metres
# What can one engine do? On the Moon SLIM weighed some 390 N **[derived]**; one engine gives 500 N **[published: SL4]**. So it can
# hover, but to *brake* it has only the rest: $a = A_{max} - g$, about 0.46 m/s² **[derived]**. From the height $h$ it stops a descent of at most
# $\sqrt{2 a h}$, and any thrust that points sideways is missing there.
#
# A sandbox **[modelled]**: SLIM's engines, a flight in the plane, the engine lost in front or behind. This software *knows* of the
# loss. But its plan, 4 m/s down to the ground **[modelled]**, was made for two engines.

# %%
def half_thrust(lost_at_m=50.0, side_deg=180.0):
    """Two engines, of which one is lost (0: the one in front, 180: behind); and what a law gets as params."""
    vehicle = replace(
        slim.scenario.vehicle, mass_kg=495.0, pitch_lag_s=0.5, assist_ring_m=0.25, assist_arm_m=1.0, reallocate=1
    )
    plan = replace(mare.guidance, brake_decel_mps2=1.5, low_height_m=60.0, low_speed_mps=4.0, contact_speed_mps=3.99)
    lost = ll.Fault("assist", "engine_out", side_deg, trigger="altitude", at=lost_at_m)
    scene = replace(
        mare, name="on one engine", vehicle=vehicle, guidance=plan, gear=slim_legs, faults=(lost,),
        dispersions=replace(mare.dispersions, range_bias_m=0.3),
    )
    astray = math.atan(0.25 / 1.0) * math.cos(math.radians(side_deg))  # where the thrust then goes, forward positive
    return scene, np.append(g.pack_guidance(plan), astray)


scene, params = half_thrust()
unaware = ll.fly(scene, seed=1)
row = np.argmin(abs(unaware.si["true_altitude"] - 49.0))
room = 500.0 / unaware.si["true_mass"][row] - GRAVITY_MPS2
print(f"at 49 m: {unaware.si['true_mass'][row]:.0f} kg, {-unaware.si['true_vertical_speed'][row]:.1f} m/s down;"
      f" one engine can stop {math.sqrt(2 * room * 49.0):.1f} m/s")
print(unaware.verdict, *unaware.reasons, sep="\n  ")

# %% [markdown]
# It could have stopped, had it begun at once.
#
# ### Build 4 · `12.half_thrust` (4 points)
# Write the law for one engine. It is called ten times a second; with both engines it leaves the work to the lander's own law.
#
# | you need | where |
# |---|---|
# | height over the ground, descent | `est[g.Z] - est[g.TARGET_Z]`, `-est[g.VZ]` |
# | forward speed | `est[g.VX]` |
# | thrust that holds the speed; largest thrust | `est[g.HOVER]`, `est[g.A_MAX]`, both m/s² |
# | by how much the thrust goes astray, forward positive | `params[-1]`, rad |
# | answer | `(forward, left, up)`, m/s², without gravity; the body leans this way, and "up" goes first if it is too much |
#
# Five trials, engine lost in front or behind, 45 to 54 m up. At contact: at most **1.4 m/s down**, as SLIM; at most **0.6 m/s
# sideways**; body at most **6 degrees** from the vertical. One point each, and one for all together.
# <!-- no claim: 45; 54 m; 0.6 m/s; 6 degrees -->
#
# The third is the hard one. To hold still you must lean against the push, `-HOVER tan(astray)`: 14 degrees. As soon as you stand
# upright, you are pushed. Unless you had the opposite speed before ... Pilots land like this with the wind from the side.

# %% task="12.half_thrust"
def one_engine(t, est, params):
    if est[g.A_MAX] * est[g.MASS] > 600.0:  # both are there
        return g.builtin_law(t, est, params)
    height = est[g.Z] - est[g.TARGET_Z]
    # BEGIN SOLUTION
    upright_m, upright_s = 4.0, 3.0  # body upright below this height; so long does it push sideways, lags taken off
    brake = 0.5 * (est[g.A_MAX] - est[g.HOVER])
    plan = math.sqrt(1.0 + 2.0 * brake * max(height - upright_m, 0.0))
    if plan > 4.0:
        plan = 4.0
    up = est[g.HOVER] + (brake if height > upright_m else 0.0) + 1.0 * (-plan - est[g.VZ])
    push = est[g.HOVER] * math.tan(params[-1])
    correct = min(max(0.8 * (-push * upright_s - est[g.VX]), -0.5), 0.5)
    return (correct - push if height > upright_m else 0.0), 0.0, up
    # STUB
    # return None  # replace this line: plan a descent speed, follow it, and turn upright near the ground
    # END SOLUTION


ll.check("12.half_thrust", one_engine)

# %% [markdown]
# Watch it land. The last four seconds are yours.

# %%
yours = ll.fly(scene, guidance=one_engine, params=params, seed=1)
ll.replay(yours if yours.touchdown else unaware, "On one engine, by your law")

# %% [markdown]
# ## 8 · Look before you land
# SLIM, Blue Ghost and Chandrayaan-3 looked at the ground before they came down, and could step aside; Chandrayaan-3 hovered near
# 150 m **[published: C5]** and could have stepped 60 m aside **[published: C6]**. A scanner measures a **height map**. What makes a place safe?
#
# * its **slope**: of the plane that fits best through all heights under the lander, a disc of radius *footprint*;
# * its **roughness**: how far the worst of these heights lies off that plane, up or down.
#
# Here is such a map, with its slope and its roughness, from the library's own scanner:

# %%
ground = ll.Terrain(slope_deg=4.0, small_craters=40, small_crater_field_m=60.0, small_crater_radius_m=20.0, small_crater_seed=9)
scanner = hazards.Hazards(
    scan_height_m=100.0, radius_m=40.0, cell_m=2.0, noise_m=0.03, footprint_m=4.0, slope_limit_deg=10.0, roughness_limit_m=0.4,
    margin_m=0.0, slope_cost_m_deg=0.0,
)
scan = hazards.survey(ground, scanner, seed=1)


def draw_maps(scan, chosen=None):
    """Three maps of a scan: height, slope, and what is safe; with a text in place of the picture."""
    fig = Figure(figsize=(9.0, 3.1), layout="constrained")
    safe = np.where(np.isnan(scan.slope_deg), np.nan, (scan.risk <= 1.0).astype(float))
    for axes, values, title in zip(fig.subplots(1, 3), (scan.height_m, scan.slope_deg, safe), ("height, m", "slope, deg", "safe: 1"), strict=True):
        image = axes.pcolormesh(scan.y_m, scan.x_m, values, cmap="cividis")
        axes.invert_xaxis()  # left is left
        axes.plot(0.0, 0.0, "w+")
        if chosen is not None:
            axes.plot(scan.y_m[chosen[1]], scan.x_m[chosen[0]], "o", mec="white", mfc="none")
        axes.set(title=title, xlabel="left, m", aspect="equal")
        fig.colorbar(image, ax=axes, shrink=0.8)
    fig.description = (
        f"Three maps of {scan.height_m.shape[0]} by {scan.height_m.shape[1]} cells around the aim point. Heights from "
        f"{scan.height_m.min():.1f} to {scan.height_m.max():.1f} m, slopes up to {np.nanmax(scan.slope_deg):.0f} degrees; "
        f"{np.nanmean(safe):.0%} of the places are safe."
    )
    if chosen is not None:
        fig.description += f" Chosen: {scan.x_m[chosen[0]]:+.0f} m forward, {scan.y_m[chosen[1]]:+.0f} m left."
    ll.plots.show(fig)


draw_maps(scan)

# %% [markdown]
# ### Build 5 · `12.hazard` (4 points)
# Your function gets a square array of heights [m], rows forward, columns left, the aim point in the middle; the cell size [m]; both
# limits; the footprint radius [m]; and how far the lander can divert [m]. Return `(row, column)` of the **nearest** cell that keeps
# both limits, within reach. A disc that leaves the map is unknown ground.
#
# The scan has 3 cm of noise. You are judged by the true ground.
#
# A plane through points $(a, b, z)$ that lie evenly around the middle: gradient along $a$ is $\sum a z/\sum a^2$, likewise along
# $b$, and in the middle lies the mean.

# %% task="12.hazard"
def safe_cell(height_m, cell_m, slope_limit_deg, roughness_limit_m, footprint_m, radius_m):
    # BEGIN SOLUTION
    foot = int(footprint_m / cell_m + 1e-9)
    a, b = np.mgrid[-foot : foot + 1, -foot : foot + 1]
    disc = a**2 + b**2 <= foot**2
    a, b = a[disc], b[disc]
    middle, best, chosen = height_m.shape[0] // 2, math.inf, None
    for i in range(foot, height_m.shape[0] - foot):
        for j in range(foot, height_m.shape[1] - foot):
            away = cell_m * math.hypot(i - middle, j - middle)
            if away > radius_m or away >= best:
                continue
            z = height_m[i + a, j + b]
            along, across = (a * z).sum() / (a**2).sum(), (b * z).sum() / (b**2).sum()
            slope = math.degrees(math.atan(math.hypot(along, across) / cell_m))
            worst = abs(z - z.mean() - along * a - across * b).max()
            if slope <= slope_limit_deg and worst <= roughness_limit_m:
                best, chosen = away, (i, j)
    return chosen
    # STUB
    # ...  # row, column
    # END SOLUTION


ll.check("12.hazard", safe_cell)

# %%
chosen = safe_cell(scan.height_m, 2.0, 10.0, 0.4, 4.0, 40.0)
draw_maps(scan, chosen)

# %% [markdown]
# Try it with a divert of 10 m, with a slope limit of 5 degrees, with a footprint of 2 m. What would you do if there is *no* safe place
# within reach? (A lander can't return None.)

# %% [markdown]
# ## 9 · Chances: where it comes down
# One landing is one sample. Blue Ghost was to come down within 100 m of its target, and did by its makers' account; images from orbit
# put it 118 m off **[published: B3]**. The landing place of Athena is 250 m off by its makers **[published: A3]**,
# more than 400 m by NASA **[published: A4]**. What does a number like that say about the *next* landing? Fly it often:

# %%
flights = ll.campaign(ll.case("blue-ghost-1").scenario, n=150, seed=5)
down = np.isfinite(flights["miss_m"])
along, cross = flights["miss_m"][down], flights["cross_m"][down]
print(flights)
print(f"along the track {along.mean():+.1f} +- {along.std():.1f} m, across {cross.mean():+.1f} +- {cross.std():.1f} m")

# %% [markdown]
# The cloud is drawn by two numbers that vary together: a covariance matrix $C$. Along its eigenvectors they are independent, with
# variances $\sigma_1^2, \sigma_2^2$, the eigenvalues. Measured in sigmas the cloud is round, and a round normal cloud has
# $r\,e^{-r^2/2}\,dr$ of its points at the distance $r$.

# %%
r, reach = sp.symbols("r k", positive=True)
inside = sp.integrate(r * sp.exp(-(r**2) / 2), (r, 0, reach))
print("inside k sigma:", inside, "   3 sigma:", round(float(inside.subs(reach, 3)), 4))

# %% [markdown]
# ### Build 6 · `12.ellipse` (2 points)
# For the landing places along and across (left positive) [m] and a probability: the long and the short half-axis [m], and the
# direction of the long one [deg], from the track to the left. The ellipse is centred on the mean, not on the target.

# %% task="12.ellipse"
def landing_ellipse(along_m, cross_m, probability):
    # BEGIN SOLUTION
    variances, axes = np.linalg.eigh(np.cov(along_m, cross_m))
    stretch = math.sqrt(-2.0 * math.log(1.0 - probability))
    short, long = stretch * np.sqrt(variances)
    return long, short, math.degrees(math.atan2(axes[1, 1], axes[0, 1]))
    # STUB
    # ...  # long_m, short_m, direction_deg
    # END SOLUTION


ll.check("12.ellipse", landing_ellipse)

# %%
fig = Figure(figsize=(5.6, 4.6), layout="constrained")
axes = fig.subplots()
axes.plot(along, cross, ".", color="#8A8F98", label="landings")
for share, color in ((0.5, "#009E73"), (0.9973, "#0072B2")):
    shape = landing_ellipse(along, cross, share)
    if shape is not None:
        long, short, direction = shape
        angle = np.linspace(0.0, 2.0 * np.pi, 181)
        c, s = math.cos(math.radians(direction)), math.sin(math.radians(direction))
        x, y = long * np.cos(angle), short * np.sin(angle)
        axes.plot(along.mean() + c * x - s * y, cross.mean() + s * x + c * y, color=color, label=f"{share:.2%} ellipse")
axes.plot(0.0, 0.0, "k+", label="target")
axes.set(xlabel="along the track, m", ylabel="left of it, m", title="Blue Ghost: 150 flights", aspect="equal")
axes.legend()
ll.plots.show(fig)

# %% [markdown]
# ## 10 · How sure may you be?
# Chance $p$ of landing, $n$ flights, $k$ landings. $k/n$ is a guess. Which $p$ are *compatible* with it? Clopper and Pearson (1934):
# leave out every $p$ with which so many landings, or more, would have had a probability below $(1-c)/2$; and every $p$ with which so few,
# or fewer, would have. What remains holds the true $p$ with confidence $c$ at least.
#
# Both ends are quantiles of the beta distribution, `scipy.stats.beta.ppf(q, a, b)`: the lower at $q=(1-c)/2$ with $a=k,\ b=n-k+1$, the
# upper at $1-q$ with $a=k+1,\ b=n-k$. (Or bisect with `scipy.stats.binom`.) Mind $k=0$ and $k=n$.

# %% [markdown]
# ### Build 7 · `12.odds` (3 points)
# `chance` returns the interval `(low, high)`. `flights_needed` returns how many flights, *all* successful, show with this
# confidence that the chance is at least `p`: so many that a worse lander gets through with $p^n \le 1-c$.

# %% task="12.odds"
def chance(landed, n, confidence):
    # BEGIN SOLUTION
    from scipy.stats import beta

    q = (1.0 - confidence) / 2.0
    low = beta.ppf(q, landed, n - landed + 1) if landed > 0 else 0.0
    high = beta.ppf(1.0 - q, landed + 1, n - landed) if landed < n else 1.0
    return low, high
    # STUB
    # ...  # low, high
    # END SOLUTION


def flights_needed(p, confidence):
    # BEGIN SOLUTION
    return math.ceil(math.log(1.0 - confidence) / math.log(p))
    # STUB
    # ...  # a whole number
    # END SOLUTION


ll.check("12.odds", chance, flights_needed)

# %%
landed = flights.verdicts.get("LANDED", 0)
for k_, n_, what in ((1, 1, "one flight, one landing"), (1, 2, "Nova-C: two reached the ground softly, say one counts"),
                     (landed, 150, "your campaign, in a model")):  # fmt: skip
    interval = chance(k_, n_, 0.9)
    if interval:
        print(f"{what:55} {k_}/{n_}   90 % interval {interval[0]:.3f} to {interval[1]:.3f}")
print("flights without a failure that show 99 % with confidence 90 %:", flights_needed(0.99, 0.9))

# %% [markdown]
# Nobody flies 230 landers to prove 99 %. That is why there are campaigns, and why their answer is about the *model*: a fault that is
# not in it has the chance 0 there.

# %% [markdown]
# ## 11 · Break it
# Two Nova-C landers came down softly and fell over. IM-1's range finders could not fire: a switch had been left on, and to save time
# nobody had test-fired them **[published: O2, O6]**. IM-2's ranges were noisy and distorted **[published: A5]**.

# %%
for name in ("odysseus-im-1", "athena-im-2"):
    flight = ll.fly(ll.case(name).scenario, seed=1, record=False)
    print(f"{name:14} {flight.verdict}: {'; '.join(flight.reasons)}")

# %% [markdown]
# Now you are the review board of a third one. A sandbox **[modelled]**: a tall lander over ground that rises by 8 degrees. It knows its
# height to 25 m when it begins, and has cameras for its speed.

# %%
IM_1, IM_2 = ll.Fault("altimeter", "lockout"), ll.Fault("altimeter", "noise", value=100.0)


def tall_lander(*faults):
    vehicle = replace(
        mare.vehicle, mass_kg=1300.0, dry_mass_kg=600.0, main_thrust_N=0.0, assist_thrust_N=4000.0, assist_isp_s=330.0,
        assist_throttle_min=0.2,
    )
    return replace(
        mare, name="tall lander", vehicle=vehicle, gear=ll.case("athena-im-2").scenario.gear, faults=faults,
        guidance=replace(mare.guidance, brake_decel_mps2=2.0, contact_speed_mps=0.9, low_height_m=30.0, low_speed_mps=3.0),
        navigation=replace(
            mare.navigation, filter="six", policy="nis", sigma_height_m=25.0, sigma_speed_mps=0.3, sigma_along_m=60.0,
            velocity_noise_mps=0.1,
        ),
        velocimeter=replace(mare.velocimeter, altitude_max_m=40e3),
        terrain=replace(mare.terrain, slope_deg=8.0, slope_azimuth_deg=180.0, slope_reach_m=120.0),
        dispersions=replace(
            mare.dispersions, height_m=25.0, vertical_mps=0.1, along_m=60.0, range_bias_m=0.5, accel_bias_mps2=2e-4,
            accel_scale=1e-4, attitude_deg=0.01,
        ),
    )


for name, faults in {"all works": (), "IM-1, no ranges": (IM_1,), "IM-2, noise x 100": (IM_2,)}.items():
    print(f"{name:18} {ll.campaign(tall_lander(*faults), n=40, seed=3)}")

# %% [markdown]
# What could be changed, and what it costs, in weeks **[modelled]**:

# %%
changes = {
    change.name: change
    for change in (
        Change("test-fire", 1.0, lambda s: replace(s, faults=tuple(f for f in s.faults if f.kind != "lockout"))),
        Change("slower plan", 2.0, {"guidance.low_height_m": 60.0, "guidance.low_speed_mps": 1.5}),
        Change("expect noise", 2.0, {"navigation.range_noise_m": 100.0}),
        Change("longer strokes", 3.0, {"gear.stroke_m": 0.6}),
        Change("wider legs", 4.0, {"gear.foot_radius_m": 3.0}),
        Change("lower mass", 6.0, {"gear.cg_height_m": 1.5}),
        Change("second range finder", 8.0, {"altimeter_2.range_max_m": 500.0, "altimeter_2.noise_m": 0.2}),
    )
}
print(cheapest_fix(tall_lander(IM_1), list(changes.values()), faults=(IM_2,), n=20, seed=3, pairs=False))

# %% [markdown]
# Read the last line. The cheapest change lands IM-1's flight every time, and does nothing at all for IM-2's. **It repairs the last
# accident.** Then look at the legs: three dear changes, and not one landing more. What came down too fast does not fall over any more;
# it breaks.

# %% [markdown]
# ### Build 8 · `12.fix` (3 points)
# Find the cheapest *set* of changes with which at least 36 of 40 flights land with IM-1's fault, **and** with IM-2's. Each change
# `changes[name].apply(scene)` gives a changed scene. <!-- no claim: 36; 40 -->
#
# Then its price: fly 40 times with all sensors healthy and less propellant (add as much to `vehicle.dry_mass_kg`). How many kilograms
# less is **your own number**, printed below; a neighbour has another. Which share, 0 to 1, lands with your changes? Seed 3 throughout.
# Without any change all 40 do.

# %%
less_kg = ll.variant("12.fix")["lean_kg"]  # your own number
print(f"your tanks hold {less_kg:g} kg less")

# %% task="12.fix"
chosen_changes = ...  # a list of names
share_on_lean_tanks = ...
# BEGIN SOLUTION
def share(names, *faults, less_kg=0.0):
    scene = tall_lander(*faults)
    scene = replace(scene, vehicle=replace(scene.vehicle, dry_mass_kg=600.0 + less_kg))
    for name in names:
        scene = changes[name].apply(scene)
    return ll.campaign(scene, n=40, seed=3).fraction("LANDED")


sets = [names for size in range(4) for names in combinations(changes, size)]
for names in sorted(sets, key=lambda names: sum(changes[name].cost for name in names)):
    if share(names, IM_2) >= 0.9 and share(names, IM_1) >= 0.9:
        break
chosen_changes, share_on_lean_tanks = list(names), share(names, less_kg=less_kg)
# STUB
# # search here
# END SOLUTION

ll.check("12.fix", chosen_changes, share_on_lean_tanks)

# %% [markdown]
# Every margin is bought with another one. A slow descent forgives a wrong height, and burns propellant all the while. Which of both
# you can spare is not a question of statistics.

# %% [markdown]
# ## 12 · Explain
# Two sentences each:
# 1. Blue Ghost and Chandrayaan-3 stood. Which margins did they have that Nova-C lacked? Use your `tip_over`.
# 2. A vendor says: "20 of 20 landings in simulation, so it is at least 99 % safe." What do you answer?
#
# *Write here.*

# %%
for name, (gear, down, sideways) in landers.items():
    limit = tip_over(gear.edge_m, gear.cg_height_m, gear.gyration_m, 12.0)
    if limit is not None:
        print(f"{name:14} {down:.1f} m/s down, {sideways:.1f} m/s sideways; on 12 deg it falls from {limit:.1f} m/s: margin x {limit / sideways:.1f}")

# %% [markdown] solution
# **A model answer.** 1. Low and wide for their height, and above all slow: with half a metre per second sideways they stay a factor of
# four and more below the speed that fells them, on 12 degrees, and 1 to 2 m/s down is what their legs can crush. Nova-C is tall, and came
# down at three times its plan, so a leg threw it over well below that speed. 2. 20 of 20 show 89 % with 90 % confidence, not 99 %: that
# needs 230, and even these speak of the simulation and its faults only.

# %% [markdown]
# ## 13 · Exit quiz

# %% hide
ll.quiz(
    "A lander fell over. The next one gets legs that stand half a metre further out. Is it cured?",
    {
        "Yes: a wide stance can't fall over": "It needs more sideways speed to fall. It slides, bounces and breaks as before, and a foot "
        "further out finds more stones.",
        "*If it was sideways speed or slope that felled it": "Width helps against just these. Against a hard contact it takes stroke, "
        "against sliding friction, against a wrong height a sensor.",
        "No: width makes no difference": "It does: the tip-over speed grows with it, as you computed.",
    },
)

# %% hide
ll.quiz(
    "A company has landed once in two tries. Its chance to land next time is ...",
    {
        "one half": "That is the share so far. With confidence 90 % anything between 2.5 and 97.5 % is compatible with it.",
        "higher, because it learned": "Perhaps. But then the two tries are not samples of the same chance, and the count says even less.",
        "*something between 3 and 97 %, as far as counting can say": "Two flights are hardly any evidence. Whoever knows more knows it from "
        "tests, and has to show those.",
    },
)

# %% hide
ll.quiz(
    "Four engines on a ring, one fails 50 m up. What does good software do?",
    {
        "Full throttle on the three others": "That turns the lander over: nothing opposes the engine across the gap.",
        "*Switch off the one across, full throttle on the other two": "Half the thrust, no torque. Whether half is enough had to be "
        "decided before: by the mass, and by the speed of the plan.",
        "Throttle the three others down to 2/3": "Less thrust with the same imbalance in it. The torque is smaller, not zero.",
    },
)

# %% hide
ll.quiz(
    "The scan shows no safe place within reach, and the propellant is short. The best choice is ...",
    {
        "to hover and scan again": "The ground will be the same, and the tanks emptier. Only a new view, from elsewhere, would help.",
        "the flattest place, however far": "If it lies beyond what the propellant allows, it is not a choice.",
        "*the least bad place within reach, as slowly as it can": "A limit is not a cliff. At 0 m/s sideways a lander stands on twice "
        "the slope that its limit says.",
    },
)

# %%
ll.progress("12")

# %% [markdown]
# ## Sources
# | code | source |
# |---|---|
# | A3 | collectSPACE, Athena at an off-nominal angle, news-030625a |
# | A4 | NASA Artemis, social post: 400 m from the site |
# | A5 | Spaceflight Now (repost), Q1 2025 earnings call on IM-2: three causes, todayheadline.co/?p=136153 |
# | B1 | NASA blog, 2 March 2025, Blue Ghost begins 9-minute braking burn |
# | B2 | inkl digest of Blue Ghost's landing timeline |
# | B3 | J. Mehta, Blue Ghost, third most precise landing, medium.com/predict |
# | C5 | Arctic Astronautics, Chandrayaan-3 landing note |
# | C6 | Moneycontrol, N. Desai on the last 17 minutes of Chandrayaan-3 |
# | C7 | Hindustan Times, touchdown specification of Chandrayaan-3 |
# | C8 | NSSDCA description of Chandrayaan-3, read in a repost |
# | C9 | ISRO, Chandrayaan-3 brochure |
# | O2 | notes from the IM-1 news conference of 23 February 2024, sh.itjust.works/post/15113070 |
# | O4 | Socialbites, relay of a space.com interview on IM-1, socialbites.ca/news/504082 |
# | O5 | Space and Telescope, Odysseus tipped over |
# | O6 | Ars Technica, 28 February 2024, Odysseus landed without any altimetry data |
# | SL3 | SpaceWatch.Global, JAXA confirms precision landing of SLIM |
# | SL4 | NSSDCA, SLIM, 2023-137D |
# | SL6 | Pledge Times on SLIM's landing, about 5 km/h |
# | SL7 | WING, SLIM 55 m east, 3.4 m of error at 50 m, jwing.net/?p=74450 (Japanese) |
# | SL11 | digest of JAXA's report on SLIM, imaeda-sou.com/?p=9468 (Japanese) |
#
# The exact interval: C. J. Clopper and E. S. Pearson, Biometrika 26 (1934).
#
# Text: CC BY 4.0. Code: BSD 3-Clause.
