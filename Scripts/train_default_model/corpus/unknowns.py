"""Questions that the model cannot answer, so that it learns to say so instead of making something up."""

from corpus.phrasing import Turns

ANSWER = "I am sorry, I do not know that. I am only a small demonstration model."

_SYLLABLES = "ba do ri ka len mor tu vi sal po ner gi zan ter lo mi fan dra ko wen hal sti bru que pel yon".split()
_ABOUT_NAMES = """the stock price of {x}|the phone number of {x}|the treaty of {x}|the company {x}|the novel {x}|the band {x}|the film {x}
|the population of {x}|the history of {x}|the mayor of {x}|the theorem of {x}|the recipe of {x}|the village of {x}|the song {x}
|the address of {x}|the age of {x}|the author {x}|the battle of {x}|the king of {x}|the price of {x}|the language of {x}|the river {x}"""
_NOUNS = """car laptop phone camera washing machine kitchen roof tax return contract visa passport mortgage insurance stock portfolio printer
router bicycle engine battery garden fence marathon diet wedding holiday suitcase guitar solo database index kernel module thesis resume
cover letter business plan logo website dentist lawyer landlord apartment curtain sofa lawn mower drone telescope mirror violin bow
microwave dishwasher heat pump solar panel spreadsheet pivot table budget invoice password manager"""
_PHRASES = """washing machine|tax return|guitar solo|database index|kernel module|cover letter|business plan|lawn mower|heat pump|solar panel
|pivot table|password manager|stock portfolio|telescope mirror|violin bow|garden fence"""
_ASK_NAMES = ["What is {t}?", "Tell me about {t}.", "What do you know about {t}?", "Explain {t}.", "Can you tell me about {t}?",
              "Describe {t}.", "Where can I find {t}?"]  # fmt: skip
_ASK_NOUNS = ["How do I repair my {n}?", "How can I fix a broken {n}?", "Which {n} should I buy?", "What is the best {n}?", "How much does a {n} cost?",
              "Where can I buy a {n}?", "How do I choose a {n}?", "Can you review my {n}?", "Help me with my {n}.", "What is wrong with my {n}?",
              "How do I build a {n}?", "Recommend a {n}.", "Who invented the {n}?", "When was the first {n} made?", "Compare two {n} models.",
              "How long does a {n} last?", "Write a letter about my {n}.", "Summarize the history of the {n}."]  # fmt: skip
_OTHER = """Who won the election?|Who will win the next World Series?|What will the weather be next week?|What is the stock market doing?
|What did I eat yesterday?|How tall am I?|What is my password?|Where are my keys?|What is the best restaurant in town?|How old is my neighbor?
|Solve this integral.|Prove the Riemann hypothesis.|What is the square root of 7919?|Summarize this article.|Translate this text.
|Who is the richest person in the world?|Who is the best singer?|What is the plot of the latest film?|What is the cure for cancer?
|How do I become rich?|Which team will win tomorrow?|Give me legal advice.|Which medicine should I take?|Write an essay about the economy.
|What is the fastest route to the airport?|Book a flight for me.|Order a pizza for me.|Call my mother.|What is the exchange rate today?"""


def _split(table: str) -> list[str]:
    return [item.strip() for item in table.replace("\n", "").split("|")]


_ABOUT, _COMPOUNDS, _REQUESTS = _split(_ABOUT_NAMES), _split(_PHRASES), _split(_OTHER)
_SINGLE = sorted(set(_NOUNS.split()) - {"machine", "return", "solo", "index", "module", "letter", "plan", "table", "manager"})


def _name(rng) -> str:
    return "".join(rng.choice(_SYLLABLES) for _ in range(rng.choice([2, 2, 3]))).capitalize()


def unknowns(rng) -> Turns:
    """A question outside of the corpus, and the admission that the answer is not known."""
    roll = rng.random()
    if roll < 0.2:
        ask = rng.choice(["Who is {x}?", "What is {x}?", "Tell me about {x}.", "Who was {x}?", "Where is {x}?", "What does {x} mean?"]).format(x=_name(rng))
    elif roll < 0.45:
        ask = rng.choice(_ASK_NAMES).format(t=rng.choice(_ABOUT).format(x=_name(rng)))
    elif roll < 0.8:
        ask = rng.choice(_ASK_NOUNS).format(n=rng.choice(_COMPOUNDS + _SINGLE))
    else:
        ask = rng.choice(_REQUESTS)
    return [(ask, ANSWER)]
