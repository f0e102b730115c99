# %% [markdown]
# # 07 Where and when to land
# **Light, planes, last hours, stations** · 90 minutes · 13 points
#
# A lander can't choose its place and its time one after the other. An orbit carries it over a site twice a month; the Sun is
# there once a month; a station has to listen. This lesson is about the few hours in which all three agree, and about what
# to do when you miss them.
#
# | After this lesson you can | checked by |
# |---|---|
# | **compute** how high the Sun stands over any place on the Moon | `07.sun` |
# | **derive** how long a lunar day is light | `07.light` |
# | **predict** when an orbit comes over a site, and so what another date costs | `07.passes` |
# | **compute** the last hour: descent-orbit insertion and coast | `07.doi` |
# | **plan** a landing with two alternates: site, date and burn | `07.plan` |
#
# **Before:** lesson 02 (vis-viva), sine and cosine of angles in radians.
#
# **Missions:** HAKUTO-R Mission 1, Resilience, Blue Ghost, SLIM, Chandrayaan-3, Athena (IM-2), Chang'e 6, APEX 1.0.

# %% [markdown]
# ### Who says so?
# * **[published: J11]** somebody printed it; the code is in the list of sources at the end
# * **[derived]** follows from published numbers by arithmetic
# * **[inferred]** a conclusion that fits, and that nobody printed
# * **[modelled]** our choice, because nobody published it

# %%
import numpy as np
import sympy as sp

import lunarlab as ll
from lunarlab.constants import DAY, MU_MOON, R_MOON
from lunarlab.ephemeris import iso, tdb
from lunarlab.ephemeris import sky
from lunarlab.insertion import windows
from lunarlab.ephemeris.places import Site
from lunarlab.plots.style import new_figure, put_legend


def known(answer):
    """The two numbers that you computed; not numbers as long as there are none."""
    return answer if isinstance(answer, (tuple, list, np.ndarray)) and len(answer) == 2 else (np.nan, np.nan)

# %% [markdown]
# ## 1 · Hook: three dates
# April 2023. *HAKUTO-R Mission 1* is going to land in the crater Atlas on 25 April, 16:40 UTC. There are three other
# sites in reserve, says the announcement, and the date goes with the site: 26 April, 1 May or 3 May **[published: I8]**.
# Some months earlier the company had named places that it kept in reserve: Lacus Somniorum, Sinus Iridum, Oceanus
# Procellarum **[published: I13]**.
#
# One day later. Six. Eight. Why these? And why not the day after tomorrow, in Atlas?

# %%
first = tdb("2023-04-25T16:40")
orbit_m1 = windows.plane_through("atlas", first)  # a polar orbit: that it was one is modelled
for chance in windows.opportunities("atlas", "2023-04-20", "2023-07-20", orbit=orbit_m1, which="estrack", every=True):
    print(f"{chance.date[:16]}   {'yes' if chance.good else 'no: ' + chance.problems[0]}")

# %% [markdown]
# Seven times in three months the orbit passes over Atlas, and only once in the light that we ask for: Sun 2° to 30°
# high, and five days of it left **[modelled]**. By the end of this lesson you will compute, from the three dates alone,
# how far west the three other places lie.
#
# There is a second riddle. On 4 June 2025 an article says of *Resilience*: touchdown at 19:17 GMT, and the descent
# begins "around 2:20 p.m. EDT (1840 GMT)" **[published: LDA]**. EDT is four hours behind GMT. So which is it, 18:20 or
# 18:40? The clock of the article can't tell. The Moon can.

# %% [markdown]
# ## 2 · Predict

# %% hide
ll.quiz(
    "A polar orbit passes over the landing site at 60.5° N, 4.6° W today at 19:17. When does it next pass over this site?",
    {
        "Two hours later, after one revolution": "The lander is back over the same latitude. But the Moon has turned under it meanwhile, by "
        "one degree: the site is 16 km beside its path.",
        "Tomorrow at about the same time": "The Earth turns once a day. The Moon takes 27 days, and the plane of the orbit stays.",
        "*In two weeks, coming from the other side": "Half a turn of the Moon brings the site to the other half of the orbit. Southbound "
        "instead of northbound, and in other light.",
    },
)

# %% hide
ll.quiz(
    "Today's landing is called off. Where could the same orbit land tomorrow, in much the same light?",
    {
        "*West of today's site": "The Moon turns eastward, so the orbit comes over places further west, day by day. And morning "
        "moves west, too.",
        "East of today's site": "Those places have turned past the orbit already. It was there in the days before.",
        "Nowhere: plane and light fit together once": "They fit at one place at a time. But that place wanders.",
    },
)

# %% hide
ll.quiz(
    "Why do landers like the morning, with the Sun low in the east?",
    {
        "It is cooler": "It is, at first. But that is a gift, not the reason: nobody would give away days of work for it.",
        "*Two weeks of light lie ahead, and shadows show the ground": "Life with solar panels ends at sunset. And a Sun in the zenith hides "
        "every crater from a camera; one near the horizon hides everything in shadow.",
        "The Earth stands higher then": "The Earth hardly moves in the sky of the Moon: it always shows the same face to us.",
    },
)

# %% [markdown]
# ## 3 · Explore: a calendar
# The panel opens on Resilience.
#
# 1. Move the planned date by a few days. The plane of the orbit moves with it: look at what becomes of the later chances.
# 2. Back to 5 June: why is every other chance refused?
# 3. Start from Chang'e 6 (its Sun may stand 50° high). What is missing now, on any date? <!-- no claim: 50° -->

# %%
ll.console.windows()

# %% [markdown]
# ## 4 · Derive: how high the Sun stands
# A place on the Moon has a latitude $\varphi$ and an east longitude $\lambda$. Its "up" is a unit vector. The Sun stands
# in the zenith of some other place, the **subsolar point** $(\varphi_\odot, \lambda_\odot)$; the Sun is so far away that
# the direction to it is the same everywhere: the "up" of that point.

# %%
lat, lon, sun_lat, sun_lon = sp.symbols("phi lambda phi_sun lambda_sun", real=True)


def up(latitude, longitude):
    return sp.Matrix([sp.cos(latitude) * sp.cos(longitude), sp.cos(latitude) * sp.sin(longitude), sp.sin(latitude)])


up(lat, lon).T, up(sun_lat, sun_lon).T

# %% [markdown]
# The product of two unit vectors is the cosine of the angle between them. Between these two "up"s that angle is the Sun's
# distance from the zenith; the elevation is what is missing to a right angle. Multiply, or let `sympy` do it
# (`sp.trigsimp(sp.expand(a.dot(b)))`), or stay with vectors.

# %% [markdown]
# ### Build 1 · `07.sun` (3 points)
# All angles in radians: latitude and longitude of the place, latitude and longitude of the subsolar point. Return the
# elevation of the Sun over the horizon, negative at night.

# %% task="07.sun"
def sun_elevation(latitude, longitude, sun_latitude, sun_longitude):
    # BEGIN SOLUTION
    sine = np.sin(latitude) * np.sin(sun_latitude)
    sine += np.cos(latitude) * np.cos(sun_latitude) * np.cos(longitude - sun_longitude)
    return np.arcsin(sine)
    # STUB
    # ...  # return radians
    # END SOLUTION


ll.check("07.sun", sun_elevation)

# %% [markdown]
# In one line: $\sin h = \sin\varphi\sin\varphi_\odot + \cos\varphi\cos\varphi_\odot\cos(\lambda - \lambda_\odot)$.
#
# Where was the Sun when they landed, or were to land? Dates **[published: I8, LDA, BT, SL1, C3, A2, E1]**; places
# **[published: J11, B3, SL8, A2, E1]**, Atlas and Chandrayaan-3's as generally known **[modelled]**. `sky.overhead`
# gives the subsolar point.

# %%
LANDINGS = {
    "HAKUTO-R Mission 1": ("atlas", "2023-04-25T16:40"),
    "Chandrayaan-3": ("shiv-shakti", "2023-08-23T12:34"),
    "SLIM": ("shioli", "2024-01-19T15:20"),
    "Chang'e 6": ("apollo-basin", "2024-06-01T22:23"),
    "Blue Ghost": ("mare-crisium", "2025-03-02T08:34"),
    "Athena (IM-2)": ("mons-mouton", "2025-03-06T17:29"),
    "Resilience": ("mare-frigoris", "2025-06-05T19:17"),
}
print(f"{'':19} {'Sun, yours':>10} {'library':>8} {'sunrise was':>14} {'sunset in':>10} {'Earth':>8}")
for name, (where, date) in LANDINGS.items():
    place, t = windows.site(where), tdb(date)
    yours = sun_elevation(place.latitude_rad, place.longitude_rad, *sky.overhead(t))
    rises, sets = sky.daylight(where, t - 40.0 * DAY, t + 40.0 * DAY)
    angles = [f"{np.degrees(x):.1f}°" if x is not None else "(yours)" for x in (yours, sky.sun_at(where, t).elevation_rad)]
    earth = np.degrees(sky.earth_at(where, t).elevation_rad)
    print(f"{name:19} {angles[0]:>10} {angles[1]:>8} {(t - rises[rises < t][-1]) / DAY:7.1f} d ago "
          f"{(sets[sets > t][0] - t) / DAY:8.1f} d {earth:7.1f}°")

# %% [markdown]
# Seven missions, four nations, one habit: **they land in the morning**, a few hours to four days after sunrise. Blue
# Ghost came seven hours after it, and had all the day before it. Athena had the Sun 2.5° high **[derived]**: low Sun and
# long shadows are among the three causes that its makers gave for its fall **[published: A5]**. So near the pole it
# never stands above 7° **[derived]**. And two stand out at the top: SLIM and Chang'e 6 came with the Sun at 37° **[derived]**, so they would
# have been refused by our 2° to 30° **[modelled]**. Limits belong to a lander and its cameras; no two need be the same.
#
# One row has a negative Earth. Keep it in mind.

# %% [markdown]
# ## 5 · Derive: how long it stays light
# The Moon turns once in 27.32 days against the stars: the sidereal month. The Sun moves on meanwhile, once round in a
# year. From one noon to the next the Moon must turn by a full circle *and* by what the Sun has moved.

# %%
T, Y, S = sp.symbols("T_sidereal T_year S", positive=True)
noon_to_noon = sp.solve(sp.Eq(2 * sp.pi * S / T, 2 * sp.pi + 2 * sp.pi * S / Y), S)[0]
noon_to_noon

# %%
print(f"{float(noon_to_noon.subs({T: 27.32166, Y: 365.2564})):.3f} days from noon to noon; light at the equator for half of it")

# %% [markdown]
# And which part of it is light? The Sun rises and sets where its elevation is zero. Put that into your formula, and solve
# for the difference of the longitudes: that is $H$, the angle from noon to sunset. It is light while the Sun goes through
# $2H$ of the full $2\pi$.

# %% [markdown]
# ### Build 2 · `07.light` (2 points)
# Sidereal month and year in seconds, latitude of the place and of the Sun in radians (neither so near a pole that the Sun
# stays up or down). Return how long it is light, sunrise to sunset, in seconds.

# %% task="07.light"
def light(sidereal_s, year_s, latitude, sun_latitude):
    # BEGIN SOLUTION
    synodic_s = sidereal_s * year_s / (year_s - sidereal_s)
    return synodic_s * np.arccos(-np.tan(latitude) * np.tan(sun_latitude)) / np.pi
    # STUB
    # ...  # return seconds
    # END SOLUTION


ll.check("07.light", light)

# %%
MONTH_S, YEAR_S = 27.32166 * DAY, 365.2564 * DAY
sun_latitude, _ = sky.overhead("2025-06-11")
for degrees in (0.0, 30.0, 60.5, 80.0, 87.0):
    lasts_s = light(MONTH_S, YEAR_S, np.radians(degrees), sun_latitude)
    print(f"latitude {degrees:4.1f}°:", f"light for {lasts_s / DAY:.2f} d" if lasts_s else "(yours)")
rises, sets = sky.daylight("mare-frigoris", "2025-06-01", "2025-06-25")
print(f"library, Mare Frigoris: {iso(rises[0])[:16]} to {iso(sets[0])[:16]}, {(sets[0] - rises[0]) / DAY:.2f} d")

# %% [markdown]
# So $\cos H = -\tan\varphi\,\tan\varphi_\odot$: at the equator always a quarter of a circle.
#
# "Up to two weeks" of work on the surface, say the announcements **[published: LDA, BT]**. There it is: half a lunar day
# is 14.77 days, and who lands two days after sunrise has 13 left. **The length of the mission was decided on landing
# day.**

# %% [markdown]
# ## 6 · Derive: when the orbit comes by
# The plane of a polar orbit stays where it is among the stars. The Moon turns *eastward* below it, once in a sidereal month.
# Seen from the ground, the plane wanders *west*. It cuts the ground in two meridians, one on the northbound half, one 180°
# away on the southbound half.

# %% [markdown]
# ### Build 3 · `07.passes` (2 points)
# `plane_longitude` is where the northbound half is now, `site_longitude` where you want to land, both in radians, east
# positive, perhaps beyond a full circle; `month_s` is the sidereal month. Return the time in seconds until **either
# half** is next over the site (0 if it is there now). The latitude does not matter: a polar orbit passes over all of
# them.

# %% task="07.passes"
def next_pass(plane_longitude, site_longitude, month_s):
    # BEGIN SOLUTION
    return (plane_longitude - site_longitude) % np.pi / (2.0 * np.pi) * month_s
    # STUB
    # ...  # return seconds
    # END SOLUTION


ll.check("07.passes", next_pass)

# %% [markdown]
# Now the first riddle. Turn it round: 26 April, 1 May and 3 May are so many days after Atlas, which lies at 44.4° E. How far
# west has the plane wandered? Hours are not published, nor whether these are days in Japan or in UTC. So each date
# is a stretch of longitudes, wide enough for both.

# %%
for date, name in (("2023-04-26", "Lacus Somniorum"), ("2023-05-01", "Sinus Iridum"), ("2023-05-03", "Oceanus Procellarum")):
    days = (tdb(date) - first) / DAY + np.array([-9.0, 24.0]) / 24.0
    east = 44.4 - 360.0 * np.clip(days, 0.0, None) / 27.32166
    print(f"{date}: the orbit is over {east[0]:+6.1f} to {east[1]:+6.1f}° E      {name}?")

# %% [markdown]
# Lacus Somniorum lies around 30° E, Sinus Iridum around 31.5° W, Oceanus Procellarum between 40° and 75° W (any lunar
# map will do). For the first, one source has "the evening of the 26th" in Japan **[published: I13]**: that would be 32°
# to 36° E, the eastern shore of the lake. **Three dates and three names, and a turning Moon puts each name to its date**
# **[inferred]**: no source that we read says which belongs to which.
#
# The same for Resilience: three alternates, and a window from 6 to 8 June **[published: GA]**. These must be days in Japan: the
# first landing was due on 5 June, 19:17 UTC, and there it was the 6th, 04:17, by then. From touchdown to the end of the 8th in
# Japan there are 2.8 days, and 37° of longitude: no alternate lay west of some 42° W **[inferred]**.

# %% [markdown]
# And the light? Each day the plane wanders west by 13.2°, and the morning by 12.2°. Per day they part by

# %%
sp.simplify(2 * sp.pi / T - 2 * sp.pi / noon_to_noon)

# %% [markdown]
# a year's circle in a year: 1° per day. **So a plane is chosen for its light, and the day is chosen for the site.** At
# the same latitude, 13° further west and a day later, the Sun stands almost as it did. But wait a month for the *same*
# site, and plane and light have parted by 27°: where it was two days after sunrise, it is now just before.

# %% [markdown]
# ## 7 · The last hour
# The lander circles at one height. A burn lowers the other side of the orbit, half a revolution later the lander is down
# there, and braking begins. Half of Hohmann's transfer (lesson 03), and not the whole: nobody wants to stay at the
# bottom.

# %% [markdown]
# ### Build 4 · `07.doi` (2 points)
# Height of the circular orbit and of the perilune over the ground [m]. Return two numbers: the size of the burn [m/s] and the
# coast from burn to perilune [s].

# %% task="07.doi"
def descent_orbit(height_m, perilune_m):
    # BEGIN SOLUTION
    high = R_MOON + height_m
    semi_major = (high + R_MOON + perilune_m) / 2.0
    burn = np.sqrt(MU_MOON / high) - np.sqrt(MU_MOON * (2.0 / high - 1.0 / semi_major))
    return burn, np.pi * np.sqrt(semi_major**3 / MU_MOON)
    # STUB
    # ...  # return dv, coast_s
    # END SOLUTION


ll.check("07.doi", descent_orbit)

# %% [markdown]
# **The second riddle.** Resilience: touchdown 19:17 UTC **[published: LDA]**, braking for about 10 minutes from 20 km
# **[published: J9]**, down from a circle at 100 km **[published: J1]**.

# %%
dv, coast_s = known(descent_orbit(100e3, 20e3))
print("burn and coast:", "(yours)" if np.isnan(dv) else f"{dv:.1f} m/s, {coast_s / 60.0:.1f} min")
for name, at in (("18:13, command sent", "18:13"), ("18:20, the article in EDT", "18:20"), ("18:40, the article in GMT", "18:40")):
    left = (tdb("2025-06-05T19:17") - tdb(f"2025-06-05T{at}")) / 60.0
    print(f"{name:28} {left:3.0f} min before touchdown; braking takes 10, {left - 10.0:3.0f} remain for the coast")
_, ghost_s = known(descent_orbit(100e3, 15e3))
print("Blue Ghost: 67 min from burn to touchdown, braking starts 11 min before it: coast 56 min; your function:",
      "(yours)" if np.isnan(ghost_s) else f"{ghost_s / 60.0:.1f} min")

# %% [markdown]
# At 18:40 the lander would have half an hour for half a revolution. It can't: 14:20 EDT is 18:20 GMT, and the 18:40 is a
# slip of the pen. By your numbers the burn was due at about 18:10. The command went out at 18:13 **[published: J12]**,
# the article says "around", and a broadcast coasts for "about 50 minutes" **[published: J9]**. Minutes are lost in
# rounding; twenty of them are not.
#
# Blue Ghost's burn came 67 minutes before touchdown **[published: B8]**, and its braking began 11 minutes before it
# **[published: B2]**. That leaves 56 minutes, and fits to the minute a perilune of 15 km **[modelled]**. The plan of another
# source has 63 minutes **[published: B2]**: that leaves 52 **[derived]**, and no orbit from 100 km is so quick.
#
# And look at the burn. **Some 19 m/s, one hundredth of the speed, decide where the next hour ends.** Lesson 05 was about
# one of these.

# %% [markdown]
# ## 8 · Who is listening?
# Resilience spoke through ESA's stations in Spain, Argentina, Australia and French Guiana **[published: PN]**. Each sees
# the Moon for about half a day at a time. The mask is 10° **[modelled]**.

# %%
touchdown = tdb("2025-06-05T19:17")
orbit = windows.plane_through("mare-frigoris", touchdown)

# %%
chances = windows.opportunities("mare-frigoris", "2025-05-21", "2025-07-05", orbit=orbit, which="estrack", every=True)
ll.plots.show(ll.plots.calendar(chances, "2025-05-21", "2025-07-05", which="estrack"))
for seen in sky.passes("estrack", touchdown - 9 * 3600.0, touchdown + 9 * 3600.0):
    print(seen)

# %% [markdown]
# (The search ends nine hours before and after; passes are cut there.) At touchdown Spain and French Guiana had the Moon,
# Argentina just so; for Australia it had set. A network is round the Earth
# because the Earth turns.
#
# And the row with the negative Earth? From the far side no station is ever in view, whatever the date:

# %%
fig, (axes,) = new_figure(height=3.4)
days = np.linspace(0.0, 60.0, 241)
for where, style in (("mare-frigoris", "-"), ("mons-mouton", "--"), ("schroedinger", "-."), ("apollo-basin", ":")):
    earth = np.degrees(sky.earth_at(where, tdb("2025-05-21") + days * DAY).elevation_rad)
    axes.plot(days, earth, style, label=where)
axes.axhline(0.0, color="#8A8F98")
axes.set(xlabel="days after 21 May 2025", ylabel="Earth over the horizon [degrees]", xlim=(0.0, 60.0))
axes.set_title("The Earth stands almost still", loc="left")
put_legend(axes)
ll.plots.show(fig)

# %% [markdown]
# It stands still but for a monthly nod of 7°: the Moon's orbit is not round, and not in its equator. At Mons Mouton that
# is the difference between a good link and none. Chang'e 6 landed with the help of a relay satellite
# **[published: QQ]**. APEX 1.0, bound for the Schrödinger basin, is to bring two of its own **[published: K1]**. <!-- no claim: 7° -->

# %% [markdown]
# ## 9 · Build 5 · `07.plan` (4 points)
# You plan a landing like Resilience's. The orbit is fixed: polar, 100 km, over Mare Frigoris `later_h` hours after hers, which
# was there on 5 June at 19:17. **`later_h` is yours**: another student's plane lies elsewhere, and so do the alternates. Give a
# primary and two alternates, in order of date.
#
# | what | rule |
# |---|---|
# | primary | Mare Frigoris |
# | alternates | two other sites, each at least 20 h after the one before: time to decide |
# | place | within 15 km of the plane, on some half of the orbit |
# | light | Sun 2° to 30° high, and 5 days until sunset |
# | view | the Earth 5° high, and an ESTRACK station with the Moon above 10°, from braking to one hour after touchdown |
# | last hour | perilune 15 km, 600 s from there to the ground; the burn within 60 s |
#
# `plan` is a list of three rows: site, touchdown, descent-orbit burn. A site is a name of the library
# (`windows.sites()`) or a `Site`, such as `WEST["mare-imbrium"]` below; a date is UTC text such as `"2025-06-05T19:17:00"`, or seconds as `tdb` gives them.
# Chang'e 3's site in Mare Imbrium is **[published: W7]**, the other coordinates are rounded from a map **[modelled]**.
# Add your own.

# %%
WEST = {
    site.name: site
    for site in (
        Site("mare-imbrium", 44.12, -19.51),
        Site("mare-nubium", -21.0, -16.6),
        Site("sinus-iridum", 44.0, -31.5),
        Site("mare-humorum", -24.0, -38.6),
        Site("procellarum", 43.0, -52.0),
    )
}  # in a plan: WEST["mare-imbrium"], not its name as text; the library knows only the names below
print("names in the library:", ", ".join(windows.sites()))
over_frigoris = touchdown + 3600.0 * ll.variant("07.plan")["later_h"]
my_orbit = windows.plane_through("mare-frigoris", over_frigoris)
print("my_orbit passes over Mare Frigoris at", iso(over_frigoris)[:16])

# %% [markdown]
# Three functions do most of the work: `windows.crossings(site, my_orbit, start, end)` gives times and directions;
# `windows.opportunities(site, start, end, orbit=my_orbit, which="estrack")` gives those with nothing against them
# (`every=True`: all, with `problems`); and your own `descent_orbit` gives the last hour.

# %% task="07.plan"
plan = ...
# BEGIN SOLUTION
plan = []
wishes = {0.0: "mare-frigoris", 1.0: WEST["mare-imbrium"], 2.0: WEST["sinus-iridum"]}  # days later
for days, candidate in wishes.items():
    not_before = over_frigoris + days * DAY - 3600.0
    found = windows.opportunities(candidate, not_before, not_before + 25.0 * DAY, orbit=my_orbit, which="estrack")[0]
    plan.append((candidate, found.touchdown_s, found.touchdown_s - 600.0 - descent_orbit(100e3, 15e3)[1]))
# STUB
# # [(site, touchdown, burn), (site, touchdown, burn), (site, touchdown, burn)]
# END SOLUTION

ll.check("07.plan", plan)

# %%
def show_plan(rows):
    for where, at, burn in rows:
        print(f"{windows.site(where).name:15} burn {iso(tdb(burn))[:19]}   touchdown {iso(tdb(at))[:19]}   "
              f"Sun {np.degrees(sky.sun_at(where, tdb(at)).elevation_rad):4.1f}°")


try:
    show_plan(plan)
except Exception:
    print("(no plan yet; the check above says what it needs)")

# %% [markdown]
# ## 10 · Break it
# Four ways to spoil a good plan. First: wait for the same site.

# %%
for chance in windows.opportunities("mare-frigoris", "2025-06-01", "2025-11-30", orbit=orbit, which="estrack", every=True):
    way = "northbound" if chance.northbound else "southbound"
    says = "yes" if chance.good else chance.problems[0]
    print(f"{chance.date[:16]}  {way}  Sun {np.degrees(chance.sun_elevation_rad):6.1f}°  {says}")

# %% [markdown]
# Four months. By then the Sun has moved a third of a circle past the plane, and the *other* half of the orbit flies by
# day. One chance, in September, fails for want of a station alone. No lander waits for that: an alternate is another
# place.
#
# Second: be late. The site leaves the plane; how far off is it?

# %%
for hours in (0.0, 1.0, 1.96, 3.93, 12.0, 24.0):
    turned = 2.0 * np.pi * hours * 3600.0 / MONTH_S
    print(f"{hours:5.2f} h late: {R_MOON / 1e3 * turned * np.cos(np.radians(60.5)):6.1f} km beside the site")

# %% [markdown]
# One revolution, 1.96 h, is 16 km. A lander with 15 km of sideways reach **[modelled]** has one go, and at the equator
# not even half of one.
#
# Third: take an orbit that saves propellant by going in at another inclination.

# %%
for inclination in (90.0, 75.0, 60.0):
    try:
        tilted = windows.plane_through("mare-frigoris", touchdown, inclination_deg=inclination)
        dates, _ = windows.crossings("mare-frigoris", tilted, "2025-06-01", "2025-07-10")
        print(f"{inclination:.0f}°:", ", ".join(iso(t)[5:16] for t in dates))
    except Exception as error:
        print(f"{inclination:.0f}°: {error}")

# %% [markdown]
# The nearer the inclination comes to the latitude, the nearer the two chances come together; below it there are none.
#
# Fourth: a hill in the east, 2° high. The Sun climbs slowly here:

# %%
for hill in (0.0, 1.0, 2.0, 4.0):
    rises, sets = sky.daylight("mare-frigoris", "2025-06-01", "2025-06-25", elevation_deg=hill)
    print(f"horizon at {hill:.0f}°: light from {iso(rises[0])[5:16]} to {iso(sets[0])[5:16]}, {(sets[0] - rises[0]) / DAY:.1f} d")

# %% [markdown]
# ## 11 · Explain
# In two sentences each, for the director who wants to know what a slip costs:
# 1. "We are not ready on the 5th. Why can't we land there on the 6th instead?"
# 2. "Then next month. The Moon is back after a month, isn't it?"
#
# *Write here.*

# %% [markdown] solution
# **A model answer.** 1. Our orbit stays where it is and the Moon turns below it: on the 6th it passes 200 km further west.
# We can land on the 6th, in the same light, but at another site, and we have one prepared. 2. After 27.3 days the
# site is below our orbit again, but the Sun needs 29.5 days to be back: two days after sunrise has become just before
# sunrise. The next good date over this site, in this orbit, is four months away.

# %% [markdown]
# ## 12 · Exit quiz

# %% hide
ll.quiz(
    "An alternate lies 40° of longitude west of the primary. When does the same polar orbit pass over it?",
    {
        "*3 days later": "40 of 360 degrees, times 27.3 days. And the Sun is only three degrees further on its way than it was at the primary.",
        "3 days earlier": "The Moon turns eastward: places further west come later.",
        "At the same time, it is the same orbit": "At one time the orbit is over one meridian, and the one opposite.",
    },
)

# %% hide
ll.quiz(
    "Your far-side lander has no relay, but a recorder. When can it send its data to the Earth?",
    {
        "Once a month, when the Moon has turned it to the Earth": "The Moon turns once while it goes round once. The far side stays far.",
        "At full moon": "That is when our side is in light. The direction to the Earth does not depend on it.",
        "*Never, from where it stands": "Only at the edge does the monthly nod lift the Earth over the horizon now and then. Elsewhere a relay is the only way.",
    },
)

# %% hide
ll.quiz(
    "A press kit gives touchdown at 12:00, perilune at 11:49 and the descent-orbit burn at 11:20. What do you do?",
    {
        "Nothing, burns are planned to the second": "They are. But a press kit is written by people, in a hurry.",
        "Ask for the thrust of the engine": "It decides how long braking takes. The coast does not know it.",
        "*Ask: half a revolution near the Moon takes 57 minutes, not 29": "An orbit can't be hurried. Two of the three times are wrong "
        "together, or one is in another time zone.",
    },
)

# %%
ll.progress("07")

# %% [markdown]
# ## Sources
# | code | source |
# |---|---|
# | A2 | Wikipedia, IM-2 |
# | A5 | Spaceflight Now (repost), first quarter of 2025: three causes of IM-2's fall, todayheadline.co/?p=136153 |
# | B2 | inkl, digest of Blue Ghost's landing timeline |
# | B3 | J. Mehta, Blue Ghost achieved the third most precise landing (LRO coordinates), medium.com/predict |
# | B8 | DLR, Blue Ghost's approach over the far side: 67 min from burn to touchdown, dlr.de |
# | BT | BruTimes, 2 March 2025, Blue Ghost to land at 0834 GMT and work for a lunar day, brutimes.com |
# | C3 | National Herald, Chandrayaan-3 touches down, 18:04 Indian time |
# | E1 | Wikipedia, Chang'e 6 |
# | GA | Gaya One, March 2025, Resilience: three alternative sites, window of 6 to 8 June, gaya.one |
# | I13 | moonworld.jp, note on Mission 1's landing site: back-up sites named in November 2022 (Japanese) |
# | I8 | SpaceDaily (repost of ispace), April 2023: three alternative sites and dates |
# | J1 | ispace, 31 May 2025, circular orbit at 100 km reached |
# | J11 | SpacePolicyOnline, landing date of HAKUTO-R Mission 2 |
# | J12 | Rocking Robots (repost of ispace), 6 June 2025, Mission 2 concluded |
# | J9 | The Space Bucket, what caused the loss of Resilience (times from the broadcast) |
# | K1 | Space Front Page, engine change delays lander to 2027: Schrödinger, two relay satellites |
# | LDA | Space.com, watch-live article on the landing of Resilience, 5 June 2025 |
# | PN | Particle, Resilience readies for Mare Frigoris: Estrack in Spain, Argentina, Australia, French Guiana |
# | QQ | jweasytech.com, 3 June 2024, Chang'e 6 and the relay Queqiao-2 |
# | SL1 | JAXA (repost), SLIM enters lunar orbit: landing at 15:20 UTC |
# | SL8 | AstroPics, SLIM's site in LRO images (Japanese) |
# | W7 | Wikipedia, Chang'e 3 |
#
# The inclination of Resilience's orbit and the coordinates of its alternates are in none of them.
#
# Text: CC BY 4.0. Code: BSD 3-Clause.
