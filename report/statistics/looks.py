"""`--until decided`: how sure a verdict must be that is asked for after each round.

A run that ends as soon as every verdict is settled looks at them again and again, and luck has a
chance at each look. So each look asks for more: a nominal level, the same at all of them, at
which all looks together are wrong at most once in twenty (S. J. Pocock, Biometrika 64, 1977).
His levels are for a known spread; these are for Student's t, as the spread of a ratio is not
known, and were found by drawing 1,500,000 runs of equal targets. See docs/calibration.md.
"""

# At the first look, four rounds, most runs whose targets differ much are at their end. Two and
# three rounds would take far wider intervals, and cost every later look some of its level.
FIRST_LOOK = 4

# For the most rounds that a run may take, the level of each look: below it by 1 % of it, for what
# drawing does not tell.
LEVELS = (
    (4, 0.0494),
    (5, 0.0322),
    (6, 0.0247),
    (7, 0.0205),
    (8, 0.0177),
    (10, 0.0143),
    (12, 0.0123),
    (15, 0.0104),
    (20, 0.0086),
    (30, 0.0068),
    (50, 0.0053),
    (100, 0.0041),
    (200, 0.0033),
    (500, 0.0025),
    (1000, 0.0021),
)
# Of up to 10,000, the most that a plan may have.
LEAST_LEVEL = 0.00135


def look_level(max_rounds: int) -> float:
    """The P value that each look must stay under where there may be one after each round.

    Between the entries of `LEVELS`, that of the next one: a little less than would do.
    """
    return next((level for most, level in LEVELS if max_rounds <= most), LEAST_LEVEL)
