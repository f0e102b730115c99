"""Getting there: transfer orbits from the Earth to the Moon."""
