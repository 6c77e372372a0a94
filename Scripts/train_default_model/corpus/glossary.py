"""Things and what they are, opposites, translations, languages, currencies and sounds: tables with one question pattern each."""

from corpus.phrasing import Turns, with_article

# thing, with its article where it has one | what it is
_THINGS = """
a tiger|a large wild cat with orange fur and black stripes
a lion|a large wild cat that lives in groups in Africa
an elephant|the largest land animal, with a long trunk and big ears
a giraffe|a tall African animal with a very long neck
a zebra|an African animal that looks like a horse with black and white stripes
a monkey|a clever animal that lives in warm forests and climbs well
a wolf|a wild animal that looks like a dog and lives in packs
a fox|a small wild animal with red fur and a bushy tail
a bear|a large, strong animal with thick fur that sleeps through the winter
a rabbit|a small animal with long ears that eats grass and jumps well
a horse|a large, fast animal that people ride and that pulls carts
a cow|a large farm animal that gives milk
a sheep|a farm animal that gives wool
a pig|a clever farm animal with a round snout
a chicken|a farm bird that lays eggs
a duck|a bird that swims on ponds and lakes
an owl|a bird that hunts at night and sees well in the dark
an eagle|a large bird with strong wings and very sharp eyes
a penguin|a black and white bird that cannot fly but swims very well
a swallow|a small, fast bird with a forked tail that catches insects in the air
a whale|a very large animal that lives in the sea and breathes air
a dolphin|a clever sea animal that breathes air and likes to jump
a shark|a large fish with sharp teeth
a frog|a small animal that lives near water and jumps well
a snake|a long animal without legs
a bee|an insect that collects nectar and makes honey
a butterfly|an insect with large, colorful wings
a spider|a small animal with eight legs that spins webs
a rose|a flower with a sweet smell and thorns on its stem
an oak|a large, strong tree that grows acorns
an apple|a round fruit that grows on trees and is red, green, or yellow
a banana|a long yellow fruit that grows in warm countries
an orange|a round, sweet fruit with a thick peel
a lemon|a yellow fruit with a very sour taste
a potato|a vegetable that grows under the ground
a tomato|a red fruit that people use as a vegetable
a carrot|an orange root that people eat as a vegetable
bread|a food made of flour and water and baked in an oven
cheese|a food made from milk
chocolate|a sweet food made from cocoa beans
honey|a sweet food that bees make from nectar
pizza|an Italian dish of flat bread with tomatoes and cheese
soup|a warm liquid dish of vegetables, meat, or fish
coffee|a hot drink made from roasted beans
tea|a hot drink made from dried leaves
milk|a white drink that comes from cows and other animals
a car|a vehicle with four wheels and an engine
a bicycle|a vehicle with two wheels that you move with your feet
a train|a row of wagons that runs on rails
a ship|a large vehicle that travels on the sea
an airplane|a vehicle with wings that flies through the air
a rocket|a vehicle that flies into space
a telescope|a tool that makes distant things look near
a microscope|a tool that makes tiny things visible
a thermometer|a tool that measures temperature
a compass|a tool whose needle points north
a clock|a machine that shows the time
a calendar|a list of the days and months of a year
a map|a drawing that shows where places are
a book|a set of printed pages bound together
a dictionary|a book that explains words
a library|a place where people can read and borrow books
a museum|a place that shows art or old things to the public
a hospital|a place where sick people are cared for
a bakery|a shop that makes and sells bread and cakes
a lighthouse|a tower by the sea with a bright light that guides ships
a castle|a large old building with thick walls that kept people safe
a bridge|a structure that carries a road over a river or a valley
an island|land with water on all sides
a mountain|a very high piece of land
a river|a long stream of water that flows to the sea or a lake
a lake|a large area of water with land around it
a desert|a dry place where it almost never rains
a forest|a large area covered with trees
a glacier|a slow river of ice
an earthquake|a sudden shaking of the ground
a storm|bad weather with strong wind and rain
snow|frozen water that falls from the clouds in soft white flakes
a star|a huge ball of hot gas that gives light
a planet|a large round body that moves around a star
a galaxy|a huge group of stars held together by gravity
a comet|a ball of ice and dust that grows a bright tail near the sun
a black hole|a place in space where gravity is so strong that not even light can escape
an atom|the smallest part of a chemical element
a molecule|a group of atoms held together
oxygen|a gas in the air that people and animals need to breathe
energy|the ability to do work, such as moving or heating something
the heart|the muscle that pumps blood through the body
the brain|the organ that lets us think, feel, and move
a doctor|a person who helps sick people get well
a teacher|a person who helps others to learn
a scientist|a person who studies how the world works
an engineer|a person who designs and builds machines, bridges, or programs
a programmer|a person who writes programs for computers
an artist|a person who makes paintings, music, or other works of art
a farmer|a person who grows food and keeps animals
an astronaut|a person who travels into space
a guitar|a musical instrument with six strings
a piano|a musical instrument with black and white keys
a violin|a musical instrument with four strings, played with a bow
a drum|a musical instrument that you hit with your hands or with sticks
a haiku|a short poem from Japan with lines of five, seven, and five syllables
a poem|a short text with rhythm, and often with rhymes
a joke|a short story with a funny ending
soccer|a sport in which two teams of eleven players try to kick a ball into a goal
basketball|a sport in which two teams of five players throw a ball into a high basket
baseball|a sport in which a team hits a ball with a bat and runs around four bases
tennis|a sport in which players hit a ball over a net with rackets
chess|a board game for two players who try to capture the king of the other
the World Series|the yearly championship of American baseball
a computer|a machine that follows the instructions of a program
a keyboard|a set of keys for typing text into a computer
a browser|a program that shows pages of the web
a server|a computer or a program that answers requests from other programs
a file|a named piece of data on a disk
a password|a secret word that proves who you are
a robot|a machine that can sense the world, make decisions, and act
a smartphone|a small computer that you can carry and use to make calls
a triangle|a shape with three sides
a circle|a round shape whose points are all equally far from its center
an even number|a whole number that can be divided by two
a fraction|a number that describes a part of a whole
a vaccine|a medicine that teaches the body to fight a disease
an election|a vote in which people choose their leaders
money|what people use to pay for things
"""
# word | its opposite
_OPPOSITES = """
hot|cold
big|small
up|down
day|night
fast|slow
good|bad
happy|sad
old|young
new|old
long|short
high|low
light|dark
open|closed
full|empty
hard|soft
rich|poor
strong|weak
early|late
loud|quiet
wet|dry
left|right
true|false
near|far
easy|difficult
clean|dirty
first|last
inside|outside
summer|winter
north|south
east|west
love|hate
war|peace
"""
# English | French | Spanish | German | Italian
_TRANSLATIONS = """
hello|bonjour|hola|hallo|ciao
goodbye|au revoir|adios|auf Wiedersehen|arrivederci
thank you|merci|gracias|danke|grazie
please|s'il vous plait|por favor|bitte|per favore
yes|oui|si|ja|si
no|non|no|nein|no
good morning|bonjour|buenos dias|guten Morgen|buongiorno
good night|bonne nuit|buenas noches|gute Nacht|buonanotte
water|eau|agua|Wasser|acqua
bread|pain|pan|Brot|pane
house|maison|casa|Haus|casa
cat|chat|gato|Katze|gatto
dog|chien|perro|Hund|cane
book|livre|libro|Buch|libro
friend|ami|amigo|Freund|amico
love|amour|amor|Liebe|amore
sun|soleil|sol|Sonne|sole
moon|lune|luna|Mond|luna
one|un|uno|eins|uno
two|deux|dos|zwei|due
three|trois|tres|drei|tre
red|rouge|rojo|rot|rosso
world|monde|mundo|Welt|mondo
"""
# country | language | currency
_SPOKEN = """
France|French|euro
Germany|German|euro
Italy|Italian|euro
Spain|Spanish|euro
Portugal|Portuguese|euro
Austria|German|euro
Greece|Greek|euro
the Netherlands|Dutch|euro
Ireland|English and Irish|euro
Finland|Finnish and Swedish|euro
the United Kingdom|English|pound
the United States|English|dollar
Canada|English and French|dollar
Australia|English|dollar
New Zealand|English and Maori|dollar
Mexico|Spanish|peso
Argentina|Spanish|peso
Chile|Spanish|peso
Colombia|Spanish|peso
Peru|Spanish|sol
Brazil|Portuguese|real
Japan|Japanese|yen
China|Chinese|yuan
South Korea|Korean|won
India|Hindi, English, and many other languages|rupee
Pakistan|Urdu and English|rupee
Russia|Russian|ruble
Ukraine|Ukrainian|hryvnia
Poland|Polish|zloty
the Czech Republic|Czech|koruna
Hungary|Hungarian|forint
Romania|Romanian|leu
Sweden|Swedish|krona
Norway|Norwegian|krone
Denmark|Danish|krone
Iceland|Icelandic|krona
Switzerland|German, French, Italian, and Romansh|franc
Turkey|Turkish|lira
Egypt|Arabic|pound
Morocco|Arabic and Berber|dirham
Saudi Arabia|Arabic|riyal
Iran|Persian|rial
Vietnam|Vietnamese|dong
Thailand|Thai|baht
Indonesia|Indonesian|rupiah
Kenya|Swahili and English|shilling
Cuba|Spanish|peso
"""
# animal | its sound | its young
_ANIMALS = """
cow|moo|calf
dog|woof|puppy
cat|meow|kitten
duck|quack|duckling
sheep|baa|lamb
pig|oink|piglet
horse|neigh|foal
lion|roar|cub
frog|ribbit|tadpole
owl|hoot|owlet
"""


def _rows(table: str) -> list[tuple[str, ...]]:
    return [tuple(line.split("|")) for line in table.strip().splitlines()]


THINGS, OPPOSITES, TRANSLATIONS = _rows(_THINGS), _rows(_OPPOSITES), _rows(_TRANSLATIONS)
SPOKEN, ANIMALS = _rows(_SPOKEN), _rows(_ANIMALS)
_LANGUAGES = ["French", "Spanish", "German", "Italian"]
_ASK_THING = ["What is {t}?", "What is {t}?", "What is {t}?", "What's {t}?", "Tell me about {t}.", "Explain what {t} is.",
              "Can you tell me what {t} is?", "Describe {t}.", "Define {t}.", "Do you know what {t} is?", "Explain {t}."]  # fmt: skip


def thing_answer(thing: str, text: str) -> str:
    """The sentence that says what a thing is."""
    return f"{thing[0].upper()}{thing[1:]} is {text}."


def things(rng) -> Turns:
    """What a thing is, sometimes followed by another thing."""
    thing, text = rng.choice(THINGS)
    turns = [(rng.choice(_ASK_THING).format(t=thing), thing_answer(thing, text))]
    if rng.random() < 0.12:
        thing, text = rng.choice(THINGS)
        turns.append((rng.choice(["And {t}?", "And what is {t}?", "What about {t}?"]).format(t=thing), thing_answer(thing, text)))
    return turns


def words(rng) -> Turns:
    """Opposites, translations, and the sounds and young of animals."""
    roll = rng.random()
    if roll < 0.35:
        word, opposite = rng.choice(OPPOSITES)
        ask = rng.choice(["What is the opposite of {w}?", "What's the opposite of {w}?", "What is the antonym of {w}?", "Opposite of {w}?",
                          "Give me the opposite of {w}."])  # fmt: skip
        return [(ask.format(w=word), f"The opposite of {word} is {opposite}.")]
    if roll < 0.8:
        row, column = rng.choice(TRANSLATIONS), rng.randrange(4)
        ask = rng.choice(["How do you say {w} in {l}?", "What is {w} in {l}?", "Translate {w} to {l}.", "Translate {w} into {l}.",
                          'How do you say "{w}" in {l}?', 'Translate "{w}" to {l}.', "What is the {l} word for {w}?"])  # fmt: skip
        turns = [(ask.format(w=row[0], l=_LANGUAGES[column]), f"{row[0].capitalize()} in {_LANGUAGES[column]} is {row[column + 1]}.")]
        if rng.random() < 0.25:
            column = rng.randrange(4)
            ask = rng.choice(["And in {l}?", "What about {l}?"]).format(l=_LANGUAGES[column])
            turns.append((ask, f"{row[0].capitalize()} in {_LANGUAGES[column]} is {row[column + 1]}."))
        return turns
    animal, sound, young = rng.choice(ANIMALS)
    if rng.random() < 0.5:
        ask = rng.choice(["What sound does {a} make?", "What does {a} say?", "Which sound does {a} make?"])
        return [(ask.format(a=with_article(animal)), f"{with_article(animal).capitalize()} says {sound}.")]
    ask = rng.choice(["What is a baby {a} called?", "What do you call a baby {a}?"])
    return [(ask.format(a=animal), f"A baby {animal} is called a {young}." if young[0] not in "aeiou" else f"A baby {animal} is called an {young}.")]


def languages(rng) -> Turns:
    """The language or the currency of a country."""
    country, language, currency = rng.choice(SPOKEN)
    if rng.random() < 0.55:
        ask = rng.choice(["What language do people speak in {c}?", "Which language is spoken in {c}?", "What language is spoken in {c}?",
                          "What is the language of {c}?", "What do people speak in {c}?"])  # fmt: skip
        return [(ask.format(c=country), f"People in {country} speak {language}.")]
    ask = rng.choice(["What is the currency of {c}?", "What currency is used in {c}?", "Which currency does {c} use?", "What money do they use in {c}?"])
    return [(ask.format(c=country), f"The currency of {country} is the {currency}.")]
