# %% [markdown]
# # 09 Knowing your height
# **Sensors, filters, gates** · 105 minutes · 13 points
#
# A lander can't see its height. It adds up accelerations, asks an altimeter now and then, and has to decide each time
# whether to believe the answer. This lesson is about that decision.
#
# | After this lesson you can | checked by |
# |---|---|
# | **predict** what an altimeter should read, and how far off it may be | `09.innovation` |
# | **derive** how fast a two-state filter follows its sensor | `09.bandwidth` |
# | **compute** how often a gate rejects a good range or accepts a bad one | `09.roc` |
# | **build** a filter that honours the validity flag and gates its ranges, and land with it | `09.gate` |
# | **find** the smallest gate that survives a given terrain step | `09.boundary` |
#
# **Before:** 2 x 2 matrices, variance and the normal distribution, lesson 08.
#
# **Missions:** Resilience (HAKUTO-R Mission 2), Odysseus (IM-1), Athena (IM-2), SLIM.

# %% [markdown]
# ### Who says so?
# Each number about a real mission carries a label. Read it before you believe the number, too.
#
# * **[published: J6]** somebody printed it; the code is in the list of sources at the end
# * **[derived]** follows from published numbers by arithmetic
# * **[modelled]** our choice, so that something flies at all

# %%
from dataclasses import replace

import numpy as np
import sympy as sp
from matplotlib.figure import Figure

import lunarlab as ll
from lunarlab.constants import R_MOON
from lunarlab.descent import navigation as nav
from lunarlab.descent import sensors as s

# %% [markdown]
# ## 1 · Hook: the range that came too late
# 5 June 2025. *Resilience* brakes towards Mare Frigoris. Its laser range finder should speak up between 10 and 3 km
# **[published: J7, J4]**. The first valid range comes at 893 m **[published: J6]**, with the ground coming up at 66 m/s
# **[published: J4]**. The last telemetry says 192 m and 42 m/s **[published: J4, J5]**.
#
# Play it. The solid line is where the lander is, the dashed one where its computer believes it is. That it flew 1 km lower
# than it believed is **[modelled]**: it was chosen so that the two published speeds come out.

# %%
resilience = ll.case("resilience-m2")
late = ll.fly(resilience.scenario, seed=None)
ll.replay(late, "Resilience: first valid range at 893 m")

# %% [markdown]
# Same lander, same error, but the ranges come from 3 km on:

# %%
in_time = ll.fly(resilience.no_fault, seed=None)
print("late range:   ", late.verdict, late.reasons)
print("range in time:", in_time.verdict, f"{in_time.touchdown.vertical_mps:.2f} m/s down")

# %% [markdown]
# ## 2 · Predict
# Commit yourself before you fly on. Nothing here is graded.

# %% hide
ll.quiz(
    "A filter knows its height to 5 m. The next range says 700 m more. What is broken?",
    {
        "The altimeter: it is off by 140 sigma": "That is what the software of Mission 1 concluded, too. The number 140 says "
        "that something in the model is wrong. It doesn't say what.",
        "The filter: it must have drifted": "Possible. But one number can't tell a drifted filter from a bad range.",
        "*One number can't tell: sensor, estimate, or ground": "An innovation compares a measurement with a prediction, and the "
        "prediction contains an idea of the ground. Any of the three can be wrong.",
    },
)  # no claim: 140

# %% hide
ll.quiz(
    "You make the gate tighter. What happens?",
    {
        "The landing gets safer: fewer bad ranges get in": "Fewer bad ones, and fewer good ones. A rejected good range leaves "
        "you with dead reckoning.",
        "*Fewer bad ranges get in, more good ones are thrown away": "Both errors hang on one number. Which one is dearer depends "
        "on what flies and over what.",
        "Nothing, a Kalman filter removes bad data by itself": "It does not. It weights every range by the noise that you told "
        "it to expect, and a range off by 3 km has full weight.",
    },
)

# %% [markdown]
# ## 3 · Explore: one altimeter, four missions
# Range sensors are a common thread of recent landings. One altimeter with one fault each covers four of them:
#
# | mission | what happened | fault here |
# |---|---|---|
# | IM-1 | laser range finders could not fire, a safety switch was left on **[published: O2, O6]** | `lockout` |
# | IM-2 | noisy and distorted laser altimetry **[published: A5]** | `noise` x 100 **[modelled]** |
# | Resilience | first valid range at 893 m **[published: J6]** | `late` |
# | SLIM | radar high up, a laser for the last metres, and a camera that matches craters **[published: SL5]** | none |

# %%
mare = ll.case("nominal-mare").scenario  # flat ground, the altimeter is all that knows about it
faults = {
    "healthy": (),
    "IM-1, no ranges": (ll.Fault("altimeter", "lockout"),),
    "IM-2, noise x 100": (ll.Fault("altimeter", "noise", value=100.0),),
    "Resilience, late": (ll.Fault("altimeter", "late", value=893.0),),
}
for name, rows in faults.items():
    flights = ll.campaign(replace(mare, faults=rows), n=40, seed=7)
    print(f"{name:20} lands {flights.fraction('LANDED'):4.0%}   median contact {np.median(flights['vertical_mps']):6.1f} m/s")

# %% [markdown]
# Late ranges alone cost few landings: it takes a wrong height as well, as in the replay, to fill the time before them.
#
# IM-1 really touched down at 2.7 m/s **[published: O4, O5]**, far softer than here: it had cameras to navigate by
# **[published: O2]**. Our lander has nothing but its altimeter. *Sensors of a different kind* are what IM-2's makers
# recommended afterwards **[published: A5]**, and what SLIM carried.
#
# Now you. In the console, choose *range valid late*, then *spurious*. For each, find a rule under *what to do with a range
# that does not fit* that lands, if there is one.

# %%
ll.console("nominal-mare")

# %% [markdown]
# ## 4 · Derive: what the range should be
# $z$ is the height over the **datum**, a sphere that stands for the ground. The ground itself is $m$ higher or lower.
# Looking straight down,
# $$\text{range} = z - m + \text{noise}, \qquad \nu = \text{range} - (\hat z - \hat m).$$
# $\nu$ is the **innovation**: measured minus predicted. If estimate and range err independently,
# $\operatorname{var}\nu = P_{zz} + R$: variances add.

# %% [markdown]
# ### Build 1 · `09.innovation` (2 points)
# All inputs in metres: the range, the estimated height over the datum, the height of the ground over the datum by the
# onboard map, and 1-sigma of height and of range. Return $(\nu, \sigma_\nu)$.

# %% task="09.innovation"
def innovation(range_m, height_m, map_height_m, sigma_height_m, sigma_range_m):
    # BEGIN SOLUTION
    nu = range_m - (height_m - map_height_m)
    return nu, (sigma_height_m**2 + sigma_range_m**2) ** 0.5
    # STUB
    # ...  # return nu, sigma
    # END SOLUTION


ll.check("09.innovation", innovation)

# %% [markdown]
# ## 5 · Derive: how fast the filter believes
# The vertical channel has two states, height and speed. Between ranges the speed wanders: white acceleration noise of
# density $q$. A range of variance $R$ comes every $\Delta t$ seconds, which is worth a continuous measurement of density
# $R\,\Delta t$. The covariance $P$ settles where nothing changes any more:
# $$0 = FP + PF^T + Q - \frac{1}{R\,\Delta t}\,P H^T H P.$$

# %%
q, R, dt = sp.symbols("q R dt", positive=True)
a, b, c, rate = sp.symbols("P_zz P_zv P_vv s")
F, H, Q = sp.Matrix([[0, 1], [0, 0]]), sp.Matrix([[1, 0]]), sp.diag(0, q)
P = sp.Matrix([[a, b], [b, c]])
dP = F * P + P * F.T + Q - P * H.T * H * P / (R * dt)
dP

# %% [markdown]
# Three equations, solved from the bottom right corner up. Of each pair of roots the positive one is a variance.

# %%
b_steady = sp.sqrt(q * R * dt)  # from dP[1, 1] = 0
a_steady = sp.sqrt(2 * b_steady * R * dt)  # from dP[0, 0] = 0
c_steady = a_steady * b_steady / (R * dt)  # from dP[0, 1] = 0
steady = {a: a_steady, b: b_steady, c: c_steady}
sp.simplify(dP.subs(steady))  # must be zero

# %% [markdown]
# With gains $K = P H^T/(R\,\Delta t)$ an error of the estimate dies out as $\dot e = (F - KH)\,e$. Its polynomial:

# %%
K = P.subs(steady) * H.T / (R * dt)
sp.collect(sp.expand((rate * sp.eye(2) - F + K * H).det()), rate)

# %% [markdown]
# Hold it against $s^2 + \sqrt2\,\omega s + \omega^2$: a well damped oscillator. $\omega$ is the filter's **bandwidth**;
# what changes within a time shorter than $1/\omega$, the filter does not follow.

# %% [markdown]
# ### Build 2 · `09.bandwidth` (2 points)
# Return $(\omega, \sigma_z)$ in rad/s and m for $q$ [(m/s²)² s], $R$ [m²] and $\Delta t$ [s]. Closed form or iteration, as
# you like.

# %% task="09.bandwidth"
def steady_state(q, R, dt):
    # BEGIN SOLUTION
    omega = (q / (R * dt)) ** 0.25
    return omega, (2**0.5 * omega * R * dt) ** 0.5
    # STUB
    # ...  # return omega, sigma_z
    # END SOLUTION


ll.check("09.bandwidth", steady_state)

# %% [markdown]
# Does the filter that really flies agree? Its own 1-sigma is in the history; $R$ is what it assumes for a range from that
# height: instrument noise, and 30 m for terrain that it does not know **[modelled]**.

# %%
healthy = ll.fly(mare, seed=1)
n = mare.navigation
for height in (10e3, 5e3, 3e3):
    row = np.argmin(abs(healthy.si["true_altitude"] - height))
    variance = n.range_noise_m**2 + (n.range_noise_fraction * height) ** 2 + (n.terrain_noise_m * min(1.0, height / 2000.0)) ** 2
    yours = steady_state(n.accel_noise, variance, 0.2) or (float("nan"), float("nan"))
    print(f"{height / 1e3:4.0f} km   flown sigma {healthy.si['est_sigma_height'][row]:5.2f} m   yours {yours[1]:5.2f} m"
          f"   1/omega {1 / yours[0]:5.1f} s")

# %% [markdown]
# The filter claims 3 m. Remember that number when 1.4 km of crater rim go by: sigma is what the filter *expects* of its
# error, computed from $q$ and $R$ alone. It never looks at the ranges.

# %% [markdown]
# ## 6 · Two ways to be wrong
# A gate rejects a range if $|\nu| > G$. A good range can be rejected, a bad one can get in. Here are 100 000 of each: good
# ones with $\sigma = 30$ m, bad ones shifted by a jump.

# %%
random = np.random.default_rng(1)
sigma, gates = 30.0, np.linspace(0.0, 240.0, 121)
good = abs(random.normal(0.0, sigma, 100_000))
fig = Figure(figsize=(6.0, 3.6), layout="constrained")
axes = fig.subplots()
for jump, style in ((60.0, ":"), (120.0, "--"), (180.0, "-")):
    bad = abs(random.normal(jump, sigma, 100_000))
    rejected, accepted = np.array([(good > g).mean() for g in gates]), np.array([(bad <= g).mean() for g in gates])
    seen = (rejected > 0) & (accepted > 0)  # none of 100 000 has no place on a logarithmic axis
    axes.loglog(rejected[seen], accepted[seen], style, color="#1f5a93", label=f"jump {jump:.0f} m")
axes.set(xlabel="good ranges rejected (log)", ylabel="bad ranges accepted (log)")
axes.set_title("Every gate is a point on its curve (sigma = 30 m)")
axes.legend()
ll.plots.show(fig)

# %% [markdown]
# Each point of a curve is one gate. The nearer a curve comes to the corner at the lower left, the easier the jump is to
# tell from noise: a jump of two sigma has no good gate at all, one of six has many. Each step of the axes is a factor of ten.

# %% [markdown]
# ### Build 3 · `09.roc` (2 points)
# For a gate, a sigma and a jump, all in metres: the probability that a good range is rejected, and that a bad one is
# accepted. `math.erf`, `scipy.stats` and a million random numbers are all fine.

# %% task="09.roc"
def gate_errors(gate_m, sigma_m, jump_m):
    # BEGIN SOLUTION
    from scipy.stats import norm

    false_reject = 2.0 * norm.sf(gate_m / sigma_m)
    false_accept = norm.cdf(gate_m, jump_m, sigma_m) - norm.cdf(-gate_m, jump_m, sigma_m)
    return false_reject, false_accept
    # STUB
    # ...  # return false_reject, false_accept
    # END SOLUTION


ll.check("09.roc", gate_errors)

# %% [markdown]
# A good range over a cliff does not have mean zero. For this gate it *is* a bad range. That is the whole of Mission 1, and
# the next lesson.

# %% [markdown]
# ## 7 · Build 4 · `09.gate` (5 points)
# Write the middle of a filter. It is called ten times a second; ranges come five times a second.
#
# | you need | where |
# |---|---|
# | is there a new, valid range? | `meas[s.RANGE_VALID]`: 1 yes, 0 invalid, -1 none now (the old one stays in `meas`) |
# | variance of a range | `nav.range_variance(meas, memory, params)` |
# | innovation | `nav.innovate(meas, memory, variance)`; leaves its sigma in `memory[nav.SIGMA]` |
# | take the range in | `nav.update(memory, nu, variance)` |
# | note that you did not | `memory[nav.STATUS] = nav.SKIPPED` |
# | note your gate, for the figure below | `memory[nav.GATE] = ...` |
#
# IM-1's crew patched in another lidar during the flight; its data were not taken in **[published: O2]**. A sensor that the
# filter does not read, and a number that the filter should not have read, are both a flag's matter. Honour it.

# %% task="09.gate"
SIGMAS = 5.0  # gate, in standard deviations of the innovation


def my_filter(t, meas, params, memory):
    memory[nav.STATUS] = nav.NO_RANGE
    nav.predict(meas, memory, params[nav.Q_ACCEL], R_MOON + params[nav.P_DATUM])
    # BEGIN SOLUTION
    if meas[s.RANGE_VALID] > 0.0:
        variance = nav.range_variance(meas, memory, params)
        nu = nav.innovate(meas, memory, variance)
        memory[nav.GATE] = SIGMAS * memory[nav.SIGMA]
        if abs(nu) <= memory[nav.GATE]:
            nav.update(memory, nu, variance)
        else:
            memory[nav.STATUS] = nav.SKIPPED
    # STUB
    # return None  # replace this line: flag, variance, innovation, gate, update
    # END SOLUTION
    nav.aid_velocity(meas, memory, params[nav.P_VEL_GAIN])
    return memory[nav.X], memory[nav.Y], memory[nav.Z], memory[nav.VX], memory[nav.VY], memory[nav.VZ]


ll.check("09.gate", my_filter)

# %% [markdown]
# ## 8 · Break it
# From one minute after the first range on, three readings in ten are nonsense between 0 and 18 km. First the filter that
# believes everything, then yours.

# %%
spurious = ll.Fault("altimeter", "spurious", value=18e3, probability=0.3, trigger="first_range", at=60.0)
noisy = replace(mare, faults=(spurious,))
believer = ll.fly(replace(noisy, navigation=replace(n, policy="none")), seed=1)
mine = ll.fly(noisy, navigation=my_filter, seed=1)
print("believes all:", believer.verdict, *believer.reasons[:1])
print("yours:       ", mine.verdict, *mine.reasons[:1])

# %% [markdown]
# Where did each range end? Dots are innovations; the lines are the gate.

# %%
ll.plots.show(ll.plots.innovation(mine if mine.landed else believer))

# %% [markdown]
# ### Build 5 · `09.boundary` (2 points)
# Back to the rule of Mission 1: a fixed gate, and after five rejections in a row the altimeter is given up for good. Under
# it lies a crater sandbox: a rim above the plain, then a wall down to the target **[modelled]**. `ll.variant` has its two
# heights over the plain; they are your own numbers, so your gate is not your neighbour's.
#
# Which is the smallest gate, to about 10 m, that still lands? Fly it out: one flight takes 10 ms.

# %%
sandbox = ll.case("hakuto-r-m1-crater").scenario
wall = ll.variant("09.boundary")
print(f"rim {wall['rim_height_m']:.0f} m above the plain, floor {-wall['floor_height_m']:.0f} m below it")


def over_the_step(gate_m):
    """The sandbox with your rim and your floor, and this gate."""
    crater = replace(sandbox.terrain, rim_height_m=wall["rim_height_m"], floor_height_m=wall["floor_height_m"])
    return replace(sandbox, terrain=crater, navigation=replace(sandbox.navigation, gate_m=gate_m))


for gate_m in (300.0, 3000.0):
    print(gate_m, ll.fly(over_the_step(gate_m), seed=None, record=False).verdict)

# %% task="09.boundary"
smallest_gate_m = ...
# BEGIN SOLUTION
crashes, lands = 300.0, 3000.0
while lands - crashes > 5.0:
    middle = (crashes + lands) / 2.0
    if ll.fly(over_the_step(middle), seed=None, record=False).landed:
        lands = middle
    else:
        crashes = middle
smallest_gate_m = lands
# STUB
# # bisect between 300 and 3000 m here
# END SOLUTION

ll.check("09.boundary", smallest_gate_m)

# %% [markdown]
# It is about half the height of the wall. A wall 6 km wide goes by in about the time $1/\omega$; the filter follows half of
# it, and the other half is the innovation. **A gate is a statement about the ground**, whether its author knows or not.

# %% [markdown]
# ## 9 · Explain
# In two sentences each, for a colleague who reviews flight software:
# 1. Why can a filter be sure to 3 m and wrong by 3 km?
# 2. What would you ask before you sign off "gate = 700 m"?
#
# *Write here.*

# %% [markdown] solution
# **A model answer.** 1. Sigma is computed from the noise that the filter was told to expect; the ranges never enter it. If
# the ground is not where the model has it, the filter is precisely wrong. 2. Over which terrain, at what speed and with what
# bandwidth was it tested, how large was the largest innovation of a healthy sensor there, and what happens after a rejection?

# %% [markdown]
# ## 10 · Exit quiz

# %% hide
ll.quiz(
    "Two identical altimeters fly. Both are rejected over the rim. What did the second one buy?",
    {
        "Safety: it votes the first one down": "Both see the same cliff and say the same. There is nothing to vote on.",
        "*Nothing here: both saw the same ground": "A second sensor of the same kind helps against a sensor that breaks, not "
        "against a wrong idea that both are compared with.",
        "Half the noise": "True, by a factor of 1.4, and of no use: the misfit is hundreds of metres.",
    },
)

# %% hide
ll.quiz(
    "You make the filter softer (larger q). Which is true?",
    {
        "It rejects more, because it is less sure": "Less sure means a larger sigma and a wider gate in sigmas, and the estimate "
        "runs after the ranges faster. Innovations shrink.",
        "*It follows terrain faster and lets more noise through": "Bandwidth grows with the fourth root of q. A cliff leaves a "
        "smaller innovation; noise, and nonsense, leave a larger mark.",
        "Only the covariance changes, not the estimate": "The gains come from the covariance. Everything changes.",
    },
)

# %% hide
ll.quiz(
    "The range finder delivers the number 9 999.0 with its flag at 0. The filter should ...",
    {
        "gate it: the gate will throw it out": "Perhaps. At 9.9 km it won't. A flag is information; a gate is a guess.",
        "*not look at it": "Without the flag there is no measurement. What the number says does not matter.",
        "use it with a large variance": "It carries no information at all, so no finite variance is right.",
    },
)

# %%
ll.progress("09")

# %% [markdown]
# ## Sources
# | code | source |
# |---|---|
# | A5 | Spaceflight Now (repost), Q1 2025 earnings call on IM-2: three causes and changes for IM-3, todayheadline.co/?p=136153 |
# | J4 | nihonusnews, briefing of June 2025 on Mission 2, nihonusnews.com/?p=52042 |
# | J5 | AP via AJC, 24 June 2025, company blames laser tool for its 2nd crash landing |
# | J6 | tan-w blog on the briefing of June 2025, blog.tan-w.net/archives/93725 |
# | J7 | innovaTopia, notes of the press conference of 6 June 2025, xb425315.xbiz.jp/?p=57002 |
# | O2 | notes from the IM-1 news conference of 23 February 2024, sh.itjust.works/post/15113070 |
# | O4 | Socialbites, relay of a space.com interview on IM-1, socialbites.ca/news/504082 |
# | O5 | Space and Telescope, Odysseus tipped over |
# | O6 | Ars Technica, 28 February 2024, Odysseus landed without any altimetry data |
# | SL5 | interspaceskyway, SLIM, Japan's precision lunar lander, 19 October 2023 |
#
# Where sources disagree we follow the later one: on 6 June 2025 the first valid range was still put at 1 to 1.5 km **[published: J7]**.
#
# Text: CC BY 4.0. Code: BSD 3-Clause.
