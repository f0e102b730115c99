"""A course's own module of exercises."""

from fake import EXERCISES

__all__ = ["EXERCISES"]
