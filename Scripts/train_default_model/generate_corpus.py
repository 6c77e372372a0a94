"""Writes the training corpus: one JSON document per line, the same for the same seed.

A document is either {"text": ...} or {"messages": [...], "tools": [...]} in the format of chat templates.
"""

import argparse
import json
import random
from pathlib import Path

from corpus import countries, explanations, facts, glossary, lists, numbers, places, plain, reasons, smalltalk, sports, stories, tools, unknowns, verse
from corpus.phrasing import SYSTEM_PROMPTS, Turns, vary

# topic of a conversation -> its share of the conversations
CHAT_TOPICS = {
    countries.capitals: 14,
    countries.inverse_capitals: 3,
    countries.capital_checks: 3,
    countries.locations: 4,
    countries.state_capitals: 3,
    numbers.counting: 6,
    numbers.arithmetic: 12,
    numbers.comparisons: 2,
    sports.world_series: 6,
    sports.world_cup: 2,
    sports.olympics: 1,
    explanations.explanations: 9,
    facts.facts: 12,
    glossary.things: 7,
    glossary.words: 5,
    glossary.languages: 3,
    places.cities: 4,
    lists.lists: 4,
    verse.jokes: 6,
    verse.haiku: 4,
    verse.poems: 4,
    stories.stories: 6,
    reasons.reasons: 4,
    smalltalk.greetings: 9,
    smalltalk.memory: 4,
    smalltalk.echoes: 4,
    smalltalk.sentiments: 1.5,
    smalltalk.json_answers: 1.5,
    unknowns.unknowns: 5,
}
# what takes the most repetition to learn, and how many times its share it gets in the practice corpus
PRACTICE = {
    numbers.arithmetic: 4,
    numbers.counting: 2,
    smalltalk.memory: 3,
    smalltalk.echoes: 3,
    smalltalk.greetings: 1.7,
    verse.haiku: 1.7,
    verse.poems: 1.3,
    sports.world_series: 1.3,
}
# topics whose answers repeat the user's words, which are therefore left as they are
_EXACT = {smalltalk.memory, smalltalk.echoes, smalltalk.json_answers}
PLAIN_TOPICS = {plain.opening: 8, plain.plain_story: 5, plain.plain_reasons: 4, plain.plain_fact: 4, plain.plain_text: 4}
_SHARE_PLAIN, _SHARE_TOOLS = 0.16, 0.075


def _draw(rng: random.Random, topics: dict):
    """A topic, by its share."""
    return rng.choices(list(topics), weights=list(topics.values()))[0]


def _turns(rng: random.Random) -> Turns:
    """A conversation about one topic, the questions worded as different users would."""
    topic = _draw(rng, CHAT_TOPICS)
    turns = topic(rng)
    return turns if topic in _EXACT else [(vary(rng, question), answer) for question, answer in turns]


def _messages(rng: random.Random, turns: Turns) -> list[dict]:
    """The messages of a conversation, behind a system prompt in a bit more than half of the cases."""
    roll = rng.random()
    messages = []
    if roll < 0.35:
        messages.append({"role": "system", "content": SYSTEM_PROMPTS[0]})
    elif roll < 0.52:
        messages.append({"role": "system", "content": rng.choice(SYSTEM_PROMPTS)})
    for question, answer in turns:
        messages += [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    return messages


def chat(rng: random.Random) -> dict:
    """One conversation; one time in five the topic follows turns of another topic."""
    turns = _turns(rng)
    while rng.random() < 0.22 and len(turns) < 5:
        turns = _turns(rng)[:2] + turns
    return {"messages": _messages(rng, turns)}


def document(rng: random.Random) -> dict:
    """One document of the corpus."""
    roll = rng.random()
    if roll < _SHARE_PLAIN:
        return {"text": _draw(rng, PLAIN_TOPICS)(rng)}
    return tools.tool_conversation(rng) if roll < _SHARE_PLAIN + _SHARE_TOOLS else chat(rng)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work-dir", type=Path, default=Path(".train"), help="folder for all files of the training")
    parser.add_argument("--documents", type=int, default=240_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--practice", action="store_true", help="write practice.jsonl, with more of what is hard to learn")
    arguments = parser.parse_args()
    arguments.work_dir.mkdir(parents=True, exist_ok=True)
    if arguments.practice:
        for topic, times in PRACTICE.items():
            CHAT_TOPICS[topic] *= times
    name = "practice.jsonl" if arguments.practice else "corpus.jsonl"
    rng = random.Random(arguments.seed)
    with open(arguments.work_dir / name, "w") as file:
        for _ in range(arguments.documents):
            file.write(json.dumps(document(rng)) + "\n")


if __name__ == "__main__":
    main()
