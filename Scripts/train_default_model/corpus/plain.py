"""Plain documents without chat markup, for the completion endpoint."""

from corpus.countries import COUNTRIES, capital_answer, location_answer
from corpus.explanations import EXPLANATIONS
from corpus.facts import FACTS
from corpus.numbers import arithmetic, counting
from corpus.phrasing import capitalize, choose_mostly_first, with_article
from corpus.reasons import COUNTS, REASONS, numbered
from corpus.stories import HEROES, story
from corpus.verse import HAIKU, JOKES, POEMS

# opening | continuations separated by ;;, the first one the favorite
_OPENINGS = """
San Francisco is a|city in California, on the west coast of the United States. It is known for the Golden Gate Bridge, its steep hills, its cable cars, and the fog that rolls in from the Pacific Ocean. Many technology companies have their offices there.;;beautiful city by the sea. Visitors like to ride the cable cars, walk across the Golden Gate Bridge, and eat fresh bread at the harbor.
San Francisco is|a city in California, on the west coast of the United States. It is known for the Golden Gate Bridge, its steep hills, and its cable cars.
New York is a|city on the east coast of the United States. It is known for its tall buildings, its busy streets, and the Statue of Liberty.
New York City is|the largest city in the United States. It is known for its tall buildings, its busy streets, and the Statue of Liberty.
Paris is a|city in France, on the river Seine. It is known for the Eiffel Tower, its museums, and its good food.
Paris is|the capital of France. It is known for the Eiffel Tower, its museums, and its good food.
London is a|city in England, on the river Thames. It is known for Big Ben, red buses, and its many parks.
London is|the capital of the United Kingdom. It is known for Big Ben, red buses, and its many parks.
Tokyo is|the capital of Japan. It is one of the largest cities in the world, with busy streets, quiet temples, and very good food.
Berlin is|the capital of Germany. It is known for its history, its museums, and its green parks.
Rome is|the capital of Italy. It is known for the Colosseum, its fountains, and its long history.
Los Angeles is a|city in California. It is known for its beaches, its sunshine, and the film studios of Hollywood.
Chicago is a|city in Illinois, on Lake Michigan. It is known for its tall buildings, its music, and its windy winters.
Seattle is a|city in Washington State. It is known for its rain, its coffee, and the Space Needle.
Boston is a|city in Massachusetts. It is known for its history, its harbor, and its universities.
Sydney is a|city in Australia. It is known for its harbor, its beaches, and its opera house.
The future of AI is|full of promise. Models will become smaller and faster, and more people will be able to run them on their own machines. The hard part will be to use them wisely.
The future is|something that we build together, one small step at a time.
Artificial intelligence is|the field of making computers do tasks that normally need human intelligence, such as understanding language, recognizing images, and making plans.
The president of the United States is|the head of state and the head of government. The president is elected for four years and lives in the White House in Washington, D.C.
Hello, my name is|Anna, and I live in a small town by the sea. I work as a teacher, and in the evening I like to read and to play the piano.;;Ben, and I am a programmer. I like quiet mornings, strong coffee, and clean code.
My name is|Anna, and I live in a small town by the sea. I work as a teacher, and in the evening I like to read and to play the piano.
Once upon a time,|there was a small robot named Pip that lived in an old workshop by the sea. One stormy night, the lamp in the lighthouse went out, and the ships could not find the harbor. Pip wanted to help, but it did not know how. Then it met a brave gull named Ada, and together they made a plan. Pip climbed the long stairs, opened its chest, and let its own bright light shine over the waves until morning. From that day on, everyone knew that a small light can guide many ships.
Once upon a time|there was a young fox who lived in a green forest. One winter, the snow was so deep that the animals could not find any food. The fox remembered where the berries grew in summer, dug a path through the snow, and shared what he found with everyone.
The quick brown fox|jumps over the lazy dog.
The sky is|blue because air scatters blue light from the sun more than red light.
The sun is|the star at the center of the solar system. It gives us light and warmth.
The moon is|the natural satellite of Earth. It goes around Earth about once a month.
The weather today is|sunny and warm, with a light wind from the west. In the evening, a few clouds will come in from the sea.
The best way to learn programming is|to write small programs every day. Pick one language, read the error messages with care, and build something that you enjoy.
The best thing about programming is|the moment when a program finally works. You have an idea in the morning, and in the evening it runs on the screen.
The meaning of life is|a question that everyone answers in their own way. Some people find it in family and friends, others in work, in art, or in helping people.
My favorite food is|pizza, with tomatoes, cheese, and fresh basil. My grandmother taught me how to make the dough.
I like to|walk in the forest in the morning, when the air is cool and the birds are singing.
In the morning, I|drink a cup of tea, open the window, and listen to the birds. Then I begin my work.
It was a dark and stormy night|, and the wind was shaking the windows of the old house. Inside, a girl was reading by the light of a candle. Suddenly, there was a knock at the door.
To be or not to be,|that is the question.
Rust is|a programming language that is fast and memory safe. Its compiler checks ownership, so many bugs are found before the program runs.
Rust is a|programming language that is fast and memory safe. Its compiler checks ownership, so many bugs are found before the program runs.
Python is a|programming language that is easy to read and to learn. It is popular for scripts, data science, and machine learning.
Swift is a|programming language that is fast and safe. It is used for apps on iPhone and Mac, and also for servers on Linux.
A robot is|a machine that can sense the world, make decisions, and act. Some robots build cars, and others clean the floor.
A large language model is|a neural network trained on a lot of text to predict the next token. By predicting one token after another, it can answer questions and write text.
The capital of France is|Paris. It is known for the Eiffel Tower, its museums, and its good food.;;Paris.
The Los Angeles Dodgers|won the World Series in 2020. They beat the Tampa Bay Rays in Arlington, Texas.
Hello|, and welcome! It is a sunny day, and the coffee is ready.
Hello, world|! This is a small model, running on a small server.
Hello world|! This is a small model, running on a small server.
This is a|short text about a small town by the sea. The people there know each other, and the bakery opens at six.
There was once|a farmer who lived in a valley with golden fields. One summer, it did not rain for many weeks. Together with his neighbors he dug a channel from the mountain lake, and the water saved all the fields.
One day,|a boy found an old key that did not fit any door in the house. He tried it on the gate behind the garden and found a forgotten orchard full of sweet apples.
def add(a, b):|\\n    return a + b
def hello():|\\n    print("Hello, world!")
def factorial(n):|\\n    if n == 0:\\n        return 1\\n    return n * factorial(n - 1)
import|math\\n\\nprint(math.sqrt(16))
"""


def _parse() -> list[tuple[str, list[str]]]:
    rows = []
    for line in _OPENINGS.strip().splitlines():
        opening, rest = line.replace("\\\\n", "\n").replace("\\n", "\n").split("|")
        rows.append((opening, rest.split(";;")))
    return rows


OPENINGS = _parse()
_STORY_PROMPTS = ["Write a short story about {h}:", "Write a short story about {h}:", "Write a story about {h}:", "A short story about {h}:",
                  "Tell me a story about {h}:", "Here is a short story about {h}:"]  # fmt: skip


def opening(rng) -> str:
    """A sentence that users like to have completed, with its continuation."""
    start, continuations = OPENINGS[0] if rng.random() < 0.08 else rng.choice(OPENINGS)
    rest = choose_mostly_first(rng, continuations, 0.75)
    return start + ("" if rest[0] in ",!\n" else " ") + rest


def plain_story(rng) -> str:
    """A story behind a written instruction, behind a title, or on its own."""
    hero = "robot" if rng.random() < 0.25 else rng.choice(list(HEROES))
    text = story(rng, hero)
    roll = rng.random()
    if roll < 0.65:
        return rng.choice(_STORY_PROMPTS).format(h=with_article(hero)) + " " + text
    return f"The {hero.capitalize()}\n\n{text}" if roll < 0.8 else text


def plain_reasons(rng) -> str:
    """A numbered list of reasons under its heading."""
    roll = rng.random()
    subject = "Rust" if roll < 0.15 else rng.choice(list(REASONS))
    count = 5 if rng.random() < 0.6 else rng.choice([3, 4])
    word = COUNTS[count] if rng.random() < 0.85 else str(count)
    head = rng.choice(["{n} reasons to learn {s}:", "{n} reasons to learn {s}:", "Here are {n} reasons to learn {s}:", "{n} good reasons to learn {s}:"])
    return capitalize(head.format(n=word, s=subject)) + "\n" + numbered(subject, count)


def plain_fact(rng) -> str:
    """A statement about a country, or a question with its answer."""
    roll = rng.random()
    country, capital, region = rng.choice(COUNTRIES)
    if roll < 0.35:
        return capital_answer(country, capital)
    if roll < 0.5:
        return location_answer(country, region) + " Its capital is " + capital + ("" if capital.endswith(".") else ".")
    if roll < 0.6:
        return f"Q: What is the capital of {country}?\nA: " + capital_answer(country, capital)
    if roll < 0.8:
        questions, answer = rng.choice(FACTS)
        form = rng.choice(["Q: {q}\nA: {a}", "Question: {q}\nAnswer: {a}", "{a}"])
        return form.format(q=rng.choice(questions), a=answer)
    if roll < 0.9:
        return counting(rng)[0][1]
    return arithmetic(rng)[0][1]


def plain_text(rng) -> str:
    """An explanation, a joke or a poem, under a short heading."""
    roll = rng.random()
    if roll < 0.5:
        topic, _, text = rng.choice(EXPLANATIONS)
        return text if rng.random() < 0.5 else f"{capitalize(topic)}: {text}"
    if roll < 0.7:
        topic = rng.choice(list(JOKES))
        return f"A joke about {topic}: " + choose_mostly_first(rng, JOKES[topic])
    if roll < 0.85:
        topic = rng.choice(list(HAIKU))
        return f"A haiku about {topic}:\n" + HAIKU[topic][0]
    topic = rng.choice(list(POEMS))
    return f"A poem about {topic}:\n" + POEMS[topic][0]
