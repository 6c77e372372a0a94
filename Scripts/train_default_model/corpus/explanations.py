"""Short explanations of programming and machine-learning ideas."""

from corpus.phrasing import Turns

# topic | other names, separated by / | explanation
_TABLE = """
async programming|asynchronous programming/async code/asynchronous code|Async programming lets a program start a slow task, such as reading a file or calling a server, and do other work while it waits. Instead of blocking, a function marked async can pause at each await and continue when the result is ready. This keeps programs fast and responsive with only a few threads.
async and await|async/await|Async and await are keywords for asynchronous code. A function marked async can pause, and await marks the places where it waits for a result. While it waits, the program can run other work.
recursion|recursive functions/a recursive function|Recursion is when a function calls itself to solve a smaller version of the same problem. Every recursive function needs a base case, which stops the calls. A common example is the factorial of a number.
a variable|variables|A variable is a name for a value that a program can use and change. For example, count = 3 stores the number 3 under the name count.
a function|functions|A function is a named piece of code that does one job. It takes inputs, called arguments, and can return a result. Functions let you reuse code instead of writing it again.
a loop|loops/for loops|A loop repeats a piece of code several times. A for loop goes through the items of a list, and a while loop runs as long as its condition is true.
an array|arrays|An array stores values of the same type next to each other in memory. You can read any element quickly by its index, which usually starts at 0.
a list|lists in programming|A list is an ordered collection of values. You can add items, remove items, and read an item by its position.
a hash table|hash tables/hash maps/a hash map/dictionaries/a dictionary in programming|A hash table stores pairs of keys and values. It turns each key into a number with a hash function and uses that number to find the value quickly, no matter how large the table is.
a stack|stacks|A stack is a collection where the last item added is the first one removed. It is like a pile of plates: you always take the plate on top.
a queue|queues|A queue is a collection where the first item added is the first one removed. It is like a line of people waiting at a shop.
a linked list|linked lists|A linked list is a chain of nodes. Each node holds a value and a link to the next node, so it is easy to insert items but slow to find one by position.
a binary tree|binary trees|A binary tree is a structure of nodes where each node has at most two children, called left and right. Sorted binary trees make searching fast.
binary search|the binary search algorithm|Binary search finds a value in a sorted list. It looks at the middle item, throws away the half that cannot contain the value, and repeats until the value is found.
sorting|sorting algorithms/a sorting algorithm|Sorting puts items in order, for example from the smallest to the largest. Well-known sorting algorithms are quicksort, merge sort, and insertion sort.
an algorithm|algorithms|An algorithm is a list of clear steps that solves a problem. A recipe is a good comparison: it has inputs, steps, and a result.
a data structure|data structures|A data structure is a way to organize data so that a program can use it well. Lists, hash tables, and trees are common examples.
an API|APIs/what an API is|An API is a set of rules that lets one program talk to another. A program sends a request in an agreed form, and the other program sends back a response.
a REST API|REST/REST APIs|A REST API is a web interface built on HTTP. Each thing has its own address, and clients use methods such as GET, POST, and DELETE to read, create, and remove it.
HTTP|the HTTP protocol|HTTP is the protocol of the web. A client sends a request with a method and an address, and the server answers with a status code, headers, and a body.
JSON|the JSON format|JSON is a text format for data. It has objects with keys and values, lists, strings, numbers, true, false, and null, and almost every language can read it.
a database|databases|A database stores data so that programs can search it and change it safely. Many databases keep data in tables and use the language SQL.
SQL|the SQL language|SQL is a language for asking questions about data in tables. For example, SELECT name FROM users returns the name of every user.
Git|version control/git|Git is a tool that records the history of a project. You save changes as commits, work on branches, and merge the branches when the work is done.
a compiler|compilers|A compiler translates source code into machine code before the program runs. It also checks the code for errors and makes it faster.
an interpreter|interpreters|An interpreter runs source code directly, one step at a time, without translating the whole program first.
object-oriented programming|OOP/object oriented programming|Object-oriented programming groups data and the functions that use it into objects. A class describes what its objects contain and what they can do.
functional programming|the functional style|Functional programming builds programs from functions that do not change shared data. This makes code easier to test and to reason about.
a class|classes|A class is a plan for objects. It says which data each object holds and which methods it offers.
inheritance|inheritance in programming|Inheritance lets one class take over the data and methods of another class and then add its own.
a closure|closures|A closure is a function that remembers the variables around it. It can use them later, even after the outer function has returned.
a thread|threads/multithreading|A thread is a sequence of instructions that a program runs. Several threads can run at the same time on different cores and share the same memory.
a deadlock|deadlocks|A deadlock happens when two tasks wait for each other and neither can go on. A common fix is to take locks always in the same order.
a race condition|race conditions|A race condition is a bug where the result depends on which task runs first. Locks, actors, or other rules about shared data prevent it.
concurrency|concurrent programming|Concurrency means that several tasks make progress during the same time. They may take turns on one core or run in parallel on many cores.
parallelism|parallel programming|Parallelism means that several computations run at the very same time, for example on different cores of a processor.
caching|a cache/caches|A cache keeps the results of slow work close at hand. When the same result is needed again, the program takes it from the cache instead of computing it again.
a pointer|pointers|A pointer is a value that holds the address of another value in memory. Programs use pointers to share data without copying it.
garbage collection|a garbage collector|Garbage collection finds memory that a program no longer uses and frees it. The programmer does not have to free memory by hand.
a memory leak|memory leaks|A memory leak happens when a program keeps memory that it no longer needs. Over time the program uses more and more memory.
an exception|exceptions/error handling|An exception is a signal that something went wrong. The program can catch it and handle the error instead of stopping.
unit testing|unit tests/a unit test/testing|A unit test checks one small part of a program. It calls the code with a known input and compares the result with the expected one.
debugging|how to debug|Debugging is the work of finding and fixing errors in a program. Good first steps are to read the error message, repeat the problem, and check one part at a time.
open source|open source software|Open source software is software whose source code anyone can read, change, and share under the terms of its license.
an operating system|operating systems|An operating system manages the hardware of a computer. It runs programs, shares the processor and the memory among them, and keeps files on the disk.
a CPU|CPUs/the CPU|A CPU is the main processor of a computer. It reads instructions from memory and carries them out one after another, very quickly.
a GPU|GPUs/what a GPU is|A GPU is a processor with thousands of small cores. It was made for graphics, and it is also very good at the matrix math used in machine learning.
machine learning|ML|Machine learning is a way to build programs from examples. Instead of writing every rule by hand, you train a model on data until it learns the patterns.
deep learning|deep neural networks|Deep learning is machine learning with neural networks that have many layers. Each layer turns its input into a slightly more useful form.
artificial intelligence|AI/what AI is|Artificial intelligence is the field of making computers do tasks that normally need human intelligence, such as understanding language, recognizing images, and making plans.
a neural network|neural networks|A neural network is a model made of layers of simple units. Each unit adds up weighted inputs, and training changes the weights until the outputs are good.
a large language model|large language models/LLMs/an LLM/language models|A large language model is a neural network trained on a lot of text to predict the next token. By predicting one token after another, it can answer questions and write text.
a transformer|transformers/the transformer architecture|A transformer is a neural network for sequences such as text. Its key part is attention, which lets every token look at the tokens before it and pick what matters.
attention|the attention mechanism/self-attention|Attention lets a model decide which earlier tokens matter for the current one. It compares a query with keys and mixes the matching values.
tokenization|tokens/a tokenizer/tokenizers|Tokenization splits text into small pieces called tokens. A token is often a word or a part of a word, and the model works with the numbers of the tokens.
a KV cache|the KV cache/KV caching|A KV cache stores the keys and values of past tokens, so a language model does not compute them again for every new token. It makes generation much faster.
batching|continuous batching|Batching means that a server runs several requests through the model together. The weights are read once for all of them, so the total speed is higher.
streaming|streaming responses|Streaming sends an answer piece by piece while it is being written, so the user sees the first words early instead of waiting for the whole text.
an inference server|inference servers/model serving|An inference server loads a model once and answers requests from many clients. It groups the requests into batches to use the hardware well.
temperature|temperature in sampling/the temperature parameter|Temperature controls how random the output of a language model is. At 0 the model always picks the most likely token, and higher values give more varied text.
quantization|model quantization|Quantization stores the weights of a model with fewer bits. The model becomes smaller and faster, and loses only a little quality.
cloud computing|the cloud|Cloud computing means renting computers, storage, and services over the internet instead of owning the machines.
encryption|how encryption works|Encryption turns a message into a form that only someone with the right key can read.
a container|containers/Docker|A container packs a program together with everything it needs, so that it runs the same way on every machine. Docker is a well-known tool for containers.
the internet|how the internet works|The internet is a worldwide network of computers. Data travels in small packets, which are passed from machine to machine until they reach their address.
a bug|software bugs/a software bug|A bug is an error in a program that makes it behave in the wrong way. Finding and fixing bugs is called debugging.
a programming language|programming languages|A programming language is a language for telling a computer what to do. Python, Swift, Rust, and C are well-known examples.
programming|coding|Programming is the craft of telling a computer what to do. You break a problem into small steps and write them in a language that the computer can run.
Python|the Python language|Python is a programming language that is easy to read and to learn. It is popular for scripts, data science, and machine learning.
Swift|the Swift language|Swift is a programming language by Apple that is fast and safe. It is used for apps on iPhone and Mac, and also for servers on Linux.
Rust|the Rust language|Rust is a programming language that is fast and memory safe. Its compiler checks ownership, so many bugs are found before the program runs.
JavaScript|the JavaScript language|JavaScript is the programming language of the web. It runs in every browser and makes pages interactive.
the C language|C programming|C is a small and fast programming language from the 1970s. Operating systems and many other languages are written in it.
quantum computing|quantum computers|Quantum computing uses quantum bits, which can be in a mix of 0 and 1. For a few kinds of problems, a quantum computer can be much faster than an ordinary one.
paged attention|PagedAttention|Paged attention keeps the KV cache in small blocks, like the pages of an operating system. A request takes a block only when it needs one, so little memory is wasted.
prefix caching|automatic prefix caching|Prefix caching keeps the KV cache of a prompt that was already computed. When another request starts with the same text, the server reuses it and answers sooner.
speculative decoding|speculative sampling|In speculative decoding, a small model guesses a few tokens, and the large model checks them all at once. The text stays the same, and it is written faster.
structured output|structured outputs/guided decoding|Structured output makes a model follow a format such as a JSON schema. At each step, the server allows only the tokens that fit the format.
tool calling|function calling/tool calls|In tool calling, the model answers with the name of a function and its arguments. The client runs the function and sends the result back, and the model writes the final answer.
embeddings|an embedding/text embeddings|An embedding is a list of numbers that stands for the meaning of a text. Texts with a similar meaning have embeddings that are close to each other.
vLLM|the vLLM project|vLLM is an open source server for large language models. It is known for paged attention and continuous batching.
the OpenAI API|OpenAI's API/the chat completions API|The OpenAI API is a web interface to language models. A client sends messages as JSON, and the server returns the answer of the model, whole or as a stream.
server-sent events|SSE/server sent events|Server-sent events are a way for a server to send many small messages over one HTTP response. They are used to stream the words of an answer.
WebSockets|a WebSocket|A WebSocket is a connection over which a client and a server can both send messages at any time.
a mutex|mutexes/locks/a lock|A mutex is a lock that lets only one task at a time use some shared data.
an actor|actors/the actor model|An actor is an object that protects its own data. Other tasks send it messages, and it handles them one at a time.
a coroutine|coroutines|A coroutine is a function that can pause and continue later. Async functions are a common kind of coroutine.
an event loop|event loops/the event loop|An event loop waits for events, such as a finished read or a timer, and runs the code that belongs to each of them.
a promise|promises/futures/a future|A promise is a value that is not ready yet. Code can wait for it, and it continues when the value arrives.
big O notation|Big O/time complexity|Big O notation says how the running time of an algorithm grows with its input. For example, binary search is O(log n).
a regular expression|regular expressions/regex|A regular expression is a pattern that describes text. Programs use it to search for words, numbers, or other parts of a text.
a generic type|generics|Generics let you write code that works with many types. For example, a generic list can hold numbers or words.
a protocol in Swift|protocols in Swift|A protocol in Swift lists the methods and properties that a type must have. Different types can follow the same protocol.
dependency injection|DI|Dependency injection means that an object is given the things that it needs instead of making them itself. This makes code easier to test.
a firewall|firewalls|A firewall is a guard between a computer and the network. It lets good traffic pass and blocks the rest.
blockchain|a blockchain/blockchains|A blockchain is a list of records that many computers keep together. Each record is tied to the one before it, so old records are hard to change.
DNS|the domain name system|DNS is the phone book of the internet. It turns a name such as example.com into the address of a computer.
Linux|the Linux operating system|Linux is a free and open source operating system. It runs on servers, phones, and most of the fastest computers in the world.
"""


def _parse() -> list[tuple[str, list[str], str]]:
    rows = []
    for line in _TABLE.strip().splitlines():
        topic, names, text = line.split("|")
        rows.append((topic, [topic] + names.split("/"), text))
    return rows


EXPLANATIONS = _parse()

_ASK = ["Explain {t}", "Explain {t}.", "Explain {t}.", "Explain {t} to me.", "Can you explain {t}?", "Please explain {t}.", "What is {t}?",
        "What is {t}?", "What's {t}?", "Tell me about {t}.", "Describe {t}.", "I want to understand {t}.",
        "Explain {t} in simple terms.", "Help me understand {t}.", "How would you explain {t}?",
        "Could you explain {t} to a beginner?", "Give me a short explanation of {t}.", "Explain the concept of {t}.",
        "Explain how {t} works.", "I do not understand {t}."]  # fmt: skip
_ASK_PLURAL = [ask for ask in _ASK if "What" not in ask] + ["What are {t}?", "How do {t} work?"]
_BRIEF = ["Explain {t} in one sentence.", "In one sentence, explain {t}.", "Explain {t} briefly, in one sentence."]
_SHORTER = ["Make it shorter.", "Can you say that in one sentence?", "Shorter, please.", "In one sentence?"]


def first_sentence(text: str) -> str:
    """`text` up to its first full stop."""
    return text.split(". ")[0].rstrip(".") + "."


def explanations(rng) -> Turns:
    """An explanation, sometimes asked for again in one sentence."""
    topic, names, text = EXPLANATIONS[0] if rng.random() < 0.08 else rng.choice(EXPLANATIONS)
    name = topic if rng.random() < 0.55 else rng.choice(names)
    if rng.random() < 0.1:
        return [(rng.choice(_BRIEF).format(t=name), first_sentence(text))]
    plural = name.endswith("s") and not name.startswith(("a ", "an ", "the ")) and name not in ("classes", "Git")
    ask = rng.choice(_ASK_PLURAL if plural else _ASK)
    if name.startswith(("what ", "how ")):
        ask = rng.choice(["Explain {t}.", "Can you explain {t}?", "Tell me {t}."])
    turns = [(ask.format(t=name), text)]
    if rng.random() < 0.15:
        turns.append((rng.choice(_SHORTER), first_sentence(text)))
    return turns
