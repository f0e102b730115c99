# %% [markdown]
# # 06 Propellant, pressure, margins
# **Rocket equation, ledgers, leaks, decisions** · 75 minutes · 13 points
#
# A valve does not close. For the next ten days a control room has one question: what can this lander still do? This lesson
# is about how to answer it, again and again, while the answer shrinks.
#
# | After this lesson you can | checked by |
# |---|---|
# | **compute** what a velocity change costs in kilograms | `06.rocket` |
# | **compute** what two tanks still buy, and what is left after the plan and its reserves | `06.ledger` |
# | **derive** how fast a torn tank empties, and see why a forecast may stand still | `06.leak` |
# | **decide** which mission can still be flown | `06.deadline` |
# | **compute** what a second valve is worth | `06.valves` |
#
# **Before:** logarithms, lesson 02. Lesson 05 helps.
#
# **Missions:** Peregrine Mission One; beside it Odysseus (IM-1), SLIM and Resilience.

# %% [markdown]
# ### Who says so?
# * **[published: P1]** somebody printed it; the code is in the list of sources at the end
# * **[derived]** follows from published numbers by arithmetic
# * **[modelled]** our choice, because nobody published it

# %%
from dataclasses import replace

import numpy as np
import sympy as sp

import lunarlab as ll
from lunarlab.constants import G0
from lunarlab.insertion.tanks import PropellantFault
from lunarlab.plots.style import new_figure, put_legend

HOUR, DAY = 3600.0, 86400.0
peregrine = ll.case("peregrine")


def known(answer):
    """The two numbers that you computed; not numbers as long as there are none."""
    return answer if isinstance(answer, (tuple, list, np.ndarray)) and len(answer) == 2 else (np.nan, np.nan)


lander, tank, plan = peregrine.scenario.craft, peregrine.scenario.tank, peregrine.scenario.plan

# %% [markdown]
# ## 1 · Hook: forty hours, again and again
# 8 January 2024, 07:18 UTC. *Peregrine* leaves for the Moon, 1283 kg **[published: P3]**. Hours later its helium valve
# opens for the first time, and does not close again. Helium rushes into the oxidiser tank, and the tank tears
# **[published: P1, P2]**.
#
# In the evening the operator says: propellant for about 40 more hours **[published: FB]**. Two days later: 35 hours
# **[published: PP]**. A day later: 48 **[published: W48]**. After more than four days: 52 **[published: W52]**. The
# lander flew until 18 January, 21:04 UTC **[published: P3]**.
#
# Each announcement is a diamond, and its dashed line is what would follow if nothing changed: one hour less for each hour.
# The hour of the day of each is **[modelled]**; the days are published.

# %%
ANNOUNCED = {19.0: 40.0, 56.0: 35.0, 84.0: 48.0, 104.0: 52.0}  # hours after launch: hours left, as announced

fig, (axes,) = new_figure(height=3.6)
for i, (said_h, left_h) in enumerate(ANNOUNCED.items()):
    days = [said_h / 24.0, (said_h + left_h) / 24.0]
    axes.plot(days, [left_h, 0.0], "--", color="#8A8F98", label="" if i else "if nothing changed")
axes.plot([h / 24.0 for h in ANNOUNCED], list(ANNOUNCED.values()), "D", color="#0072B2", label="announced")
axes.axvline(10.57, color="#D55E00", label="re-entry")
axes.set(xlabel="days since launch", ylabel="hours left", xlim=(0.0, 11.2), ylim=(0.0, 70.0))
axes.set_title("Four forecasts of one leak", loc="left")
put_legend(axes)
ll.plots.show(fig)

# %% [markdown]
# Four forecasts, three and a half days from first to last, and the lander never seems to come nearer to its end. Were they
# guesses? Later in this lesson you will put a curve through them, from a hole in a tank and nothing else.

# %% [markdown]
# ## 2 · Predict

# %% hide
ll.quiz(
    "Why did the forecast not shrink?",
    {
        "The engineers measured badly": "The tank was hard to gauge, true. But four errors that grow just as fast as time goes "
        "by would be a strange coincidence.",
        "*The leak got weaker about as fast as the tank got emptier": "What is left, divided by what leaves. If both halve, the "
        "forecast stays. You will derive when they do.",
        "The crew saved propellant by turning heaters off": "Heaters cost power, not propellant. Saving on attitude control helps "
        "a little, and late.",
    },
)

# %% hide
ll.quiz(
    "A lander with two thirds of its mass in propellant loses half of it, from both tanks alike. Of its velocity change is left ...",
    {
        "half": "If each kilogram bought the same. But the first kilograms push a heavy lander and the last a light one.",
        "*more than half": "Lost are the kilograms that would have pushed the heavy lander. It is the first half that is cheap to "
        "lose, and the last that is dear.",
        "less than half": "It would be, if propellant were worth less when the lander is light. It is worth more: the same push "
        "moves less mass.",
    },
)

# %% hide
ll.quiz(
    "Now only the oxidiser leaks, down to half. The fuel is all there. Compared with the last question ...",
    {
        "it is better: more propellant is left": "More kilograms are left, but an engine can't burn fuel alone.",
        "it is the same: the oxidiser decides": "What can be burnt is the same. But what is carried is not.",
        "*it is worse: the surplus fuel has to be carried": "What can be burnt is the same as before, and the rest of the fuel rides "
        "along as ballast.",
    },
)

# %% [markdown]
# ## 3 · Explore: one leak on sliders
# The panel opens on Peregrine, one day after launch. The masses, tanks and pressures in it are not published: they are
# **[modelled]** so that the plan can just be paid for. The hole is **[modelled]**, too, fitted to the end of the flight.
#
# 1. Move the hour of the decision. What is lost first, what last, and when?
# 2. The hole has 0.1 mm²: it would pass a hair, but not a pencil lead. How small must it be for the landing on day 16?
# 3. Tick the relief valve. What does it save? Then take the fault away and look at the margin.

# %%
ll.console.margins()

# %% [markdown]
# ## 4 · Derive: what a kilogram buys
# An engine throws mass backwards at the speed $c$ (as the lander sees it). In a moment it throws $-\mathrm dm$, and what is
# left gets faster by $\mathrm dv$. Nobody else pushes, so momentum stays: $m\,\mathrm dv = -c\,\mathrm dm$.

# %%
m, m0, c = sp.symbols("m m_0 c", positive=True)
v = sp.Function("v")
speed = sp.dsolve(m * v(m).diff(m) + c, v(m), ics={v(m0): 0})
speed

# %% [markdown]
# That is the **rocket equation** (Tsiolkovsky 1903): $\Delta v = c \ln(m_0/m)$. Engineers write $c = I_\mathrm{sp}\, g_0$
# with $I_\mathrm{sp}$ in seconds and $g_0 = 9.80665$ m/s², a mere change of unit. What does the next kilogram buy?

# %%
sp.diff(speed.rhs, m)

# %% [markdown]
# $c/m$ for each kilogram burnt: **the lighter the lander, the dearer the kilogram.** That settles the second quiz.

# %% [markdown]
# ### Build 1 · `06.rocket` (2 points)
# The other way round: mass before the burn [kg], velocity change [m/s] and specific impulse [s] in, propellant [kg] out.

# %% task="06.rocket"
def propellant(mass_kg, dv_mps, isp_s):
    # BEGIN SOLUTION
    return mass_kg * (1.0 - np.exp(-dv_mps / (isp_s * G0)))
    # STUB
    # ...  # return kg
    # END SOLUTION


ll.check("06.rocket", propellant)

# %% [markdown]
# Peregrine's plan, step by step: each starts with the mass that the step before has left. The steps are **[modelled]**, about
# 0.8 km/s into a low orbit and 2.0 km/s down to the ground; the launch mass is published, the tanks are **[modelled]**.

# %%
mass_kg, spent_kg = lander.mass_kg, 0.0
print(f"{'step':12} {'m/s':>6} {'mass before':>12} {'propellant':>11}")
for item in plan.ledger.items:
    cost_kg = propellant(mass_kg, item.dv_mps, lander.isp_s)
    if cost_kg is None:
        print(f"{item.name:12} {item.dv_mps:6.0f}      (yours)")
        continue
    print(f"{item.name:12} {item.dv_mps:6.0f} {mass_kg:9.0f} kg {cost_kg:8.0f} kg")
    mass_kg, spent_kg = mass_kg - cost_kg, spent_kg + cost_kg
if spent_kg:
    print(f"in all {spent_kg:.0f} kg of {lander.fuel_kg + lander.oxidiser_kg:.0f}; "
          f"{mass_kg:.0f} kg touch down, {lander.dry_kg:.0f} of them dry")

# %% [markdown]
# In m/s you may add the steps in any order. In kilograms you may not: the same 500 m/s cost less later. **A ledger is kept in
# m/s.**
#
# The same line of arithmetic for others. SLIM: 710 kg, 190 of them dry **[published: SL4]**. Resilience: 1000 kg
# **[published: LDA]**, 340 dry **[published: I10]**. Odysseus: 1900 kg, 1267 of them propellant **[published: O7]**. These
# three with 320 s, our Peregrine with its 310 s **[modelled]**; every tank emptied to the last drop.

# %%
for name, wet_kg, dry_kg, isp_s in (
    ("SLIM", 710.0, 190.0, 320.0), ("Resilience", 1000.0, 340.0, 320.0), ("Odysseus", 1900.0, 1900.0 - 1267.0, 320.0),
    ("our Peregrine", lander.mass_kg, lander.dry_kg, lander.isp_s),
):  # fmt: skip
    print(f"{name:14} {1.0 - dry_kg / wet_kg:4.0%} propellant   {isp_s * G0 * np.log(wet_kg / dry_kg):5.0f} m/s")

# %% [markdown]
# Where does SLIM's surplus go? It circled the Earth first, and left for the Moon more than three weeks after launch
# **[published: SL2]**: part of the way out may have been on its own account **[inferred]**. Another source gives
# Odysseus a hull of 675 kg **[published: O9]**; with 1267 kg of propellant that makes 1942 kg, not 1900 **[derived]**. A ledger begins
# with asking which.

# %% [markdown]
# ## 5 · Two tanks, one ratio
# Fuel and oxidiser burn in a fixed ratio $R$ = oxidiser / fuel, here 1.65 **[modelled]**. The tank that runs short decides;
# what is left in the other can't be burnt, but it is still aboard when the burn ends.
#
# The plan is a list of steps, each with its reserve in per cent: a step of 500 m/s with 5 % has to be covered by 525 m/s.

# %% [markdown]
# ### Build 2 · `06.ledger` (3 points)
# Dry mass, fuel, oxidiser [kg], ratio, specific impulse [s], and the plan, a list of `(dv_mps, reserve_percent)`. Return two
# numbers in m/s: what the tanks buy, and what is left of it when every step is paid with its reserve (negative if it is
# not enough).

# %% task="06.ledger"
def ledger(dry_kg, fuel_kg, oxidiser_kg, ratio, isp_s, steps):
    # BEGIN SOLUTION
    burnt_kg = min(fuel_kg * (1.0 + ratio), oxidiser_kg * (1.0 + 1.0 / ratio))
    before_kg = dry_kg + fuel_kg + oxidiser_kg
    buys = isp_s * G0 * np.log(before_kg / (before_kg - burnt_kg))
    return buys, buys - sum(dv * (1.0 + percent / 100.0) for dv, percent in steps)
    # STUB
    # ...  # return usable, margin
    # END SOLUTION


ll.check("06.ledger", ledger)

# %% [markdown]
# Take oxidiser away, kilogram by kilogram, and see the ledger go. In each tank 4 kg stay behind **[modelled]**: they count as
# dry. A reserve of 5 % is 142 m/s. How many kilograms is that?

# %%
steps = [(item.dv_mps, item.margin_percent) for item in plan.ledger.items]
print(" oxidiser lost   usable   margin")
for lost_kg in (0.0, 10.0, 20.0, 30.0, 40.0, 80.0, 160.0, 260.0):
    in_tanks = (lander.fuel_kg - 4.0, lander.oxidiser_kg - 4.0 - lost_kg)
    usable, margin = known(ledger(lander.dry_kg + 8.0, *in_tanks, 1.65, 310.0, steps))
    print(f"{lost_kg:8.0f} kg", "    (yours)" if np.isnan(usable) else f"{usable:11.0f} {margin:8.0f} m/s")

# %% [markdown]
# Our Peregrine starts with 154 m/s more than its plan and reserves, and 29 kg eat all of that **[modelled]**. There was a little too much
# oxidiser for the ratio: the first three kilograms cost nothing, they were ballast. After that each costs 6 m/s, and makes
# ballast of 0.6 kg of fuel **[modelled]**. The whole reserve of 142 m/s is 23 kg **[modelled]**: a bucket.

# %% [markdown]
# ## 6 · Derive: why forty hours stay forty hours
# A hole of area $A$. Pressure $p$ pushes a fluid of density $\varrho$ out at $u = \sqrt{2p/\varrho}$: that is Bernoulli, all
# pressure turned into speed. A sharp edge lets about 0.6 of the ideal stream pass. So each second the volume
# $Q = 0.6\,A\,u$ leaves.
#
# On the ground liquid lies at the bottom. Here nothing lies: liquid $m$ and helium float mixed in the tank, of volume $V$
# **[modelled]**. What leaves is the mixture. Helium weighs next to nothing: what is the mixture's density then, and what
# mass has $Q$ of it?

# %% [markdown]
# ### Build 3 · `06.leak` (3 points)
# How many kilograms of oxidiser leave each second? In: what is in the tank [kg], its pressure [Pa], its volume [m³], and the
# hole in **square metres**. Positive, in kg/s, with the 0.6.

# %% task="06.leak"
def leak_rate(oxidiser_kg, pressure_Pa, volume_m3, hole_m2):
    # BEGIN SOLUTION
    return 0.6 * hole_m2 * np.sqrt(2.0 * pressure_Pa * oxidiser_kg / volume_m3)
    # STUB
    # ...  # return kg/s
    # END SOLUTION


ll.check("06.leak", leak_rate)

# %% [markdown]
# In one line: $\dot m = -\dfrac{Q}{V}\,m = -0.6\,A\,\sqrt{2\,p\,m/V}$.
#
# And the pressure? Helium at a constant temperature keeps $p\,V_\mathrm{gas}$, as long as none leaves. But the hole takes the
# same share $Q/V$ of the helium as of the liquid. So both shrink by the same factor, and $p\,V_\mathrm{gas}$ stays in
# proportion to $m$. How long would the tank last *as it looks now*, $m$ divided by what leaves?

# %%
V, A, p0, gas0, gas = sp.symbols("V A p_0 V_0 V_gas", positive=True)
pressure = p0 * (gas0 / gas) * (m / m0)  # p_0, V_0 and m_0: when the leak begins
forecast = sp.simplify(m / (sp.Rational(6, 10) * A * sp.sqrt(2 * pressure * m / V)))
forecast

# %% [markdown]
# Look for $m$: it is gone. What is left and what leaves shrink together. Only $V_\mathrm{gas}$ still changes, the room
# that the helium has. While the tank is full that room grows quickly, and the forecast with it; then it grows ever more
# slowly. While the tank goes from half full to a tenth, the forecast goes from 58 to 72 hours. So it is **nearly a
# constant, and the leak nearly an exponential.** "Forty hours" was no deadline. It was a time constant.

# %%
def room_m3(oxidiser_kg):
    """For the helium: what the oxidiser leaves of the tank, and the bottle."""
    return tank.volume_m3 - oxidiser_kg / tank.density_kgpm3 + tank.bottle_m3


numbers = {V: tank.volume_m3, A: 0.1e-6, p0: 2.0e6, m0: lander.oxidiser_kg, gas0: room_m3(lander.oxidiser_kg)}
for share in (1.0, 0.75, 0.5, 0.25, 0.1):
    seems = float(forecast.subs(numbers).subs(gas, room_m3(share * lander.oxidiser_kg)))
    print(f"{share:4.0%} of the oxidiser left: it seems to last for {seems / HOUR:3.0f} more hours")

# %% [markdown]
# That is rough: the helium bottle is counted as part of the tank, though no liquid gets in there. Now step by step, with
# your `leak_rate`. And beside it what the library flies, where attitude thrusters, fed from the same tank, hold against
# the push of the leak.

# %%
def drain(until_s, hole_m2=0.1e-6, step_s=120.0):
    """Oxidiser [kg] and forecast [s] over time, by small steps with your leak_rate."""
    left_kg = lander.oxidiser_kg
    helium_J = 2.0e6 * (tank.volume_m3 - left_kg / tank.density_kgpm3 + tank.bottle_m3)
    rows = []
    for t in np.arange(0.0, until_s, step_s):
        gas_m3 = tank.volume_m3 - left_kg / tank.density_kgpm3
        pressure_Pa = helium_J / (gas_m3 + tank.bottle_m3)
        rate = leak_rate(left_kg, pressure_Pa, tank.volume_m3, hole_m2) or np.nan
        rows.append((t, left_kg, left_kg / rate))
        helium_J -= rate / left_kg * pressure_Pa * gas_m3 * step_s
        left_kg -= rate * step_s
        if left_kg <= 0.0 or left_kg > lander.oxidiser_kg:  # no leak does that
            break
    return np.array(rows).T


t_s, left_kg, seems_s = drain(10.4 * DAY)
flown = ll.fly(peregrine)
grid_s = np.linspace(2.0 * HOUR, 10.5 * DAY, 300)
fig, (top, bottom) = new_figure(2, height=5.2)
top.plot(t_s / DAY, left_kg, color="#0072B2", label="yours: leak alone")
top.plot(flown.t_s / DAY, flown.oxidiser_kg, "--", color="#D98200", label="library: with attitude control")
top.set(ylabel="oxidiser [kg]", ylim=(0.0, 560.0))
bottom.plot(t_s / DAY, seems_s / HOUR, color="#0072B2", label="yours")
bottom.plot(grid_s / DAY, flown.forecast_s(grid_s) / HOUR, "--", color="#D98200", label="library")
bottom.plot([h / 24.0 for h in ANNOUNCED], list(ANNOUNCED.values()), "D", color="#000000", label="announced")
bottom.set(xlabel="days since launch", ylabel="hours left, as it seems", ylim=(0.0, 80.0), xlim=(0.0, 11.0))
top.set_title("What is left, and how long it seems to last", loc="left")
top.legend(loc="upper right")
bottom.legend(loc="lower left")
ll.plots.show(fig)

# %% [markdown]
# One number was fitted, the hole, and only to the end of the flight. The announcements were not used. Three of the four come
# out all the same, within seven hours: 47 for 40, 54 for 48, 53 for 52. The second, 35, lies far below, and we don't know
# why. Falling pressure as the cause is what the operator said, too **[published: WP]**. In the panel above, tick "Show how
# long it seemed to last": now you know that curve.
#
# Your line sinks a little after day 4: helium still comes out of the bottle, so the pressure falls more slowly than the
# tank empties. And the library's falls to zero, because it knows a threshold: 4 kg can't be got out of the tank
# **[modelled]**. **The leak never ends. What ends is the use of what is left.**

# %% [markdown]
# ## 7 · What can still be flown?
# The usable velocity change against the plan with its reserves, from the library's flight:

# %%
fig, (axes,) = new_figure(height=3.8)
axes.plot(flown.t_s / DAY, flown.dv_mps, color="#0072B2", label="usable")
for item, total in zip(plan.ledger.items, plan.ledger.totals(), strict=True):
    axes.axhline(total, color="#8A8F98", linestyle="--")
    axes.text(10.9, total + 30.0, f"{item.name} and all before it", ha="right", fontsize=9)
axes.set(xlabel="days since launch", ylabel="usable velocity change [m/s]", xlim=(0.0, 11.0), ylim=(0.0, 3400.0))
axes.set_title("Milestones go, the dearest first", loc="left")
ll.plots.show(fig)
for name, when_s in flown.lost_s.items():
    print(f"{name:12} can be paid for until {when_s / HOUR:5.1f} h after launch")

# %% [markdown]
# The landing was lost two hours after the tank tore; that there was no chance of one was announced the next day
# **[published: A9]**. But "can be paid for today" is not the question. The Moon was not there yet. **A mission must be
# payable when its burn is due, and the lander under control until it is over.**

# %% [markdown]
# ### Build 4 · `06.deadline` (3 points)
# Write the rule that decides. It gets
#
# * `missions`: a list of `(name, dv_mps, burn_at_s, until_s, worth)`,
# * `t_s` and `usable_mps`: two arrays, how the usable velocity change shrinks while nothing is burnt,
# * `control_until_s`: when attitude control ends.
#
# A mission is possible if what is usable **at its burn** covers its cost and 5 % more, and if control lasts **until its
# end**. Between the given times usable velocity change runs straight. Return the name of the possible mission that is
# worth most, or `"nothing"`.

# %% task="06.deadline"
def best_mission(missions, t_s, usable_mps, control_until_s):
    # BEGIN SOLUTION
    best, best_worth = "nothing", -np.inf
    for name, dv_mps, burn_at_s, until_s, worth in missions:
        payable = np.interp(burn_at_s, t_s, usable_mps) >= 1.05 * dv_mps
        if payable and control_until_s >= until_s and worth > best_worth:
            best, best_worth = name, worth
    return best
    # STUB
    # ...  # return a name
    # END SOLUTION


ll.check("06.deadline", best_mission)

# %% [markdown]
# Peregrine's choices as its control room might have written them down. Every date, cost and worth in the table is
# **[modelled]**; change what you would weigh differently.

# %%
MISSIONS = [
    ("land as planned", 2830.0, 16 * DAY, 46 * DAY, 10),
    ("orbit the Moon for a month", 830.0, 16 * DAY, 46 * DAY, 7),
    ("hit the Moon", 10.0, 12 * DAY, 16 * DAY, 4),
    ("run the payloads, then burn up over the sea", 10.0, 8 * DAY, 10.5 * DAY, 5),
    ("turn round at once", 60.0, 1 * DAY, 5 * DAY, 2),
]
for hole_mm2 in (0.0001, 0.005, 0.02, 0.1, 0.2, 0.5):
    leaky = ll.fly(replace(peregrine.scenario, tear=replace(peregrine.scenario.tear, area_mm2=hole_mm2)))
    choice = best_mission(MISSIONS, leaky.t_s, leaky.dv_mps, leaky.control_until_s)
    print(f"hole of {hole_mm2:6.4f} mm2: {choice or '(yours)'}")

# %% [markdown]
# At 0.1 mm² **[modelled]** the rule gives what the operator chose: hold on, run what can be run, come back over the sea
# **[published: U17, P2]**.
#
# Where the model stops: it would still pay for an orbit until 64 h. The operator had given the Moon up before that: the
# lander tumbled at first, and the two propellants no longer reached the engine in their ratio; a test on the sixth day
# gave 0.2 s of thrust **[published: U17]**. **Velocity change on paper needs pressure in the line.** And that control
# ends with the last day of the flight is no prediction: the hole was fitted to it.

# %% [markdown]
# ## 8 · What is a second valve worth?
# A valve can fail in two ways: it leaks when it should be shut, or it sticks when it should open. Put two in series. Now
# *both* must leak before helium runs on. But *either* one can block the way.
#
# And part of what breaks valves breaks both at once: the same vibration, the same threads. Let a share of each probability be
# such a **common cause**, one event that hits both. The rest hits each valve by itself. All these events are independent of
# each other.

# %% [markdown]
# ### Build 5 · `06.valves` (2 points)
# For one valve: `p_leaks` and `p_sticks`; and `common`, the share (0 to 1) of each of the two that is common cause.
# Return two probabilities for the pair in series: that helium can't be shut off, and that it can't get through. Formula
# or random numbers, as you like; 2 % are close enough. Random numbers need two million throws for that.

# %% task="06.valves"
def two_in_series(p_leaks, p_sticks, common):
    # BEGIN SOLUTION
    own_leak, own_stick = (1.0 - common) * p_leaks, (1.0 - common) * p_sticks
    runs_on = 1.0 - (1.0 - common * p_leaks) * (1.0 - own_leak**2)
    blocked = 1.0 - (1.0 - common * p_sticks) * (1.0 - own_stick) ** 2
    return runs_on, blocked
    # STUB
    # ...  # return p_runs_on, p_blocked
    # END SOLUTION


ll.check("06.valves", two_in_series)

# %%
print("one valve:            helium runs on   5.00 %   blocked   2.00 %")
for share in (0.0, 0.1, 0.3, 1.0):
    runs_on, blocked = known(two_in_series(0.05, 0.02, share))
    yours = "(yours)" if np.isnan(runs_on) else f"helium runs on {runs_on:7.2%}   blocked {blocked:7.2%}"
    print(f"two, {share:4.0%} in common:  {yours}")

# %% [markdown]
# Two valves are twenty times better than one, on paper. A tenth of common cause eats most of that. And Peregrine's? Spare
# valves of the same kind, shaken as in flight, leaked at similar rates **[published: P1, P2]**. That is a share near 100 % **[inferred]**.
# What the review asked for was a new design *and* a back-up **[published: P1, P2, P4]**: something that fails for a
# different reason.

# %% [markdown]
# ## 9 · Break it
# Suppose somebody watches the pressure, and a second valve upstream closes so many seconds after the first one was opened.
# How much time is there? Numbers of the tank are **[modelled]**: 1.8 MPa in work, 4.5 MPa when it tears.

# %%
for seconds in (6.0, 9.0, 12.0, 15.0, 16.0, 20.0, 60.0):
    watched = ll.fly(replace(peregrine.scenario, faults=(PropellantFault("valve", "stuck_open", duration_s=seconds),)))
    left = f"{watched.dv_mps[-1]:5.0f} m/s at the end"
    print(f"closed after {seconds:4.0f} s: {watched.verdict:13} {left};  {watched.events[2].detail}")

# %% [markdown]
# Eleven seconds from "pressure right" to "tank torn". A control room that sees a number, talks about it and sends a command
# needs longer. **What is over in seconds must be guarded on board.** A relief valve guards without any software:

# %%
for relief_MPa in (2.0, 3.0, 4.0, 4.4, 5.0):
    vented = ll.fly(replace(peregrine.scenario, tank=replace(tank, relief_Pa=relief_MPa * 1e6)))
    print(f"relief valve at {relief_MPa:.1f} MPa: {vented.verdict:13} {vented.dv_mps[-1]:5.0f} m/s at the end")

# %% [markdown]
# Free? It lets all helium go that the stuck valve lets in. In this model what is left in the tank is pressure enough; in a
# real one somebody has to show that. And look once more: one guard is set above the strength of the tank.

# %% [markdown]
# ## 10 · Explain
# In two sentences each, for the person who speaks to the press at eight in the evening:
# 1. "You said 40 hours yesterday, and 40 hours today. Which is right?"
# 2. "There is propellant aboard for an orbit around the Moon. Why do you not go?"
#
# *Write here.*

# %% [markdown] solution
# **A model answer.** 1. Both: it is what is left divided by what is leaving, and both get smaller together, because the same
# leak takes the liquid and the gas that pushes it. It tells us how fast things change, not when they end; the end comes when
# the rest can't be got out of the tank any more. 2. The burn is due more than a week from now, and by then the propellant
# will be gone; what counts is what is left when we arrive. And the engine needs both propellants under pressure and in their
# ratio, which we can't promise it any more.

# %% [markdown]
# ## 11 · Exit quiz

# %% hide
ll.quiz(
    "Two designs, both 5 % in reserve: A keeps 5 % on every step in m/s, B loads 5 % more propellant. Which has more velocity change in hand?",
    {
        "The same, 5 % is 5 %": "Of different things. Velocity change is the logarithm of the mass ratio, not proportional to propellant.",
        "*A: 5 % more propellant buys less than 5 % more velocity change": "The extra kilograms are the first to be burnt, by the heaviest "
        "lander. Each buys less than the average kilogram.",
        "B: more propellant is always more": "More than nothing, but the added kilograms have to be carried, and pushed by each other.",
    },
)

# %% hide
ll.quiz(
    "Your ledger shows plus 40 m/s when all steps and reserves are paid. Then 20 kg of fuel turn out to be missing; the oxidiser is the one that is short. What changes?",
    {
        "Nothing at all, the oxidiser decides": "It decides what can be burnt. But the lander got lighter.",
        "The margin shrinks": "It would if fuel were the short one. Here it was ballast.",
        "*The margin grows a little": "The same kilograms are burnt by a lighter lander. Surplus of one propellant is dry mass. Then check "
        "which one is short now.",
    },
)

# %% hide
ll.quiz(
    'A leak shrinks by half every day. What do forecasts of the kind "left divided by leaving" say?',
    {
        "*The same number every day": "An exponential has no deadline, only a time constant. What ends it is a threshold: when what is left no "
        "longer does the job.",
        "One day less every day": "That is a leak that does not change. Then the forecast is right at once, and stays so.",
        "Half as much every day": "What is left halves, but so does what leaves. Their ratio stays.",
    },
)

# %%
ll.progress("06")

# %% [markdown]
# ## Sources
# | code | source |
# |---|---|
# | A9 | Scienze Notizie, 11 January 2024, no chance of a soft landing, announced on the 9th (Italian) |
# | FB | Fox Business, 9 January 2024, about 40 more hours |
# | I10 | Gunter's Space Page and Wikipedia on the Series 1 lander, dry mass |
# | LDA | Space.com, watch-live article on the landing of Resilience, 5 June 2025 |
# | O7 | Wikipedia (French), Nova-C |
# | O9 | ItalianSpace, Nova-C lunar lander, italianspace.it |
# | P1 | SpaceNews, valve problem blamed for Peregrine lunar lander failure |
# | P2 | TechCrunch (repost), one busted valve led to the failure, news.mashaher.net/2024/08/28 |
# | P3 | Wikipedia, Peregrine Mission One |
# | P4 | The Register (digest), schedule pressure in the Peregrine post-mortem, briefly.co |
# | PP | Portal Politico, January 2024, 35 hours (Spanish) |
# | SL2 | SpaceNews, 25 December 2023 (repost), SLIM enters lunar orbit, medium.com/@icesport |
# | SL4 | NSSDCA, SLIM, nssdc.gsfc.nasa.gov, id 2023-137D |
# | U17 | Astrobotic, Update 17 for Peregrine Mission One |
# | W48 | Presstories, 12 January 2024, 48 hours remaining |
# | W52 | World Report Now, 12 January 2024, 52 hours, after more than four days |
# | WP | World Report Now, 12 January 2024, the leak continues to slow as the pressure falls |
#
# Sizes, pressures and contents of Peregrine's tanks are in none of them; nor are the hour at which the valve was opened,
# and the hole.
#
# Text: CC BY 4.0. Code: BSD 3-Clause.
