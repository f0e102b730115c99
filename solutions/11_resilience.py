# %% [markdown]
# # 11 Case: Resilience, the late altimeter
# **Right numbers, too late** · 105 minutes · 25 points
#
# On 5 June 2025 the sister of a lander that you know came down over Mare Frigoris. The site was a plain, the engines did as they
# were told, the range finder was of another make. When it spoke for the first time, the ground was 893 m away **[published: J6]** and
# came up at 66 m/s **[published: J4]**. You will find out how late was too late, whether the cure for the first lander would have
# helped the second, and what a lander can do that notices that it does not know.
#
# | After this lesson you can | checked by |
# |---|---|
# | **derive** from two published points what a lander was doing, and what it would have needed | `11.two_points` |
# | **judge** a reproduction by gates that it may fail | `11.gates` |
# | **compute** the latest range that still saves a lander, and check it by flights | `11.latest` |
# | **compare** two failures with one symptom, decision by decision | `11.bench` |
# | **write** a law that trusts less while it knows less, and costs nothing when all is well | `11.monitor` |
# | **write** a finding with a cause, evidence, a requirement with a number, and a test | `11.finding` |
#
# **Before:** lessons 08 to 10. **Missions:** Resilience (HAKUTO-R Mission 2); Mission 1 for comparison.

# %% [markdown]
# ### Who says so?
# * **[published: J4]** somebody printed it; codes are listed at the end
# * **[derived]** follows from published numbers by arithmetic
# * **[modelled]** our choice, because nobody published it
# * **[inferred]** no source says it, but what is known needs it

# %%
import math
from dataclasses import replace

import numpy as np
import sympy as sp

import lunarlab as ll
from lunarlab.cases.observe import speed_at
from lunarlab.descent import guidance as g
from lunarlab.descent.stopping import at_first_range, with_first_range

case = ll.case("resilience-m2")
m2 = case.scenario
m1 = ll.case("hakuto-r-m1").scenario

# %% [markdown]
# ## 1 · Hook
# Play the last two minutes. The dashed line is what the computer believed. Watch what happens to it 893 m up, and then how
# hard the engines work, and how little is left to work in.

# %%
flight = ll.fly(m2, seed=None)
ll.replay(flight, "Resilience: the altimeter that came late")

# %%
for event in flight.events:
    print(f"{event.t_s:7.1f} s   {event.detail}")
print(flight.verdict, *flight.reasons, sep="\n  ")

# %% [markdown]
# ## 2 · Predict
# Commit yourself. Nothing here is graded.

# %% hide
ll.quiz(
    "Mission 1 flew on without its ranges, Resilience flew on without its ranges. Did they fail for the same reason?",
    {
        "Yes: in both, the altimeter did not work": "Mission 1's worked to the end, and nobody listened. The same symptom is not yet "
        "the same cause.",
        "*No: one refused ranges that it had, the other had none": "So what would have saved the one need not help the other. "
        "You will fly a table of it.",
        "Yes: in both, the software was wrong": "For Resilience the software was checked and cleared. It steered well, by a height "
        "that was wrong.",
    },
)

# %% hide
ll.quiz(
    "You may add a second range finder to Resilience, of the same type, from the same shelf. What does that change?",
    {
        "Two sensors hardly ever fail together": "If they fail by chance, each for itself. What the one lacks by design, the other "
        "lacks as well.",
        "It doubles the height of the first range": "The reach of a laser does not add up. Both fall silent at the same height.",
        "*Perhaps nothing: both may be late": "A second one of the same type helps against chance, not against a common cause. "
        "The fault is in the type.",
    },
)

# %% hide
ll.quiz(
    "893 m up, 66 m/s down. Which single number says whether this lander is lost?",
    {
        "Its descent speed": "66 m/s is much, 893 m up. It is nothing, 5 km up.",
        "*Its full thrust per mass, less gravity": "v²/2h is needed, A - g is there. All else is how it came to this.",
        "Its propellant": "In the model, enough is left for nearly two minutes of full thrust. What is missing is height.",
    },
)

# %% [markdown]
# ## 3 · Read the sources
# What was printed about the last minute. Nearly all of it came second hand: from briefings in Japanese, translated, or read
# off a broadcast.
#
# | what | who says so |
# |---|---|
# | ranges expected from between 10 and 3 km | **[published: J7]** |
# | by a later account, from 3 km | **[published: J3, J4]** |
# | first valid range at 1 to 1.5 km | **[published: J7]**, on the day after |
# | first valid range at 893 m | **[published: J6]**, three weeks later |
# | 66 m/s down at that moment, 1.5 times the plan | **[published: J4, J6]** |
# | last telemetry: 192 m, 42 m/s | **[published: J4, J5]** |
# | broadcast: 52 m, 187 km/h | **[published: J13]** |
# | broadcast, earlier: -223 m | **[published: J8]** |
# | contact lost 65 s, 90 s, 105 s before the planned touchdown | **[published: J7, J13, J18]** |
# | range finder late; software and propulsion cleared; why it was late, not found | **[published: J3, J4]** |
#
# Some of this can't all be true. The analysis had the telemetry, three weeks, and engineers; the broadcast had a graphic. So for
# height and speed we follow the analysis. But a number that is left out must be left out for a reason, and you can find the reason.

# %% [markdown]
# ### Derive
# Two points $(h_1, v_1)$ and $(h_2, v_2)$ and one assumption: between them, and below them, the deceleration is constant.

# %%
h1, v1, h2, v2, a = sp.symbols("h_1 v_1 h_2 v_2 a", positive=True)
slowing = sp.solve(sp.Eq(v1**2 - v2**2, 2 * a * (h1 - h2)), a)[0]
reported = {h1: 893, v1: 66, h2: 192, v2: 42}  # m, m/s
print(f"net deceleration {float(slowing.subs(reported)):.2f} m/s2")
slowing

# %% [markdown]
# Net means: gravity is already off. What else do the two points say?
#
# ### Build 1 · `11.two_points` (3 points)
# A function of any two such points. Return four numbers:
#
# 1. the net deceleration [m/s²],
# 2. the speed at the ground, if it goes on like this [m/s],
# 3. the time from the second point to the ground [s],
# 4. the net deceleration that would have stopped it from the *first* point, just at the ground [m/s²].

# %% task="11.two_points"
def through(h1_m, v1_mps, h2_m, v2_mps):
    # BEGIN SOLUTION
    decel = (v1_mps**2 - v2_mps**2) / (2.0 * (h1_m - h2_m))
    impact = math.sqrt(v2_mps**2 - 2.0 * decel * h2_m)
    return decel, impact, (v2_mps - impact) / decel, v1_mps**2 / (2.0 * h1_m)
    # STUB
    # ...  # return decel, impact, seconds, needed
    # END SOLUTION


ll.check("11.two_points", through)

# %%
numbers = through(893.0, 66.0, 192.0, 42.0)
if numbers:
    print("slowed by {:.2f} m/s2, on the ground at {:.0f} m/s {:.1f} s later; stopping would have taken {:.2f} m/s2".format(*numbers))

# %% [markdown]
# So the two points agree with a crash some five seconds after the last telemetry. That is **[derived]**, and nobody printed it.
#
# ### Now the broadcast: 52 m and 187 km/h
# Do these belong to the same fall? On the way from 192 m, the *fastest* way down is with the engines off.

# %%
shown = 187.0 / 3.6
braking = math.sqrt(42.0**2 - 2.0 * float(slowing.subs(reported)) * (192.0 - 52.0))
falling = math.sqrt(42.0**2 + 2.0 * 1.62 * (192.0 - 52.0))
where = 893.0 - (66.0**2 - shown**2) / (2.0 * float(slowing.subs(reported)))
print(f"shown {shown:.0f} m/s; at 52 m it was {braking:.0f} m/s braking on, or {falling:.0f} m/s with the engines off")
print(f"it was {shown:.0f} m/s fast when it was {where:.0f} m up")

# %% [markdown]
# Even a free fall from the last telemetry is too slow. The pair can't be one moment of this flight: height and speed of the
# graphic were of different seconds, or one of them was not the truth but an extrapolation **[inferred]**. We leave it out, and say so.
#
# (And -223 m? Keep it in mind for part 4.)

# %% [markdown]
# ## 4 · Explore: speed against height
# One picture for the whole lesson. Down is down; further right is faster. A lander that falls into the red can't be stopped by
# full thrust. Blue is where it was, orange where it believed to be. Find out:
#
# 1. From which first range on does it land? The room looks for it, too, by flying.
# 2. Set *too high at ignition by* to 0 and leave the sensor as it was. Who is to blame now?
# 3. Set it to -1080 m: the computer believes the lander **lower** than it is. How does that end? Look at the speed at which the first
#    range comes, and only then at the second published point. Could this have been 5 June? Now think of the -223 m.
# 4. Let the plan brake more gently. Why does that help?

# %%
ll.console.stopping()

# %% [markdown]
# Question 3 decides the sign of an error that nobody published. A read-out of -223 m **[published: J8]** would fit an estimate that
# is too *low*. Such a lander stops too soon, hangs two kilometres high until its tanks are dry, and falls. It passes 893 m at 66 m/s,
# just as published! One number alone can't tell a lander that was too fast from one that fell. The second can: one that falls is
# *faster* at 192 m, and this one was slower **[published: J4, J5]**. So it was braking, and the model believes itself too high, at
# ignition by 1080 m **[modelled]**, fitted to the 66 m/s.

# %% [markdown]
# ### Why an inertial height runs away
# 1080 m at ignition, and how much when the first range came?

# %%
moment = at_first_range(flight, m2)
print(f"{moment.believed_m:.0f} m too high, {moment.height_m:.0f} m up, at {moment.down_mps:.1f} m/s")

# %% [markdown]
# A computer that believes that it is higher than it is reckons with less gravity than there is. So it believes that it falls
# less fast, and then that it is higher still. For the error $e$ of the height, while the accelerometers are perfect:

# %%
r, mu, v, t, e0 = sp.symbols("r mu v t e_0", positive=True)
acceleration = v**2 / r - mu / r**2  # centrifugal less gravity, at a speed v along the ground
rate = sp.simplify(sp.diff(acceleration, r).subs(v, 0))  # after braking: how the error of r acts on itself
error = sp.Function("e")
runaway = sp.dsolve(sp.Eq(error(t).diff(t, 2), rate * error(t)), error(t), ics={error(0): e0, error(t).diff(t).subs(t, 0): 0})
sp.simplify(runaway.rhs.rewrite(sp.cosh))

# %%
growth = [math.cosh(math.sqrt(k * 4902.8e9 / 1737.4e3**3) * 918.0) for k in (1.0, 2.0)]  # in orbit, and at rest
print(f"in 918 s, 1080 m grow to between {1080 * growth[0]:.0f} and {1080 * growth[1]:.0f} m")

# %% [markdown]
# At orbital speed the rate is half of that, so the truth lies between. **No accelerometer, however good, stays right about its
# height**: it needs to look at the ground, or to have looked.

# %% [markdown]
# ## 5 · Is the model like the flight?
# The case file fits three numbers **[modelled]** to the published points. To say "it fits" is easy for whoever fits. So set gates
# *before* looking: what a flight must show to be called like the report, each with a band, each a yes or a no.

# %%
for row in case.expect:
    print(f"{row.name:24} published {row.published:>6}   band {row.low:g} to {row.high:g}   [{row.source}] {row.note}")
print(f"planned touchdown {case.planned_touchdown_s:.0f} s after the de-orbit burn")

# %% [markdown]
# ### Build 2 · `11.gates` (4 points)
# Answer six questions about *any* flight, each with True or False:
#
# | key | True if | take |
# |---|---|---|
# | `late` | the first valid range is like the published one | ± 10 % |
# | `fast` | so is the descent speed there | ± 10 % |
# | `braking` | the mean net deceleration from there to 192 m is like that of the published points (change of speed over time) | ± 20 % |
# | `at_192` | the descent speed at 192 m is like the last telemetry | ± 10 % |
# | `hard` | the speed at contact is one of a flight that brakes on, or falls, after that | 20 to 55 m/s |
# | `early` | contact comes as long before the planned touchdown as telemetry was lost | 60 to 110 s |
#
# `flight.event("first_range")` has `t_s`, `altitude_m` and `vertical_mps` (upwards!); `speed_at(flight, 192.0)` gives the time and
# the descent speed at a height; `flight.touchdown` has `t_s` and `speed_mps`.

# %% task="11.gates"
def gates(flight):
    # BEGIN SOLUTION
    first, contact = flight.event("first_range"), flight.touchdown
    t_192, v_192 = speed_at(flight, 192.0)
    down = -first.vertical_mps
    decel = (down - v_192) / (t_192 - first.t_s)
    return {
        "late": abs(first.altitude_m - 893.0) < 89.3,
        "fast": abs(down - 66.0) < 6.6,
        "braking": abs(decel - 1.85) < 0.37,
        "at_192": abs(v_192 - 42.0) < 4.2,
        "hard": 20.0 < contact.speed_mps < 55.0,
        "early": 60.0 < case.planned_touchdown_s - contact.t_s < 110.0,
    }
    # STUB
    # return {"late": ..., "fast": ..., "braking": ..., "at_192": ..., "hard": ..., "early": ...}
    # END SOLUTION


ll.check("11.gates", gates)

# %%
others = {
    "the model": m2,
    "right height, late range": replace(m2, knowledge=replace(m2.knowledge, height_m=0.0)),
    "range from 1250 m": with_first_range(m2, 1250.0),
    "a target 97 km nearer": replace(m2, orbit=replace(m2.orbit, deorbit_distance_m=m2.orbit.deorbit_distance_m - 97e3)),
}
for name, scene in others.items():
    answers = gates(ll.fly(scene, seed=None))
    if ... not in answers.values():
        print(f"{name:26}", *(f"{key} {'yes' if ok else 'NO'}  " for key, ok in answers.items()))

# %% [markdown]
# Five of six. The model reaches the ground 27 s before the planned time, the lander did so 60 to 110 s before it. The last row shows
# how easily that could be "repaired": one more number, turned until it fits. Nobody knows that number, so the repaired model would
# not be better, only less honest. **A gate that fails and is reported is worth more than a gate that was bent.**

# %% [markdown]
# ## 6 · How late is too late?
# The lander follows a plan $v_p(h)$, at the height that it *believes* in, $h+e$. Above the upper gate the plan brakes with $a_p$:
# $$v_p^2(h+e) = v_g^2 + 2 a_p (h + e - h_g).$$
# When the first range comes, at the height $h$, this is how fast it is. From then on it can do its best, a net $a$. In the end it
# just stops: $v^2 = 2 a h$. Two curves in your picture; where they cross is the latest range that saves it.

# %%
h, e, a_p, v_g, h_g = sp.symbols("h e a_p v_g h_g", positive=True)
too_fast = sp.Eq(v_g**2 + 2 * a_p * (h + e - h_g), 2 * a * h)
too_fast

# %% [markdown]
# Solve it: by hand, or with `sp.solve(too_fast, h)`. Then ask your formula what happens as $a_p$ comes near to $a$. (Every pilot
# of a plan that uses *nearly* all its thrust should have seen this fraction once.)
#
# ### Build 3 · `11.latest` (5 points)
# 1. **2 points:** the formula. `plan` is a `Guidance`: `plan.high_height_m` ($h_g$), `plan.high_speed_mps` ($v_g$),
#    `plan.high_decel_mps2` ($a_p$).
# 2. **3 points:** the same question, asked of flights: the lowest first range with which *this scene* still lands, to 10 m.
#    `with_first_range(scene, height_m)` sets the altimeter's fault; fly with `seed=None, record=False` and look at `.landed`.
#    Between 20 m and 9 km, bisection needs ten flights, and a flight takes a hundredth of a second.

# %% task="11.latest"
def latest_height(net_mps2, error_m, plan):
    # BEGIN SOLUTION
    top = plan.high_speed_mps**2 + 2.0 * plan.high_decel_mps2 * (error_m - plan.high_height_m)
    return top / (2.0 * (net_mps2 - plan.high_decel_mps2))
    # STUB
    # ...  # m
    # END SOLUTION


def latest_by_flight(scene):
    # BEGIN SOLUTION
    crashes, lands = 20.0, 9000.0
    while lands - crashes > 4.0:
        middle = 0.5 * (crashes + lands)
        if ll.fly(with_first_range(scene, middle), seed=None, record=False).landed:
            lands = middle
        else:
            crashes = middle
    return lands
    # STUB
    # ...  # m
    # END SOLUTION


ll.check("11.latest", latest_height, latest_by_flight)

# %%
print(f"{'thrust':>7} {'by formula':>12} {'by flights':>12}")
for percent in (95, 100, 105, 110, 120, 140):
    engine = replace(m2.vehicle, main_thrust_N=4.0 * percent, assist_thrust_N=12.0 * percent)
    strong = replace(m2, vehicle=engine)
    seen = at_first_range(ll.fly(strong, seed=None), strong)
    formula, flown = latest_height(seen.available_mps2, seen.believed_m, m2.guidance), latest_by_flight(strong)
    if formula and flown:
        print(f"{percent:6} % {formula:10.0f} m {flown:10.0f} m")

# %% [markdown]
# The formula is right about the shape and 10 to 15 % too kind. What it leaves out: the lander also believes that it falls less
# fast than it does, the engines need a moment, and a landing needs more than being at rest: upright, and still over the ground.
#
# 893 m was 430 m too late. **A tenth more thrust is worth 330 m of range**, because what counts is $a - a_p$, a difference of two
# numbers that are nearly alike.

# %% [markdown]
# ## 7 · Same symptom, another cause
# Both landers flew by a height that no range corrected. Lesson 10 ended with a claim: none of its repairs would have helped here.
# Now you can fly that, and more. Five decisions that somebody could have taken:
#
# | decision | as a change of the scenario |
# |---|---|
# | `"wide gate"` | `navigation.gate_m = 5000` |
# | `"map"` | `navigation.map = 1`: a terrain map on board |
# | `"gentle plan"` | `guidance.high_decel_mps2 = 0.4` |
# | `"twin"` | a second range finder of the same type: `altimeter_2` like the altimeter, *with what is wrong with the type* |
# | `"other sensor"` | a second range finder of another make: as good as the first was meant to be, without its faults |
#
# Only `navigation.filter = "six"` reads a second range finder. A fault of the second one has `target="altimeter_2"`;
# `scene.faults` is a tuple, and `replace(fault, target=...)` makes a copy.
#
# ### Build 4 · `11.bench` (4 points)
# 1. **3 points:** `changed(scene, decision)` for all five, for any mission.
# 2. **1 point:** `pair`: two of these decisions with which *both* missions land.

# %% task="11.bench"
def changed(scene, decision):
    # BEGIN SOLUTION
    if decision == "wide gate":
        return replace(scene, navigation=replace(scene.navigation, gate_m=5000.0))
    if decision == "map":
        return replace(scene, navigation=replace(scene.navigation, map=1))
    if decision == "gentle plan":
        return replace(scene, guidance=replace(scene.guidance, high_decel_mps2=0.4))
    two = replace(scene, altimeter_2=scene.altimeter, navigation=replace(scene.navigation, filter="six"))
    if decision == "twin":
        common = [replace(fault, target="altimeter_2") for fault in scene.faults if fault.target == "altimeter"]
        two = replace(two, faults=(*two.faults, *common))
    return two
    # STUB
    # ...  # return replace(scene, ...)
    # END SOLUTION


pair = ...
# BEGIN SOLUTION
pair = ("map", "gentle plan")
# STUB
# # pair = ("...", "...")
# END SOLUTION

ll.check("11.bench", changed, pair)

# %%
print(f"{'':22}{'Mission 1':>16}{'Resilience':>16}")
for decision in ("wide gate", "map", "gentle plan", "twin", "other sensor"):
    scenes = [changed(scene, decision) for scene in (m1, m2)]
    if None not in scenes and ... not in scenes:
        print(f"{decision:22}" + "".join(f"{ll.fly(scene, seed=5, record=False).verdict:>16}" for scene in scenes))

# %% [markdown]
# Read it by columns. Mission 1 is cured by whatever lets a true range in. Resilience is cured by whatever brings one sooner, or needs
# none so soon. **No decision lands both, and one lands neither**: the twin. It is also the one that is easiest to defend in
# a meeting. (`ll.console.bench()` flies many more decisions, on every mission of the museum.)

# %% [markdown]
# ## 8 · A law that knows that it does not know
# Nothing in Resilience noticed. And yet the lander knew: its filter carries a sigma of the height, and it was growing.

# %%
powered = flight.si["t"] > flight.event("ignition").t_s
t_s, sigma = flight.si["t"][powered], flight.si["est_sigma_height"][powered]
truly = (flight.si["est_height"] - flight.si["true_height"])[powered]
for back in (900.0, 600.0, 300.0, 60.0, 20.0, 17.0):
    row = np.searchsorted(t_s, t_s[-1] - back)
    print(f"{back:4.0f} s before the end: sigma {sigma[row]:6.0f} m, true error {truly[row]:6.0f} m")

# %% [markdown]
# A sigma of two kilometres, one kilometre up, and the plan was flown as if it were zero. An *abort* is no way out: back to orbit
# takes 1.7 km/s, and in the model there is propellant for a third of that **[modelled]**. What is left is to be careful sooner.
#
# ### Build 5 · `11.monitor` (5 points)
# Write a law. It may use nothing but `est`, that is, what the lander knows:
#
# | you need | where |
# |---|---|
# | the lander's own law | `g.builtin_law(t, est, params)` gives `(ax, ay, az)` |
# | height that it believes in, its 1-sigma | `est[g.Z] - est[g.TARGET_Z]`, `est[g.SIGMA_Z]` |
# | phase: braking is over | `est[g.PHASE] >= g.PITCH_UP` |
# | upward acceleration that flies the plan at a height `h` | `g.track_profile(h, est[g.VZ], params) + est[g.HOVER]` |
#
# | trial | must | points |
# |---|---|---|
# | as flown, three seeds | land | 2 |
# | ranges from 700 m; heights 800 to 1450 m off at ignition | land | 1 |
# | a right height, ranges from 893 m | land | 1, if the first holds |
# | healthy ranges, two landers | land, and burn what they burnt before, within 1 kg | 1, if the first holds |
#
# Beware of the third. A lander that trusts nothing hangs high over the ground until its tanks are dry. Where have you seen that?

# %% task="11.monitor"
def careful(t, est, params):
    ax, ay, az = g.builtin_law(t, est, params)
    # BEGIN SOLUTION
    if est[g.PHASE] >= g.PITCH_UP and est[g.SIGMA_Z] > 50.0:
        low = est[g.Z] - est[g.TARGET_Z] - 1.5 * est[g.SIGMA_Z]
        az = max(az, g.track_profile(max(low, 500.0), est[g.VZ], params) + est[g.HOVER])
    # STUB
    # return None  # replace this line: brake harder while the height is not known
    # END SOLUTION
    return ax, ay, az


ll.check("11.monitor", careful)

# %% [markdown]
# Two flights, one sensor, the same second of the first range:

# %%
saved = ll.fly(m2, guidance=careful, seed=None)
reported_points = [(row.height_m, row.speed_mps) for row in case.published if row.speed_mps is not None]
ll.plots.show(ll.plots.stopping(saved if saved.touchdown else flight, m2, reported_points))

# %% [markdown]
# ## 9 · Break it
# Every safety has an end. Find that of your law: later and later ranges, and none at all.

# %%
print(f"{'first valid range':>18}   own law            careful law")
for height in (1500.0, 893.0, 700.0, 500.0, 300.0, 0.0):
    scene, ends = with_first_range(m2, height), []
    for law in (None, careful):
        run = ll.fly(scene, guidance=law, seed=None, record=False)
        speed = f"{run.touchdown.speed_mps:5.1f} m/s" if run.touchdown else "         "
        ends.append(f"{run.verdict:14}{speed}" if run.verdict != "LAW_ERROR" else "not written yet")
    print(f"{height:15.0f} m  ", "   ".join(ends))

# %% [markdown]
# Without any range it still hits the ground, with some caution even harder: it counts on ranges that never come. To land on a dead
# sensor takes another sensor. (Lesson 09 has cameras and a velocimeter; IM-1 landed by them, hard **[published: O6]**.)
#
# And what does caution cost? Nothing when all is well. Of the forty kilograms that are left over after a healthy landing, five when the
# height was wrong, and twenty when it was right after all. (Check it: `flight.touchdown.propellant_left_kg`.)

# %% [markdown]
# ## 10 · The finding
# A review board does not write "the sensor failed". It writes what it knows, what it does not know, what must be true next time, and
# how one would have seen it on the ground.
#
# ### Build 6 · `11.finding` (4 points)
# | key | what | points |
# |---|---|---|
# | `cause` | one of `"ranges too late"`, `"ranges rejected"`, `"no ranges at all"`, `"too little thrust"`, `"software error"` | 1 |
# | `first_range_m`, `speed_mps`, `needed_mps2`, `flown_mps2` | the evidence: two published numbers and two derived ones (`through`) | 1 |
# | `required_range_m` | "the range finder shall give valid ranges from this height on": flown with engines at 97 % and a height 1500 m off at ignition (three of the 500 m that the lander says of itself); no more than the 3 km that were expected of it | 1 |
# | `test_height_error_m` | the acceptance test: a simulated landing with this height error at ignition. With ranges from 893 m it must crash, with ranges as you require it must land | 1 |
#
# Try the test first with an error of 0. That is how most simulations are flown.

# %% task="11.finding"
finding = {
    "cause": ...,
    "first_range_m": ...,
    "speed_mps": ...,
    "needed_mps2": ...,
    "flown_mps2": ...,
    "required_range_m": ...,
    "test_height_error_m": ...,
}
# BEGIN SOLUTION
finding = {
    "cause": "ranges too late", "first_range_m": 893.0, "speed_mps": 66.0, "needed_mps2": 2.44, "flown_mps2": 1.85,
    "required_range_m": 2600.0, "test_height_error_m": 1500.0,
}
# STUB
# # fill in the finding above
# END SOLUTION

ll.check("11.finding", finding)

# %% [markdown]
# A test with a right height lands with either sensor. **Whoever tests the parts one by one, each with all others perfect, never
# sees that one covers for another.** The range finder was late *and* the height was off; either alone would have been a landing, and
# a note in a report.

# %% [markdown]
# ## 11 · Explain
# Two sentences each, in your own words:
# 1. To a journalist: why is "the altimeter failed, as two years before" wrong twice?
# 2. To a project manager, who offers the money for *one* change: which, what does it cost, and what does it not protect from?
#
# *Write here.*

# %% [markdown] solution
# **A model answer.** 1. Mission 1's altimeter worked, and its ranges were refused; that of Resilience gave right ranges, but only
# from 893 m on **[published: J6]**, and the lander, which had to trust an inertial height until then, was too fast to stop. 2. A
# second height sensor of another make: it is dear, heavy, and must be qualified, and would have landed this flight; it does nothing
# for a software that refuses true ranges, so Mission 1 would have been lost with it.

# %% [markdown]
# ## 12 · Exit quiz

# %% hide
ll.quiz(
    "Was Resilience's range finder dead?",
    {
        "*No: it gave valid ranges from 893 m down": "Late, not dead. A dead one would look the same until then, and would ask "
        "for another requirement.",
        "Yes: it gave nothing when it mattered": "It gave ranges for the last seventeen seconds, and the lander used every one of them.",
        "Yes: its readings were wrong": "They were right. That is why the lander braked with all it had.",
    },
)

# %% hide
ll.quiz(
    "Which single one of these would have landed both Mission 1 and Resilience?",
    {
        "A wider gate in the filter": "It lets in ranges that exist. For Resilience there was nothing to let in.",
        "The careful law of part 8": "It needs a sigma that tells the truth. Mission 1's filter was sure of its height to some tens of "
        "metres, and 5 km off.",
        "Two range finders of the same type": "Mission 1 would have refused both, and with Resilience both would have been late.",
        "*None of these three": "Two of them cure one lander each, and the twin cures none. Same symptom, two causes: it takes two "
        "decisions, or one that nobody has thought of yet.",
    },
)

# %% hide
ll.quiz(
    "An engineer says: our plan uses 95 % of the thrust, that saves propellant. What do you answer?",
    {
        "Right: braking late is cheap": "In propellant. The height from which a surprise can be survived goes to infinity.",
        "*The margin against surprises goes with what is left over": "The latest safe height has a - a_p in its denominator. "
        "The last five percent are dear.",
        "It does not matter if the sensor is good": "Then it has to be good from very far up, always. The margin is there for the day "
        "when it isn't.",
    },
)

# %% hide
ll.quiz(
    "Your model misses one published number of six. What do you do?",
    {
        "Add a parameter until it fits": "Then it fits everything, and says nothing: whatever had been published would have fitted.",
        "Leave that number out of the report": "Then nobody can know what the model is not good for.",
        "*Report it, with the five that fit": "The miss is the most useful line of the report: it says what is not understood yet.",
    },
)

# %%
ll.progress("11")

# %% [markdown]
# ## Sources
# | code | source |
# |---|---|
# | J3 | summary of the SpaceNews article of 24 June 2025, newsthedaily.com |
# | J4 | nihonusnews, briefing of June 2025 on Mission 2, nihonusnews.com/?p=52042 |
# | J5 | AP via AJC, 24 June 2025, company blames laser tool for its 2nd crash landing |
# | J6 | tan-w blog on the briefing of June 2025, blog.tan-w.net/archives/93725 |
# | J7 | innovaTopia, notes of the press conference of 6 June 2025, xb425315.xbiz.jp/?p=57002 |
# | J8 | ocococo, digest of the telemetry before the loss, ocococo.com/?p=3743 |
# | J13 | installsat and newspace.consulting, summaries with broadcast read-outs |
# | J18 | Ex Terra JSC, Resilience lander experienced a hard landing |
# | O6 | Ars Technica, 28 February 2024, Odysseus landed without any altimetry data |
#
# Not published anywhere we looked: mass at braking, gates of the descent, the error of the inertial height and its sign, the rule
# for ranges, why the range finder was late. The model's three fitted numbers stand in the case file, each with what it was fitted to.
#
# Text: CC BY 4.0. Code: BSD 3-Clause.
