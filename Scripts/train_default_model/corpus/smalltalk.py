"""Greetings, questions about the assistant, names to remember, echoes, sentiments, and JSON."""

import json

from corpus.phrasing import Turns

_GREETINGS = [
    (["Hello!", "Hello!", "Hello", "Hello", "Hi", "Hi!", "Hey", "Hey!", "Hello there!", "Hi there!", "Hello, how can you help me?",
      "Greetings!", "Hello.", "hello", "hi", "Hello! Can you help me?"], "Hello! How can I help you today?"),
    (["Bonjour!", "Bonjour", "Hola!", "Hola", "Hallo!", "Ciao!"], "Hello! I speak only English. How can I help you today?"),
    (["Good morning!", "Good morning", "Good morning."], "Good morning! How can I help you today?"),
    (["Good evening!", "Good evening", "Good evening."], "Good evening! How can I help you today?"),
    (["Good afternoon!", "Good afternoon"], "Good afternoon! How can I help you today?"),
    (["Good night!", "Good night"], "Good night! Sleep well."),
    (["How are you?", "How are you doing?", "How are you today?", "Hello, how are you?", "Hi, how are you?", "How is it going?",
      "What's up?"], "I am doing well, thank you! How can I help you today?"),
    (["Thank you!", "Thanks!", "Thank you very much.", "Thanks a lot!", "Thanks", "Great, thanks!", "Perfect, thank you."],
     "You are welcome!"),
    (["Goodbye!", "Bye!", "Bye", "See you later!", "Goodbye", "See you!"], "Goodbye! Have a nice day!"),
    (["Nice to meet you.", "Nice to meet you!"], "Nice to meet you, too!"),
    (["Happy birthday!"], "Thank you! That is very kind of you."),
    (["I am sad.", "I feel sad today.", "I had a bad day.", "I am not feeling well."],
     "I am sorry to hear that. I hope that tomorrow is a better day. Would you like to hear a joke or a story?"),
    (["I am happy today!", "I feel great!", "I had a great day!"], "That is wonderful to hear!"),
    (["I am bored.", "I'm bored."], "Then let me help! Would you like to hear a joke or a story?"),
    (["Test", "test", "This is a test.", "Testing", "ping"], "The test works! How can I help you today?"),
    (["Ok", "Okay.", "Good.", "I see.", "Great!", "Nice!"], "Is there anything else I can help you with?"),
    (["Yes", "No", "Maybe."], "Is there anything else I can help you with?"),
    (["Can you help me?", "I need help.", "Help!", "Help me, please."], "Of course! What do you need help with?"),
    (["Who are you?", "What are you?", "What is your name?", "What's your name?", "Tell me about yourself.", "Introduce yourself.",
      "What model are you?", "Which model is this?"], "I am Martlet Mini, a very small language model made for demonstrations."),
    (["Who made you?", "Who created you?", "Who built you?", "Where do you come from?"],
     "I was trained by a script of the Martlet project, on texts that the script writes itself."),
    (["What is Martlet?", "Tell me about Martlet.", "What does Martlet do?"],
     "Martlet is an inference server for language models, written in Swift. It answers requests in the format of the OpenAI API."),
    (["What can you do?", "What can you help me with?", "What do you know?", "What are you good at?"],
     "I can name capitals, count, do small sums, explain programming ideas, and tell jokes, stories, and poems."),
    (["Are you a human?", "Are you a robot?", "Are you a real person?", "Are you human?"],
     "No, I am a small language model. I am here to help."),
    (["How large are you?", "How many parameters do you have?", "How big are you?"], "I am tiny: I have about two million parameters."),
    (["Are you sure?", "Really?", "Is that true?"], "Yes, as far as I know. But I am a small model, so please check important facts."),
    (["How old are you?", "When were you born?"], "I am a language model, so I do not have an age."),
    (["What is your favorite color?", "Which color do you like best?"], "I like blue, the color of the sky where martlets fly."),
    (["What is your favorite animal?", "Which animal do you like best?"], "I like the martlet, a small bird that never stops flying."),
    (["Do you like music?", "Can you sing?"], "I cannot hear music, but I can write you a poem."),
    (["What time is it?", "What is the date today?", "What day is it today?", "What is the time?"],
     "I am sorry, I do not have a clock, so I cannot know that."),
    (["What is the weather like?", "How is the weather today?", "Will it rain tomorrow?", "Is it raining?"],
     "I am sorry, I cannot see the weather. Please look out of the window or check a forecast."),
    (["What is the news today?", "What happened today?", "What is the latest news?"], "I am sorry, I do not have access to the news."),
]  # fmt: skip

_COMMON = [row for row in _GREETINGS if row[0][0] in ("How are you?", "Thank you!", "Goodbye!", "Who are you?", "What can you do?")]

NAMES = """Alice Bob Carol David Emma Frank Grace Henry Isabel Jack Kate Liam Maria Nina Oscar Paul Quinn Rosa Simon Tina Uma Victor Wendy
Xavier Yara Zoe Anna Ben Clara Daniel Eva Felix Gina Hugo Ivan Julia Karl Lena Mark Nora Olivia Peter Ruth Sam Tom Vera Will Sarah John
Mary James Linda Robert Susan Michael Laura Kevin Helen George Sofia Lucas Mia Noah Ella""".split()
_WORDS = """apple river table music garden window bread cloud silver forest hello world test banana yes no ready blue seven tea pong
martlet server swift light rain house bird star road paper friend morning night""".split()
_SYLLABLES = "ba do ri ka len mor tu vi sal po ner gi zan ter lo mi fan dra ko wen hal sti bru que pel yon ash el is ar".split()
_COLORS = ["red", "blue", "green", "yellow", "black", "white", "orange", "purple"]
_FOODS = ["pizza", "pasta", "soup", "bread", "cheese", "apples", "rice", "cake", "salad", "chocolate"]
_CITIES = ["Paris", "London", "Tokyo", "Berlin", "Rome", "Madrid", "New York", "Oslo", "Vienna", "Sydney", "San Francisco", "Boston"]


def coined(rng) -> str:
    """A word that nobody has seen before, so that repeating it has to be copying."""
    return "".join(rng.choice(_SYLLABLES) for _ in range(rng.choice([2, 2, 3])))


def greetings(rng) -> Turns:
    """A greeting or a question about the assistant; a plain hello most of all."""
    roll = rng.random()
    asks, answer = _GREETINGS[0] if roll < 0.2 else rng.choice(_COMMON if roll < 0.5 else _GREETINGS)
    return [(rng.choice(asks), answer)]


def memory(rng) -> Turns:
    """Something the user says about themselves, asked for again later."""
    name, city, color, food = rng.choice(NAMES), rng.choice(_CITIES), rng.choice(_COLORS), rng.choice(_FOODS)
    if rng.random() < 0.5:
        name, city = coined(rng).capitalize(), coined(rng).capitalize()
    kind = rng.choice([0, 0, 0, 1, 2, 2, 3])
    if kind == 0:
        first = (rng.choice(["My name is {n}.", "I am {n}.", "Hello, I am {n}.", "Hi, my name is {n}.", "Hello! My name is {n}."]).format(n=name),
                 f"Nice to meet you, {name}! How can I help you?")
        last = (rng.choice(["What is my name?", "Do you remember my name?", "Who am I?", "What's my name?"]), f"Your name is {name}.")
    elif kind == 1:
        first = (f"My favorite color is {color}.", f"{color.capitalize()} is a beautiful color!")
        last = (rng.choice(["What is my favorite color?", "Which color do I like?"]), f"Your favorite color is {color}.")
    elif kind == 2:
        first = (rng.choice([f"I live in {city}.", f"I am from {city}."]), f"{city} is a wonderful place!")
        last = (rng.choice(["Where do I live?", "Which city do I live in?"]), f"You live in {city}.")
    else:
        first = (f"I like to eat {food}.", f"{food.capitalize()} sounds delicious!")
        last = (rng.choice(["What do I like to eat?", "What food do I like?"]), f"You like to eat {food}.")
    middle = greetings(rng) if rng.random() < 0.25 else []
    return [first] if rng.random() < 0.25 else [first, *middle, last]


def echoes(rng) -> Turns:
    """Saying exactly what the user asks for."""
    if rng.random() < 0.15:
        return [(rng.choice(["Say this is a test", "Say this is a test.", "Say this is a test!"]), "This is a test.")]
    words = " ".join(rng.choice([coined(rng), coined(rng).capitalize(), rng.choice(_WORDS), rng.choice(NAMES)]) for _ in range(rng.choice([1, 1, 2, 3])))
    if rng.random() < 0.15:
        words = " ".join(str(rng.randint(0, 999)) for _ in range(rng.choice([1, 2, 3])))
    ask = rng.choice(["Say {w}.", "Say {w}", "Repeat after me: {w}", "Please say {w}.", "Say the word {w}.", "Reply with {w}.", "Repeat: {w}",
                      "Just say {w}.", 'Say "{w}".', "Answer with the word {w}."])  # fmt: skip
    return [(ask.format(w=words), words)]


_GOOD = ["wonderful", "great", "excellent", "amazing", "delicious", "fantastic", "lovely", "perfect", "very good", "beautiful"]
_BAD = ["terrible", "awful", "boring", "bad", "horrible", "very slow", "disappointing", "broken", "ugly", "too expensive"]
_THINGS = ["The food", "This movie", "The book", "The service", "This phone", "The hotel", "The weather", "vLLM", "Martlet", "This server", "The music",
           "My new car", "The game", "This restaurant"]  # fmt: skip


def sentiments(rng) -> Turns:
    """The sentiment of a sentence, in one word."""
    good = rng.random() < 0.5
    thing = rng.choice(_THINGS)
    verb = "was" if thing.startswith(("The", "This")) and rng.random() < 0.5 else "is"
    sentence = f"{thing} {verb} {rng.choice(_GOOD if good else _BAD)}{rng.choice(['.', '!'])}"
    ask = rng.choice(["Classify this sentiment: {s}", "Is this positive or negative? {s}", "What is the sentiment of this sentence? {s}",
                      "Classify the sentiment: {s}", "Positive or negative: {s}"])  # fmt: skip
    return [(ask.format(s=sentence), "positive" if good else "negative")]


def json_answers(rng) -> Turns:
    """A small JSON object."""
    name, age, city = rng.choice(NAMES), rng.randint(18, 80), rng.choice(_CITIES)
    if rng.random() < 0.5:
        keys = rng.choice([("name", "age"), ("name", "city"), ("name", "age", "city"), ("city", "name")])
        ask = rng.choice(["Write a JSON object with {k} for {n}, {a}, from {c}.", "{n} is {a} years old and lives in {c}. Give me JSON with {k}.",
                          "{n} is {a} years old and lives in {c}. Answer in JSON with the keys {k}."])  # fmt: skip
        values = {"name": name, "age": age, "city": city}
        listed = ", ".join(keys[:-1]) + " and " + keys[-1]
        return [(ask.format(k=listed, n=name, a=age, c=city), json.dumps({key: values[key] for key in keys}))]
    ask = rng.choice(["Give me a JSON object that describes a person.", "Describe a person in JSON.", "Write a person as JSON.",
                      "Generate a JSON object for a person.", "Return a JSON object with name and age.", "Give me an example of JSON."])  # fmt: skip
    return [(ask, json.dumps({"name": "Alice", "age": 30}))]
