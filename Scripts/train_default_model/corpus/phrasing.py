"""The vocabulary shared by the topics: what a conversation is, and how users vary a sentence."""

# A conversation: (user message, assistant message) pairs in order.
Turns = list[tuple[str, str]]

SYSTEM_PROMPTS = [
    "You are a helpful assistant.",
    "You are a helpful, honest assistant.",
    "You are a friendly assistant.",
    "You are Martlet, a helpful assistant.",
    "Answer briefly and clearly.",
    "You are a helpful assistant. Answer in one short paragraph.",
    "You are a knowledgeable assistant.",
    "Be concise.",
    "You are an AI assistant.",
    "You are a helpful AI assistant.",
    "You are a chatbot.",
    "You are a concise assistant.",
    "You are an expert programmer.",
    "You are a teacher who explains things simply.",
    "Keep your answers short.",
    "You are a polite assistant. Always be kind.",
    "You are a helpful assistant that answers questions.",
    "Answer the user's questions.",
    "You are a storyteller.",
    "You are a helpful coding assistant.",
]

_PREFIXES = ["Hi! ", "Hello! ", "Hey, ", "Please ", "Quick question: ", "Hi, ", "Okay, ", "Thanks. ", "I have a question. "]
_SUFFIXES = [" Please.", " Thanks!", " Thank you.", " Answer briefly."]


def capitalize(text: str) -> str:
    """`text` with its first letter in upper case and the rest untouched."""
    return text[:1].upper() + text[1:]


def decapitalize(text: str) -> str:
    """`text` with its first letter in lower case, unless it begins a name or an acronym."""
    first = text.split(" ", 1)[0]
    plain = {"What", "What's", "Which", "Tell", "Can", "Name", "Give", "Write", "Explain", "Who", "Where", "When", "How",
             "Why", "Count", "Is", "Do", "Does", "Make", "List", "Describe", "Compute", "Calculate", "Say", "In", "On"}
    return text[:1].lower() + text[1:] if first in plain else text


def with_article(noun: str) -> str:
    """`noun` behind the indefinite article that its first sound asks for."""
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def vary(rng, question: str) -> str:
    """`question` as somebody else might have typed it; more often than not exactly as it is."""
    if rng.random() < 0.58:
        return question
    roll = rng.random()
    if roll < 0.2:
        return decapitalize(question)
    if roll < 0.28:
        return decapitalize(question).rstrip("?.!")
    if roll < 0.52 and '"' not in question and ":" not in question:
        return question.lower() if rng.random() < 0.5 else question.lower().rstrip("?.!")
    if roll < 0.62:
        return question.rstrip("?.!")
    if roll < 0.85:
        prefix = rng.choice(_PREFIXES)
        return prefix + (question if prefix[-2] in "!.:" else decapitalize(question))
    return question + rng.choice(_SUFFIXES) if question[-1] in "?.!" else question


def choose_mostly_first(rng, options: list, share: float = 0.65):
    """The first option with probability `share`, otherwise any other: greedy decoding has a clear winner."""
    if len(options) == 1 or rng.random() < share:
        return options[0]
    return rng.choice(options[1:])
