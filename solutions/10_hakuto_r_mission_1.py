# %% [markdown]
# # 10 Case: HAKUTO-R Mission 1
# **A healthy sensor, rejected** · 120 minutes · 16 points
#
# On 25 April 2023 a lander hung 5 km above the crater Atlas, upright and calm, waiting for a ground that its computer said
# was already there. You will rebuild the chain that led there, find out which parts of it anyone really knows, and repair
# it in a way that does not merely fail somewhere else.
#
# | After this lesson you can | checked by |
# |---|---|
# | **label** claims about an accident: published, measured, modelled, inferred, contradicted | `10.sources` |
# | **reconstruct** a causal chain from telemetry | `10.chain` |
# | **account** for 5 km of height error in three terms that add up | `10.budget` |
# | **design** a filter that lands over the cliff and survives a sensor that really breaks | `10.repair` |
# | **quantify** what a review misses when the site changes after it | `10.coverage` |
#
# **Before:** lesson 09. **Mission:** HAKUTO-R Mission 1; Resilience for comparison.

# %% [markdown]
# ### Who says so?
# * **[published: I1]** somebody printed it; codes are listed at the end
# * **[measured: WAC]** elevation data that anyone can look up again
# * **[modelled]** our choice, because nobody published it
# * **[inferred]** no source says it, but what is known needs it
#
# In this case nearly everything you *touch* is modelled: gate, filter, masses, guidance. Nearly everything you *see* in the
# end is published. That is what makes a reproduction interesting, and what makes it easy to believe too much.

# %%
from dataclasses import replace

import numpy as np
import sympy as sp

import lunarlab as ll
from lunarlab.constants import R_MOON
from lunarlab.descent import navigation as nav
from lunarlab.descent import sensors as s

m1 = ll.case("hakuto-r-m1")

# %% [markdown]
# ## 1 · Hook
# Play it from the start of braking. Watch the two heights near the rim, and then the fuel.

# %%
flight = ll.fly(m1.scenario, seed=None)
ll.replay(flight, "HAKUTO-R Mission 1 over the measured Atlas crater")

# %% [markdown]
# The same in words:

# %%
for event in flight.events:
    print(f"{event.t_s:7.1f} s   {event.detail}")
print(flight.verdict, *flight.reasons, sep="\n  ")

# %% [markdown]
# ## 2 · Predict

# %% hide
ll.quiz(
    "At the crater rim the measured range grew by about 3 km within seconds. What was wrong with the range finder?",
    {
        "It mistook the rim for the surface": "The launch-day article of the next mission tells it so. For a range finder, the "
        "rim is the surface: it measures to whatever lies below.",
        "*Nothing: the ground fell away by 3 km": "That is the operator's finding. The reading was right. What it was "
        "compared with was not.",
        "Its noise grew beyond specification": "A jump that stays is not noise. And the operator found the sensor healthy.",
    },
)

# %% hide
ll.quiz(
    "You may delete one rule: 'after five rejections the sensor is given up for good'. Does Mission 1 land?",
    {
        "Yes: the next range is used again": "It is *tested* again. The floor of the crater stays where it is, so the next range "
        "misses by 3 km, too, and so does every one after it.",
        "*No: every later range fails the same test": "The gate shuts the sensor out quite as well as the latch. You will fly it.",
        "It depends on the seed of the noise": "Noise is a metre here. The misfit is thousands.",
    },
)

# %% [markdown]
# ## 3 · Read the sources
# Two accounts of the same minutes:
#
# * **The launch-day article of Mission 2**, about Mission 1: the altitude sensor took the rim of a crater for the lunar surface, and the
#   engines shut down early, about 5 km up **[published: LDA]**.
# * **The operator**: the range finder was right. Its reading changed by about 3 km over a cliff at the rim; the software took
#   that for a fault of the sensor and stopped using it. The estimate reached zero at a true 5 km, the lander went on
#   descending slowly until its propellant was gone, and fell **[published: I1, I2, I12]**.

# %% [markdown]
# Both are printed. They can't both be true: in one the engines stop too *early*, in the other they burn until there is
# nothing left. The operator has the telemetry, and says what it did with it. So we follow the operator, and keep the other
# account as what it is: a summary that turned the cause round.

# %% [markdown]
# ### Task 1 · `10.sources` (2 points)
# Label each claim with one word: `published`, `measured`, `modelled`, `inferred`, or `contradicted` (printed, but the
# operator's analysis says otherwise). What the case file knows helps: look through `m1.facts` and `m1.numbers`.
#
# | key | claim |
# |---|---|
# | `step` | the range jumped by about 3 km at the rim |
# | `hover` | the propellant lasted about one minute after the estimate read zero |
# | `wall` | from the north the ground rises 1.4 km to the rim and drops 2.4 km behind it |
# | `gate` | a range more than 700 m off was rejected |
# | `mass` | 772 kg when the descent began |
# | `velocity` | when the sensor was rejected, the estimate of the vertical speed was off by some 10 m/s |
# | `heading` | the lander came from the north or north-west |
# | `engines` | the engines were shut down too early, 5 km up |

# %% task="10.sources"
labels = {
    "step": ...,
    "hover": ...,
    "wall": ...,
    "gate": ...,
    "mass": ...,
    "velocity": ...,
    "heading": ...,
    "engines": ...,
}
# BEGIN SOLUTION
labels = {
    "step": "published", "hover": "published", "wall": "measured", "gate": "modelled", "mass": "modelled",
    "velocity": "inferred", "heading": "inferred", "engines": "contradicted",
}
# STUB
# # fill in the labels above
# END SOLUTION

ll.check("10.sources", labels)

# %% [markdown]
# ## 4 · Explore
# Three things to find out in the console:
# 1. Which rules for a range that does not fit land here? (At least three do.)
# 2. Take one that lands and set the fault *bias step +3 km below 1.5 km*. What now?
# 3. Fly the Mission 1 rule over flat ground.

# %%
ll.console("hakuto-r-m1")

# %% [markdown]
# ## 5 · The chain
# What is published about the end of the flight. The bands are ours: wide enough for words such as "about". The rim, for
# example, lies about 15 km before the site **[published: SP]**; the model gives its altimeter up at 17.7 km **[modelled]**.

# %%
for row in m1.expect:
    print(f"{row.name:30} published {row.published!s:>8}   band {row.low:g} to {row.high:g}   [{row.source}] {row.note}")

# %% [markdown]
# ### Build 1 · `10.chain` (4 points)
# Write a function that reads the chain from *any* such flight. Return a dict:
#
# | key | what | unit |
# |---|---|---|
# | `reject_km` | distance to the target when the altimeter is given up | km |
# | `altitude_km` | true altitude over the ground when the estimate reads zero | km |
# | `hold_s` | time from then to empty tanks | s |
# | `impact_mps` | total speed at contact | m/s |
#
# `flight.event("lockout")`, `"estimate_zero"`, `"propellant_out"` give events with `t_s`, `distance_m`, `altitude_m`;
# `flight.touchdown` the contact.

# %% task="10.chain"
def chain(flight):
    # BEGIN SOLUTION
    lock, zero, dry = (flight.event(kind) for kind in ("lockout", "estimate_zero", "propellant_out"))
    return {
        "reject_km": lock.distance_m / 1000.0,
        "altitude_km": zero.altitude_m / 1000.0,
        "hold_s": dry.t_s - zero.t_s,
        "impact_mps": flight.touchdown.speed_mps,
    }
    # STUB
    # return {"reject_km": ..., "altitude_km": ..., "hold_s": ..., "impact_mps": ...}
    # END SOLUTION


ll.check("10.chain", chain)

# %% [markdown]
# ## 6 · Where 3 km becomes 5 km
# A cliff of 3 km explains 3 km. The estimate was off by 5 km **[published: I1, I2]**. One report adds that errors went on
# accumulating while the ranges were shut out **[published: I2]**, and no source says which. What would do?
#
# 2 km in some 3 minutes is more than 10 m/s, on average **[inferred]**. Where does a lander get a speed error like that?

# %% [markdown]
# ### Derive
# Let $e$ and $w$ be the errors of height and speed, and let the ground rise as $m(t) = r\,t$, which the filter does not
# know. With the gains of lesson 09,
# $$\dot e = w - k_1 (e + m), \qquad \dot w = -k_2 (e + m).$$

# %%
t, omega, r = sp.symbols("t omega r", positive=True)
e, w = sp.Function("e"), sp.Function("w")
k1, k2 = sp.sqrt(2) * omega, omega**2
solved = sp.dsolve(
    [sp.Eq(e(t).diff(t), w(t) - k1 * (e(t) + r * t)), sp.Eq(w(t).diff(t), -k2 * (e(t) + r * t))],
    ics={e(0): 0, w(0): 0},
)
speed_error = sp.simplify(solved[1].rhs)
speed_error

# %%
sp.limit(speed_error.subs(omega, 1), t, sp.oo)  # in units of 1/omega: what is left after a long climb

# %% [markdown]
# The speed error tends to $-r$. **To this filter, ground that comes up is a lander that goes down.** It has no other way to
# explain ranges that shrink too fast. If the ranges are then taken away, it keeps the speed it believes in, and adds it up.

# %% [markdown]
# How fast does the ground rise under Mission 1? Slope of the outer flank **[measured: WAC, LOLA]** times ground speed
# **[modelled]**:

# %%
distance, height = flight.ground
flank = (distance > 21e3) & (distance < 36e3)
slope = -np.polyfit(distance[flank], height[flank], 1)[0]  # distance shrinks as the lander flies on
row = np.argmin(abs(flight.si["true_distance"] - 28e3))
rise = slope * flight.si["true_forward_speed"][row]
error = flight.si["est_vertical_speed"] - flight.si["true_vertical_speed"]
on_flank = (flight.si["true_distance"] > 17e3) & (flight.si["true_distance"] < 60e3)
print(f"flank: slope {slope:.3f}, ground rises at {rise:.1f} m/s")
print(f"largest speed error on the flank: {error[on_flank].min():+.1f} m/s")
print(f"speed error when the altimeter is given up: {flight.event('lockout').values[1]:+.1f} m/s")

# %% [markdown]
# The sign is right, and the size: the flank lasts about as long as the filter needs to settle, and the first metres of the
# wall pull the error back a little before the gate closes.

# %% [markdown]
# ### Build 2 · `10.budget` (3 points)
# The altitude at which the estimate reads zero is a sum of three terms, all counted positive if they *add* altitude:
#
# 1. `at_rejection`: how much higher than believed the lander is when the altimeter is given up,
# 2. `drift`: by how much that grows until the estimate reads zero,
# 3. `floor`: how far the ground then lies below the datum.
#
# Histories are arrays in `flight.si`: `t`, `true_height` and `est_height` (both over the datum), `true_altitude` (over the
# ground). `np.interp(time, flight.si["t"], history)` reads one at a time.

# %% task="10.budget"
def height_budget(flight):
    # BEGIN SOLUTION
    h = flight.si
    lock, zero = flight.event("lockout").t_s, flight.event("estimate_zero").t_s
    error = h["true_height"] - h["est_height"]
    at_rejection = np.interp(lock, h["t"], error)
    drift = np.interp(zero, h["t"], error) - at_rejection
    floor = np.interp(zero, h["t"], h["true_altitude"] - h["true_height"])
    return at_rejection, drift, floor
    # STUB
    # ...  # return at_rejection, drift, floor
    # END SOLUTION


ll.check("10.budget", height_budget)

# %%
terms = height_budget(flight)
if terms:
    print("error at rejection {:.0f} m + drift {:.0f} m + floor {:.0f} m".format(*terms), f"= {sum(terms):.0f} m")
    print(f"true altitude at estimate zero: {flight.event('estimate_zero').altitude_m:.0f} m")

# %% [markdown]
# ### Take the flank away
# If that is the mechanism, a rim that does not rise above the plain must give back the 3 km. The sandbox crater
# **[modelled]** has a wall of 3 km in every row; only the flank before it changes.

# %%
sandbox = ll.case("hakuto-r-m1-crater").scenario
for rim in (0.0, 400.0, 800.0, 1200.0):
    crater = replace(sandbox.terrain, rim_height_m=rim, floor_height_m=rim - 3000.0)
    run = ll.fly(replace(sandbox, terrain=crater), seed=None)
    lock, zero = run.event("lockout"), run.event("estimate_zero")
    print(f"flank rises {rim:5.0f} m: speed error at rejection {lock.values[1]:+6.1f} m/s,"
          f" estimate zero at {zero.altitude_m / 1e3:.2f} km")

# %% [markdown]
# Read this carefully. The model shows that a rising flank is *enough* to turn 3 km into 5 km, with a gate and a filter that
# were chosen **[modelled]** over a terrain that was not **[measured: WAC]**. It does not show that it happened so.

# %% [markdown]
# ## 7 · Break it, on purpose
# Every rule for a range that does not fit, in three trials over Atlas: as flown; with 10 s of nonsense ranges; and with a
# sensor that truly breaks, reading 3 km too long from 1 km down. A `+ map` row carries a terrain map on board, so that
# innovations are taken against the *mapped* ground.

# %%
burst = ll.Fault("altimeter", "spurious", value=18e3, trigger="first_range", at=60.0, duration_s=10.0)
broken = ll.Fault("altimeter", "bias", value=3000.0, trigger="altitude", at=1000.0)
print(f"{'share that lands or lands hard':34}  as flown   burst  broken")
for has_map in (0, 1):
    for policy in nav.POLICIES:
        tuning = replace(m1.scenario.navigation, policy=policy, map=has_map)
        shares = []
        for rows in ((), (burst,), (broken,)):
            flights = ll.campaign(replace(m1.scenario, navigation=tuning, faults=rows), n=10, seed=7)
            shares.append(flights.fraction("LANDED", "HARD_LANDING"))
        print(f"{policy + (' + map' if has_map else ''):34}" + "".join(f"{share:9.0%}" for share in shares))

# %% [markdown]
# Look down the last column of the first seven rows. Whichever rule takes the cliff for real takes the fault for real, too:
# **to a filter this slow, a cliff and a broken sensor are the same thing.** It needs a second source of truth.
#
# (Or does it? A wall goes by in seconds, this fault comes within one sample. Try `accel_noise=1.0` without a map, and then
# ask what a fault that *creeps* would do.)

# %% [markdown]
# ### Build 3 · `10.repair` (5 points)
# Your filter, your tuning. It flies several of the measured approaches, with noise and without:
#
# | trial | must | points |
# |---|---|---|
# | as flown | land in two of three | 2 |
# | 10 s of nonsense ranges | land in both | 1, if the other two hold |
# | sensor truly broken from about 1 km down | land or land hard in both | 2 |
#
# From 1 km down without a usable range it is dead reckoning, and with noise it ends worse. Try to do better, for example with
# the vertical speed of the velocimeter (`meas[s.VELZ]`, valid if `meas[s.VEL_VALID] > 0`).
#
# `nav.innovate` uses the onboard map if there is one: `replace(m1.scenario.navigation, map=1)`. Keep your rule inside the
# one function, then it is compiled, and seven flights take no time.

# %% task="10.repair"
my_navigation = m1.scenario.navigation  # your tuning: replace(m1.scenario.navigation, ...)


def my_filter(t, meas, params, memory):
    memory[nav.STATUS] = nav.NO_RANGE
    nav.predict(meas, memory, params[nav.Q_ACCEL], R_MOON + params[nav.P_DATUM])
    # BEGIN SOLUTION
    if meas[s.RANGE_VALID] > 0.0:
        variance = nav.range_variance(meas, memory, params)
        nu = nav.innovate(meas, memory, variance)
        memory[nav.GATE] = 5.0 * memory[nav.SIGMA]
        if abs(nu) <= memory[nav.GATE]:
            nav.update(memory, nu, variance)
        else:
            memory[nav.STATUS] = nav.SKIPPED
    if meas[s.VEL_VALID] > 0.0:
        memory[nav.VZ] += 0.2 * (meas[s.VELZ] - memory[nav.VZ])
    # STUB
    # return None  # replace this line by your rule
    # END SOLUTION
    nav.aid_velocity(meas, memory, params[nav.P_VEL_GAIN])
    return memory[nav.X], memory[nav.Y], memory[nav.Z], memory[nav.VX], memory[nav.VY], memory[nav.VZ]


# BEGIN SOLUTION
my_navigation = replace(my_navigation, map=1)
# STUB
# # your tuning may also stand here
# END SOLUTION

ll.check("10.repair", my_filter, my_navigation)

# %%
repaired = ll.fly(replace(m1.scenario, navigation=my_navigation), navigation=my_filter, seed=3)
print(repaired.verdict, *repaired.reasons[:1])
ll.plots.show(ll.plots.innovation(repaired if repaired.landed else flight))

# %% [markdown]
# ## 8 · What the review did not fly
# The landing site was moved after the critical design review of February 2021, and the simulations did not cover the
# terrain of the new approach **[published: I3, UB2]**. Was that so easy to miss? Let a team tune the Mission 1 rule on *one*
# approach, until it lands. Then let it fly another.

# %%
APPROACHES = (112.5, 135.0, 157.5, 180.0, 202.5, 270.0)  # measured profiles, degrees east of north


noise = ll.variant("10.coverage")["accel_noise_m2_s3"]  # your own filter: as stiff as this


def approach(heading_deg, gate_m):
    """Mission 1 from another direction, with your filter and this gate."""
    return replace(
        m1.scenario,
        terrain=replace(m1.scenario.terrain, heading_deg=heading_deg),
        navigation=replace(m1.scenario.navigation, gate_m=gate_m, accel_noise=noise),
    )


print("flat ground, gate 700 m:", ll.fly(ll.case("nominal-mare").scenario, seed=None, record=False).verdict)

# %% [markdown]
# ### Build 4 · `10.coverage` (2 points)
# For an approach on which the team tests: find the smallest gate, in steps of 100 m (100, 200, ...), that lands there
# (`seed=None`). Then count on how many of the six approaches this gate lands. Return `(gate_m, landed)`. How stiff the filter
# is, `noise`, is your own number: your neighbour's gates are others.

# %% task="10.coverage"
def coverage(tested_heading_deg):
    # BEGIN SOLUTION
    gate_m = 100.0
    while not ll.fly(approach(tested_heading_deg, gate_m), seed=None, record=False).landed:
        gate_m += 100.0
    flights = [ll.fly(approach(heading, gate_m), seed=None, record=False) for heading in APPROACHES]
    return gate_m, sum(f.landed for f in flights)
    # STUB
    # ...  # return gate_m, landed
    # END SOLUTION


ll.check("10.coverage", coverage)

# %%
for heading in APPROACHES:
    answer = coverage(heading)
    if answer:
        print(f"tested on {heading:5.1f} deg: gate {answer[0]:5.0f} m, lands on {answer[1]} of 6")

# %% [markdown]
# One approach of six would have been test enough, and nobody can know which before flying all. The wide gate that it asks
# for has a price that this table does not show: give it to the broken sensor of part 7.

# %% [markdown]
# ## 9 · Explain
# Two sentences each, as findings of a review board:
# 1. Root cause: write it without the words *sensor failure* and without the word *bug*.
# 2. Which single decision, not line of code, would you change, and what would it have cost?
#
# *Write here.*

# %% [markdown] solution
# **A model answer.** 1. The software compared ranges with a height over ground that it assumed to be flat, and took the
# difference at the rim of Atlas for a fault of the instrument; from then on it flew on an estimate that nothing corrected.
# 2. Repeat the landing simulations over the measured terrain of every approach whenever the site changes: a few weeks of
# work, and public elevation data.

# %% [markdown]
# ## 10 · Exit quiz

# %% hide
ll.quiz(
    "Why did the lander not notice in the minute of hover that there was no ground?",
    {
        "Its legs have no contact switch": "It waited for just such a signal. None came, and it kept on descending at its final rate.",
        "*Its only other look at the ground had been shut out for good": "In the model the range finder still reads 5 km, five times a "
        "second. Nobody is listening.",
        "Its IMU had failed": "The IMU was fine. Estimate and truth differed by what had been believed minutes before.",
    },
)

# %% hide
ll.quiz(
    "Gate with re-admission lands over Atlas in every trial flight. Is Mission 1 solved?",
    {
        "Yes, that is the fix": "It believes whatever stays the same for two seconds. A sensor that breaks and then stays "
        "broken does just that.",
        "*No: it believes a sensor that is steadily wrong": "It trades one failure for another. Which is likelier depends on "
        "terrain and hardware, and that is an engineering judgement to be written down.",
        "No: it needs too much propellant": "It needs some, because the estimate is revised late. It still lands.",
    },
)

# %% hide
ll.quiz(
    "Mission 1 and Resilience both ended with a wrong height. Which change to Resilience's software would have landed it?",
    {
        "The repair that you built here": "Its ranges were not rejected. They were not there.",
        "A wider gate": "A gate decides about ranges that exist. The first valid one came at 893 m.",
        "*Neither: it had no valid range to decide about": "Same symptom, another cause: hardware. A fix that is copied from "
        "the last accident fits the last accident. What would have helped is a question for lesson 11.",
    },
)

# %%
ll.progress("10")

# %% [markdown]
# ## Sources
# | code | source |
# |---|---|
# | I1 | ispace, release of 26 May 2023 on the results of Mission 1, 2022.ispace-inc.com/jpn/news/?p=4683 |
# | I2 | PC Watch, briefing on the analysis, 26 May 2023, pc.watch.impress.co.jp/docs/news/yajiuma/1504152.html |
# | I3 | SpacePolicyOnline on the failure analysis, read in a repost, t3llam.com |
# | I5 | New Indian Express / AP, Japan reveals details of moon lander crash, 29 May 2023 |
# | I12 | Kyodo via Nordot, wrong altitude judged by lander software, nordot.app/1034789752646992375 |
# | LDA | Space.com, live article on the Resilience landing, 4 and 5 June 2025 |
# | LOLA | LRO LOLA GDR LDEM_4 (Smith et al. 2010), doi:10.1029/2009GL043751 |
# | SP | JST Science Portal, 29 May 2023, scienceportal.jst.go.jp/newsflash/20230529_n01 |
# | UB2 | UchuBiz, 14 June 2023, uchubiz.com/article/new19479/3 |
# | WAC | LRO LROC WAC GLD100 (Scholten et al. 2012), doi:10.1029/2011JE003926 |
#
# Not published anywhere we looked: gate, number of rejections, filter and tuning, sensor noise, mass at braking, guidance law,
# heading of the approach. The impact was faster than 100 m/s **[published: I5]**; the model's is 137 m/s, and it falls for longer than
# a fall from rest at 5 km, because at the speed error that it carries the hovering lander really climbs **[inferred]**.
#
# Text: CC BY 4.0. Code: BSD 3-Clause.
