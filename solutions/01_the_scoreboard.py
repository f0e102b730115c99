# %% [markdown]
# # 01 The scoreboard
# **Fifteen attempts, and what they prove** · 60 minutes · 12 points
#
# From 2019 to 2025 fifteen craft set out to land on the Moon. How many succeeded? The answer is five, or eight, or thirteen, and
# each of them is right. This lesson is about saying which, and about how little fifteen can tell.
#
# | After this lesson you can | checked by |
# |---|---|
# | **count** successes under a definition that you state | `01.rate` |
# | **compute** the interval that a rate of few tries leaves open | `01.interval` |
# | **compute** the chance of at least one success in several tries | `01.once` |
# | **classify** what became of a lander's knowledge of its height | `01.threads` |
# | **propagate** the uncertainty of a first budget | `01.budget` |
#
# **Before:** lesson 00; what a probability is.
#
# **Missions:** Chang'e 4, Beresheet, Chandrayaan-2, Chang'e 5, OMOTENASHI, HAKUTO-R M1, Luna 25, Chandrayaan-3, Peregrine, SLIM, Odysseus
# (IM-1), Chang'e 6, Blue Ghost, Athena (IM-2), Resilience; Surveyor 3 from another time.

# %% [markdown]
# ### Who says so?
# * **[published: J6]** somebody printed it; the code is in the list of sources at the end
# * **[derived]** follows from published numbers by arithmetic
# * **[modelled]** our choice, so that there is something to compute

# %%
from math import comb, sqrt

import numpy as np
import sympy as sp

import lunarlab as ll
from lunarlab.cases.scoreboard import STAGES
from lunarlab.constants import MU_MOON, R_MOON
from lunarlab.plots.style import new_figure, put_legend

board = ll.scoreboard()

# %% [markdown]
# ## 1 · Hook: the third success
# On the day of *Resilience*'s landing an article says: if it works, it will be the third success of a commercial lander
# **[published: LDA]**. The third? Here are all who tried before, and how far each of them came.

# %%
for row in board:
    print(f"{row.date}  {row.name:16} {'private' if row.private else 'agency':8} {STAGES[row.stage]:18} {row.what} [{row.source}]")

# %% [markdown]
# Odysseus had landed, and fallen over **[published: O5]**. Blue Ghost had landed upright **[published: B1]**. Athena had landed on
# its side, three months before **[published: A3, A5]**. Who counts all that lived to tell has three before Resilience; who counts
# those that stood has one. **To say "the third", you have to count the one that fell over and leave out the one that lay
# down.** The article does not say why. Perhaps there is a reason. It is not in the number.

# %% [markdown]
# ## 2 · Predict

# %% hide
ll.quiz(
    "Of seven private landers one came to rest upright. So the chance of the next one is ...",
    {
        "one in seven": "That is the best single guess. It says nothing of how good the guess is.",
        "*somewhere between next to nothing and more than a half": "That is what one of seven leaves open. You will compute the two ends.",
        "nothing one could know: they were all different": "True, they were. So even the wide interval is an optimist: it takes them for "
        "tosses of one coin.",
    },
)

# %% hide
ll.quiz(
    "A company says: 100 % of our missions that began their descent landed. There was one. What do you think?",
    {
        "*It is true, and it leaves almost everything open": "One of one. At 95 % the chance may be anything above one in forty.",
        "It is a lie": "It is true. That is what makes it useful to those who print it.",
        "It is better than 8 of 12": "As a rate, yes. As evidence, no: of one try nobody learns much.",
    },
)

# %% hide
ll.quiz(
    "Of five landers with trouble with their height, how many had a broken altimeter?",
    {
        "All five": "Then better altimeters would be enough. Look at what happened to each.",
        "None": "Some of them did break, or were as good as broken.",
        "*Fewer than you would think": "One was right and not believed, one was switched off, one came late for a reason that nobody "
        "has found. Common is the thread, not the cause.",
    },
)

# %% [markdown]
# ## 3 · Explore: make the number that you want
# 1. What is the highest rate of success that you can get out of these fifteen, and what the lowest?
# 2. Which one would stand on a company's web page? Which would an insurer use?
# 3. Compare private ones and agencies. Do their intervals overlap?

# %%
ll.console.scoreboard()

# %% [markdown]
# Luna 25 is hard to place: it crashed on the Moon without ever having begun to land **[published: L1]**. So is SLIM: it stood
# on its nose, 55 m from its place **[published: SL3]**, and worked. A ladder needs a rule for each, and the rule is yours to state.

# %% [markdown]
# ## 4 · Build 1 · count twice
# A rate hides its denominator. So do not return a rate.

# %% [markdown]
# ### `01.rate` (2 points)
# A list of stages (whole numbers, one for each attempt, each stage containing those before it), the stage that counts as a
# success, and the stage among which you count. Return two counts: successes, and attempts that count.

# %% task="01.rate"
def rate(stages, success, among):
    # BEGIN SOLUTION
    counted = [stage for stage in stages if stage >= among]
    return sum(stage >= success for stage in counted), len(counted)
    # STUB
    # ...  # return successes, attempts
    # END SOLUTION


ll.check("01.rate", rate)

# %%
stages = [row.stage for row in board]
private = [row.stage for row in board if row.private]
for who, rows in (("all", stages), ("private", private)):
    for success, among in ((3, 0), (3, 2), (4, 0), (4, 2)):
        count = rate(rows, success, among)
        shown = "(yours)" if count is None else f"{count[0]} of {count[1]}"
        print(f"{who:8} {STAGES[success]:15} of all that {STAGES[among]:18} {shown}")

# %% [markdown]
# ## 5 · Derive: the best guess
# Each attempt succeeds with the chance $p$, and one does not care about the other **[modelled]**. Then $k$ of $n$ succeed with
# the probability $\binom nk p^k (1-p)^{n-k}$. For which $p$ is what happened likeliest?

# %%
p, k, n = sp.symbols("p k n", positive=True)
log_likelihood = k * sp.log(p) + (n - k) * sp.log(1 - p)
sp.solve(sp.diff(log_likelihood, p), p)

# %% [markdown]
# $k/n$: **one success in $n$ tries makes $1/n$ the best guess, and that is all.** How good is it? Here is how likely one of
# seven was, for every $p$.

# %%
x = np.linspace(0.001, 0.8, 400)
fig, (axes,) = new_figure(height=3.2)
for successes, of, style in ((1, 7, "-"), (10, 70, "--")):
    likely = comb(of, successes) * x**successes * (1 - x) ** (of - successes)
    axes.plot(100 * x, likely / likely.max(), style, color="#0072B2", label=f"{successes} of {of}")
axes.axvline(100 / 7, color="#D55E00", label="k / n")
axes.set(xlabel="chance of one landing, %", ylabel="how likely, of the best", ylim=(0.0, 1.05))
axes.set_title("The same rate, ten times the evidence", loc="left")
put_legend(axes)
ll.plots.show(fig)

# %% [markdown]
# With one of seven, a chance of 5 % explains what happened two thirds as well as 14 % does, and 35 % half as well. With 10 of
# 70 they are out of the question.

# %% [markdown]
# ## 6 · Build 2 · what so few leave open
# Clopper and Pearson (1934) ask: which $p$ can't be excluded?
#
# * The **lower end** is the $p$ at which as many as $k$ *or more* would be a surprise: it has the probability
#   $(1-\text{confidence})/2$. With no success at all it is 0.
# * The **upper end** is the $p$ at which as few as $k$ *or fewer* would be: the same. With no failure it is 1.

# %% [markdown]
# ### `01.interval` (3 points)
# $k$, $n$ and a confidence such as 0.95 in, the two ends out. Bisection, `scipy.stats.beta` or `scipy.stats.binomtest`: as you
# like.

# %% task="01.interval"
def interval(k, n, confidence):
    # BEGIN SOLUTION
    from scipy.stats import beta

    tail = (1.0 - confidence) / 2.0
    low = beta.ppf(tail, k, n - k + 1) if k > 0 else 0.0
    high = beta.ppf(1.0 - tail, k + 1, n - k) if k < n else 1.0
    return low, high
    # STUB
    # ...  # return low, high
    # END SOLUTION


ll.check("01.interval", interval)

# %%
agency = [row.stage for row in board if not row.private]
for who, rows in (("all", stages), ("private", private), ("agencies", agency)):
    count = rate(rows, 3, 0)
    ends = None if count is None else interval(*count, 0.95)
    shown = "(yours)" if ends is None else f"{count[0]} of {count[1]}: {100 * ends[0]:.0f} to {100 * ends[1]:.0f} %"
    print(f"{who:9} at rest and alive, of all: {shown}")

# %% [markdown]
# The interval of all fifteen reaches from one in four to four in five. "Half of all landings fail" is in it, and so is "three of
# four succeed". And those of private landers and of agencies overlap widely: **who says that one of them is better, says more
# than the board does.** It also takes fifteen different machines for tosses of one coin.

# %% [markdown]
# ## 7 · Build 3 · the next ones
# Somebody has three tries. What is the chance that at least one lands?

# %% [markdown]
# ### `01.once` (2 points)
# The chance of one landing and the number of tries in, the chance of at least one success out.

# %% task="01.once"
def at_least_one(p, n):
    # BEGIN SOLUTION
    return 1.0 - (1.0 - p) ** n
    # STUB
    # ...  # return a probability
    # END SOLUTION


ll.check("01.once", at_least_one)

# %%
for chance in (1 / 7, 3 / 7, 0.9):
    row = [at_least_one(chance, tries) for tries in (1, 2, 3, 5)]
    print(f"p = {chance:4.0%}:", "(yours)" if row[0] is None else "  ".join(f"{value:4.0%}" for value in row), "  in 1, 2, 3, 5 tries")

# %% [markdown]
# ## 8 · One thread, five causes
# A lander that does not know its height is a common thread of this board. The causes are not common at all:
#
# | word | meaning |
# |---|---|
# | `rejected` | the sensor was right, and the software did not believe it |
# | `late` | it worked too late |
# | `absent` | there was no measurement |
# | `noisy` | there was one, and it was bad |
# | `lost` | it worked, and then lost the ground |
# | `other` | the height was not what failed |
#
# HAKUTO-R M1 shut its range finder out **[published: I1, I2]**. Resilience got its first valid range at 893 m
# **[published: J6]**. Odysseus landed without ranges, for a safety switch **[published: O2]**. Athena's were noisy and distorted
# **[published: A5]**. Long before them, in April 1967, Surveyor 3 lost the ground just above it, did not switch off, and hopped, 10 m
# and 3 m high **[published: Y5]**.

# %% [markdown]
# ### Task 4 · `01.threads` (2 points)
# One word for each. The board's own words (`row.what`) help, and so do the cases: `ll.case("slim").facts`.

# %% task="01.threads"
fate = {
    "hakuto-r-m1": ...,
    "resilience-m2": ...,
    "odysseus-im-1": ...,
    "athena-im-2": ...,
    "surveyor-3": ...,
    "luna-25": ...,
    "peregrine": ...,
    "slim": ...,
}
# BEGIN SOLUTION
fate |= {"hakuto-r-m1": "rejected", "resilience-m2": "late", "odysseus-im-1": "absent", "athena-im-2": "noisy"}
fate |= {"surveyor-3": "lost"} | dict.fromkeys(("luna-25", "peregrine", "slim"), "other")
# STUB
# # fill in the words above
# END SOLUTION

ll.check("01.threads", fate)

# %% [markdown]
# Would a second altimeter have saved them? Of the same kind: one switch would have turned off both, and Mission 1's software
# would have shut out both. Lessons 09 and 10 are about this thread, lesson 05 about Luna 25, lesson 06 about Peregrine, lesson 12 about
# SLIM.

# %% [markdown]
# ## 9 · Break it: a first budget
# Before a lander is built somebody adds up what its tank must buy. A capture burn takes the arrival speed
# $\sqrt{v_\infty^2 + 2\mu/r}$ down to the speed of an orbit:

# %%
v_inf, mu, r, v_orbit = sp.symbols("v_inf mu r v_orbit", positive=True)
capture = sp.sqrt(v_inf**2 + 2 * mu / r) - v_orbit
sp.diff(capture, v_inf)

# %% [markdown]
# That is how much of an uncertainty of $v_\infty$ gets through: $v_\infty$ over the speed at perilune, a third at most. **A
# derivative is an exchange rate for uncertainty.** The orbits below are published: Resilience 70 x 5800 km **[published: J1]**,
# SLIM 600 x 4000 km **[published: SL1]**, Chandrayaan-3 164 x 18,074 km **[published: C2]**, Blue Ghost 150 x 5673 km
# **[published: J10]**, Odysseus 92 x 92 km **[published: O1]**. The arrivals are 0.2 ± 0.1 km/s for the long way round,
# 0.8 ± 0.05 km/s for the fast one **[modelled]**. From the circle all descend to 15 km and
# brake, with a tenth on top for gravity and 60 m/s of doubt **[modelled]**. Days from launch to capture are **[derived]**.

# %%
ROUTES = {
    "Resilience": (70e3, 5800e3, 200.0, 100.0, 112), "SLIM": (600e3, 4000e3, 200.0, 100.0, 109),
    "Chandrayaan-3": (164e3, 18074e3, 800.0, 50.0, 22), "Blue Ghost": (150e3, 5673e3, 800.0, 50.0, 30),
    "Odysseus": (92e3, 92e3, 800.0, 50.0, 6),
}  # fmt: skip


def speed(height_m, other_m):
    """Speed at one end of an orbit, heights of both ends [m]."""
    near, far = R_MOON + height_m, R_MOON + other_m
    return sqrt(MU_MOON * (2.0 / near - 2.0 / (near + far)))


steps_of = {}
for name, (low, high, arrival, sigma, days) in ROUTES.items():
    near = sqrt(arrival**2 + 2.0 * MU_MOON / (R_MOON + low))
    burn = near - speed(low, high)
    lower = speed(low, high) - speed(low, low) if high > low else 0.0
    leave, land = speed(low, low) - speed(low, 15e3), 1.1 * speed(15e3, low)
    steps_of[name] = [(burn, arrival / near * sigma), (lower, 0.03 * lower), (leave, 1.0), (land, 60.0)]
    print(f"{name:14} {days:4d} d   capture {burn:4.0f} +- {arrival / near * sigma:2.0f} m/s   to a circle {lower:4.0f} m/s"
          f"   out of it {leave:4.0f} m/s   landing {land:4.0f} +- 60 m/s")

# %% [markdown]
# ### Build 5 · `01.budget` (3 points)
# What the tank buys, and a list of steps, each `(value, sigma)`, all in m/s; errors independent and normal. Return three
# numbers: the **margin** (expected, negative if short), its **sigma**, and the **chance** that the tank is enough.

# %% task="01.budget"
def budget(available, steps):
    # BEGIN SOLUTION
    from scipy.stats import norm

    margin = available - sum(value for value, _ in steps)
    sigma = sum(s**2 for _, s in steps) ** 0.5
    return margin, sigma, norm.cdf(margin / sigma)
    # STUB
    # ...  # return margin, sigma, chance
    # END SOLUTION


ll.check("01.budget", budget)

# %% [markdown]
# Now break it: one tank for all, 2.9 km/s **[modelled]**. Who gets there? Then take 100 m/s out of it, and again.

# %%
for name, steps in steps_of.items():
    row = []
    for tank in (2900.0, 2800.0, 2700.0):
        found = budget(tank, steps)
        row.append("(yours)" if found is None else f"{found[0]:+5.0f} +- {found[1]:2.0f} m/s: {found[2]:4.0%}")
    print(f"{name:14}", "   ".join(row))

# %% [markdown]
# See how fast a margin of 100 m/s goes from comfort to a coin toss, and what the long way round is worth to Resilience **[modelled]**. And this chance is of the *tank* alone. None of the
# crashes on the board was a matter of a tank that had been filled too little. **A number knows only what was put into it.**

# %% [markdown]
# ## 10 · Explain
# In two sentences each, for somebody who is going to buy a seat for an instrument:
# 1. "Half of all landings fail." What do you ask?
# 2. Why does an interval take no side, and a rate does?
#
# *Write here.*

# %% [markdown] solution
# **A model answer.** 1. Half of which: what counted as a landing, and among whom; and how wide the interval is. Of fifteen it
# reaches from a quarter to four fifths. 2. A rate is one point of all that the record allows, picked for being likeliest; an
# interval shows the others, too, and so it changes little when somebody changes the definition by one mission.

# %% [markdown]
# ## 11 · Exit quiz

# %% hide
ll.quiz(
    "SLIM came to rest on its nose, 55 m from its target, and did its work. It was ...",
    {
        "a failure: it fell over": "By one definition. Its aim had been to land precisely, and that it did.",
        "a success: it did its work": "By another. A lander that is to carry people would have lost them their way out.",
        "*both, and the definition has to come first": "State it before you count, or you will be counting what you like.",
    },
)

# %% hide
ll.quiz(
    "Six tries, no success. The upper end of the interval at 95 % is about ...",
    {
        "0": "That is what the simple formula says. Six failures do not prove that it can't be done.",
        "*a half": "With a chance of a half all six fail once in 64 times; just below a half it is no longer a surprise at this level.",
        "one in six": "That is what one would guess with one success. None leaves more open than it seems.",
    },
)

# %% hide
ll.quiz(
    "Two budgets have the same margin. One has many small uncertainties, the other a single one as large as all of them added up. Which "
    "is safer?",
    {
        "*the one with many small ones": "They partly cancel: squares add. That holds as long as they do not have a common cause.",
        "the one with the single one": "It is easier to watch. But as it stands it is the larger uncertainty.",
        "they are the same": "Only if the small ones always erred together.",
    },
)

# %%
ll.progress("01")

# %% [markdown]
# ## Sources
# | code | source |
# |---|---|
# | A3 | collectSPACE, 6 March 2025, Athena at an off-nominal angle |
# | A5 | Spaceflight Now (repost), Q1 2025 earnings call on IM-2: three causes, todayheadline.co/?p=136153 |
# | B1 | NASA blog, Blue Ghost begins its braking burn, 2 March 2025 |
# | C2 | The Hindu, Chandrayaan-3 enters lunar orbit, with ISRO's figures |
# | I1 | ispace, 26 May 2023, results of Mission 1 (Japanese) |
# | I2 | PC Watch, analysis briefing on Mission 1 (Japanese) |
# | J1 | ispace, final orbit of Mission 2 |
# | J6 | tan-w blog on the briefing of June 2025, blog.tan-w.net/archives/93725 |
# | J10 | SpaceNews, 14 February 2025 (repost), Blue Ghost in orbit, Resilience flies by |
# | L1 | TASS, 3 October 2023, finding of the commission on Luna 25 |
# | LDA | Space.com, watch-live article on the landing of Resilience, 4 and 5 June 2025 |
# | O1 | Intuitive Machines (repost), insertion of IM-1 |
# | O2 | notes from the IM-1 news conference of 23 February 2024, sh.itjust.works/post/15113070 |
# | O5 | Space and Telescope, Odysseus tipped over |
# | SL1 | JAXA (repost), SLIM enters lunar orbit |
# | SL3 | SpaceWatch.Global, JAXA confirms precision landing of SLIM |
# | Y5 | NASA Solar System Exploration, Surveyor 3 |
#
# The table behind `ll.scoreboard()` names its own source in each row.
#
# Text: CC BY 4.0. Code: BSD 3-Clause.
