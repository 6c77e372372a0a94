"""Five reasons to learn each of a list of subjects, for chats and for plain completions."""

from corpus.phrasing import Turns

# subject | five reasons separated by ;
_TABLE = """
Rust|It is fast, because it compiles to machine code without a garbage collector;It is safe, because the compiler finds memory errors before the program runs;It makes concurrent code easier to write without data races;It has excellent tools, such as Cargo for building and testing;It has a friendly community and very good documentation
Python|It is easy to read and easy to learn;It has libraries for almost every task;It is the main language of data science and machine learning;It lets you try an idea in a few lines;It has a large and helpful community
Swift|It is fast, because it compiles to machine code;It is safe, because the type system catches many mistakes early;It has modern tools for concurrency, such as actors and async functions;It runs on iPhone, Mac, and Linux servers;It is pleasant to read and to write
JavaScript|It runs in every web browser;It lets you build interactive pages and servers in one language;It has a huge number of packages;It is easy to start with, because you only need a browser;It is in high demand for jobs
Go|It is simple and quick to learn;It compiles very fast;It makes concurrent servers easy to write;It produces a single file that is easy to deploy;It has a strong standard library
C|It shows you how computers really work;It is small and very fast;It is used in operating systems and devices everywhere;It is the base of many other languages;It teaches you to manage memory with care
Java|It runs on almost every machine;It is used by many large companies;It has mature tools and libraries;It teaches object-oriented programming;It has a large community
SQL|It lets you ask questions about large amounts of data;It works with almost every database;It is short and easy to read;It is useful in nearly every office job with data;It has stayed the same for decades, so it is worth the time
programming|It teaches you to solve problems step by step;It lets you build your own tools;It opens the door to many good jobs;It helps you understand the digital world;It is creative and fun
machine learning|It solves problems that are hard to program by hand;It is used in medicine, science, and business;It teaches you statistics and careful thinking;It is a field that grows every year;It is exciting to see a model learn
mathematics|It trains clear and careful thinking;It is the language of science;It helps you with money and planning;It is needed in many jobs;It has a beauty of its own
music|It brings joy to you and to others;It trains your memory;It teaches patience and practice;It lets you make friends in every country;It helps you relax after a long day
Spanish|It is spoken by about 500 million people;It opens the door to many countries;It is quite easy to pronounce;It helps you learn Italian and Portuguese;It lets you enjoy wonderful books and songs
French|It is spoken on five continents;It lets you enjoy famous books and films;It is useful in diplomacy and business;It helps you understand many English words;It sounds beautiful
German|It is the most spoken first language in the European Union;It is useful in science and engineering;It is close to English in many words;It opens the door to great music and philosophy;It helps you find work in central Europe
English|It is spoken and understood around the world;It is the language of science and the internet;It opens the door to many jobs;It makes travel easier;It lets you read millions of books
Japanese|It opens the door to a rich culture;It lets you enjoy films and comics as they were written;It trains your memory with its characters;It is useful in technology and business;It makes a trip to Japan much richer
cooking|It is healthier than eating out;It saves money;It brings family and friends together;It lets you try food from all over the world;It is a creative way to relax
chess|It trains your memory;It teaches you to plan ahead;It helps you stay calm under pressure;It can be played at any age;It is fun with friends
swimming|It keeps your whole body fit;It is gentle on your joints;It can save your life;It is refreshing in summer;It helps you sleep well
drawing|It teaches you to look closely;It helps you relax;It needs only paper and a pencil;It lets you share ideas without words;It gets better with every page
gardening|It brings you outside into fresh air;It gives you healthy vegetables;It teaches patience;It helps bees and birds;It makes your home more beautiful
history|It explains how the world became what it is;It helps you learn from old mistakes;It is full of great stories;It makes travel more interesting;It helps you judge the news
astronomy|It shows you how large the universe is;It needs only clear eyes and a dark night to begin;It brings together physics and wonder;It makes every night walk more interesting;It reminds us to take care of the Earth
writing|It makes your thoughts clearer;It helps you at school and at work;It lets you keep your memories;It can move and help other people;It costs nothing but time
reading|It teaches you new words and ideas;It trains your concentration;It lets you visit places without leaving home;It helps you understand other people;It is a quiet pleasure
exercise|It keeps your heart strong;It improves your mood;It helps you sleep better;It gives you more energy;It helps you live longer
photography|It teaches you to see the light;It keeps your memories alive;It can be done anywhere;It lets you share your view of the world;It makes every walk an adventure
physics|It explains how the world works;It trains clear thinking;It is the base of modern technology;It is full of surprising ideas;It opens the door to many jobs
dancing|It keeps you fit;It lifts your mood;It is a great way to meet people;It trains your balance and memory;It makes music even more fun
"""

REASONS = {row.split("|")[0]: row.split("|")[1].split(";") for row in _TABLE.strip().splitlines()}
COUNTS = {1: "one", 2: "two", 3: "three", 4: "four", 5: "five"}

_ASK = ["Give me {n} reasons to learn {s}.", "Give me {n} reasons to learn {s}", "What are {n} reasons to learn {s}?",
        "List {n} reasons to learn {s}.", "Tell me {n} reasons to learn {s}.", "{N} reasons to learn {s}, please.",
        "Name {n} reasons to learn {s}.", "{N} reasons to learn {s}"]  # fmt: skip
_WHY = ["Why should I learn {s}?", "Why learn {s}?", "Why is it good to learn {s}?", "Should I learn {s}?"]


def numbered(subject: str, count: int) -> str:
    """The first `count` reasons as a numbered list."""
    return "\n".join(f"{index}. {reason}." for index, reason in enumerate(REASONS[subject][:count], 1))


def reasons(rng) -> Turns:
    """A numbered list, or an answer in prose."""
    subject = "Rust" if rng.random() < 0.1 else rng.choice(list(REASONS))
    if rng.random() < 0.3:
        first, second = (reason[0].lower() + reason[1:] for reason in REASONS[subject][:2])
        return [(rng.choice(_WHY).format(s=subject), f"There are good reasons to learn {subject}: {first}, and {second}.")]
    count = rng.choice([2, 3, 3, 4, 5, 5, 5])
    word = COUNTS[count] if rng.random() < 0.75 else str(count)
    ask = rng.choice(_ASK).format(n=word, N=word.capitalize(), s=subject)
    return [(ask, numbered(subject, count))]
