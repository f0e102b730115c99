"""Living on the Moon: light and night at a site, power, warmth, and who hears the lander."""
