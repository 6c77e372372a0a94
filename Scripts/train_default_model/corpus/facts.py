"""General knowledge: questions with several wordings and one answer each."""

from corpus.phrasing import Turns

# wordings, separated by / | answer
_TABLE = """
Why is the sky blue?/Why does the sky look blue?/What makes the sky blue?|The sky is blue because air scatters blue light from the sun more than red light.
What is the largest planet?/Which planet is the largest in the solar system?/What is the biggest planet in our solar system?|Jupiter is the largest planet in the solar system.
What is the smallest planet?/Which planet is the smallest?|Mercury is the smallest planet in the solar system.
Which planet is closest to the sun?/What is the closest planet to the sun?|Mercury is the planet closest to the sun.
How many planets are there?/How many planets are in the solar system?/How many planets does the solar system have?|There are eight planets in the solar system.
Name the planets./List the planets of the solar system./What are the planets?|The planets are Mercury, Venus, Earth, Mars, Jupiter, Saturn, Uranus, and Neptune.
Which planet is known as the red planet?/What is the red planet?/Which planet is red?|Mars is known as the red planet.
Which planet has rings?/What planet is famous for its rings?|Saturn is famous for its rings.
What is the sun?/What kind of star is the sun?|The sun is the star at the center of the solar system.
How far away is the sun?/How far is the sun from Earth?|The sun is about 150 million kilometers from Earth.
How far away is the moon?/How far is the moon from Earth?|The moon is about 384,000 kilometers from Earth.
How many days are in a year?/How many days does a year have?/How many days are there in a year?|A year has 365 days, and a leap year has 366 days.
How many days are in a week?/How many days does a week have?|A week has seven days.
What are the days of the week?/Name the days of the week./List the days of the week.|The days of the week are Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, and Sunday.
How many months are in a year?/How many months does a year have?|A year has twelve months.
Name the months of the year./What are the months of the year?/List the months.|The months are January, February, March, April, May, June, July, August, September, October, November, and December.
What are the four seasons?/Name the seasons./What are the seasons of the year?|The four seasons are spring, summer, autumn, and winter.
How many hours are in a day?/How many hours does a day have?|A day has 24 hours.
How many minutes are in an hour?/How many minutes does an hour have?|An hour has 60 minutes.
How many seconds are in a minute?/How many seconds does a minute have?|A minute has 60 seconds.
How many continents are there?/How many continents does the Earth have?|There are seven continents.
Name the continents./What are the seven continents?/List the continents.|The seven continents are Africa, Antarctica, Asia, Europe, North America, Oceania, and South America.
What is the largest ocean?/Which ocean is the largest?/What is the biggest ocean in the world?|The Pacific Ocean is the largest ocean.
How many oceans are there?/Name the oceans./What are the oceans?|There are five oceans: the Pacific, the Atlantic, the Indian, the Southern, and the Arctic Ocean.
What is the tallest mountain?/What is the highest mountain in the world?/Which mountain is the tallest?|Mount Everest is the highest mountain in the world.
What is the longest river?/Which river is the longest in the world?|The Nile is usually called the longest river in the world.
What is the largest country?/Which country is the largest in the world?/What is the biggest country?|Russia is the largest country in the world.
What is the smallest country?/Which country is the smallest in the world?|Vatican City is the smallest country in the world.
What is the largest desert?/Which is the largest hot desert?|The Sahara is the largest hot desert in the world.
What is the largest animal?/What is the biggest animal in the world?/Which animal is the largest?|The blue whale is the largest animal in the world.
What is the fastest animal?/What is the fastest land animal?/Which animal runs the fastest?|The cheetah is the fastest land animal.
What is the tallest animal?/Which animal is the tallest?|The giraffe is the tallest animal.
How many legs does a spider have?/How many legs do spiders have?|A spider has eight legs.
How many legs does an insect have?/How many legs do insects have?|An insect has six legs.
What do bees make?/What do bees produce?|Bees make honey.
What do cows drink?/What do cows usually drink?|Cows drink water.
What is a martlet?/What is a martlet bird?|A martlet is a bird in heraldry. It looks like a small swallow and is always shown flying.
What is water made of?/What is the chemical formula of water?/What is the formula for water?|Water is made of hydrogen and oxygen. Its formula is H2O.
At what temperature does water boil?/What is the boiling point of water?/When does water boil?|Water boils at 100 degrees Celsius at sea level.
At what temperature does water freeze?/What is the freezing point of water?/When does water freeze?|Water freezes at 0 degrees Celsius.
What is the chemical symbol for gold?/What is the symbol of gold?|The chemical symbol for gold is Au.
What is the chemical symbol for silver?/What is the symbol of silver?|The chemical symbol for silver is Ag.
What is the chemical symbol for iron?/What is the symbol of iron?|The chemical symbol for iron is Fe.
What is the chemical symbol for oxygen?/What is the symbol of oxygen?|The chemical symbol for oxygen is O.
What is photosynthesis?/Explain photosynthesis./How does photosynthesis work?|Photosynthesis is how plants make food. They use sunlight to turn water and carbon dioxide into sugar and oxygen.
What is gravity?/Explain gravity./How does gravity work?|Gravity is the force that pulls things with mass toward each other. It keeps us on the ground and the moon in its orbit.
What is the speed of light?/How fast is light?/How fast does light travel?|Light travels at about 300,000 kilometers per second.
How do plants grow?/What do plants need to grow?|Plants need light, water, air, and soil to grow.
Why do leaves change color?/Why do leaves turn red in autumn?|In autumn, leaves lose their green chlorophyll, and the yellow and red colors become visible.
Why does it rain?/How does rain form?/Where does rain come from?|Water rises into the air as vapor, cools into clouds, and falls back as rain.
What is a rainbow?/How does a rainbow form?/Why do rainbows appear?|A rainbow appears when sunlight passes through raindrops and splits into its colors.
What are the colors of the rainbow?/Name the colors of the rainbow./List the colors of the rainbow.|The colors of the rainbow are red, orange, yellow, green, blue, indigo, and violet.
What are the primary colors?/Name the primary colors./List three primary colors.|The primary colors are red, yellow, and blue.
What color is the sky?/What is the color of the sky?|The sky is blue on a clear day.
What color is grass?/What is the color of grass?|Grass is green.
What color is a banana?/What is the color of a banana?|A ripe banana is yellow.
Who wrote Romeo and Juliet?/Who is the author of Romeo and Juliet?|William Shakespeare wrote Romeo and Juliet.
Who wrote Hamlet?/Who is the author of Hamlet?|William Shakespeare wrote Hamlet.
Who wrote Pride and Prejudice?/Who is the author of Pride and Prejudice?|Jane Austen wrote Pride and Prejudice.
Who wrote Don Quixote?/Who is the author of Don Quixote?|Miguel de Cervantes wrote Don Quixote.
Who wrote Frankenstein?/Who is the author of Frankenstein?|Mary Shelley wrote Frankenstein.
Who painted the Mona Lisa?/Who is the painter of the Mona Lisa?|Leonardo da Vinci painted the Mona Lisa.
Who painted The Starry Night?/Who is the painter of The Starry Night?|Vincent van Gogh painted The Starry Night.
Who composed the Ninth Symphony with the Ode to Joy?/Who composed the Ode to Joy?|Ludwig van Beethoven composed it.
Who was the first person on the moon?/Who was the first man to walk on the moon?/Who first walked on the moon?|Neil Armstrong was the first person to walk on the moon, in 1969.
Who was the first person in space?/Who was the first human in space?|Yuri Gagarin was the first person in space, in 1961.
Who was the first president of the United States?/Who was the first US president?|George Washington was the first president of the United States.
Who was Albert Einstein?/Who is Albert Einstein?/Tell me about Albert Einstein.|Albert Einstein was a physicist who developed the theory of relativity.
Who was Isaac Newton?/Who is Isaac Newton?/Tell me about Isaac Newton.|Isaac Newton was a physicist and mathematician who described gravity and the laws of motion.
Who was Marie Curie?/Who is Marie Curie?/Tell me about Marie Curie.|Marie Curie was a scientist who studied radioactivity and won two Nobel Prizes.
Who was Ada Lovelace?/Who is Ada Lovelace?/Tell me about Ada Lovelace.|Ada Lovelace was a mathematician who wrote the first published computer program, in 1843.
Who was Alan Turing?/Who is Alan Turing?/Tell me about Alan Turing.|Alan Turing was a mathematician who laid the foundations of computer science.
Who was Grace Hopper?/Who is Grace Hopper?/Tell me about Grace Hopper.|Grace Hopper was a computer scientist who built one of the first compilers.
Who invented the telephone?/Who is the inventor of the telephone?|Alexander Graham Bell is known as the inventor of the telephone.
Who invented the light bulb?/Who is the inventor of the light bulb?|Thomas Edison is known for the first practical light bulb.
Who invented the World Wide Web?/Who invented the web?|Tim Berners-Lee invented the World Wide Web in 1989.
Who created Linux?/Who wrote Linux?/Who made Linux?|Linus Torvalds created Linux in 1991.
Who created Python?/Who invented Python?/Who made the Python language?|Guido van Rossum created Python.
Who created C?/Who invented the C language?|Dennis Ritchie created the C language.
Who created Swift?/Who made the Swift language?|Swift was created by Chris Lattner and others at Apple.
Who created Rust?/Who made the Rust language?|Rust was started by Graydon Hoare.
When was Python released?/When was Python first released?/How old is Python?|Python was first released in 1991.
When was Swift released?/When was Swift first released?|Swift was introduced by Apple in 2014.
When was Rust 1.0 released?/When was Rust released?|Rust 1.0 was released in 2015.
When did World War II end?/When did the Second World War end?/In what year did World War II end?|World War II ended in 1945.
When did World War I begin?/When did the First World War start?|World War I began in 1914.
When did the Titanic sink?/In what year did the Titanic sink?|The Titanic sank in 1912.
When did people first land on the moon?/When was the first moon landing?|The first moon landing was in 1969.
When did the Berlin Wall fall?/In what year did the Berlin Wall fall?|The Berlin Wall fell in 1989.
Where is the Eiffel Tower?/In which city is the Eiffel Tower?/Where can I see the Eiffel Tower?|The Eiffel Tower is in Paris, France.
Where is the Colosseum?/In which city is the Colosseum?|The Colosseum is in Rome, Italy.
Where is the Taj Mahal?/In which city is the Taj Mahal?|The Taj Mahal is in Agra, India.
Where is the Statue of Liberty?/In which city is the Statue of Liberty?|The Statue of Liberty is in New York City.
Where is the Golden Gate Bridge?/In which city is the Golden Gate Bridge?|The Golden Gate Bridge is in San Francisco, California.
Where is Big Ben?/In which city is Big Ben?|Big Ben is in London, England.
Where is the Great Wall?/In which country is the Great Wall?|The Great Wall is in China.
Where is Mount Everest?/Where can I find Mount Everest?|Mount Everest is on the border of Nepal and China.
Where are the pyramids?/Where are the great pyramids?|The great pyramids are in Giza, Egypt.
Where is San Francisco?/Where is San Francisco located?/In which state is San Francisco?|San Francisco is in California, in the United States.
How many players are on a soccer team?/How many players does a football team have on the field?|A soccer team has eleven players on the field.
How many players are on a basketball team?/How many players does a basketball team have on the court?|A basketball team has five players on the court.
How many players are on a baseball team?/How many players does a baseball team have on the field?|A baseball team has nine players on the field.
How long is a marathon?/What is the length of a marathon?|A marathon is 42.195 kilometers long.
How many rings are in the Olympic symbol?/How many Olympic rings are there?|There are five Olympic rings.
How many letters are in the alphabet?/How many letters does the English alphabet have?|The English alphabet has 26 letters.
Say the alphabet./What is the alphabet?/Recite the alphabet./List the letters of the alphabet.|A B C D E F G H I J K L M N O P Q R S T U V W X Y Z
What are the vowels?/Name the vowels./List the vowels.|The vowels are A, E, I, O, and U.
What is pi?/What is the value of pi?/How much is pi?|Pi is about 3.14159. It is the ratio of a circle's circumference to its diameter.
What is a prime number?/Explain prime numbers./What are prime numbers?|A prime number is a whole number greater than 1 that is divisible only by 1 and itself.
List the first five prime numbers./What are the first five prime numbers?/Name five prime numbers.|The first five prime numbers are 2, 3, 5, 7, and 11.
How many sides does a triangle have?/How many sides are in a triangle?|A triangle has three sides.
How many sides does a square have?/How many sides are in a square?|A square has four sides.
How many sides does a hexagon have?/How many sides are in a hexagon?|A hexagon has six sides.
How many bits are in a byte?/How many bits does a byte have?|A byte has eight bits.
How many bytes are in a kilobyte?/How large is a kilobyte?|A kilobyte has 1,000 bytes, and a kibibyte has 1,024 bytes.
What does CPU stand for?/What is CPU short for?|CPU stands for central processing unit.
What does GPU stand for?/What is GPU short for?|GPU stands for graphics processing unit.
What does RAM stand for?/What is RAM short for?|RAM stands for random access memory.
What does HTTP stand for?/What is HTTP short for?|HTTP stands for Hypertext Transfer Protocol.
What does HTML stand for?/What is HTML short for?|HTML stands for Hypertext Markup Language.
What does API stand for?/What is API short for?|API stands for application programming interface.
What does LLM stand for?/What is LLM short for?|LLM stands for large language model.
What does AI stand for?/What is AI short for?|AI stands for artificial intelligence.
What does JSON stand for?/What is JSON short for?|JSON stands for JavaScript Object Notation.
What does SQL stand for?/What is SQL short for?|SQL stands for Structured Query Language.
What does URL stand for?/What is URL short for?|URL stands for Uniform Resource Locator.
What is HTTP status 404?/What does 404 mean?/What does the error 404 mean?|The HTTP status 404 means that the page was not found.
What is HTTP status 200?/What does HTTP 200 mean?|The HTTP status 200 means that the request succeeded.
What is the answer to life, the universe, and everything?/What is the meaning of life?|Some people say it is 42. I say it is to be kind and to keep learning.
How do I write hello world in Python?/Write hello world in Python./Show me hello world in Python.|print("Hello, world!")
How do I write hello world in Swift?/Write hello world in Swift./Show me hello world in Swift.|print("Hello, world!")
How do I write hello world in Rust?/Write hello world in Rust./Show me hello world in Rust.|fn main() {\\n    println!("Hello, world!");\\n}
How do I write hello world in JavaScript?/Write hello world in JavaScript.|console.log("Hello, world!");
How do I write hello world in C?/Write hello world in C.|#include <stdio.h>\\n\\nint main(void) {\\n    printf("Hello, world!\\\\n");\\n    return 0;\\n}
Write a Python function that adds two numbers./Write a function that adds two numbers./Write an add function in Python.|def add(a, b):\\n    return a + b
Write a Python function for the factorial./Write a factorial function in Python./Write a factorial function.|def factorial(n):\\n    if n == 0:\\n        return 1\\n    return n * factorial(n - 1)
Write a Python function that reverses a string./Reverse a string in Python./How do I reverse a string in Python?|def reverse(text):\\n    return text[::-1]
Write a Python loop from 1 to 10./Write a for loop in Python./How do I write a loop in Python?|for i in range(1, 11):\\n    print(i)
How do I learn programming?/How can I learn to program?/How should I start with programming?|Pick one language, such as Python. Write small programs every day, read the error messages, and build something you enjoy.
How do I make tea?/How do you make a cup of tea?/How to make tea?|Boil some water, pour it over the tea, wait three to five minutes, and take out the leaves. Enjoy!
How do I boil an egg?/How do you boil an egg?/How long does it take to boil an egg?|Put the egg in boiling water. Wait six minutes for a soft egg or ten minutes for a hard one, then cool it in cold water.
How do I make a sandwich?/How do you make a sandwich?|Take two slices of bread, add cheese, tomato, and lettuce, put the slices together, and cut the sandwich in half.
How can I sleep better?/How do I sleep better?/Give me a tip for better sleep.|Go to bed at the same time every night, keep the room dark and quiet, and put the phone away an hour before sleep.
How can I stay healthy?/How do I stay healthy?/Give me tips for staying healthy.|Eat plenty of vegetables, drink water, move every day, and get enough sleep.
Write a limerick about programming./Write me a limerick about programming./Write a limerick./Can you write a limerick?|A coder who worked late at night\\nwas chasing a bug out of sight.\\nShe looked left and right,\\nthen turned on the light,\\nand found that the code had been right.
Write a song about the sea./Write a short song./Write a song./Sing me a song.|Row, little boat, to the end of the bay,\\nthe gulls will be singing the rest of the way.\\nThe wind is our friend and the stars are our guide,\\nand home is a light on the opposite side.
Give me a recipe for pancakes./How do I make pancakes?/How do you make pancakes?|Mix two eggs, a cup of flour, a cup of milk, and a pinch of salt. Fry thin layers in a hot pan with a little butter until both sides are golden.
Give me a simple recipe./What should I cook tonight?/What should I eat for dinner?|Try pasta with tomatoes: cook the pasta, warm some tomatoes with garlic and oil, mix everything, and add cheese on top.
Recommend a book./Can you recommend a book?/What should I read?|I recommend Pride and Prejudice by Jane Austen. It is witty, warm, and still fresh after two hundred years.
Give me some advice./Do you have any advice for me?/Give me a tip.|Do one thing at a time, take breaks, and be kind to yourself.
Tell me a fun fact./Tell me something interesting./Give me a fun fact./Do you know a fun fact?|An octopus has three hearts and blue blood.
Give me a riddle./Tell me a riddle./Do you know a riddle?|What has keys but cannot open a door? A piano.
Write a birthday message./Write a birthday card for my friend./Write a happy birthday message.|Happy birthday! I wish you a wonderful day, good health, and many happy moments in the new year.
Write a thank you note./Write a short thank you note./Write a thank you message.|Thank you very much for your help. It made my day easier, and I am truly grateful.
Write a short email to my boss./Write an email to my boss./Write an email that says I am sick.|Hello,\\n\\nI am not feeling well today and cannot come to work. I will write again tomorrow.\\n\\nBest regards
Motivate me./Say something nice./Give me a compliment./Cheer me up.|You are doing better than you think. One small step today is enough.
How can I be more productive?/Give me a tip for work./How do I focus better?|Write down the three most important tasks, do the hardest one first, and turn off your phone while you work.
What is the fastest programming language?/Which programming language is the fastest?|C, C++, and Rust are among the fastest programming languages.
Which programming language should I learn first?/What is the best programming language for beginners?|Python is a good first language, because it is easy to read and useful for many things.
What is the difference between a list and a tuple?/What is the difference between a list and a tuple in Python?|In Python, a list can be changed after it is made, and a tuple cannot.
What is the difference between a process and a thread?/Compare processes and threads.|A process has its own memory, and the threads of one process share its memory.
What is the difference between a stack and a queue?/Compare stacks and queues.|A stack gives back the last item first, and a queue gives back the first item first.
What is the difference between weather and climate?/Compare weather and climate.|Weather is what the air does today, and climate is what it does over many years.
Write a Swift function that adds two numbers./Write an add function in Swift./How do I add two numbers in Swift?|func add(_ a: Int, _ b: Int) -> Int {\\n    a + b\\n}
Write a Swift loop from 1 to 10./Write a for loop in Swift./How do I write a loop in Swift?|for i in 1...10 {\\n    print(i)\\n}
Write a Rust function that adds two numbers./Write an add function in Rust./How do I add two numbers in Rust?|fn add(a: i32, b: i32) -> i32 {\\n    a + b\\n}
Write a fibonacci function in Python./Write a Python function for the Fibonacci numbers./Write a Fibonacci function.|def fibonacci(n):\\n    a, b = 0, 1\\n    for _ in range(n):\\n        a, b = b, a + b\\n    return a
Write a SQL query that counts users./How do I count rows in SQL?/Write an SQL query.|SELECT COUNT(*) FROM users;
What is love?/What does love mean?|Love is deep care for someone, and the wish to see them happy.
What is happiness?/How can I be happy?|Happiness often comes from good friends, useful work, and time to rest.
What is music?/Explain music.|Music is sound arranged in time, with rhythm, melody, and harmony.
What is a cat?/Tell me about cats.|A cat is a small animal with soft fur. Many people keep cats as pets.
What is the moon?/Tell me about the moon.|The moon is the natural satellite of Earth. It goes around Earth about once a month.
What is a volcano?/Explain volcanoes.|A volcano is an opening in the ground where hot melted rock from inside the Earth comes out.
What is DNA?/Explain DNA.|DNA is the molecule that carries the instructions for building and running a living thing.
What is electricity?/Explain electricity.|Electricity is the flow of tiny charged particles called electrons. We use it for light, heat, and machines.
What is democracy?/Explain democracy.|Democracy is a form of government in which the people choose their leaders by voting.
"""

FACTS = [
    (questions.split("/"), answer.replace("\\\\n", "\0").replace("\\n", "\n").replace("\0", "\\n"))
    for questions, answer in (line.rsplit("|", 1) for line in _TABLE.strip().splitlines())
]

_WRAP = ["{q}"] * 6 + ["Can you tell me: {q}", "I was wondering: {q}", "Here is a question: {q}", "Do you know this? {q}"]


def facts(rng) -> Turns:
    """One question of general knowledge."""
    questions, answer = rng.choice(FACTS)
    return [(rng.choice(_WRAP).format(q=rng.choice(questions)), answer)]
