"""Counting, small arithmetic and other questions about numbers."""

from corpus.phrasing import Turns

WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]


def _sequence(first: int, last: int, step: int = 1) -> str:
    numbers = range(first, last + 1, step) if last >= first else range(first, last - 1, -step)
    return ", ".join(map(str, numbers))


def counting(rng) -> Turns:
    """Counting up, down, or by twos, fives and tens."""
    roll = rng.random()
    if roll < 0.3:
        ask = rng.choice(["Count from 1 to 10", "Count from 1 to 10.", "Count to 10.", "Please count from 1 to 10.",
                          "Can you count from 1 to 10?", "Count from one to ten.", "Can you count to ten?", "Count to ten",
                          "List the numbers from 1 to 10.", "Count up to 10.", "Count from 1 to 10, please."])  # fmt: skip
        return [(ask, _sequence(1, 10))]
    if roll < 0.6:
        first = rng.choice([1, 1, 1, 1, 0, 2, 3, 5, 7, 10, 11, 15, 20])
        last = first + rng.randint(2, 14)
        ask = rng.choice(["Count from {a} to {b}", "Count from {a} to {b}.", "Please count from {a} to {b}.",
                          "Can you count from {a} to {b}?", "List the numbers from {a} to {b}.",
                          "Write the numbers from {a} to {b}.", "What are the numbers from {a} to {b}?"])  # fmt: skip
        return [(ask.format(a=first, b=last), _sequence(first, last))]
    if roll < 0.72:
        last = rng.randint(2, 20)
        ask = rng.choice(["Count to {b}", "Count to {b}.", "Can you count to {b}?", "Count up to {b}."])
        return [(ask.format(b=last), _sequence(1, last))]
    if roll < 0.88:
        first = rng.choice([10, 10, 10, 5, 20, rng.randint(3, 20)])
        ask = rng.choice(["Count down from {a} to 1.", "Count backwards from {a}.", "Count down from {a}.",
                          "Count backwards from {a} to 1.", "Can you count down from {a}?"])  # fmt: skip
        return [(ask.format(a=first), _sequence(first, 1))]
    step = rng.choice([2, 5, 10])
    last = step * rng.choice([5, 10])
    ask = rng.choice(["Count by {s} up to {b}.", "Count to {b} by {s}.", "Count in steps of {s} to {b}."])
    return [(ask.format(s=step, b=last), _sequence(step, last, step))]


_OPERATIONS = {
    "+": ["What is {a} + {b}?", "What is {a} plus {b}?", "{a} + {b}", "{a} + {b} = ?", "What's {a} + {b}?", "Add {a} and {b}.",
          "Calculate {a} + {b}.", "How much is {a} + {b}?", "What is {a}+{b}?", "What is the sum of {a} and {b}?", "{a}+{b}?"],
    "-": ["What is {a} - {b}?", "What is {a} minus {b}?", "{a} - {b}", "{a} - {b} = ?", "What's {a} - {b}?",
          "Subtract {b} from {a}.", "Calculate {a} - {b}.", "How much is {a} - {b}?", "What is {a}-{b}?"],
    "*": ["What is {a} * {b}?", "What is {a} times {b}?", "{a} * {b}", "{a} x {b} = ?", "What's {a} x {b}?",
          "Multiply {a} by {b}.", "Calculate {a} * {b}.", "How much is {a} times {b}?", "What is {a} multiplied by {b}?"],
    "/": ["What is {a} / {b}?", "What is {a} divided by {b}?", "{a} / {b}", "Divide {a} by {b}.", "Calculate {a} / {b}."],
}  # fmt: skip


def _problem(rng) -> tuple[int, str, int, int]:
    """Two operands, the operator between them and the result, a whole number of at least zero."""
    operator = rng.choice("+++--**/")
    if operator == "+":
        top = rng.choice([10, 10, 12, 20, 20, 50])
        a, b = rng.randint(0, top), rng.randint(0, top)
        return a, operator, b, a + b
    if operator == "-":
        top = rng.choice([10, 10, 12, 20, 20, 50])
        a, b = rng.randint(0, top), rng.randint(0, top)
        return max(a, b), operator, min(a, b), abs(a - b)
    a, b = rng.randint(1, 12), rng.randint(1, 12)
    if operator == "*":
        return a, operator, b, a * b
    return a * b, operator, b, a


def arithmetic(rng) -> Turns:
    """One to four small problems; the answer repeats the problem as an equation."""
    turns = []
    for index in range(rng.choice([1, 1, 2, 3, 4])):
        a, operator, b, result = _problem(rng)
        if index == 0:
            question = rng.choice(_OPERATIONS[operator]).format(a=a, b=b)
        else:
            question = rng.choice(["And {a} {o} {b}?", "What about {a} {o} {b}?", "And what is {a} {o} {b}?"])
            question = question.format(a=a, o=operator, b=b)
        turns.append((question, f"{a} {operator} {b} = {result}"))
    return turns


def comparisons(rng) -> Turns:
    """Which of two numbers is larger, whether one is even, and what comes next."""
    a, b = rng.sample(range(0, 100), 2)
    n = rng.randint(0, 99)
    roll = rng.random()
    if roll < 0.35:
        ask = rng.choice(["Which is larger, {a} or {b}?", "Which number is bigger, {a} or {b}?", "What is larger: {a} or {b}?"])
        return [(ask.format(a=a, b=b), f"{max(a, b)} is larger than {min(a, b)}.")]
    if roll < 0.55:
        return [(f"Is {n} even or odd?", f"{n} is {'odd' if n % 2 else 'even'}.")]
    if roll < 0.7:
        return [(f"Is {n} an even number?", f"No, {n} is odd." if n % 2 else f"Yes, {n} is even.")]
    if roll < 0.85:
        return [(rng.choice(["What number comes after {n}?", "What comes after {n}?"]).format(n=n), f"{n + 1} comes after {n}.")]
    k = rng.randint(0, 12)
    return [(rng.choice(["Write {k} as a word.", "How do you spell the number {k}?"]).format(k=k), f"{k} is written {WORDS[k]}.")]
