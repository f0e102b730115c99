"""The panels of lessons 02 to 07: for each its controls, and the function from their values to a scene."""
