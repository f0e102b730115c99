"""Articles as data: what one printed, number by number, and where sources disagree; ``lunarlab.article("launch-day")``."""
