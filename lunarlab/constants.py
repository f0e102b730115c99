"""Physical constants, SI floats, each with its source."""

import math

MU_MOON = 4.902800066e12
"""Gravitational parameter of the Moon [m^3/s^2]. JPL DE430/GRAIL GL0660B (Konopliv et al. 2013)."""

R_MOON = 1_737_400.0
"""Radius of the lunar reference sphere [m]. IAU WGCCRE 2015 (Archinal et al. 2018); zero of LOLA heights."""

MU_EARTH = 3.986004418e14
"""Gravitational parameter of the Earth with its atmosphere [m^3/s^2]. IERS Conventions 2010, table 1.1; WGS 84."""

R_EARTH = 6_378_137.0
"""Equatorial radius of the Earth [m]. WGS 84 and GRS 80, exact."""

J2_EARTH = 1.0826267e-3
"""Oblateness of the Earth, unnormalised [-]. EGM96 (Lemoine et al. 1998): -sqrt(5) times -4.84165371736e-4."""

MU_SUN = 1.32712440041279419e20
"""Gravitational parameter of the Sun [m^3/s^2]. JPL DE440 (Park et al. 2021)."""

AU = 149_597_870_700.0
"""Astronomical unit [m], exact. IAU 2012 resolution B2."""

DISTANCE_MOON = 384_400_000.0
"""Mean distance of Earth and Moon [m], the round figure that textbooks use. Geometric extremes are 356.4 and 406.7 Mm."""

R_SOI_MOON = 66_183_000.0
"""Radius of the Moon's sphere of influence [m]: DISTANCE_MOON (MU_MOON / MU_EARTH)^(2/5), after Laplace."""

G0 = 9.80665
"""Standard gravity [m/s^2], exact: converts specific impulse in seconds. CGPM 1901, ISO 80000-3."""

DAY = 86_400.0
"""Seconds of a day, exact."""

OMEGA_MOON = 2.0 * math.pi / (27.321661 * DAY)
"""Rotation of the Moon [rad/s]: one turn in the sidereal month, 27.321661 d (IAU 2015: 13.17635815 deg/d)."""
