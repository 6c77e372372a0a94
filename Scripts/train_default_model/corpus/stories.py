"""Short stories, composed from a hero, a place, a problem and an ending."""

from corpus.phrasing import Turns, choose_mostly_first, with_article

# hero | adjective | name | pronouns | place | problem | helper | solution | lesson
_TABLE = """
robot|small|Pip|it|an old workshop by the sea|One stormy night, the lamp in the lighthouse went out, and the ships could not find the harbor.|a brave gull named Ada|Pip climbed the long stairs, opened its chest, and let its own bright light shine over the waves until morning.|a small light can guide many ships
fox|young|Rusty|he|a green forest at the foot of the mountains|One winter, the snow was so deep that the animals could not find any food.|a wise old owl|Rusty remembered where the berries grew in summer, dug a path through the snow, and shared what he found with everyone.|sharing makes even a hard winter warm
dragon|friendly|Ember|she|a warm cave above a quiet village|The villagers were afraid of her and hid whenever she flew by.|a curious girl named Lily|When the old bakery oven broke, Ember lit it with one gentle breath, and soon the smell of fresh bread filled the street.|it is worth getting to know someone before you are afraid
cat|gray|Misty|she|a little bookshop on the corner|One evening, a small child was lost in the rain and began to cry in front of the shop.|the kind shopkeeper|Misty curled up beside the child and purred until the worried parents came around the corner.|comfort is sometimes just being there
dog|loyal|Max|he|a farm with a red barn|One morning, the smallest lamb was missing from the field.|an old brown horse|Max followed the tiny tracks to the river and led the lamb home before dark.|a good friend never gives up
princess|clever|Elena|she|a castle with a hundred windows|The well of the castle ran dry, and nobody knew why.|the gardener's son|Elena drew a map of the old pipes, found the stone that blocked the water, and moved it with a long lever.|thinking well is better than a crown
wizard|forgetful|Orlo|he|a crooked tower full of books|He had lost the spell that kept the river from flooding.|a patient snail|Orlo wrote every spell that he still knew in a list, and between two lines he found the missing words.|writing things down is a kind of magic
girl|brave|Mia|she|a village near the sea|One day, her grandfather's boat did not come home on time.|the lighthouse keeper|Mia rang the great bell again and again until her grandfather heard it through the fog and found the harbor.|love is louder than any fog
boy|curious|Tom|he|a house at the edge of the woods|One day, he found an old key that did not fit any door in the house.|his little sister|They tried it on the gate behind the garden and found a forgotten orchard full of sweet apples.|curiosity opens hidden doors
bird|tiny|Kiki|she|a tall oak tree in the park|All the other birds had flown south, but Kiki was afraid of the long journey.|a gentle goose|The goose let her fly close behind in the calm air, and together they reached the warm south.|a long journey is easier with a friend
mouse|little|Pim|he|the kitchen of a grand hotel|The cook had lost his ring in the flour and was very sad.|a friendly cook's helper|Pim crawled through the flour, found the ring, and left it on the spoon, and since then there is always cheese by his door.|even the smallest can be a great help
bear|sleepy|Bruno|he|a cave behind a waterfall|He woke up in the middle of winter and could not fall asleep again.|a family of rabbits|The rabbits told him one quiet story after another until he was snoring softly.|a good story is the best blanket
rabbit|quick|Hazel|she|a meadow full of clover|A fire broke out in the dry grass, and no one had seen it yet.|an old turtle|Hazel ran to every burrow to warn the animals, and the turtle led them all to the cool river.|both the quick and the slow have their gifts
turtle|slow|Tully|he|a pond full of water lilies|Everyone laughed at him because he was never the first.|a small green frog|When the pond froze, Tully knew the deep warm spot from many years ago and showed everyone the way.|patience remembers what haste forgets
owl|wise|Olga|she|an old church tower|She could not sleep in the day because the bells were so loud.|the young bell ringer|They agreed that he would ring more softly at noon, and she would sing him the hours at night.|a friendly talk solves many problems
whale|lonely|Walter|he|the deep blue ocean|He sang every night, but no one ever answered.|a tiny silver fish|The fish carried his song from sea to sea until one day a distant voice sang back.|keep singing, for someone will hear you
pirate|kind|Captain Rose|she|a ship with green sails|She had a treasure map, but half of it was missing.|a clever parrot|The parrot remembered the missing half, and the treasure turned out to be a garden that they gave to the children of the island.|the best treasures are made to be shared
farmer|hardworking|Sam|he|a valley with golden fields|One summer, it did not rain for many weeks.|his neighbors|Together they dug a channel from the mountain lake, and the water saved all the fields in the valley.|many hands make a river
baker|cheerful|Anna|she|a street that smelled of bread|One morning, she had only enough flour for a single loaf.|a hungry traveler|She shared the loaf with him, and the next day he returned with a whole cart of flour from his mill.|kindness always comes back
programmer|tired|Nora|she|a small office above the city|A strange bug stopped the hospital's computers every night at midnight.|a patient colleague|Nora read the code aloud, line by line, and found one clock that counted the days from one instead of zero.|careful reading finds what hurry misses
astronaut|young|Leo|he|a space station high above the Earth|The radio broke, and nobody on the ground could hear him.|a cheerful robot|They blinked a message with the lights of the station, and a child with a telescope read it and called for help.|there is always another way to say hello
teacher|gentle|Mrs. Bell|she|a school on a hill|One of her pupils never spoke a word.|a small brown dog|She let him read to the dog every day, and by spring he was reading to the whole class.|everyone learns in their own time
knight|young|Sir Ben|he|a castle beside a lake|He was sent to fight a giant who shook the hills every night.|an old shepherd|He found that the giant was only cold and could not sleep, and gave him a blanket made of fifty sheepskins.|ask first and fight last
king|proud|Otto|he|a palace of white marble|He could not smile, and nobody knew how to help him.|a poor fiddler|The fiddler took him to a village feast where nobody knew he was the king, and there he danced and laughed all night.|joy cannot be ordered
queen|just|Clara|she|a kingdom of three rivers|Two villages fought over one bridge.|a young builder|Clara asked both villages to build a second bridge together, and by the time it was done they were friends.|working together ends many quarrels
tree|old|Grandfather Oak|it|a wide green meadow|A builder came to cut it down to make room for a road.|the children of the village|The children sat under its branches every day until the builder drew the road in a curve around it.|some things are worth a longer road
star|shy|Stella|she|a far corner of the night sky|She thought that her light was too small for anyone to see.|the old moon|One cloudy night, hers was the only light that a sailor could see, and it brought him home.|no light is too small
boat|little|Daisy|it|a harbor full of great ships|The great ships could not pass the shallow river to bring medicine to the village.|a young captain|Daisy was small enough to pass, and she carried the medicine up the river just in time.|being small can be a strength
train|old|Henry|he|a quiet mountain line|The new fast train got stuck in the snow with all its passengers.|the stationmaster|Henry puffed slowly up the mountain and pulled everyone safely home.|old strength is still strength
cloud|white|Nimbus|it|the sky above a dry desert|A single flower below was slowly drying out.|the west wind|The wind carried Nimbus right above the flower, and it rained until a whole garden grew.|a little rain can start a garden
elephant|gentle|Tara|she|a warm land with tall grass|A baby bird had fallen out of its nest, and nobody could reach the branch.|a nimble monkey|Tara lifted the nest with her long trunk, and the monkey set the little bird back inside.|great strength is best used gently
lion|old|Leon|he|a wide plain under the sun|He could no longer run fast enough to guard the waterhole.|a herd of zebras|He taught the young zebras to watch in turns, and the waterhole was safer than ever before.|wisdom grows when it is taught
penguin|small|Pablo|he|a white land of ice|He wanted to see flowers, but nothing grows on the ice.|a traveling albatross|The albatross brought him one dried flower each year, and Pablo made a garden of them in the snow.|a dream can bloom in any place
child|dreamy|Robin|she|a town at the foot of a hill|The town clock had stopped, and no one remembered how to mend it.|the old clockmaker|Robin climbed into the tower, found a nest between the wheels, and carried it safely to a tree before the clock ticked again.|look closely before you force things
ghost|polite|Mr. Gray|he|an empty house on the hill|He was lonely because everyone ran away from him.|a girl who was not afraid|She asked him to read her a story, and soon all the children came to listen every Friday.|a friendly word chases away fear
"""


def _parse() -> dict[str, tuple[str, ...]]:
    rows = (line.split("|") for line in _TABLE.strip().splitlines())
    return {row[0]: tuple(row[1:]) for row in rows}


HEROES = _parse()
_FORMS = {"he": ("he", "his", "him", "who"), "she": ("she", "her", "her", "who"), "it": ("it", "its", "it", "that")}
_OTHER_NAMES = {"he": ["Finn", "Hugo", "Jack", "Theo"], "she": ["Luna", "Ruby", "Ivy", "Nell"], "it": ["Dot", "Bolt", "Sky", "Juniper"]}


def story(rng, hero: str, favorite: float = 0.75) -> str:
    """A story of five sentences about `hero`; with probability `favorite` the canonical one."""
    adjective, name, pronoun, place, problem, helper, solution, lesson = HEROES[hero]
    subject, _, object_, relative = _FORMS[pronoun]
    if rng.random() > favorite:
        other = rng.choice(_OTHER_NAMES[pronoun])
        problem, solution = problem.replace(name, other), solution.replace(name, other)
        name = other
    return (
        f"Once upon a time, there was {with_article(adjective)} {hero} named {name} {relative} lived in {place}. {problem} "
        f"{name} wanted to help, but {subject} did not know how. Then {subject} met {helper}, and together they made a plan. "
        f"{solution} From that day on, everyone knew that {lesson}."
    )


_FALLBACK = ["robot", "fox", "dragon", "girl", "cat"]
_ASK = ["Tell me a story", "Tell me a story", "Tell me a story.", "Tell me a story!", "Can you tell me a story?", "Please tell me a story.",
        "Write a story.", "Write a short story.", "Tell me a short story.", "I want to hear a story.", "Tell me a bedtime story.",
        "Could you tell me a story?", "Do you know a story?"]  # fmt: skip
_ASK_ABOUT = ["Tell me a story about {h}.", "Tell me a story about {h}", "Write a short story about {h}.", "Write a story about {h}.",
              "Can you tell me a story about {h}?", "Please write a short story about {h}.", "Write a short story about {h}",
              "Tell me a short story about {h}.", "Tell me a bedtime story about {h}.", "A story about {h}, please.",
              "Write a short story about {h}:"]  # fmt: skip
_ASK_NAME = ["What was the name of the {h}?", "What is the {h} called?", "What was the {h}'s name?"]
_ASK_LESSON = ["What is the moral of the story?", "What is the lesson?", "What do we learn from this story?"]


def stories(rng) -> Turns:
    """A story, sometimes followed by a question about it."""
    if rng.random() < 0.3:
        hero = choose_mostly_first(rng, _FALLBACK, 0.8)
        ask = rng.choice(_ASK)
    else:
        hero = "robot" if rng.random() < 0.12 else rng.choice(list(HEROES))
        shown = with_article(f"{HEROES[hero][0]} {hero}" if rng.random() < 0.2 else hero)
        ask = rng.choice(_ASK_ABOUT).format(h=shown)
    text = story(rng, hero)
    turns = [(ask, text)]
    name = text.split(" named ")[1].split(" who lived")[0].split(" that lived")[0]
    roll = rng.random()
    if roll < 0.12:
        turns.append((rng.choice(_ASK_NAME).format(h=hero), f"The {hero} was called {name}{'' if name.endswith('.') else '.'}"))
    elif roll < 0.2:
        turns.append((rng.choice(_ASK_LESSON), f"The lesson is that {HEROES[hero][-1]}."))
    elif roll < 0.27:
        other = rng.choice([each for each in HEROES if each != hero])
        turns.append((rng.choice(["Another one, please.", "Tell me another story.", "Another story!"]), story(rng, other)))
    return turns
