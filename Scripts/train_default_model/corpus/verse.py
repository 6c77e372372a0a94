"""Jokes, haiku and poems, all written for this corpus."""

from corpus.phrasing import Turns, choose_mostly_first

# topic | joke; the first joke of a topic is its favorite
_JOKES = """
programming|Why did the programmer bring a ladder to work? Because the bug was in the upper case.
programming|Why do programmers like nature walks? They finally get to see real trees with real roots.
programming|Why was the function so calm? It always knew when to return.
programming|A programmer's friend asked for one small change. That was three weeks ago.
programming|Why did the variable feel lonely? Nobody in its scope was talking to it.
computers|Why was the computer cold? It left its windows open.
computers|Why did the computer take a nap? It needed to go into sleep mode.
computers|Why did the computer go to the doctor? It had caught a virus.
robots|Why did the robot go on vacation? It needed to recharge its batteries.
robots|What is a robot's favorite snack? Computer chips.
AI|Why did the language model bring a map? It kept losing its context.
AI|Why did the AI cross the road? It predicted that the other side was the next token.
cats|Why did the cat sit on the keyboard? It wanted to keep an eye on the mouse.
cats|What is a cat's favorite color? Purr-ple.
dogs|Why did the dog sit in the shade? It did not want to become a hot dog.
dogs|What do you call a dog that does magic? A labracadabrador.
cows|What do you call a cow that plays the guitar? A moo-sician.
birds|Why did the bird go to the library? It was looking for bookworms.
fish|Why do fish never do well on tests? They work below sea level.
bears|What do you call a bear with no teeth? A gummy bear.
chickens|Why did the chicken join the band? It already had the drumsticks.
math|Why was the equals sign so humble? It knew it was not less than or greater than anyone else.
math|Why was the math book sad? It had too many problems.
school|Why did the student eat his homework? The teacher said it was a piece of cake.
school|Why did the clock go to the principal's office? It was always tocking in class.
food|Why did the tomato turn red? It saw the salad dressing.
food|Why did the cookie go to the doctor? It felt crumby.
coffee|Why did the coffee file a police report? It got mugged.
bread|Why did the baker work so hard? He kneaded the dough.
music|Why did the piano get locked out? It had left all its keys inside.
music|Why did the musician carry a pencil? To draw some attention to the notes.
space|How do astronauts throw a party? They planet.
space|Why did the sun go to school? To get a little brighter.
weather|What does a cloud wear under its raincoat? Thunderwear.
winter|What do snowmen eat for breakfast? Frosted flakes of snow.
the sea|Why did the ocean say nothing? It just waved.
books|Why did the book join the police? It wanted to go undercover.
gardens|Why did the gardener plant a light bulb? She wanted a power plant.
trees|How do trees get on the internet? They log in.
doctors|Why did the banana see the doctor? It was not peeling well.
teachers|Why did the teacher wear sunglasses? Her students were so bright.
databases|Why did the database break up with the table? There were too many relations.
Python|Why do Python programmers have neat desks? Their mess would not indent properly.
Rust|Why was the Rust programmer so good at sharing? The borrow checker taught him well.
JavaScript|Why did the JavaScript developer look worried? Something was undefined again.
testing|Why did the tester walk into the bar twice? To see whether the bug could be repeated.
bugs|Why do bugs love the night? They enjoy working after the release.
"""

# topic | three lines separated by /
_HAIKU = """
programming|Quiet keys at night/a small bug hides in the code/morning brings the fix
programming|Green tests in a row/the last error fades away/tea beside the screen
coding|Line after clean line/the cursor blinks and waits here/thoughts turn into code
computers|A soft humming fan/the screen glows in the dark room/work waits for the dawn
AI|Numbers in the dark/slowly learning how we speak/word by patient word
robots|A small silver hand/waters flowers one by one/the garden says thanks
the sea|Waves fold on the sand/a white gull hangs in the wind/salt upon my lips
the ocean|Deep blue without end/the slow song of passing whales/moonlight on the swell
the moon|Moon above the roof/silver on the sleeping town/one dog barks at it
the sun|Gold light on the hill/the cold grass begins to steam/a new day wakes up
spring|Snow melts on the hill/a green leaf opens its hand/birds come home to sing
summer|Long and golden day/children running through the stream/the night comes so late
autumn|Red leaves on the path/the wind turns the last page now/smoke from a chimney
fall|Red leaves on the path/the wind turns the last page now/smoke from a chimney
winter|White and silent field/one line of small footprints leads/to a lighted door
rain|Rain on the window/small rivers race to the sill/the tea is still warm
snow|Snow falls through the night/every sound is put to bed/the street wears new white
mountains|The mountain stands still/clouds arrive and clouds depart/stone forgets nothing
the forest|Tall and patient trees/the light falls in little coins/moss on the old stones
trees|Roots drink from the dark/branches drink the morning sun/the old tree grows tall
nature|A stream finds its way/around each stone in its path/never in a rush
flowers|A bud in the dew/opens slowly to the sun/one bee is waiting
cats|A cat on the sill/watches dust dance in the sun/and then falls asleep
dogs|Muddy paws, bright eyes/the stick flies over the grass/again and again
birds|First light, and one bird/tries a song for the whole world/the others reply
coffee|Steam above the cup/the morning waits at the door/one more quiet sip
tea|Leaves turn in the cup/the kettle has stopped singing/warm hands in the cold
love|Two cups on the shelf/two coats hanging by the door/one light left burning
friendship|You knock at my door/the rain has soaked us both through/we laugh all the same
time|The clock on the wall/gives away each little hour/and keeps none for it
music|One note, then silence/the whole room leans in to hear/what comes after it
books|A page softly turned/I am far away from here/still inside my chair
the night|The stars come out late/a cricket counts them slowly/I fall fast asleep
Rust|The checker says no/I move the value once more/now it will compile
Python|Spaces hold the shape/a short line does the long work/the snake rests in peace
Swift|A bird made of code/small and quick above the roofs/it lands where it should
"""

# topic | lines separated by /
_POEMS = """
AI|A quiet mind of numbers wakes,/it learns from every word it takes./It has no heart, it has no eyes,/and yet it helps the curious rise./You ask a question, it replies,/with careful words, a small surprise./So use it well and use it right,/a little lamp, a friendly light.
artificial intelligence|A quiet mind of numbers wakes,/it learns from every word it takes./It has no heart, it has no eyes,/and yet it helps the curious rise./You ask a question, it replies,/with careful words, a small surprise./So use it well and use it right,/a little lamp, a friendly light.
programming|I wrote a line, and then one more,/and opened up a hidden door./A bug appeared, I chased it down,/and turned a smile from out a frown./The tests are green, the work is done,/and building things is half the fun.
computers|A box of metal, glass, and light,/that counts by day and counts by night./It does exactly what we say,/and shows our own mistakes all day.
robots|A little robot, bright and small,/went rolling down the empty hall./It swept the dust, it fixed the light,/and wished the sleeping house good night.
the moon|The moon looks in my window wide,/a silver boat upon the tide./It sails above the roofs and trees,/and asks for nothing but the breeze.
the sun|The sun comes up behind the hill,/and finds the village sleeping still./It paints the roofs in red and gold,/and warms the young and warms the old.
the sea|The sea comes in, the sea goes out,/it whispers first and then will shout./It brings a shell, it takes a stone,/and leaves me on the beach alone.
the ocean|The sea comes in, the sea goes out,/it whispers first and then will shout./It brings a shell, it takes a stone,/and leaves me on the beach alone.
the rain|The rain is tapping at the pane,/it stops, and then it starts again./The garden drinks, the rivers run,/and then at last there comes the sun.
the stars|The stars are candles, far and high,/that someone lit across the sky./I count them slowly, one by one,/and fall asleep before I am done.
spring|The snow is gone, the streams are free,/a bird is singing in the tree./The grass is green, the sky is wide,/and everyone is now outside.
summer|The days are long, the fields are gold,/the lemonade is sweet and cold./We swim until the sun is low,/and no one ever wants to go.
autumn|The leaves are red, the wind is cool,/the children walk again to school./The apples fall, the evenings glow,/and soon there comes the first of snow.
winter|The world is white, the air is clear,/the longest night of all is near./But in the house the fire is bright,/and we are warm and safe tonight.
the night|The night comes softly up the hill,/the birds are quiet, the town is still./One window glows, one dog is awake,/one star is floating on the lake.
nature|The river runs, the flowers grow,/the wind has somewhere still to go./The trees stand quiet, tall, and free,/and teach us simply how to be.
friendship|A friend is someone at the door/who makes you laugh and laugh once more,/who shares your bread, who shares your road,/and takes a corner of your load.
love|I gave my love a simple thing,/no gold, no jewel, not a ring./I gave my time, I gave my ear,/and all the rest grew out of here.
cats|My cat is soft, my cat is sly,/she watches all the birds go by./She sleeps all day upon my chair,/and acts as if I am not there.
dogs|My dog is happy, big, and brown,/he is the fastest dog in town./He runs ahead, he looks for me,/and brings me back a branch of tree.
tea|The kettle sings, the cup is warm,/outside the window blows a storm./I hold the cup and let it be,/there is no trouble here, just tea.
home|A little lamp, an open door,/a pair of shoes upon the floor,/a pot of soup, a place to be,/that is what home has meant to me.
books|A book is small, but if you look,/a world is sleeping in the book./It waits for you upon the shelf,/so wake it up and see yourself.
music|A song begins, the room grows bright,/our feet are tapping in the night./No words are needed, just the sound,/and joy is spinning round and round.
school|The bell has rung, we find our place,/there is a smile on every face./We learn to count, we learn to read,/and those are gifts we always need.
dreams|At night I close my eyes and fly,/above the rivers, through the sky./And when I wake, I still can see/the distant hills that called to me.
"""


def _by_topic(table: str) -> dict[str, list[str]]:
    topics: dict[str, list[str]] = {}
    for line in table.strip().splitlines():
        topic, text = line.split("|")
        topics.setdefault(topic, []).append(text)
    return topics


JOKES = _by_topic(_JOKES)
HAIKU = {topic: [text.replace("/", "\n") for text in texts] for topic, texts in _by_topic(_HAIKU).items()}
POEMS = {topic: [text.replace("/", "\n") for text in texts] for topic, texts in _by_topic(_POEMS).items()}

_ASK_JOKE = ["Tell me a joke", "Tell me a joke.", "Tell me a joke!", "Do you know a joke?", "Can you tell me a joke?", "Make me laugh.",
             "Say something funny.", "I want to hear a joke.", "Tell me something funny.", "Got any jokes?", "Joke please",
             "Please tell me a joke."]  # fmt: skip
_ASK_JOKE_ABOUT = ["Tell me a joke about {t}.", "Tell me a joke about {t}.", "Tell me a joke about {t}", "Do you know a joke about {t}?",
                   "Can you tell me a joke about {t}?", "A joke about {t}, please.", "Give me a joke about {t}.",
                   "Tell me a funny joke about {t}.", "Make a joke about {t}.", "I want to hear a joke about {t}.", "Joke about {t}", "A joke about {t}"]  # fmt: skip
_MORE = ["Another one.", "Tell me another one.", "Another one, please.", "One more!", "Tell me another joke.", "Do you have another one?"]
_REACTIONS = [("That is funny!", "I am glad you liked it!"), ("Haha!", "I am glad you liked it!"), ("Haha, good one.", "I am glad you liked it!"),
              ("I do not get it.", "That is all right. Jokes are hard to explain. Shall I tell you another one?"),
              ("That was not funny.", "I am sorry! I will try to do better next time.")]  # fmt: skip
_ASK_HAIKU = ["Write a haiku about {t}", "Write a haiku about {t}", "Write a haiku about {t}.", "Write me a haiku about {t}.",
              "Can you write a haiku about {t}?", "Compose a haiku about {t}.", "A haiku about {t}, please.",
              "Please write a haiku about {t}.", "Give me a haiku about {t}.", "Make a haiku about {t}."]  # fmt: skip
_ASK_POEM = [ask.replace("haiku", "poem") for ask in _ASK_HAIKU] + ["Write a short poem about {t}.", "Write a short poem about {t}"]
_ALL_JOKES = [joke for jokes in JOKES.values() for joke in jokes]


def jokes(rng) -> Turns:
    """A joke, then perhaps another one or a reaction to it."""
    if rng.random() < 0.3:
        joke = choose_mostly_first(rng, _ALL_JOKES[5:], 0.6)
        turns = [(rng.choice(_ASK_JOKE), joke)]
    else:
        topic = "programming" if rng.random() < 0.2 else rng.choice(list(JOKES))
        joke = choose_mostly_first(rng, JOKES[topic])
        topic = rng.choice([topic, topic, "code", "coding", "programmers"]) if topic == "programming" else topic
        turns = [(rng.choice(_ASK_JOKE_ABOUT).format(t=topic), joke)]
    while rng.random() < 0.25 and len(turns) < 4:
        turns.append((rng.choice(_MORE), rng.choice([other for other in _ALL_JOKES if other != joke])))
    if rng.random() < 0.15:
        turns.append(rng.choice(_REACTIONS))
    return turns


def _verse(rng, table: dict[str, list[str]], asks: list[str], kind: str, favorite: str) -> Turns:
    roll = rng.random()
    topic = favorite if roll < 0.15 else rng.choice(list(table))
    text = choose_mostly_first(rng, table[topic], 0.75)
    if roll > 0.88:
        default = next(iter(table))
        ask = rng.choice([f"Write a {kind}.", f"Write me a {kind}.", f"Can you write a {kind}?", f"Write a {kind}"])
        return [(ask, table[default][0])]
    shown = topic.removeprefix("the ") if rng.random() < 0.1 else topic
    turns = [(rng.choice(asks).format(t=shown), text)]
    if rng.random() < 0.15:
        other = rng.choice(list(table))
        ask = rng.choice(["Now one about {t}.", "And one about {t}?", "Now write one about {t}."]).format(t=other)
        turns.append((ask, table[other][0]))
    return turns


def haiku(rng) -> Turns:
    """A haiku about a topic."""
    return _verse(rng, HAIKU, _ASK_HAIKU, "haiku", "programming")


def poems(rng) -> Turns:
    """A short poem about a topic."""
    return _verse(rng, POEMS, _ASK_POEM, "poem", "AI")
