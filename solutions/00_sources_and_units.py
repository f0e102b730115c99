# %% [markdown]
# # 00 Sources and units
# **How to read a launch-day article** · 45 minutes · 12 points
#
# Every lesson of this course leans on numbers that somebody printed. This one is about reading them: whose clock, whose
# miles, who says so, and how would you know if it were wrong? Sometimes the Moon itself will tell you.
#
# | After this lesson you can | checked by |
# |---|---|
# | **convert** clock times between zones without losing a day | `00.clock` |
# | **compute** how long half a turn around the Moon takes | `00.coast` |
# | **convert** miles, feet, pounds and their speeds, and see a slip | `00.units` |
# | **audit** an article: what agrees, what is a slip, what is contradicted, what is outdated | `00.audit` |
# | **choose** between sources that disagree, and show that they do | `00.versions` |
#
# **Before:** nothing but a little Python: functions, lists, dicts.
#
# **Missions:** Resilience (HAKUTO-R Mission 2), HAKUTO-R Mission 1, APEX 1.0; beside them Athena (IM-2), Blue Ghost, SLIM.

# %% [markdown]
# ### How this works
# * Run a cell with Shift + Enter. Where it says `...`, you write. `ll.check` tells you at once what fits and what does not, as
#   often as you like.
# * If something is odd: **Kernel → Restart and run all**. A notebook that only works in the order in which you happened to
#   run it does not work.
# * Nothing here needs a network, an account, or more than this computer.

# %%
from dataclasses import replace

import sympy as sp
from astropy import units as u

import lunarlab as ll
from lunarlab.constants import MU_MOON, R_MOON
from lunarlab.errors import LunarlabError

print("lunarlab", ll.__version__, "with", len(ll.case_names()), "missions")

# %% [markdown]
# ### Who says so?
# Each number about a real mission carries a label, here and in every lesson.
#
# * **[published: LDA]** somebody printed it; the code is in the list of sources at the end
# * **[derived]** follows from published numbers by arithmetic
# * **[modelled]** our choice, so that something flies at all
#
# Each source has a **grade**. A: the operator, an agency, or a measurement that anyone can repeat. B: press with a name to
# lose, encyclopedias. C: blogs, digests, forums. A grade says how far the words are from the telemetry. It does not say who
# is right.

# %% [markdown]
# ## 1 · Hook: two stories of one crash
# 4 June 2025. *Resilience* is about to land, and an article tells its readers what to expect. It also tells what became of
# Mission 1, two years before: its altitude sensor took the rim of a crater for the ground, and the engines were shut down
# 5 km up **[published: LDA]**.
#
# The operator had told it otherwise: the sensor was right, and saw the ground fall away by 3 km behind the rim. The
# software did not believe it, shut it out, and came down slowly on a wrong height. That read zero at a true 5 km
# **[published: I1, I12]**. About a minute later the propellant was gone, and the lander fell **[published: I2]**.
#
# Here is the operator's story, flown.

# %%
m1 = ll.fly(ll.case("hakuto-r-m1").scenario, seed=1)
ll.replay(m1, "Mission 1, as its operator tells it")

# %% [markdown]
# And here the article's: the engines stop 5 km up. Gate, masses and ground are **[modelled]** in both.

# %%
mare = ll.case("nominal-mare").scenario
stop = tuple(ll.Fault(engine, "lost", trigger="altitude", at=5000.0) for engine in ("main", "assist"))
told = ll.fly(replace(mare, faults=stop), seed=1)
for name, flight in (("operator", m1), ("article", told)):
    left = flight.touchdown.propellant_left_kg
    print(f"{name:9} {flight.verdict}, contact at {flight.touchdown.speed_mps:3.0f} m/s, {left:4.1f} kg of propellant left")

# %% [markdown]
# Both crash, both fast. A reader who only knows that it fell can't tell the two apart. Who can? Somebody with the telemetry:
# in one story the engines burn *until nothing is left*, in the other they stop with tens of kilograms to go. The operator has
# the telemetry. So this course follows the operator, and keeps the other story as what it is: **printed, and contradicted**.

# %% [markdown]
# ## 2 · Predict

# %% hide
ll.quiz(
    "The article says: touchdown at 3:17 p.m. EDT, 1917 GMT, 4:17 a.m. in Tokyo. How many of the three can be wrong by "
    "an hour without you noticing?",
    {
        "All three: each stands for itself": "They are one moment on three clocks. Each pair must differ by the zones, so a slip in "
        "one of them shows.",
        "*None, if you compare them": "That is what three clocks are good for: they check each other. Two would only tell you that "
        "one of them is wrong.",
        "One, the one in Tokyo: it is another day": "The day changes with the zone, but by a rule. It can be checked like the rest.",
    },
)

# %% hide
ll.quiz(
    "One source says 250 m, another more than 400 m. What do you print?",
    {
        "325 m, the mean": "Now there are three numbers, and nobody has measured the third.",
        "The one that you like": "Then your reader can't know that there was another.",
        "*Both, with who says so": "A disagreement is information. It even tells how well the thing is known.",
    },
)

# %% hide
ll.quiz(
    "A lander of 7.5 ft, it says, or 2.3 m. 7.5 ft are 2.286 m. Is that a slip?",
    {
        "Yes: 2.286 is not 2.3": "To the digits that were printed it is. A number says how well it is known by how it is written.",
        "*No: to the digits that were printed, they agree": "2.286 rounds to 2.3. If it said 2.28 or 3.2, you would ask.",
        "You can't tell without a drawing": "You can tell whether the two numbers agree. Whether both are wrong, you can't.",
    },
)

# %% [markdown]
# ## 3 · Explore: source cards
# The panel has two pictures. *The clock of the descent* runs backwards from touchdown. *Versions of a number* shows who
# says what, and with which grade.
#
# 1. The article gives two times for the beginning of the descent. Which one leaves time for half a turn around the Moon?
# 2. Move the two ends of the orbit. Is there an orbit quick enough for the other one?
# 3. Among the versions: for which number would it be foolish to take a mean?

# %%
ll.console.sources()

# %% [markdown]
# ## 4 · One moment, three clocks
# The article as data, in our words, with its numbers as printed:

# %%
article = ll.article("launch-day")
for figure in article.figures.values():
    numbers = " = ".join(f"{value:g} {unit}" for value, unit in figure.printed)
    clocks = " = ".join(f"{clock} ({zone:+g} h, day {day})" for clock, zone, day in figure.clocks)
    print(f"{figure.key:12} {figure.what}: {numbers or clocks}")

# %% [markdown]
# A zone is a number: the hours by which its clocks are ahead of UTC (GMT, for our purpose). New York in June has -4, Tokyo
# +9, India +5.5.

# %% [markdown]
# ### Build 1 · `00.clock` (2 points)
# Local hour, minute, and zone in; **minutes after midnight UTC** of the same date out. Before midnight is negative, after
# the next midnight is more than 1440: do not lose the day.

# %% task="00.clock"
def utc_minutes(hour, minute, zone_h):
    # BEGIN SOLUTION
    return 60.0 * (hour - zone_h) + minute
    # STUB
    # ...  # return minutes
    # END SOLUTION


ll.check("00.clock", utc_minutes)

# %%
for key in ("landing", "begin"):
    for clock, zone, day in article.figures[key].clocks:
        hour, minute = map(int, clock.split(":"))
        at = utc_minutes(hour, minute, zone)
        shown = "(yours)" if at is None else f"{at + 1440.0 * day:6.0f} min after midnight UTC of 5 June"
        print(f"{key:8} {clock} at {zone:+g} h: {shown}")

# %% [markdown]
# The three times of the landing are one. The two of the beginning are twenty minutes apart: 14:20 in New York is 18:20 UTC
# **[derived]**, and the article has 18:40 **[published: LDA]**. One of them is a slip of the pen. Which?
#
# Two more sources. A newspaper had the descent begin at 03:20 in Tokyo **[published: J17]**, and the operator sent the
# command at 18:13 UTC **[published: J12]**. But can't *they* be wrong? Let us ask somebody who can't.

# %% [markdown]
# ## 5 · Derive: what the Moon allows
# A circle of radius $a$: gravity bends the path, $\mu/a^2 = v^2/a$. And a turn takes $T = 2\pi a/v$.

# %%
a, mu, rho, G, v = sp.symbols("a mu rho G v", positive=True)
speed = sp.solve(sp.Eq(mu / a**2, v**2 / a), v)[0]
turn = sp.simplify(2 * sp.pi * a / speed)
turn

# %% [markdown]
# Kepler's third law says that an ellipse with the same $a$, half of the long axis, takes just as long. Now the quickest turn of
# all, along the ground. The mass of a ball is density times volume:

# %%
sp.simplify(turn.subs(mu, G * rho * sp.Rational(4, 3) * sp.pi * a**3))

# %% [markdown]
# The radius is gone. *The quickest turn around a ball hangs on its density alone*: it is the same for the Moon and for a
# pebble of moon rock. No orbit is quicker.

# %% [markdown]
# ### Build 2 · `00.coast` (2 points)
# *Resilience* circled at 100 km **[published: J1]**, slowed down a little, and coasted half a turn to the low point where
# braking was to begin. Heights of high and low point over the mean Moon in [m], half a turn out in [s].
# `R_MOON` and `MU_MOON` are imported.

# %% task="00.coast"
def half_turn(apolune_m, perilune_m):
    # BEGIN SOLUTION
    semi_major = R_MOON + (apolune_m + perilune_m) / 2.0
    return float(sp.pi) * (semi_major**3 / MU_MOON) ** 0.5
    # STUB
    # ...  # return seconds
    # END SOLUTION


ll.check("00.coast", half_turn)

# %%
landing = utc_minutes(19, 17, 0)
for name, low_m in (("100 x 20 km", 20e3), ("100 x 15 km", 15e3), ("along the ground", None)):
    seconds = half_turn(100e3, low_m) if low_m else half_turn(0.0, 0.0)
    print(f"half a turn {name:17}", "(yours)" if seconds is None else f"{seconds / 60.0:5.1f} min")
for clock in ((18, 20), (18, 40)):
    at = utc_minutes(*clock, 0)
    left = None if at is None or landing is None else landing - at
    print(f"from {clock[0]}:{clock[1]} to touchdown:", "(yours)" if left is None else f"{left:.0f} min")

# %% [markdown]
# Braking takes about 10 minutes **[published: J9]**. From 18:40 that leaves 27 min for a way that takes 57, and that even
# a stone along the ground could not do in less than 54 **[derived]**. So 18:40 is wrong, whoever printed it. From 18:20
# there are 47: still a little short, but the article says "around". The command of 18:13 fits best.
#
# **Physics is a source, too.** It has grade A, and it never has a slip of the pen. You may have one: so let a second route
# check you, as the two New York and London clocks checked each other.

# %% [markdown]
# ## 6 · Miles, feet, pounds
# Four sizes are exact by treaty: 1 mi = 1609.344 m, 1 ft = 0.3048 m, 1 lb = 0.45359237 kg, 1 h = 3600 s.

# %% [markdown]
# ### Build 3 · `00.units` (3 points)
# A number and one of the units `"mi"`, `"ft"`, `"lb"`, `"mph"` (miles in an hour), `"km/h"` in; the same in SI out: m, kg, m/s.

# %% task="00.units"
def to_si(value, unit):
    # BEGIN SOLUTION
    size = {"mi": 1609.344, "ft": 0.3048, "lb": 0.45359237, "mph": 1609.344 / 3600.0, "km/h": 1000.0 / 3600.0}
    return value * size[unit]
    # STUB
    # ...  # return the value in SI
    # END SOLUTION


ll.check("00.units", to_si)

# %%
for figure in article.figures.values():
    if len(figure.printed) == 2:
        (foreign, unit), (metric, own) = figure.printed
        found = to_si(foreign, unit)
        scale = 1000.0 if own == "km" else 1.0
        print(f"{figure.key:12} {foreign:g} {unit} =", "(yours)" if found is None else f"{found / scale:.4g} {own}; printed {metric:g}")

# %% [markdown]
# ## 7 · Break it: the slip that nobody sees
# In this course a number has its unit in its name, `mass_kg`, and at the door you may hand in a `Quantity` of astropy, which
# carries its unit along. Then a slip has a name:

# %%
pounds = u.def_unit("lb_", 0.45359237 * u.kg)
heavy = replace(mare.vehicle, mass_kg=1700.0 * pounds)
print(f"1700 lb are {heavy.mass_kg:.0f} kg")
try:
    replace(mare.vehicle, mass_kg=771.0 * u.N)
except LunarlabError as error:
    print("refused:", error)

# %% [markdown]
# But a bare number has no unit. If you *believe* that 1700 are kilograms, nobody can see it, except by what comes of it:

# %%
for name, mass_kg in (("1700 lb, converted", heavy.mass_kg), ("1700, taken for kg", 1700.0)):
    slip = ll.fly(replace(mare, vehicle=replace(mare.vehicle, mass_kg=mass_kg)), seed=1)
    print(f"{name:20} {slip.verdict}: {'; '.join(slip.reasons[:1]) or 'fine'}")

# %% [markdown]
# Try it: `height_m=3.1 * u.km` in a `ll.Fault("altimeter", "late", ...)`? A mile for a kilometre somewhere else? The habit that
# saves you costs nothing: **write the unit, and convert at the door.**

# %% [markdown]
# ## 8 · Build 4 · the audit
# Now read the article as a reviewer. One word for each statement:
#
# | word | meaning |
# |---|---|
# | `agrees` | its numbers agree with each other, to the digits that were printed |
# | `slip` | its numbers can't all be right |
# | `contradicted` | printed, but who has the evidence says otherwise |
# | `outdated` | was right once |
#
# About APEX 1.0, the lander of the operator's third mission: the article has it fly in 2026 **[published: LDA]**. Another
# source, four weeks older, had moved it to 2027 **[published: K1]**.

# %% [markdown]
# ### `00.audit` (3 points)
# The keys are those of the list in part 4.

# %% task="00.audit"
audit = {
    "landing": ...,
    "begin": ...,
    "orbit": ...,
    "height": ...,
    "width": ...,
    "mass": ...,
    "rim": ...,
    "apex": ...,
}
# BEGIN SOLUTION
audit = dict.fromkeys(audit, "agrees") | {"begin": "slip", "rim": "contradicted", "apex": "outdated"}
# STUB
# # fill in the words above
# END SOLUTION

ll.check("00.audit", audit)

# %% [markdown]
# Five of eight agree, to the digit. It is a good article, of a good journalist, on a busy day. That is why one has to look.

# %% [markdown]
# ## 9 · Build 5 · sources that disagree
# *Resilience* again. Its first valid range came at 893 m **[published: J6]**; an earlier briefing said 1 to 1.5 km
# **[published: J7]**. Athena missed its place by 250 m **[published: A3]** or by more than 400 m **[published: A4]**. Blue
# Ghost missed its by 118 m **[published: B3]**.

# %%
for dispute in article.disagreements.values():
    said = "; ".join(f"{v.low:g}" + (f" to {v.high:g}" if v.high != v.low else "") + f" [{v.source}, {v.grade}]" for v in dispute.versions)
    print(f"{dispute.what} ({dispute.unit or 'year'}): {said}")

# %% [markdown]
# ### `00.versions` (2 points)
# A list of versions, each `(value, grade, said)`: a number, `"A"`, `"B"` or `"C"`, and a date such as `"2025-06-24"`, in no
# order. Return three numbers: the smallest and the largest of all values, and **the one to use**: of the best grade, and of
# equal grades the latest. (ISO dates sort as text. So do grades.)

# %% task="00.versions"
def settle(versions):
    # BEGIN SOLUTION
    values = [value for value, _, _ in versions]
    best = min(grade for _, grade, _ in versions)
    use = max((said, value) for value, grade, said in versions if grade == best)[1]
    return min(values), max(values), use
    # STUB
    # ...  # return low, high, best
    # END SOLUTION


ll.check("00.versions", settle)

# %% [markdown]
# A rule like this is a beginning, not an end. It would have you believe a repost of a release of the operator, on the day of
# the accident, before anybody had looked at the data. Where you break your rule, say so: that is what *used* means in the
# source cards.

# %%
ll.console.sources(show="versions", dispute="last_height", mean=True)

# %% [markdown]
# ## 10 · Explain
# In two sentences each, for a friend who shares a headline:
# 1. How do you know that the descent did not begin at 18:40?
# 2. Two sources differ by a factor of two. What do you do before you choose?
#
# *Write here.*

# %% [markdown] solution
# **A model answer.** 1. From 18:40 to touchdown are 37 minutes, braking takes ten of them, and no orbit around the Moon goes
# half round in 27: the quickest one, along the ground, takes 54. 2. I ask what each of them means by the number, who
# measured it and when it was said; then I print both, say which one I use, and why.

# %% [markdown]
# ## 11 · Exit quiz

# %% hide
ll.quiz(
    "A blog prints the operator's press release word for word. Which grade has it?",
    {
        "C: it is a blog": "The grade is that of the words, not of the paper. These words come from the operator.",
        "*A, as long as it is word for word": "Close to the telemetry is what counts. Where you can, look up the release itself.",
        "B: the mean of the two": "Grades do not blend, no more than the numbers do.",
    },
)

# %% hide
ll.quiz(
    "Which of these is derived?",
    {
        "The first valid range, 893 m": "Somebody printed it: published.",
        "The gate of 700 m in our model of Mission 1": "Nobody has published a gate. It was chosen: modelled.",
        "*Half a turn of 57 minutes": "From a published orbit and arithmetic. Anyone can check it without trusting you.",
    },
)  # no claim: 700 m

# %% hide
ll.quiz(
    "Three articles say the sensor was fooled. One report says that the software was. The three ...",
    {
        "win, three to one": "If two of them copied the third, it is one to one. Count telemetries, not articles.",
        "*count for one, if they go back to the same sentence": "Ask where each of them has it from. Often the trail ends in one place.",
        "prove that nobody knows": "Somebody does: who has the data.",
    },
)

# %%
ll.progress("00")

# %% [markdown]
# ## Sources
# | code | source |
# |---|---|
# | A3 | collectSPACE, 6 March 2025, Athena at an off-nominal angle |
# | A4 | NASA Artemis, post of March 2025 on IM-2 |
# | B3 | J. Mehta, Blue Ghost's precision from pictures of LRO, medium.com/predict |
# | I1 | ispace, 26 May 2023, results of Mission 1 (Japanese) |
# | I2 | PC Watch, analysis briefing on Mission 1 (Japanese) |
# | I12 | Kyodo via Nordot, wrong altitude judged by the lander's software (Japanese) |
# | J1 | ispace, final orbit of Mission 2 |
# | J6 | tan-w blog on the briefing of June 2025, blog.tan-w.net/archives/93725 |
# | J7 | innovaTopia, notes of the press conference of 6 June 2025, xb425315.xbiz.jp/?p=57002 |
# | J9 | The Space Bucket, account of the broadcast of 5 June 2025 |
# | J12 | Rocking Robots, repost of ispace's statement of 6 June 2025 |
# | J17 | Japan Times, 2 June 2025 |
# | K1 | Space Front Page, engine change moves APEX 1.0 to 2027 |
# | LDA | Space.com, watch-live article on the landing of Resilience, 4 and 5 June 2025 |
#
# Text: CC BY 4.0. Code: BSD 3-Clause.
