# %% [markdown]
# # 05 The burn that did not stop
# **Finite burns, cut-off, clocks** · 90 minutes · 13 points
#
# An engine that works, a tank that is full, an orbit that is right. What is left to go wrong is when to stop. This lesson
# is about 43 seconds.
#
# | After this lesson you can | checked by |
# |---|---|
# | **compute** what a burn does to the far side of an orbit | `05.perilune` |
# | **derive** the velocity change that an engine gives in a given time | `05.dv_of_burn` |
# | **find** how long a burn may last before the orbit meets the ground | `05.grazing` |
# | **build** a cut-off that survives its own instrument and leaves good burns alone | `05.monitor` |
# | **repair** an orbit whose perilune came out too low | `05.trim` |
#
# **Before:** lesson 02 (vis-viva), logarithms.
#
# **Missions:** Luna 25, Odysseus (IM-1).

# %% [markdown]
# ### Who says so?
# * **[published: L2]** somebody printed it; the code is in the list of sources at the end
# * **[derived]** follows from published numbers by arithmetic
# * **[modelled]** our choice, because nobody published it

# %%
from dataclasses import replace

import numpy as np
import sympy as sp

import lunarlab as ll
from lunarlab.constants import G0, MU_MOON, R_MOON
from lunarlab.insertion.burn import Burn, BurnFault, Engine, fly_burn
from lunarlab.insertion.capture import arrival
from lunarlab.plots.style import new_figure

luna = ll.case("luna-25")

# %% [markdown]
# ## 1 · Hook: 127 seconds
# 19 August 2023. *Luna 25* has been in a polar orbit 100 km up for three days **[published: L6, L8]**. At 14:10 Moscow time
# it lights an engine **[published: L2]** for 84 s, to bring its perilune down to 18 km, where landing is to begin
# **[published: L1, L8]**. The engine runs for 127 s **[published: L1, L2]**.
#
# Fly both: the burn as planned, and the burn as it was.

# %%
planned = ll.fly(luna.no_fault)
flown = ll.fly(luna.scenario)
print(planned, flown, sep="\n\n")

# %%
def altitude_km(result):
    return (np.linalg.norm(result.r_mci, axis=1) - R_MOON) / 1e3


fig, (axes,) = new_figure(height=3.8)
for name, run, style in (("84 s, as planned", planned, "-"), ("127 s, as flown", flown, "--")):
    axes.plot(run.result.history_s / 60.0, altitude_km(run.result), style, label=name)
axes.axhline(0.0, color="#8A8F98")
axes.axvspan(47.0, 48.0, color="#CC79A7", alpha=0.4, label="contact lost, impact (published)")
axes.set(xlabel="minutes after ignition", ylabel="altitude over the mean sphere [km]", xlim=(0.0, 118.0))
axes.set_title("Two orbits that begin at the same place", loc="left")
axes.legend(loc="lower right")
ll.plots.show(fig)

# %% [markdown]
# Two things to take along. For ten minutes the two lines are hardly apart. After forty, the lander is 32 km too low
# **[derived]**. And the pink band does **not** lie where the dashed line meets the ground. We will come back to that.

# %% [markdown]
# ## 2 · Predict

# %% hide
ll.quiz(
    "The burn was 51 % too long. The perilune was to be 18 km. What is it now?",
    {
        "About 9 km: half as high": "The burn does not set the height; it sets by how much the height falls. 82 km were "
        "planned, and half as much again has gone.",
        "About 12 km: 18 divided by 1.51": "A burn takes off, it doesn't divide. The plan was to fall by 82 km, and it fell "
        "by 51 % more.",
        "*Below the ground, by some 20 km": "82 km of fall were planned, and 1.5 times that is more than the 100 km that were "
        "there. You will get the exact number.",
    },
)

# %% hide
ll.quiz(
    "A short burn: where does the altitude of the orbit change most?",
    {
        "*Half a revolution later": "A short burn changes the velocity, not the place. The lander comes back to where it burnt, "
        "and the other side of the orbit has moved.",
        "Right where the engine burns": "In 84 s the lander falls by less than a kilometre. Look at the first minutes of the figure: the "
        "lines are flat.",
        "Everywhere by the same amount": "That would be another circle, and takes two burns: one to lower the far side, one "
        "over there to lower this side.",
    },
)

# %% [markdown]
# ## 3 · Explore: a burn on a slider
# The panel opens on Luna 25. Find out three things:
#
# 1. The curve at the lower right: by how many kilometres does the perilune fall for each second of thrust?
# 2. Pull the back-up timer down. At how many times the planned burn does the lander survive?
# 3. Let the accelerometer read 20 % too little. Now it *does* end the burn. Is that soon enough?

# %%
ll.console.insertion()

# %% [markdown]
# ## 4 · Derive: what a burn does to the other side
# A lander on a circle of radius $r$ brakes by $\Delta v$. The place stays, and there the new velocity is still horizontal:
# so this is one end of the new orbit. Energy gives its semi-major axis, and $2a - r$ the other end.

# %%
mu, r, dv = sp.symbols("mu r Delta_v", positive=True)
v_circle = sp.sqrt(mu / r)
energy = (v_circle - dv) ** 2 / 2 - mu / r
a = -mu / (2 * energy)
r_low = sp.simplify(2 * a - r)
r_low

# %% [markdown]
# What does a *small* burn do? The first term of the series says it:

# %%
sp.series(r_low, dv, 0, 2)

# %%
metres_per_mps = float((4 * sp.sqrt(r**3 / mu)).subs({r: R_MOON + 100e3, mu: MU_MOON}))
print(f"100 km up, each m/s lowers the other side by {metres_per_mps / 1e3:.2f} km")

# %% [markdown]
# $$\Delta r_\mathrm{low} \approx -4\,r\,\frac{\Delta v}{v}$$
# Four times: twice because energy goes with the square of the speed, and twice again because this side of the orbit stays,
# so that the other side moves by twice what the semi-major axis does. Keep it; it fits on the back of your hand.
#
# It also says how good a burn must be. Odysseus got into its orbit with 800 m/s, right to within 2 m/s **[published: O1]**:
# a quarter of a per cent. Those 2 m/s are 9 km on the other side **[derived]**.

# %% [markdown]
# ### Build 1 · `05.perilune` (2 points)
# Height of a circular orbit over the ground [m] and braking $\Delta v$ [m/s] in, altitude of the low point [m] out.
# Negative if it lies below the ground. No series, please.

# %% task="05.perilune"
def perilune(height_m, dv_mps):
    # BEGIN SOLUTION
    radius = R_MOON + height_m
    speed = np.sqrt(MU_MOON / radius) - dv_mps
    semi_major = 1.0 / (2.0 / radius - speed**2 / MU_MOON)
    return 2.0 * semi_major - radius - R_MOON
    # STUB
    # ...  # return altitude of the low point in m
    # END SOLUTION


ll.check("05.perilune", perilune)

# %% [markdown]
# ## 5 · Derive: what an engine gives
# The engine throws $q = F/(I_\mathrm{sp}\,g_0)$ kilograms behind each second, at the speed $c = I_\mathrm{sp}\,g_0$. Thrust
# $F = q\,c$ stays, mass does not: $\mathrm dm = -q\,\mathrm dt$, and so $\mathrm dv = F\,\mathrm dt/m = -c\,\mathrm dm/m$. Add
# it up from the mass that was there, $m_0$, to what is left, $m_1$; the minus turns the limits round:

# %%
c, m, m0, m1 = sp.symbols("c m m_0 m_1", positive=True)
sp.integrate(c / m, (m, m1, m0))

# %% [markdown]
# That is the rocket equation. What is $m_1$ after $t$ seconds? And note: $g_0 = 9.80665$ m/s² is the same on the Moon; all
# it does is turn seconds into a speed.

# %% [markdown]
# ### Build 2 · `05.dv_of_burn` (2 points)
# Burn time [s], thrust [N], specific impulse [s], mass at ignition [kg] in; velocity change [m/s] out.

# %% task="05.dv_of_burn"
def dv_of_burn(burn_s, thrust_N, isp_s, mass_kg):
    # BEGIN SOLUTION
    propellant_kg = thrust_N / (isp_s * G0) * burn_s
    return isp_s * G0 * np.log(mass_kg / (mass_kg - propellant_kg))
    # STUB
    # ...  # return dv in m/s
    # END SOLUTION


ll.check("05.dv_of_burn", dv_of_burn)

# %% [markdown]
# A tool like this checks other people's numbers. Odysseus started with about 1900 kg **[published: O7]**, braked for 408 s,
# and changed its speed by 800 m/s **[published: O1]**. An encyclopedia gives its engine 4000 N **[published: O8]**. Does
# that fit? The specific impulse, 320 s, is **[modelled]**.

# %%
for thrust_N in (3000.0, 3300.0, 3600.0, 4000.0):
    gives = dv_of_burn(408.0, thrust_N, 320.0, 1900.0)
    print(f"{thrust_N:.0f} N for 408 s:", f"{gives:.0f} m/s" if gives else "(yours)", "- published 800")

# %% [markdown]
# About 3.3 kN would do **[derived]**. Either the engine was throttled, or the 4000 N belong to something else. One line of
# arithmetic can't say which; it can say that somebody should ask.
#
# And Luna 25? The drop from 100 to 18 km takes 18.75 m/s **[derived]**. In 84 s, that is 0.223 m/s²: for a lander of 1.3 t
# **[modelled]** some 300 N **[derived]**. Which engine gave them, no source that we read says.

# %% [markdown]
# ## 6 · One second, one kilometre
# Put the two together. Each second of this burn is worth 0.223 m/s; each m/s is worth 4.5 km. **One second of this burn is
# one kilometre of height on the other side of the Moon.** 18 km of perilune were 18 seconds of patience, and the engine ran
# on for 43.

# %% [markdown]
# ### Build 3 · `05.grazing` (2 points)
# The edge, exactly. A lander is on a circular orbit `height_m` up. A burn of `planned_burn_s` would bring the low point to
# `planned_perilune_m`. At the same acceleration, how long may the burn last until the low point touches the mean sphere?
# Metres in, seconds out, right to 0.15 %: a search must go down to 0.1 s.

# %% task="05.grazing"
def grazing_time(height_m, planned_perilune_m, planned_burn_s):
    # BEGIN SOLUTION
    radius = R_MOON + height_m

    def share_of_speed(low_m):
        """Part of the circular speed that brings the low point there: half a Hohmann transfer."""
        return 1.0 - np.sqrt(2.0 * low_m / (radius + low_m))

    return planned_burn_s * share_of_speed(R_MOON) / share_of_speed(R_MOON + planned_perilune_m)
    # STUB
    # ...  # return seconds; a search with your perilune() is fine, too, if it finds the time to 0.1 s
    # END SOLUTION


ll.check("05.grazing", grazing_time)

# %%
edge_s = grazing_time(100e3, 18e3, 84.0)
print("longest burn that misses the mean sphere:", f"{edge_s:.1f} s" if edge_s else "(yours)")
for seconds in (84.0, 102.0, 105.0, 127.0):
    clock = replace(luna.scenario, burn=replace(luna.scenario.burn, timer_s=seconds))
    print(f"timer {seconds:5.0f} s: {ll.fly(clock).verdict:8} perilune {ll.fly(clock).result.perilune_altitude_m / 1e3:6.1f} km")

# %% [markdown]
# ## 7 · Two clocks that disagree
# Ignition at 14:10 Moscow time **[published: L2]**, contact lost at 14:57 **[published: L1]**, impact at 14:58 by a
# reconstruction **[published: L5]**. That is 47 to 48 minutes. What does the mechanics say?

# %%
print(f"as flown: impact {flown.result.impact_s / 60.0:.1f} min after ignition, at {flown.result.impact_speed_mps:.0f} m/s, "
      f"{np.degrees(-flown.result.impact_angle_rad):.1f} deg below the horizontal")
print("\n burn    perilune   impact after")
for seconds in (104.0, 108.0, 112.0, 116.0, 120.0, 127.0):
    run = ll.fly(replace(luna.scenario, burn=replace(luna.scenario.burn, timer_s=seconds))).result
    print(f"{seconds:4.0f} s  {run.perilune_altitude_m / 1e3:7.1f} km   {run.impact_s / 60.0:6.1f} min")

# %% [markdown]
# Six minutes are missing. A shallower orbit stays up longer: a burn of some 112 s would hit after 47 minutes. So would
# other orbits before the burn; ours is an exact circle **[modelled]**. Four kilometres of mountain shift the time by a
# little more than a minute **[derived]**, not by six.
#
# What we can say: 127 s of 84 s end below the ground from *any* orbit near 100 km, and that needs no clock. What we can't
# say is when. **Write down a conflict that you can't resolve.** Do not tune the model until it goes away.

# %% [markdown]
# ## 8 · Why did nothing stop it?
# The engine should have stopped when the accelerometers had summed up the planned velocity change. Their block in the
# inertial unit had not been switched on; probably the command to do so got lost among commands of other priority in the
# same data block **[published: L1, L3, L4]**. The computer read zero, waited for 18.75 m/s, and waited. A time limit ended
# the burn after 127 s **[published: L1]**.
#
# It was not the first burn. Three corrections, on 12, 14 and 18 August, and two burns into orbit had gone well. Four of
# these five lengths are published: 40 to 243 s **[published: L6, L8]**.

# %% [markdown]
# A burn needs two ends. The accelerometer knows what the engine *really* gave. The clock knows what it *can* have given.
# How well? Let this engine's thrust be known to 6 % **[modelled]**:

# %%
for share in (0.94, 1.0, 1.06):
    print(f"thrust {share:4.0%}: complete after {84.0 / share:5.1f} s, grazes after {103.1 / share:5.1f} s")

# %% [markdown]
# Read the table like an engineer. Before 79 s no sum *can* be complete. After 90 s every healthy burn is over. After 97 s
# the strongest engine digs. In between lies room for a decision. At 127 s there was none.

# %% [markdown]
# ### Build 4 · `05.monitor` (5 points)
# Write the rule for a sister of Luna 25. She does the same with an engine of another strength: the same 18.75 m/s take her
# `planned_s`, her thrust is known to 6 % **[modelled]**, too, and the old timer stands behind you, at half as much more than the plan.
# **`planned_s` is yours**: another student's rule fits another engine. Times of your own follow from it.
#
# The rule is asked ten times a second:
#
# | argument | what | unit |
# |---|---|---|
# | `t` | time since ignition | s |
# | `measured_dv` | sum of the accelerometer since ignition | m/s |
# | `measured_accel` | its reading now | m/s² |
#
# Return `True` to stop the engine.
#
# | trial | must | points |
# |---|---|---|
# | nothing broken; engine 6 % weak; engine 6 % strong | perilune 17 to 19 km | 2 |
# | accelerometer dead, dying half way, on late, 30 % low or some other part, of the wrong sign; dead with a strong engine | perilune above 3 km | 2 |
# | accelerometer 30 % high or some other part, or biased | perilune below 28 km, or broken off at once | 1 |
#
# The last two count only if the first is right: a rule that stops good burns is a fault of its own.

# %% task="05.monitor"
GOAL = 18.75  # m/s
planned_s = ll.variant("05.monitor")["planned_s"]


def my_cutoff(t, measured_dv, measured_accel):
    # BEGIN SOLUTION
    if t < planned_s / 1.063:
        return False  # no engine of ours can be done by now, whatever the sum says
    return measured_dv >= GOAL or t >= planned_s / 0.925
    # STUB
    # ...  # return True to stop the engine
    # END SOLUTION


ll.check("05.monitor", my_cutoff)

# %% [markdown]
# The sister with your rule, beside the rule that Luna 25 had:

# %%
longer = planned_s / 84.0  # than Luna 25's burn
sister = replace(
    luna.scenario,
    engine=replace(luna.scenario.engine, thrust_N=luna.scenario.engine.thrust_N / longer),
    burn=replace(luna.scenario.burn, timer_s=127.0 * longer),
)
FAULTS = {
    "healthy": (),
    "dead": (BurnFault("accelerometer", "dead"),),
    "on late": (BurnFault("accelerometer", "late", 30.0 * longer),),
    "30 % low": (BurnFault("accelerometer", "scale", 0.7),),
    "30 % high": (BurnFault("accelerometer", "scale", 1.3),),
}


def mine(scene):
    """Fly it with your rule; None as long as there is none (the check above says what is wrong with it)."""
    try:
        return ll.fly(scene, cutoff=my_cutoff).result
    except Exception:
        return None


print(f"{'accelerometer':14}  {'as flown':>22}  {'yours':>22}")
for name, rows in FAULTS.items():
    scene = replace(sister, faults=rows)
    line = f"{name:14}"
    for run in (ll.fly(scene).result, mine(scene)):
        line += f"  {run.burn_s:7.1f} s {run.perilune_altitude_m / 1e3:9.1f} km" if run else f"{'(yours)':>24}"
    print(line)

# %% [markdown]
# ## 9 · Break it
# Your rule is worth what the 6 % are worth. Let the engine be worse than you were told, with a dead accelerometer:

# %%
dead = BurnFault("accelerometer", "dead")
for share in (0.80, 0.90, 1.00, 1.10, 1.20, 1.30):
    scene = replace(sister, faults=(dead, BurnFault("engine", "scale", share)))
    own = mine(scene)
    run = own or ll.fly(scene).result
    whose = "" if own else "   (the old timer; yours is missing)"
    print(f"engine at {share:4.0%}: {run.burn_s:5.1f} s, perilune {run.perilune_altitude_m / 1e3:6.1f} km   {run.verdict}{whose}")

# %% [markdown]
# A clock is a model of the engine. It fails with the engine; the accelerometer fails by itself. That they fail for
# *different* reasons is the whole point of having two.

# %% [markdown]
# ### When a burn is long
# So far a burn was an instant. Arriving at the Moon it is not. Take Odysseus: 800 m/s into an orbit 92 km up
# **[published: O1]**, which takes an arrival at 761 m/s **[derived]**. Give the same lander weaker and weaker engines,
# always centred on perilune, and steer either against the velocity as it turns, or in one fixed direction.

# %%
hyperbola = arrival(761.0, 92e3)
print(" thrust    burn   against the velocity              fixed direction")
for thrust_N in (8000.0, 3300.0, 1600.0, 800.0, 440.0):
    engine = Engine(thrust_N, 320.0)
    lasts_s = engine.burn_time(1900.0, 800.0)
    r_mci, v_mci = hyperbola.state(-lasts_s / 2.0)
    line = f"{thrust_N:5.0f} N {lasts_s:5.0f} s"
    for steering in ({"steering": "tangential"}, {"steering": "fixed", "direction": (0.0, -1.0, 0.0)}):
        run = fly_burn(r_mci, v_mci, 1900.0, engine, Burn(dv_mps=800.0, **steering))
        shape = f"{run.perilune_altitude_m / 1e3:.0f} x {run.apolune_altitude_m / 1e3:.0f} km, {run.gravity_loss_mps:.1f} m/s lost"
        line += f"   {'hits the ground' if run.verdict == 'IMPACT' else shape:31}"
    print(line)

# %% [markdown]
# A weak engine has to begin early and end late. Pushing against the velocity wastes little, and digs the perilune into the
# ground. Holding one direction keeps the perilune up, and pays for it. **Time to burn is a risk of its own**, even with a
# perfect cut-off. At some 3.3 kN, where Odysseus was, it costs 27 km of perilune in one case, and 2 km in the other **[modelled]**.

# %% [markdown]
# ### Build 5 · `05.trim` (2 points)
# Odysseus really did come out with too low a perilune, and corrected it **[published: O2]**; no source that we read says by
# how much, or why. Write the repair for any such orbit: altitudes of perilune and apolune, and of the perilune that is
# wanted, in m. Return the size of the one burn, in m/s, that lifts the perilune and leaves the apolune where it is. Where
# on the orbit do you burn?

# %% task="05.trim"
def trim_dv(perilune_m, apolune_m, wanted_perilune_m):
    # BEGIN SOLUTION
    high = R_MOON + apolune_m

    def speed_up_there(low_m):
        return np.sqrt(2.0 * MU_MOON * (1.0 / high - 1.0 / (high + R_MOON + low_m)))

    return speed_up_there(wanted_perilune_m) - speed_up_there(perilune_m)
    # STUB
    # ...  # return dv in m/s
    # END SOLUTION


ll.check("05.trim", trim_dv)

# %% [markdown]
# Two numbers to end with. What lifts the 65 x 120 km of the table above to 92 x 120 km **[modelled]**. And what would have saved Luna 25,
# if somebody had seen the orbit in time: from 22 km below the ground back to 18 km above it.

# %%
for orbit in ((65e3, 120e3, 92e3), (-22.2e3, 100e3, 18e3)):
    needed = trim_dv(*orbit)
    print("{:6.1f} x {:.0f} km, perilune to {:.0f} km:".format(*(x / 1e3 for x in orbit)), f"{needed:.1f} m/s" if needed else "(yours)")

# %% [markdown]
# 9.6 m/s, the over-burn and nothing else: 43 s of the same engine, pointed the other way. But at apolune; and apolune is
# where the burn had just ended. This orbit does not lead back to it.

# %% [markdown]
# ## 10 · Explain
# In two sentences each, for the board that signs the flight rules:
# 1. The burn had a back-up timer. Why did it not help?
# 2. A colleague proposes: "If the accelerometer reads zero for a second, stop." What is good about it, and what does it
# leave open?
#
# *Write here.*

# %% [markdown] solution
# **A model answer.** 1. It stood at 127 s, where any engine that works has already put the perilune below the ground, 24 s
# beyond the edge: it limited the use of propellant, not the fall. A back-up must act while there is still an orbit. 2. It
# catches a dead sensor within a second, when breaking off costs nothing. It leaves open every sensor that is wrong without
# being silent, and it needs a rule for the first second, in which a healthy engine builds up its thrust.

# %% [markdown]
# ## 11 · Exit quiz

# %% hide
ll.quiz(
    "Your burn is planned for 200 s; 230 s would graze. Thrust is known to 5 %. Where do you put the back-up timer?",
    {
        "At 200 s: that is the plan": "An engine that is 5 % weak needs 210 s. You would cut off every one of those, and none is "
        "broken.",
        "At 230 s: from there on it is dangerous": "With 5 % more thrust the edge comes at 219 s. And grazing is no target.",
        "*At about 213 s": "Beyond 210 s, so that weak engines finish, and short of 219 s, where a strong one grazes. It is a narrow "
        "window, and that is worth knowing before the flight.",
        "At 300 s, as far from the plan as the propellant allows": "Then it guards the tank. Luna 25's guarded something like that.",
    },
)

# %% hide
ll.quiz(
    "The perilune came out 30 km too low. Where do you burn to lift it?",
    {
        "At perilune, as soon as you get there": "A burn at perilune moves the apolune. And you may not like what you meet there.",
        "*At apolune, along the velocity": "A burn moves the other side of the orbit; and the speed is lowest there, so little "
        "goes far.",
        "Anywhere, pushing upwards": "Pushing along the radius turns the orbit more than it lifts it, and costs several times as "
        "much.",
    },
)

# %% hide
ll.quiz(
    "Two accelerometers instead of one, in the same unit. Would that have saved Luna 25?",
    {
        "Yes: the second takes over": "From a unit that has not been switched on? What failed was the command, and that is one for both.",
        "Yes: a vote finds the one that is wrong": "Both say zero, in full agreement. A vote finds the odd one out, not the "
        "wrong ones.",
        "*No: both would have read zero": "They share the switch. What helps is something that fails for another reason: here the "
        "clock, with a time that fits.",
    },
)

# %%
ll.progress("05")

# %% [markdown]
# ## Sources
# | code | source |
# |---|---|
# | L1 | TASS, 3 October 2023, finding of the commission, tass.com/science/1683555 |
# | L2 | Interfax, 21 August 2023, 127 s instead of 84 s, engine start at 14:10, interfax.com/newsroom/top-stories/93765 |
# | L3 | Interfax, 3 October 2023, cause in the control system, interfax.com/newsroom/top-stories/95063 |
# | L4 | Leonard David, Luna-25 mishap board finding, leonarddavid.com |
# | L5 | TASS, 21 August 2023, reconstruction by the Keldysh Institute, tass.com/science/1663215 |
# | L6 | Aviation Week, Luna-25 settles into the Moon's orbit |
# | L8 | Sputnik, 18 August 2023, manoeuvre reports, sputnikglobe.com |
# | O1 | Intuitive Machines, statement on lunar orbit insertion, repost, tippgazette.com/news/2024/2 |
# | O2 | notes from the IM-1 news conference of 23 February 2024, sh.itjust.works/post/15113070 |
# | O7 | Wikipedia (French), Nova-C |
# | O8 | Future Spaceflight, Nova-C, futurespaceflight.com/lunar-landers/nova-c.html |
#
# The exact orbit before the burn, the engine and the mass of Luna 25 are in none of them.
#
# Text: CC BY 4.0. Code: BSD 3-Clause.
