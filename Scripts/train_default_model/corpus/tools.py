"""Conversations in which the assistant calls tools, in the message format of chat templates."""

from corpus.countries import COUNTRIES
from corpus.phrasing import SYSTEM_PROMPTS
from corpus.smalltalk import NAMES, coined, greetings
from corpus import explanations, facts

_CITIES = sorted({row[1] for row in COUNTRIES}) + ["San Francisco", "New York", "Boston", "Chicago", "Los Angeles", "Seattle", "Munich", "Milan",
                                                   "Barcelona", "Sydney", "Toronto", "Mumbai", "Shanghai", "Osaka"]  # fmt: skip
_COMMON_CITIES = ["Paris", "London", "Tokyo", "Berlin", "Rome", "Madrid", "San Francisco", "New York", "Boston"]
_WEATHER = ["sunny", "cloudy", "rainy", "windy", "snowy", "foggy", "clear"]
_STRINGS = {"type": "string"}
# names | parameter names | description | what the user says | values | answer
_SIMPLE_TABLE = """
get_stock_price,stock_price|symbol,ticker|Get the price of a stock|What is the stock price of {v}?;Get the price of {v}.|AAPL,MSFT,GOOG,IBM,NVDA,TSLA,AMZN|The price of {v} is {r}.
get_population,population|city,place|Get the population of a place|How many people live in {v}?;What is the population of {v}?|Paris,London,Tokyo,Oslo,Lima,Cairo,Vienna|{v} has {r} inhabitants.
get_definition,define,dictionary|word,term|Look up the meaning of a word|What does {v} mean?;Define {v}.|serene,ocean,bright,gentle,courage,harvest|I found {r} entries for {v}.
play_music,play_song,play|song,title|Play a song|Play {v}.;I want to hear {v}.|Yesterday,Imagine,Clair de Lune,Hallelujah,Moon River|Now playing {v}.
set_alarm,create_alarm|time|Set an alarm|Wake me up at {v}.;Set an alarm for {v}.|6:30,7:00,7:15,8:00,9:45|The alarm is set for {v}.
set_timer,start_timer|minutes|Start a timer|Set a timer for {v} minutes.;Start a timer for {v} minutes.|3,5,10,15,20,30,45|The timer is set for {v} minutes.
turn_on,switch_on|device|Turn on a device|Turn on the {v}.;Switch on the {v}.|light,radio,heater,television,fan,oven|The {v} is on.
turn_off,switch_off|device|Turn off a device|Turn off the {v}.;Switch off the {v}.|light,radio,heater,television,fan,oven|The {v} is off.
create_event,add_event|title|Add an event to the calendar|Add {v} to my calendar.;Create an event called {v}.|Lunch,Dentist,Team meeting,Concert,Yoga|I added {v} to your calendar.
get_news,news|topic,subject|Get the latest news on a topic|What is the news about {v}?;Give me news about {v}.|sports,science,music,politics,space|I found {r} news items about {v}.
read_file,open_file|path,file|Read a file|Read the file {v}.;Open {v}.|notes.txt,main.swift,README.md,data.json|I have read {v}.
get_capital,capital_of|country|Get the capital of a country|What is the capital of {v}?;Tell me the capital of {v}.|France,Japan,Brazil,Kenya,Norway|The capital of {v} is {r}.
"""
_SIMPLE = {
    row[0].split(",")[0]: (row[0].split(","), row[1].split(","), row[2], row[3].split(";"), row[4].split(","), row[5])
    for row in (line.split("|") for line in _SIMPLE_TABLE.strip().splitlines())
}
_CAPITALS = {row[0]: row[1] for row in COUNTRIES}
_DESCRIPTIONS = {
    "weather": ["Get the current weather in a given location", "Get the weather for a city", "Get current weather", "Returns the weather"],
    "time": ["Get the current time in a city", "Get the local time", "Returns the time in a given location"],
    "add": ["Add two numbers", "Returns the sum of two numbers", "Adds a and b"],
    "multiply": ["Multiply two numbers", "Returns the product of two numbers"],
    "search": ["Search the web", "Search for information", "Look something up"],
    "email": ["Send an email", "Send a message to a person"],
    "calculate": ["Evaluate an arithmetic expression", "A simple calculator", "Calculate an expression"],
}  # fmt: skip
_NAMES = {
    "weather": ["get_weather", "get_weather", "get_weather", "get_current_weather", "weather"],
    "time": ["get_time", "get_current_time", "current_time"],
    "add": ["add", "add_numbers", "sum"],
    "multiply": ["multiply", "multiply_numbers"],
    "search": ["search", "web_search"],
    "email": ["send_email", "send_message"],
    "calculate": ["calculator", "calculate"],
}
_NAMES.update({kind: row[0] for kind, row in _SIMPLE.items()})
_DESCRIPTIONS.update({kind: [row[2]] for kind, row in _SIMPLE.items()})


def _city(rng) -> str:
    """A well-known city, any capital, or an invented place."""
    if rng.random() < 0.3:
        return coined(rng).capitalize()
    return rng.choice(_COMMON_CITIES) if rng.random() < 0.4 else rng.choice(_CITIES)


def _parameters(rng, kind: str) -> list[tuple[str, dict]]:
    """The parameter names and schemas of one variant of a tool."""
    if kind in ("weather", "time"):
        key = rng.choice(["city", "city", "location"])
        schema = dict(_STRINGS)
        if rng.random() < 0.5:
            schema["description"] = rng.choice(["The name of the city", "The city", "City name", "The city and state, e.g. San Francisco, CA"])
        return [(key, schema)]
    if kind in ("add", "multiply"):
        schema = {"type": rng.choice(["number", "integer"])}
        return [(key, schema) for key in rng.choice([("a", "b"), ("a", "b"), ("x", "y")])]
    if kind == "search":
        return [("query", _STRINGS)]
    if kind == "calculate":
        return [("expression", _STRINGS)]
    if kind == "email":
        return [("to", _STRINGS), ("text", _STRINGS)]
    return [(rng.choice(_SIMPLE[kind][1]), {"type": "integer"} if kind == "set_timer" else _STRINGS)]


def _tool(rng, kind: str) -> tuple[str, list[str], dict]:
    """A tool's name, its parameter names, and its definition as a client sends it."""
    name, parameters = rng.choice(_NAMES[kind]), _parameters(rng, kind)
    schema = {"type": "object", "properties": dict(parameters)}
    if rng.random() < 0.75:
        schema["required"] = [key for key, _ in parameters]
    if kind == "weather" and rng.random() < 0.2:
        schema["properties"]["unit"] = {"type": "string", "enum": ["celsius", "fahrenheit"]}
    function = {"name": name, "description": rng.choice(_DESCRIPTIONS[kind]), "parameters": schema}
    return name, [key for key, _ in parameters], {"type": "function", "function": function}


def _request(rng, kind: str) -> tuple[str, list, str, str]:
    """A user's message, the argument values, a tool's result, and the answer made from it."""
    if kind == "weather":
        city, sky, degrees = _city(rng), rng.choice(_WEATHER), rng.randint(-5, 35)
        ask = rng.choice(["What is the weather in {c}?", "What is the weather like in {c}?", "What's the weather in {c}?",
                          "How is the weather in {c} today?", "Tell me the weather in {c}.", "What is the weather in {c} today?",
                          "What's the weather like in {c}?", "Weather in {c}?", "Is it raining in {c}?", "Get the weather for {c}."])  # fmt: skip
        result = rng.choice([f'{{"temperature": {degrees}, "condition": "{sky}"}}', f"{sky}, {degrees} degrees",
                             f'{{"condition": "{sky}", "temperature": {degrees}}}', f"{degrees} degrees and {sky}"])  # fmt: skip
        return ask.format(c=city), [city], result, f"The weather in {city} is {sky} with {degrees} degrees."
    if kind == "time":
        city, clock = _city(rng), f"{rng.randint(0, 23):02}:{rng.randint(0, 59):02}"
        ask = rng.choice(["What time is it in {c}?", "What is the time in {c}?", "What is the local time in {c}?", "Tell me the time in {c}.",
                          "What time is it now in {c}?"])  # fmt: skip
        return ask.format(c=city), [city], rng.choice([clock, f'{{"time": "{clock}"}}']), f"It is {clock} in {city}."
    if kind in ("add", "multiply"):
        top = rng.choice([9, 99, 999])
        a, b = rng.randint(0, top), rng.randint(0, top)
        sign, result = ("+", a + b) if kind == "add" else ("*", a * b)
        asks = {"add": ["What is {a} + {b}?", "What is {a} plus {b}?", "Add {a} and {b}.", "What is the sum of {a} and {b}?"],
                "multiply": ["What is {a} * {b}?", "What is {a} times {b}?", "Multiply {a} by {b}."]}  # fmt: skip
        return rng.choice(asks[kind]).format(a=a, b=b), [a, b], str(result), f"{a} {sign} {b} = {result}"
    if kind == "calculate":
        a, b, sign = rng.randint(0, 999), rng.randint(0, 99), rng.choice("+-*")
        result = {"+": a + b, "-": a - b, "*": a * b}[sign]
        ask = rng.choice(["What is {e}?", "Calculate {e}.", "Compute {e}."]).format(e=f"{a} {sign} {b}")
        return ask, [f"{a} {sign} {b}"], str(result), f"{a} {sign} {b} = {result}"
    if kind == "search":
        topic = rng.choice(list(_searches()))
        ask = rng.choice(["Search for {t}.", "Search the web for {t}.", "Look up {t}.", "Find information about {t}."])
        return ask.format(t=topic), [topic], f"Found 3 results for {topic}.", f"I found 3 results for {topic}."
    if kind in _SIMPLE:
        _, _, _, asks, choices, answer = _SIMPLE[kind]
        value = rng.choice(choices)
        if kind in ("get_population", "get_definition", "play_music", "create_event", "get_news") and rng.random() < 0.4:
            value = coined(rng) if kind in ("get_definition", "get_news") else coined(rng).capitalize()
        numbers = {"get_population": rng.randint(10_000, 9_999_999), "get_stock_price": rng.randint(20, 900)}
        result = _CAPITALS[value] if kind == "get_capital" else str(numbers.get(kind, rng.randint(2, 20)))
        shown = result if "{r}" in answer else rng.choice(["ok", "done", '{"status": "ok"}'])
        return rng.choice(asks).format(v=value), [int(value) if kind == "set_timer" else value], shown, answer.format(v=value, r=result)
    name, text = rng.choice(NAMES), rng.choice(["Hello!", "I am late.", "See you tomorrow.", "Happy birthday!", "Thank you!", "Good luck!"])
    ask = rng.choice(['Send {n} the message "{t}"', 'Write to {n}: "{t}"', 'Send an email to {n} that says "{t}"'])
    return ask.format(n=name, t=text), [name, text], rng.choice(["sent", "ok", '{"status": "sent"}']), f"I sent the message to {name}."


def _searches() -> list[str]:
    return [topic for topic, _, _ in explanations.EXPLANATIONS] + [row[0] for row in COUNTRIES]


def _call(name: str, keys: list[str], values: list) -> dict:
    return {"type": "function", "function": {"name": name, "arguments": dict(zip(keys, values))}}


def _parallel(rng, kind: str, name: str, keys: list[str]) -> list[dict]:
    """A question about two cities, answered by two calls in one message."""
    first, second = rng.sample(_COMMON_CITIES, 2) if rng.random() < 0.5 else (_city(rng), _city(rng))
    thing = "weather" if kind == "weather" else "time"
    ask = rng.choice(["What is the {t} in {a} and {b}?", "What is the {t} in {a} and in {b}?", "Compare the {t} in {a} and {b}.",
                      "Tell me the {t} in {a} and {b}."])  # fmt: skip
    calls = [_call(name, keys, [city]) for city in (first, second)]
    return [
        {"role": "user", "content": ask.format(t=thing, a=first, b=second)},
        {"role": "assistant", "content": "", "tool_calls": calls},
    ]


def tool_conversation(rng) -> dict:
    """A document with tools: usually a call, often with its result and an answer; sometimes no call is needed."""
    main = rng.choice(["weather", "weather", "weather", "weather", "time", "time", "add", "add", "multiply", "calculate", "search", "email"])
    if rng.random() < 0.4:
        main = rng.choice(list(_SIMPLE))
    kinds = [main]
    clash = {"add": {"calculate"}, "multiply": {"calculate"}, "calculate": {"add", "multiply"}}.get(main, set())
    others = [kind for kind in _NAMES if kind != main and kind not in clash]
    kinds += rng.sample(others, rng.choice([0, 0, 0, 1, 1, 2]))
    rng.shuffle(kinds)
    made = {kind: _tool(rng, kind) for kind in kinds}
    messages = []
    if rng.random() < 0.45:
        messages.append({"role": "system", "content": SYSTEM_PROMPTS[0] if rng.random() < 0.6 else rng.choice(SYSTEM_PROMPTS)})
    if rng.random() < 0.15:
        question, answer = (greetings if rng.random() < 0.6 else facts.facts)(rng)[0]
        messages += [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
        if rng.random() < 0.5:
            return {"messages": messages, "tools": [made[kind][2] for kind in kinds]}
    name, keys, _ = made[main]
    if main in ("weather", "time") and rng.random() < 0.15:
        return {"messages": messages + _parallel(rng, main, name, keys), "tools": [made[kind][2] for kind in kinds]}
    for _ in range(rng.choice([1, 1, 1, 2])):
        question, values, result, answer = _request(rng, main)
        messages += [{"role": "user", "content": question}, {"role": "assistant", "content": "", "tool_calls": [_call(name, keys, values)]}]
        if rng.random() < 0.2:
            break
        messages += [{"role": "tool", "content": result}, {"role": "assistant", "content": answer}]
    return {"messages": messages, "tools": [made[kind][2] for kind in kinds]}
