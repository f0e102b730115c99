"""Physical constants, SI floats, each with its source."""

MU_MOON = 4.902800066e12
"""Gravitational parameter of the Moon [m^3/s^2]. JPL DE430/GRAIL GL0660B (Konopliv et al. 2013)."""

R_MOON = 1_737_400.0
"""Radius of the lunar reference sphere [m]. IAU WGCCRE 2015 (Archinal et al. 2018); zero of LOLA heights."""

G0 = 9.80665
"""Standard gravity [m/s^2], exact: converts specific impulse in seconds. CGPM 1901, ISO 80000-3."""
