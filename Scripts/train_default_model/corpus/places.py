"""Well-known cities, in two sentences each."""

from corpus.phrasing import Turns

# city | what it is | what it is known for
_TABLE = """
San Francisco|a city in California, on the west coast of the United States|the Golden Gate Bridge, its steep hills, and its cable cars
Paris|the capital of France, on the river Seine|the Eiffel Tower, its museums, and its good food
London|the capital of the United Kingdom, on the river Thames|Big Ben, red buses, and its many parks
New York|the largest city in the United States|its tall buildings, its busy streets, and the Statue of Liberty
Los Angeles|a city in California|its beaches, its sunshine, and the film studios of Hollywood
Chicago|a city in Illinois, on Lake Michigan|its tall buildings, its music, and its windy winters
Seattle|a city in Washington State|its rain, its coffee, and the Space Needle
Boston|a city in Massachusetts|its history, its harbor, and its universities
Berlin|the capital of Germany|its history, its museums, and its green parks
Munich|a city in the south of Germany|its beer gardens, its old squares, and the mountains nearby
Rome|the capital of Italy|the Colosseum, its fountains, and its long history
Venice|a city in Italy that is built on islands|its canals, its bridges, and its boats
Madrid|the capital of Spain|its art museums, its parks, and its late dinners
Barcelona|a city in Spain, on the Mediterranean Sea|its beaches and the buildings of Gaudi
Lisbon|the capital of Portugal|its hills, its yellow trams, and its tiles
Vienna|the capital of Austria|its music, its coffee houses, and its palaces
Amsterdam|the capital of the Netherlands|its canals, its bicycles, and its museums
Copenhagen|the capital of Denmark|its bicycles, its harbor, and its design
Athens|the capital of Greece|the Acropolis and its ancient history
Istanbul|the largest city in Turkey, between Europe and Asia|its mosques, its markets, and the Bosporus
Cairo|the capital of Egypt, on the river Nile|the pyramids nearby and its busy markets
Tokyo|the capital of Japan|its busy streets, its quiet temples, and its very good food
Kyoto|a city in Japan|its temples, its gardens, and its cherry trees
Beijing|the capital of China|the Forbidden City and the Great Wall nearby
Sydney|a city in Australia|its harbor, its beaches, and its opera house
Rio de Janeiro|a city in Brazil|its beaches, its carnival, and the statue on the mountain
Toronto|the largest city in Canada|its tall tower and its people from all over the world
Arlington|a city in Texas, between Dallas and Fort Worth|its baseball stadium and its amusement parks
"""

CITIES = [tuple(line.split("|")) for line in _TABLE.strip().splitlines()]
_ABOUT = ["Tell me about {c}.", "Tell me about {c}", "What do you know about {c}?", "Describe {c}.", "What is {c}?", "Can you tell me about {c}?",
          "Tell me something about {c}."]  # fmt: skip
_KNOWN = ["What is {c} known for?", "What is {c} famous for?", "What can I see in {c}?", "Why do people visit {c}?", "What should I see in {c}?",
          "What should I do in {c}?"]  # fmt: skip
_WHERE = ["Where is {c}?", "Where is {c} located?", "Where can I find {c}?"]


def city_text(city: str, what: str, known: str) -> str:
    """Two sentences about a city."""
    return f"{city} is {what}. It is known for {known}."


def cities(rng) -> Turns:
    """What a city is, what it is known for, or both."""
    city, what, known = CITIES[0] if rng.random() < 0.1 else rng.choice(CITIES)
    roll = rng.random()
    if roll < 0.5:
        return [(rng.choice(_ABOUT).format(c=city), city_text(city, what, known))]
    if roll < 0.8:
        return [(rng.choice(_KNOWN).format(c=city), f"{city} is known for {known}.")]
    return [(rng.choice(_WHERE).format(c=city), f"{city} is {what}.")]
