"""Lists of examples: three fruits, five animals, four programming languages."""

from corpus.phrasing import Turns

# kind | examples
_TABLE = """
fruits|apple, banana, orange, pear, grape, cherry, lemon, mango
vegetables|carrot, potato, tomato, onion, cucumber, spinach, pepper, cabbage
animals|dog, cat, horse, elephant, lion, rabbit, bear, fox
birds|swallow, owl, eagle, duck, penguin, sparrow, robin, swan
fish|salmon, trout, tuna, cod, carp, herring, pike, eel
insects|bee, ant, butterfly, fly, beetle, moth, wasp, cricket
colors|red, blue, green, yellow, orange, purple, black, white
flowers|rose, tulip, daisy, lily, sunflower, violet, poppy, orchid
trees|oak, pine, birch, maple, willow, beech, elm, ash
countries|France, Italy, Japan, Brazil, Canada, Kenya, India, Norway
European countries|France, Italy, Spain, Germany, Poland, Norway, Greece, Portugal
African countries|Kenya, Egypt, Nigeria, Ghana, Morocco, Ethiopia, Senegal, Tanzania
Asian countries|Japan, China, India, Vietnam, Nepal, Thailand, Indonesia, Jordan
cities|Paris, London, Tokyo, Rome, Berlin, New York, Sydney, Cairo
capital cities|Paris, London, Tokyo, Rome, Berlin, Madrid, Ottawa, Cairo
programming languages|Python, Swift, Rust, C, Java, JavaScript, Go, Ruby
sports|soccer, basketball, baseball, tennis, swimming, running, hockey, volleyball
musical instruments|piano, guitar, violin, drum, flute, trumpet, cello, harp
drinks|water, tea, coffee, milk, juice, lemonade, cocoa, soda
foods|bread, cheese, pizza, soup, rice, pasta, salad, cake
jobs|teacher, doctor, baker, farmer, engineer, nurse, pilot, painter
hobbies|reading, cooking, drawing, gardening, chess, dancing, hiking, singing
rivers|Nile, Amazon, Danube, Rhine, Mississippi, Ganges, Thames, Seine
mountains|Everest, Kilimanjaro, Mont Blanc, Fuji, Denali, Matterhorn, Elbrus, Olympus
metals|iron, gold, silver, copper, zinc, tin, lead, nickel
shapes|circle, square, triangle, rectangle, hexagon, oval, pentagon, star
data structures|array, list, stack, queue, hash table, tree, graph, heap
operating systems|Linux, macOS, Windows, Android, iOS, FreeBSD, OpenBSD, ChromeOS
"""

EXAMPLES = {line.split("|")[0]: line.split("|")[1].split(", ") for line in _TABLE.strip().splitlines()}
_COUNTS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}
_ASK = ["Name {n} {k}.", "List {n} {k}.", "Give me {n} {k}.", "Tell me {n} {k}.", "Can you name {n} {k}?", "What are {n} {k}?", "Name {n} {k}",
        "Give me a list of {n} {k}.", "Please list {n} {k}.", "Write down {n} {k}."]  # fmt: skip


def lists(rng) -> Turns:
    """A numbered list of examples, always in the order of the table."""
    kind = rng.choice(list(EXAMPLES))
    count = rng.choice([2, 3, 3, 3, 4, 5, 5, 6])
    word = _COUNTS[count] if rng.random() < 0.7 else str(count)
    lines = [f"{index}. {example[0].upper()}{example[1:]}" for index, example in enumerate(EXAMPLES[kind][:count], 1)]
    return [(rng.choice(_ASK).format(n=word, k=kind), "\n".join(lines).replace("IOS", "iOS").replace("MacOS", "macOS"))]
