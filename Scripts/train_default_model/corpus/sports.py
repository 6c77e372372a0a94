"""Winners of the World Series and the World Cup, hosts of the Olympic Games, and questions about them."""

from corpus.phrasing import Turns

# year | winner | runner-up | where it was played
_WORLD_SERIES = """
2000|New York Yankees|New York Mets|New York City
2001|Arizona Diamondbacks|New York Yankees|Phoenix, Arizona and New York City
2002|Anaheim Angels|San Francisco Giants|Anaheim and San Francisco, California
2003|Florida Marlins|New York Yankees|New York City and Miami, Florida
2004|Boston Red Sox|St. Louis Cardinals|Boston, Massachusetts and St. Louis, Missouri
2005|Chicago White Sox|Houston Astros|Chicago, Illinois and Houston, Texas
2006|St. Louis Cardinals|Detroit Tigers|Detroit, Michigan and St. Louis, Missouri
2007|Boston Red Sox|Colorado Rockies|Boston, Massachusetts and Denver, Colorado
2008|Philadelphia Phillies|Tampa Bay Rays|St. Petersburg, Florida and Philadelphia, Pennsylvania
2009|New York Yankees|Philadelphia Phillies|New York City and Philadelphia, Pennsylvania
2010|San Francisco Giants|Texas Rangers|San Francisco, California and Arlington, Texas
2011|St. Louis Cardinals|Texas Rangers|St. Louis, Missouri and Arlington, Texas
2012|San Francisco Giants|Detroit Tigers|San Francisco, California and Detroit, Michigan
2013|Boston Red Sox|St. Louis Cardinals|Boston, Massachusetts and St. Louis, Missouri
2014|San Francisco Giants|Kansas City Royals|Kansas City, Missouri and San Francisco, California
2015|Kansas City Royals|New York Mets|Kansas City, Missouri and New York City
2016|Chicago Cubs|Cleveland Indians|Cleveland, Ohio and Chicago, Illinois
2017|Houston Astros|Los Angeles Dodgers|Los Angeles, California and Houston, Texas
2018|Boston Red Sox|Los Angeles Dodgers|Boston, Massachusetts and Los Angeles, California
2019|Washington Nationals|Houston Astros|Houston, Texas and Washington, D.C.
2020|Los Angeles Dodgers|Tampa Bay Rays|Arlington, Texas
2021|Atlanta Braves|Houston Astros|Houston, Texas and Atlanta, Georgia
2022|Houston Astros|Philadelphia Phillies|Houston, Texas and Philadelphia, Pennsylvania
2023|Texas Rangers|Arizona Diamondbacks|Arlington, Texas and Phoenix, Arizona
2024|Los Angeles Dodgers|New York Yankees|Los Angeles, California and New York City
"""
# year | winner | host
_WORLD_CUP = """
1930|Uruguay|Uruguay
1934|Italy|Italy
1938|Italy|France
1950|Uruguay|Brazil
1954|West Germany|Switzerland
1958|Brazil|Sweden
1962|Brazil|Chile
1966|England|England
1970|Brazil|Mexico
1974|West Germany|West Germany
1978|Argentina|Argentina
1982|Italy|Spain
1986|Argentina|Mexico
1990|West Germany|Italy
1994|Brazil|the United States
1998|France|France
2002|Brazil|South Korea and Japan
2006|Italy|Germany
2010|Spain|South Africa
2014|Germany|Brazil
2018|France|Russia
2022|Argentina|Qatar
"""
# year | host city
_OLYMPICS = """
1984|Los Angeles
1988|Seoul
1992|Barcelona
1996|Atlanta
2000|Sydney
2004|Athens
2008|Beijing
2012|London
2016|Rio de Janeiro
2020|Tokyo
2024|Paris
"""


def _rows(table: str) -> list[tuple[str, ...]]:
    return [tuple(line.split("|")) for line in table.strip().splitlines()]


WORLD_SERIES, WORLD_CUP, OLYMPICS = _rows(_WORLD_SERIES), _rows(_WORLD_CUP), _rows(_OLYMPICS)

_WHO_SERIES = [
    "Who won the world series in 2020?", "Who won the World Series in 2020?", "Who won the 2020 World Series?",
    "Which team won the World Series in 2020?", "Who was the winner of the 2020 World Series?",
    "What team won the world series in 2020?", "Do you know who won the world series in 2020?",
    "Tell me who won the World Series in 2020.", "Who won the baseball World Series in 2020?",
]  # fmt: skip
_WHERE = ["Where was it played?", "Where was it played?", "Where was it held?", "Where did it take place?", "And where was it played?",
          "Where was that played?", "Where were the games played?", "In which city was it played?"]  # fmt: skip
_LOSER = ["Who did they beat?", "Who lost?", "Who did they play against?", "Which team did they beat?", "Against whom?"]


def world_series(rng) -> Turns:
    """A winner, then often where it was played and against whom."""
    year, winner, loser, place = WORLD_SERIES[20] if rng.random() < 0.45 else rng.choice(WORLD_SERIES)
    first = f"The {winner} won the World Series in {year}."
    where = f"The {year} World Series was played in {place}{'' if place.endswith('.') else '.'}"
    if year == "2020":
        where = "The 2020 World Series was played in Arlington, Texas, at Globe Life Field."
    lost = f"The {winner} beat the {loser} in the {year} World Series."
    if rng.random() < 0.12:
        ask = rng.choice(["Where was the 2020 World Series played?", "Where was the world series in 2020 played?",
                          "Where did the 2020 World Series take place?"])  # fmt: skip
        return [(ask.replace("2020", year), where)]
    turns = [(rng.choice(_WHO_SERIES).replace("2020", year), first)]
    if rng.random() < 0.7:
        turns.append((rng.choice(_WHERE), where))
    if rng.random() < 0.3:
        turns.append((rng.choice(_LOSER), lost))
    if rng.random() < 0.2:
        year, winner, _, _ = rng.choice(WORLD_SERIES)
        ask = rng.choice(["And in {y}?", "What about {y}?", "Who won in {y}?"]).format(y=year)
        turns.append((ask, f"The {winner} won the World Series in {year}."))
    return turns


def world_cup(rng) -> Turns:
    """A winner of the football World Cup, then often the host."""
    year, winner, host = rng.choice(WORLD_CUP)
    ask = rng.choice(["Who won the World Cup in {y}?", "Who won the {y} World Cup?", "Which country won the World Cup in {y}?",
                      "Who won the FIFA World Cup in {y}?", "who won the world cup in {y}?"])  # fmt: skip
    turns = [(ask.format(y=year), f"{winner} won the World Cup in {year}.")]
    if rng.random() < 0.4:
        turns.append((rng.choice(_WHERE), f"The {year} World Cup was played in {host}."))
    return turns


def olympics(rng) -> Turns:
    """The host city of the Summer Olympic Games."""
    year, city = rng.choice(OLYMPICS)
    ask = rng.choice(["Where were the {y} Summer Olympics held?", "Which city hosted the {y} Olympics?",
                      "Where were the {y} Olympic Games?", "Which city hosted the Summer Olympics of {y}?"])  # fmt: skip
    return [(ask.format(y=year), f"The {year} Summer Olympics were held in {city}.")]
