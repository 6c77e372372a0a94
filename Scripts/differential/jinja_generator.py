"""Random templates: expressions by the type that they are meant to have, and statements around them.

Types keep most templates from failing at their first operation; one expression in `MIXUP` is of another type on purpose.
"""

import random

MIXUP = 25

CONTEXT = {
    "n": 7, "neg": -3, "zero": 0, "large": 12345678901234567890, "f": 2.5, "tiny": 1e-7, "huge": 1e22, "third": 1 / 3,
    "yes": True, "no": False, "nil": None, "s": "Hello World", "empty": "", "padded": "  pad\t\n", "digits": "042",
    "uni": "Žluťoučký kůň 你好 👩‍👩‍👧 ß ŉ",
    "dashes": "yes--no 1--2 well-known e-mail x-1-y --flag a---b, \"so\"--he--said a\u00a0b\u2003c -x- éa-bü-ça", "markup": "<a href=\"x\">&'</a>", "csv": "a,b,,c", "lines": "one\ntwo\r\nthree\n\n",
    "long": "The quick brown fox jumps over the lazy dog. It-does-so every day, without a pause\n\nand then\trests.",
    "links": "See http://example.com/a?b=1&c, (https://é.example.org:8080/x). www.x.co.uk; mailto:a.b@c-d.info <me@x.eu>\n"
             "\"http://127.0.0.1\" http://[::1]:80/ example.net... &lt;http://xn--p1ai/(a)&gt; tel:+12 ftp://f.org/",
    "l": [3, 1, 2], "ls": ["b", "A", "c", "a", "B"], "mix": [1, "x", None, True, 2.0], "nested": [[1, 2], [3], []],
    "el": [], "floats": [1.5, -0.0, 1e100, 3.0], "d": {"b": 1, "a": 2, "C": 3}, "ed": {},
    "deep": {"x": {"y": [{"z": "found"}]}, "keys": "k", "items": [1, 2]},
    "people": [{"name": "Bo", "age": 30, "tags": ["x"]}, {"name": "al", "age": 25, "tags": []}, {"name": "Cy", "age": 30}],
    "tree": [{"v": 1, "c": [{"v": 2, "c": []}, {"v": 3, "c": [{"v": 4}]}]}, {"v": 5, "c": None}],
    "odd": [1e16, -0.0, 1e-5, 5e-324, 10 ** 40, "😀\u2028\x00\x1f\x7f</script>", {"": None, "é": [[], {}]}],
    "msgs": [{"role": "system", "content": "S"}, {"role": "user", "content": "U1"}, {"role": "assistant", "content": "A1"}],
    "tool": {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "required": ["q"],
             "properties": {"q": {"type": "string", "description": "é <&> '\"' \\ \n\u2028\x7f"}}}}},
}

NAMES = {
    "int": ["n", "neg", "zero", "large", "yes"], "float": ["f", "tiny", "huge", "third"], "bool": ["yes", "no"],
    "str": ["s", "empty", "padded", "digits", "uni", "markup", "csv", "lines", "long", "dashes", "links"],
    "list": ["tree", "odd", "l", "ls", "mix", "nested", "el", "floats", "people", "msgs"], "dict": ["d", "ed", "deep", "tool"],
    "any": ["nil", "missing", "people[0]", "deep.x", "deep['keys']", "mix[-1]", "msgs[0].role", "d.zz"],
}

STRINGS = [
    "''", "'a'", "\"it's\"", "'\\n'", "'x y'", "'é\\u00e9'", "'%'", "'%s-%s'", "'{}'", "'<b>'", "'A1'", "'1.5'", "' 12 '", "'0x1F'",
    "'\\\\'", "'\\x41\\101\\t'", "'ǅß'", "'ab' 'cd'", "'name'", "'role'", "'1e3'", "'inf'", "'aXbXc'", "'_'", "'👍🏽'", "'a\nb'",
    "'٣_１'", "'0x_f'",
]
NUMBERS = ["0", "1", "2", "3", "-1", "-2", "10", "255", "1_000", "0x1f", "0b101", "0o17", "9223372036854775807", "100000000000000000000"]
FLOATS = ["0.0", "1.0", "0.5", "2.675", "1e3", "1.5e-9", "12345.678", "1e16", "123456789012345680.0", "0.1", "-2.5", "1_0.5"]
FORMATS = [
    "%s", "%r", "%d", "%5d", "%-5d|", "%05d", "%+d", "%x", "%#x", "%X", "%o", "%c", "%i", "%f", "%.2f", "%10.3f", "%e", "%g", "%.10g",
    "%G", "%5s|", "%-5s|", "%.2s", "%%", "%a", "%*d", "% d", "%#o", "%.0f", "%08.3f", "%(a)s",
]
BRACES = [
    "{}", "{0}", "{:>6}", "{:<6}|", "{:^7}", "{:*^9}", "{:d}", "{:,}", "{:_}", "{:x}", "{:#x}", "{:08b}", "{:.2f}", "{:e}", "{:g}", "{:%}",
    "{!r}", "{!s:>8}", "{!a}", "{:.3}", "{:+}", "{: }", "{0[0]}", "{a}", "{0.real}", "{:.1%}", "{:010,.2f}", "{{}}", "{:n}", "{:=+8}", "{:{}}",
]
DATES = ["%Y-%m-%d", "%d %b %Y", "%B %d, %Y", "%A %H:%M:%S", "%j %U %W %y", "%I:%M %p", "%%", "%-d %e", "plain", "%c|%x|%X", "%G-%V %u %w",
         "%D %F %T %R", "%k|%l|%P|%r", "%h%n%t%C%g", "%f|%z|%Z|", "%_d|%-m|%^a|%#b|%05Y|%10A|%-H|%_H|%0e", "%Ey %Od", "%", "a%", "%Q", "%é",
         "", "%+", "%v", "%:z", "%-", "%5", "%y%%Y", "\n%Y\t"]

# what addresses are made of, with almost all that may stand around and between their parts
ADDRESS_STARTS = [
    "http://", "https://", "www.", "mailto:", "HTTP://", "Http\u017f://", "WWW.", "ftp://", "tel:", "http:/", "https://www.", "",
    "", "",
]
ADDRESS_HOSTS = [
    "example", "x", "ab", "a-b", "%41", "münchen", "你好", "_", "xn--p1ai", "XN--", "xn--%e", "com", "net", "\u0130nt", "m\u0131l",
    "info", "Org", "co", "uk", "\u212aa", "c\u017f", "museum", "a1", "me", "127.0.0.1", "1.2.3", "1.2.3.4.5", "1234.1.1.1",
    "١.٢.٣.4", "[::1]", "[1:2:3:4:5:6:7:8]", "[::]", "[fe80::1%25]", "[a:b]", "[12345:1:1]", "[1::abcdefabcdef]", "[١::F]",
    "localhost", "a" * 63, "b" * 64,
]
ADDRESS_RESTS = [
    "", "", "", ":80", ":٨٠", ":", ":123456", "/", "/p(a)", "/a(b", "?q=1&amp;r", "#f", ":8/x", "/é/%20", "@", "@x", "/x&lt;",
    "/..", "/a,b", ";", "!",
]
ADDRESS_MARKS = [
    "", "", "", "(", ")", "<", ">", "&lt;", "&gt;", "((", "))", ".", ",", "...", "\"", "'", "[", "]", ";", ":", "&", "@", ">.",
    ").", "&gt;,", "\n", "-", "a",
]
ADDRESS_SPACES = [
    " ", " ", "\n", "\t", "\xa0", "\u2003", "\x1c", "", ", ", "\x85",
]
SCHEMES = [
    "['tel:', 'ftp://']", "['ftp:']", "('tel:',)", "['http:/', 'www.:']", "[]", "''", "'tel:'", "['x']", "['a:', 1]", "none",
    "missing", "1", "{'ftp://': 1}", "['ab:///']", "['é你:']", "['tel:'] | map('string')", "['tel:' | e, 'mailto:']",
    "['example.com:', 'ab:']",
]
NUMERALS = [
    "٣", "１２", "\xa0١\u2003", "0x1F", "0x_1f", "0X1f", "0b101", "0b_1", "0o17", "010", "00", "0_0", "0_1", "1_000", "1__0", "_1",
    "1_", "0x", "0x__1", "0_x1", "-0b1", "+7", "- 1", "--1", "+-1", "zz", "Z9", "12e3", "1_0e1_0", "1_e3", "5.", ".5", ".",
    "5.e2", "1e400", "1e-400", "-inf", "Infinity", "NaN", "+nan", "1\x00", "\x1c5", "5\x1f", "\x855", "१_२", "١.٥e١", "\u2212 5",
    "\xb2", "\u2167", "1" * 40, "f" * 40, "\U0001d7d7", "1e99999999999999999999", "-.0", "0e5", "1e+", "1E-3",
]

FILTERS = [
    "abs", "attr", "batch", "capitalize", "center", "count", "d", "default", "dictsort", "e", "escape", "filesizeformat", "first", "float",
    "forceescape", "format", "groupby", "indent", "int", "items", "join", "last", "length", "list", "lower", "map", "max", "min", "reject",
    "rejectattr", "replace", "reverse", "round", "safe", "select", "selectattr", "slice", "sort", "string", "striptags", "sum", "title",
    "tojson", "trim", "truncate", "unique", "upper", "urlencode", "urlize", "wordcount", "wordwrap", "xmlattr", "nosuch",
]
KEYWORDS = [
    "width", "first", "blank", "length", "killwords", "end", "leeway", "attribute", "default", "reverse", "case_sensitive", "by", "base",
    "precision", "method", "chars", "count", "start", "linecount", "fill_with", "d", "binary", "indent", "ensure_ascii", "break_long_words",
    "wrapstring", "break_on_hyphens", "trim_url_limit", "nofollow", "target", "rel", "extra_schemes", "old", "new", "autospace",
    "boolean", "default_value", "nosuch",
]
METHODS = [
    "capitalize", "casefold", "center", "count", "encode", "endswith", "expandtabs", "find", "format", "index", "isalnum", "isalpha",
    "isascii", "isdecimal", "isdigit", "isidentifier", "islower", "isnumeric", "isprintable", "isspace", "istitle", "isupper", "join", "ljust",
    "lower", "lstrip", "partition", "removeprefix", "removesuffix", "replace", "rfind", "rindex", "rjust", "rpartition", "rsplit", "rstrip",
    "split", "splitlines", "startswith", "strip", "swapcase", "title", "upper", "zfill", "nosuch",
]
LIST_METHODS = ["index", "count", "copy", "append", "pop", "keys", "extend", "insert", "remove", "reverse", "sort", "clear"]
DICT_METHODS = ["get", "items", "keys", "values", "copy", "fromkeys", "pop", "update", "setdefault", "popitem", "clear"]


class Generator:
    """Templates from one seed."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.locals = []
        self.loops = 0

    # expressions

    def pick(self, *options):
        return self.random.choice(options)

    def chance(self, one_in):
        return self.random.randrange(one_in) == 0

    def expression(self, kind="any", depth=3):
        if self.chance(MIXUP):
            kind = self.pick("int", "float", "str", "list", "dict", "bool", "any")
        if depth <= 0 or self.chance(5):
            return self.leaf(kind)
        text = getattr(self, "make_" + kind)(depth - 1)
        if not self.chance(8):
            text = f"({text})"
        if self.chance(30):
            text = f"({text} if {self.expression('bool', depth - 2)}" + self.pick(")", f" else {self.expression(kind, depth - 2)})")
        return text

    def leaf(self, kind):
        if self.locals and self.chance(4):
            return self.random.choice(self.locals)
        if kind in ("any", "element"):
            if self.chance(2):
                return self.random.choice(NAMES["any"])
            return self.leaf(self.pick("int", "float", "str", "list", "dict", "bool"))
        if self.chance(2):
            return self.random.choice(NAMES[kind])
        if kind == "int":
            return self.random.choice(NUMBERS)
        if kind == "float":
            return self.random.choice(FLOATS)
        if kind == "str":
            return self.random.choice(STRINGS)
        return {"bool": self.pick("true", "False", "none"), "list": self.pick("[]", "[1, 'a']", "(1, 2)", "('a',)", "[none, true]"),
                "dict": self.pick("{}", "{'a': 1}", "{1: 'x', 'k': [2]}", "{'b': 2, 'a': none}")}[kind]

    def small(self):
        return self.pick("0", "1", "2", "3", "5", "-1", "-2", "n", "neg", "none", "12")

    def make_any(self, depth):
        return self.expression(self.pick("int", "float", "str", "str", "list", "dict", "bool", "element"), depth)

    def make_element(self, depth):
        e = self.expression
        return self.random.choice([
            lambda: f"{e('list', depth)}[{self.small()}]", lambda: f"{e('dict', depth)}[{e('str', 0)}]",
            lambda: f"{e('list', depth)} | {self.pick('first', 'last', 'min', 'max', 'sum')}",
            lambda: f"{e('list', depth)} | {self.pick('min', 'max')}(attribute={self.pick('0', chr(39) + 'age' + chr(39))})",
            lambda: f"{e('any', depth)} | default({e('any', depth)}{self.pick('', ', true')})",
            lambda: f"{e('dict', depth)}.{self.pick('a', 'x', 'keys', 'items', 'name', 'b')}",
            lambda: f"{e('dict', depth)}.get({e('str', 0)}{self.pick('', ', 1')})", lambda: f"people[{self.pick('0', '1', '2')}].{self.pick('name', 'tags', 'age')}",
            lambda: f"({e('any', depth)} {self.pick('and', 'or')} {e('any', depth)})", lambda: f"{e('any', depth)} | attr('{self.pick('a', 'name', 'upper', 'real')}')",
            lambda: f"people | sum(attribute='age', start={e('int', 0)})",
        ])()

    def make_int(self, depth):
        e = self.expression
        return self.random.choice([
            lambda: f"{e('int', depth)} {self.pick('+', '-', '*', '//', '%')} {e('int', depth)}", lambda: f"{e('int', depth)} ** {self.pick('2', '3', '0', '-1', 'n')}",
            lambda: f"-{e('int', depth)}", lambda: f"+{e('int', depth)}", lambda: f"{e(self.pick('str', 'list', 'dict'), depth)} | {self.pick('length', 'count')}",
            lambda: f"{e('any', depth)} | int{self.pick('', '(5)', '(base=16)', '(0, 2)', '(default=-1)')}", lambda: f"{e('str', depth)} | wordcount",
            lambda: f"{e('str', depth)}.{self.pick('count', 'find', 'rfind', 'index', 'rindex')}({e('str', 0)}{self.pick('', '', ', 1', ', -3, 9')})",
            lambda: f"{e('list', depth)}.{self.pick('index', 'count')}({e('any', 0)})", lambda: f"{e('int', depth)} | abs",
            lambda: f"l | sum", lambda: f"n.bit_length()", lambda: self.numeral(depth),
            lambda: f"{e('int', depth)} {self.pick('+', '*', '-')} {e('bool', depth)}",
        ])()

    def make_float(self, depth):
        e = self.expression
        return self.random.choice([
            lambda: f"{e('int', depth)} / {e('int', depth)}", lambda: f"{e('float', depth)} {self.pick('+', '-', '*', '/', '//', '%', '**')} {e('int', depth)}",
            lambda: f"{e('int', depth)} {self.pick('+', '-', '*', '/', '//', '%')} {e('float', depth)}", lambda: f"{e('any', depth)} | float{self.pick('', '(1.5)')}",
            lambda: f"{e(self.pick('float', 'int'), depth)} | round{self.pick('', '(1)', '(2)', '(-1)', '(3, ' + repr(self.pick('ceil', 'floor', 'common')) + ')')}",
            lambda: f"{e('float', depth)} | abs", lambda: f"-{e('float', depth)}", lambda: "floats | sum",
        ])()

    def numeral(self, depth):
        """A text that is a number in some base, or almost."""
        base = self.pick(
            "10", "16", "2", "0", "0", "8", "36", "35", "1", "37", "-1", "true", "none", "2.5", "'x'", "large", "missing",
            self.expression("any", depth),
        )
        text = self.quoted(self.pick("", "", " ", "-", "\u3000") + self.random.choice(NUMERALS) + self.pick("", "", "\n", "_", "0"))
        return f"{text} | " + self.pick(
            "int", "int(7)", f"int(7, {base})", f"int(base={base})", "int(base=0)", "float", "float(7)", "filesizeformat",
            "filesizeformat(true)",
        )

    def make_bool(self, depth):
        e = self.expression
        kind = self.pick("int", "str", "float", "list", "any")
        tests = ["defined", "undefined", "none", "string", "number", "integer", "float", "boolean", "mapping", "sequence", "iterable", "callable",
                 "even", "odd", "true", "false", "lower", "upper", "escaped", "in " + e("list", 0), "eq " + e("any", 0), "sameas none",
                 "divisibleby 3", "divisibleby(n)", "gt(1)", "lt 2", "ne 'a'", "filter", "test", "ge 1", "le 7", "equalto 1", "in(ls)"]
        return self.random.choice([
            lambda: f"{e(kind, depth)} {self.pick('==', '!=', '<', '<=', '>', '>=')} {e(kind, depth)}", lambda: f"not {e('any', depth)}",
            lambda: f"{e('int', depth)} < {e('int', depth)} <= {e('float', depth)}", lambda: f"{e('any', depth)} {self.pick('in', 'not in')} {e(self.pick('list', 'dict'), depth)}",
            lambda: f"{e('str', depth)} {self.pick('in', 'not in')} {e('str', depth)}", lambda: f"({e('bool', depth)} {self.pick('and', 'or')} {e('bool', depth)})",
            lambda: f"{e('any', depth)} is {self.pick('', 'not ')}{self.random.choice(tests)}", lambda: f"{e('any', depth)} is {self.random.choice(tests)}",
            lambda: f"{e('str', depth)}.{self.pick('startswith', 'endswith')}({self.pick(e('str', 0), '(' + e('str', 0) + ', ' + e('str', 0) + ')')}{self.pick('', ', 1')})",
            lambda: f"{e('str', depth)}.{self.pick('isalnum', 'isalpha', 'isascii', 'isdecimal', 'isdigit', 'isidentifier', 'islower', 'isnumeric', 'isprintable', 'isspace', 'istitle', 'isupper')}()",
        ])()

    def make_str(self, depth):
        e = self.expression
        return self.random.choice([
            self.string_operation, self.string_filter, self.string_filter, self.string_method, self.string_method, self.formatted,
            self.odd_call, self.dumped, self.urlized,
        ])(e, depth)

    def quoted(self, text):
        """A literal of the template language."""
        return "'" + text.replace("'", "\\'").replace("\n", "\\n") + "'"

    def addresses(self):
        """A literal with things that look like addresses."""
        some, text = self.random.choice, ""
        for _ in range(self.pick(1, 1, 2, 3)):
            host = ".".join(some(ADDRESS_HOSTS) for _ in range(self.pick(1, 2, 2, 3)))
            user = some(["me@", "a.b@", "é@", "@", "a@b@"]) if self.chance(4) else ""
            text += some(ADDRESS_MARKS) + some(ADDRESS_MARKS) + some(ADDRESS_STARTS) + user + host + some(ADDRESS_RESTS)
            text += some(ADDRESS_MARKS) + some(ADDRESS_MARKS) + some(ADDRESS_SPACES)
        return self.quoted(text)

    def urlized(self, e, depth):
        q = self.pick
        text = self.addresses() + q("", "", " | e", " | safe") if self.chance(2) else q("links", "links | safe", e("any", depth))
        given = self.random.sample([
            "trim_url_limit=" + q(self.small(), "10", "20", "2.5", "1e3", "'5'", "true", "missing", "large", "-large", "[]",
                                  "'nan' | float", "-('inf' | float)"),
            "nofollow=" + q("true", "false", "none", e("any", 0)),
            "target=" + q("'_blank'", "none", "''", "'\"<'", "'<' | e", e("any", 0)),
            "rel=" + q("'nofollow me'", "''", "none", "'b a b\u00a0noopener'", "'<' | e", "'\"'", e("any", 0)),
            "extra_schemes=" + q(self.random.choice(SCHEMES), self.random.choice(SCHEMES), e("any", 0)),
        ], q(0, 0, 1, 1, 2, 3))
        if self.chance(6):
            given = [q("10", "none", "5"), q("true", "false"), q("'_top'", "none"), q("'x'", "none"), self.random.choice(SCHEMES)]
            del given[q(1, 2, 3, 4, 5):]
        return f"({text}) | urlize" + (f"({', '.join(given)})" if given else "")

    def odd_call(self, e, depth):
        """A filter or method with arguments of any number, kinds and names."""
        given = [self.random.choice([self.small(), e("str", 0), e("any", 0), e("float", 0), "none", "true", "[]"]) for _ in range(self.pick(0, 1, 1, 1, 2, 2, 3, 4))]
        given += [f"{name}={self.random.choice([self.small(), e('str', 0), e('any', 0), 'true', 'none'])}" for name in self.random.sample(KEYWORDS, self.pick(0, 0, 0, 1, 2))]
        if self.chance(12):
            given.append(self.pick("*l", "*ls", "*el", "**d", "**ed", "*(1, 'a')"))
        kind = self.pick("str", "str", "list", "dict", "any", "int", "float")
        if self.chance(2):
            text = f"{e(kind, depth)} | {self.random.choice(FILTERS)}" + (f"({', '.join(given)})" if given or self.chance(4) else "")
            return text + self.pick("", "", " | list", " | string")
        methods = {"list": LIST_METHODS, "dict": DICT_METHODS}.get(kind, METHODS)
        return f"({e(kind, depth)}).{self.random.choice(methods)}({', '.join(given)})"

    def dumped(self, e, depth):
        """Values that JSON writes in a way of its own, or not at all."""
        value = self.random.choice([
            "'inf' | float", "-('inf' | float)", "'nan' | float", "{1: 2, 'a': none}", "{none: 1}", "{true: 1, 1.5: 2}", "{(1, 2): 1}", "(1, (2, 'x'))", "odd",
            "odd | last", "missing", "namespace(a=1)", "markup | safe", "'</script>' | e", "10 ** 30", "-0.0", "1e16", "1e15", "123456789.123456789", "5e-324",
            "1e-5", "0.0001", "range(3)", "l | map('string')", "d.items()", "d.items() | list", "d.keys()", "joiner", "[nil, yes, [], {}, '']", "{'k': missing}",
            "'\\u2028\\x00\\x1f\\x7f\\\\/'", "uni", "{2: 'b', 1: 'a'}", "{'b': 1, 2: 3}", "loop", "cycler(1, 2)", "{'x': {'y': [[], [[]], {}]}}", "'a' is string",
        ])
        given = ", ".join(self.random.sample([
            "indent=" + self.pick("2", "0", "-1", "none", "'\\t'", "'--'", "true", "4"), "ensure_ascii=" + self.pick("true", "false", "1", "none"),
            "sort_keys=" + self.pick("true", "false"), "separators=" + self.pick("(',', ':')", "(', ', '=')", "none", "[',', ':']", "(',',)"),
        ], self.pick(0, 1, 1, 2, 3)))
        return f"({value}) | tojson" + (f"({given})" if given else "")

    def string_operation(self, e, depth):
        return self.random.choice([
            lambda: f"{e('any', depth)} ~ {e('any', depth)}", lambda: f"{e('str', depth)} + {e('str', depth)}", lambda: f"{e('str', depth)}[{self.small()}]",
            lambda: f"{e('str', depth)}[{self.pick('', self.small())}:{self.pick('', self.small())}{self.pick('', ':' + self.small())}]",
            lambda: f"{e('str', depth)} * {self.pick('0', '2', '3', '-1')}", lambda: f"{e('list', depth)} | join({self.pick('', e('str', 0), repr('|'))})",
            lambda: f"people | join(', ', attribute='{self.pick('name', 'age')}')", lambda: f"strftime_now({self.random.choice(DATES)!r})",
        ])()

    def string_filter(self, e, depth):
        q = self.pick
        return f"{e('str', depth)} | " + self.random.choice([
            lambda: q("upper", "lower", "title", "capitalize", "trim", "e", "escape", "striptags", "string", "urlencode", "forceescape", "safe"),
            lambda: f"trim({e('str', 0)})", lambda: f"wordwrap({q('1', '2', '3', '5', '7', '9', '12', '20')}{q('', ', false', ', true', ', break_on_hyphens=false', ', wrapstring=' + repr('|'))})", lambda: f"replace({e('str', 0)}, {e('str', 0)}{q('', ', 1', ', count=2')})", lambda: f"center({q('0', '5', '15', '80')})",
            lambda: f"indent{q('', '(2)', '(1, true)', '(width=3, blank=true)', '(' + repr('> ') + ')', '(4, first=True)')}",
            lambda: f"wordwrap({q('10', '5', '20, false', '7, break_on_hyphens=false', '12, wrapstring=' + repr('|'))})",
            lambda: f"truncate({q('5', '9, true', '12, leeway=0', '10, true, ' + repr('…'), '20')})", lambda: "urlize" + q("", "(10)", "(nofollow=true)"),
            lambda: f"default({e('str', 0)})", lambda: f"e | {q('upper', 'e', 'length', 'safe')}",
        ])()

    def string_method(self, e, depth):
        q = self.pick
        return f"{e('str', depth)}." + self.random.choice([
            lambda: q("capitalize", "casefold", "lower", "upper", "title", "swapcase", "strip", "lstrip", "rstrip") + "()",
            lambda: q("strip", "lstrip", "rstrip", "removeprefix", "removesuffix") + f"({e('str', 0)})", lambda: f"replace({e('str', 0)}, {e('str', 0)}{q('', ', 1', ', -1', ', 0')})",
            lambda: q("center", "ljust", "rjust") + f"({q('0', '12', '25')}{q('', ', ' + repr('*'))})", lambda: f"zfill({q('2', '6', '12')})", lambda: f"expandtabs({q('', '4', '0')})",
            lambda: f"join({e('list', depth)})", lambda: f"split({q('', e('str', 0))})[{self.small()}]", lambda: q("partition", "rpartition") + f"({e('str', 0)})[{q('0', '1', '2', '-1')}]",
        ])()

    def formatted(self, e, depth):
        q, some = self.pick, self.random.choice
        dump = ", ".join(self.random.sample([self.pick("indent=2", "indent=0", "indent='\\t'"), "ensure_ascii=true", "sort_keys=true", "separators=(',', ':')"], q(0, 1, 1, 2)))
        value = q("int", "float", "str", "any")
        return some([
            lambda: f"{e('any', depth)} | tojson{'(' + dump + ')' if dump else ''}", lambda: f"{e(q('dict', 'list', 'any'), depth)} | tojson", lambda: f"{some(FORMATS)!r} % {e(value, depth)}",
            lambda: f"{some(FORMATS) + ' ' + some(FORMATS)!r} % ({e(value, depth)}, {e('any', depth)})", lambda: f"{some(BRACES)!r}.format({e(value, depth)}{q('', ', 1', ', a=2', ', ' + e('any', 0))})",
            lambda: f"{some(FORMATS)!r} | format({e(value, depth)}{q('', ', 1')})", lambda: f"{e('any', depth)} | string", lambda: f"{e(q('int', 'float'), depth)} | filesizeformat{q('', '(true)')}",
            lambda: f"{e('dict', depth)} | {q('xmlattr', 'urlencode')}", lambda: "'%(a)s %(b)s' % {'a': 1, 'b': " + e("any", 0) + "}",
        ])()

    def make_list(self, depth):
        e, q = self.expression, self.pick
        test = q("", "'string'", "'number'", "'odd'", "'none'", "'gt', 1", "'in', ls", "'defined'", "'eq', 1", "'mapping'")
        named = q("'name'", "'age'", "'tags'", "'age', 'gt', 26", "'name', 'eq', 'Bo'", "'tags', 'defined'", "0", "'role', 'equalto', 'user'")
        applied = q("'upper'", "'string'", "'length'", "'int'", "attribute='name'", "attribute='tags', default='?'", "attribute=0", "'default', 1", "'replace', 'a', 'b'", "'tojson'", "'first'")
        sort = q("", "reverse=true", "case_sensitive=true", "true", "attribute='age'", "attribute='age,name'", "attribute='0'")
        return self.random.choice([
            lambda: f"[{', '.join(e('any', depth) for _ in range(q(0, 1, 2, 3)))}]", lambda: f"{e('str', depth)}.{q('split', 'rsplit')}({q('', e('str', 0), repr(','), repr(' ') + ', 1', 'none, 1', 'maxsplit=1')})",
            lambda: f"{e('str', depth)}.splitlines({q('', 'true')})", lambda: f"{e('list', depth)} | map({applied}) | list", lambda: f"{e('list', depth)} | {q('select', 'reject')}({test}) | list",
            lambda: f"{q('people', 'msgs', e('list', depth))} | {q('selectattr', 'rejectattr')}({named}) | list", lambda: f"{q('people', 'ls', 'l', e('list', depth))} | sort({sort})",
            lambda: f"{e('list', depth)} | unique{q('', '(true)', '(attribute=' + repr('age') + ')')} | list", lambda: f"{e('list', depth)} | {q('batch', 'slice')}({q('1', '2', '3')}{q('', ', 0')}) | list",
            lambda: f"{e('list', depth)} | reverse | list", lambda: f"{e('list', depth)} + {e('list', depth)}", lambda: f"{e('list', depth)}[{q('', self.small())}:{q('', self.small())}{q('', ':' + self.small())}]",
            lambda: f"{e('dict', depth)}.{q('items', 'keys', 'values')}() | list", lambda: f"{e('dict', depth)} | {q('items', 'list')} | list", lambda: f"range({self.small()}{q('', ', ' + self.small(), ', 9, ' + self.small())}) | list",
            lambda: f"{q('people', 'msgs')} | groupby({q(repr('age'), repr('role'), repr('name') + ', case_sensitive=true', repr('tags') + ', default=' + repr('x'))}) | list",
            lambda: f"{e('dict', depth)} | dictsort{q('', '(true)', '(by=' + repr('value') + ')', '(reverse=true)')}", lambda: f"{e('list', depth)} * {q('0', '2')}", lambda: f"{e('str', depth)} | list", lambda: f"{e('str', depth)}.partition({e('str', 0)})",
        ])()

    def make_dict(self, depth):
        e, q = self.expression, self.pick
        return self.random.choice([
            lambda: "{" + ", ".join(f"{e(q('str', 'str', 'int'), 0)}: {e('any', depth)}" for _ in range(q(0, 1, 2, 3))) + "}", lambda: f"dict({q('', 'd', 'd, ')}{q('a=1', '', 'k=' + e('any', 0))})",
            lambda: f"{e('dict', depth)}.copy()", lambda: f"dict({e('list', depth)})", lambda: f"dict({e('dict', depth)} | dictsort)", lambda: "tool.function", lambda: "deep.x", lambda: "{}.fromkeys(ls, 1)",
        ])()

    # statements

    def template(self):
        self.locals, self.loops = [], 0
        if self.chance(3):
            return "{{ " + self.expression("any", 4) + " }}"
        return self.block(3, self.pick(1, 2, 3))

    def tag(self, text):
        left, right = self.pick("{%", "{%", "{%-", "{%+"), self.pick("%}", "%}", "-%}", "+%}" if self.chance(4) else "%}")
        return f"{left}{self.pick(' ', ' ', '')}{text}{' '}{right}"

    def literal(self):
        return self.pick("", "", " ", "\n", "  \n ", "text", "é\n", "\t", "a\n\nb", "{ %", "\r\n", " x ", "<|im_start|>", "#}", "'", "\"")

    def block(self, depth, count=None):
        count = count or self.pick(1, 1, 2)
        known = len(self.locals)
        parts = [self.literal()]
        for _ in range(count):
            parts += [self.statement(depth - 1), self.literal()]
        del self.locals[known:]
        return "".join(parts)

    def output(self):
        left, right = self.pick("{{", "{{", "{{-"), self.pick("}}", "}}", "-}}")
        return f"{left} {self.expression('any', 2)} {right}"

    def statement(self, depth):
        if depth <= 0 or self.chance(3):
            return self.output()
        return self.random.choice([
            self.conditional, self.loop, self.loop, self.assignment, self.assignment, self.set_block, self.macro, self.call, self.filter_block, self.with_block,
            self.namespace, self.small_tag, self.recursive, self.tree, self.caller, self.escaping,
        ])(depth)

    def conditional(self, depth):
        text = self.tag(f"if {self.expression('bool', 2)}") + self.block(depth)
        if self.chance(3):
            text += self.tag(f"elif {self.expression('any', 1)}") + self.block(depth)
        if self.chance(2):
            text += self.tag("else") + self.block(depth)
        return text + self.tag("endif")

    def loop(self, depth):
        targets, iterable = self.random.choice([
            (["x"], self.expression("list", 2)), (["x"], self.expression("list", 1)), (["k", "v"], self.expression("dict", 1) + ".items()"), (["x"], self.expression("str", 1)),
            (["x"], f"range({self.pick('3', 'n', '2, 9, 3')})"), (["i", "x"], "[(1, 'a'), (2, 'b')]"), (["x"], self.expression("dict", 1)),
        ])
        known = len(self.locals)
        self.locals += targets + ["loop.index", "loop.first", "loop.last", "loop.previtem", "loop.nextitem", "loop.revindex0", "loop.cycle('a', 'b')", "loop.length", "loop.changed(x)", "loop.depth"]
        tested = f" if {self.expression('bool', 1)}" if self.chance(4) else ""
        self.loops += 1
        body = self.block(depth)
        if self.chance(4):
            body += self.tag(f"if {self.expression('bool', 1)}") + self.tag(self.pick("break", "continue")) + self.tag("endif") + self.literal()
        self.loops -= 1
        del self.locals[known:]
        otherwise = self.tag("else") + self.block(depth) if self.chance(4) else ""
        return self.tag(f"for {', '.join(targets)} in {iterable}{tested}") + body + otherwise + self.tag("endfor")

    def recursive(self, depth):
        return (self.tag("for x in nested recursive") + "{{ x if x is number else '' }}{{ loop.depth }}{{ loop.index }}" + self.literal()
                + "{% if x is iterable and x is not string %}{{ loop(x) }}{% endif %}" + self.tag("endfor"))

    def tree(self, depth):
        """A recursive loop with everything that loops have."""
        known = len(self.locals)
        self.locals += ["x", "x.v", "loop.depth", "loop.depth0", "loop.index0", "loop.length", "loop.previtem", "loop.first"]
        body = self.block(depth)
        del self.locals[known:]
        again = self.pick("x.c", "x.c or []", "x.c | default([], true)", "x.c | reverse | list", "(x.c or [])[:1]", "x.c | map(attribute='v')", "l", "")
        inner = self.pick(f"{{{{ loop({again}) }}}}", f"{{% if x.c %}}({{{{ loop({again}) | upper }}}}){{% endif %}}", f"{{% set r = loop({again}) %}}{{{{ r }}}}",
                          f"{{% for y in [1] %}}{{{{ loop.index }}}}{{% endfor %}}{{% if loop.depth < 3 %}}{{{{ loop({again}) }}}}{{% endif %}}")
        tested = self.pick("", "", " if x.v", " if x.v != 3", f" if {self.expression('bool', 1)}")
        otherwise = self.tag("else") + self.pick("none", "{{ x }}") if self.chance(3) else ""
        return self.tag(f"for x in {self.pick('tree', 'tree', 'tree[:1]', 'el')}{tested} recursive") + body + inner + otherwise + self.tag("endfor")

    def caller(self, depth):
        """A block handed to a macro, with parameters of every kind, called in every way."""
        macro = self.pick("p=1", "p, q=2", "", "p='z', q=p")
        use = self.pick("caller()", "caller(p)", "caller(p, 2)", "caller(*[1, 2])", "caller(y=p)", "caller(**{'y': 4})", "caller(1) ~ caller(2)", "caller", "caller is defined",
                        "(caller() if caller else 'none')", "caller.name ~ caller.arguments", "caller(varargs | length)", "kwargs.caller")
        taken = self.pick("", "()", "(y)", "(y, z=3)", "(y=1)", "(y=p)", "(y, z=y)")
        given = self.pick("", "2", "p=l", "'a', 'b'", "*[5]", "**{'p': 6}", "caller=7")
        known = len(self.locals)
        self.locals += ["y", "z", "p"]
        body = self.block(depth)
        del self.locals[known:]
        outside = self.pick("", "{{ v() }}", "{{ v(1) }}")
        return (self.tag(f"macro v({macro})") + f"<{{{{ p }}}}{{{{ {use} }}}}{self.pick('', '{{ varargs }}', '{{ kwargs | length }}')}>" + self.tag("endmacro")
                + self.tag(f"call{taken} v({given})") + body + self.pick("", "{{ y }}", "{{ z }}", "{{ varargs }}", "{{ kwargs }}") + self.tag("endcall") + outside)

    def escaping(self, depth):
        body = self.block(depth) + self.pick("", "{{ markup ~ '<' }}", "{{ (markup | safe) ~ '<' ~ d }}", "{{ ['<', '>' | safe] | join('&') }}", "{{ ls | join('<' | e) }}", "{{ '%s' | safe | format('<') }}")
        return self.tag(f"autoescape {self.pick('true', 'true', 'false')}") + body + self.tag("endautoescape")

    def assignment(self, depth):
        name = self.pick("a", "b", "c")
        target, value = (f"{name}, other", "(1, 'z')") if self.chance(9) else (name, self.expression("any", 2))
        self.locals.append(name)
        return self.tag(f"set {target} = {value}") + (f"{{{{ {name} }}}}" if self.chance(2) else "")

    def set_block(self, depth):
        text = self.tag("set t" + self.pick("", "", " | upper", " | trim | length", " | replace('a', 'b')"))
        known, self.locals = self.locals, [name for name in self.locals if name != "t"]
        text += self.block(depth) + self.tag("endset")
        self.locals = known + ["t"]
        return text + "[{{ t }}]"

    def macro(self, depth):
        parameters, call = self.random.choice([
            ("a", "m(1)"), ("a, b=2", "m('x')"), ("a, b=[1], c='z'", "m(1, c=3)"), ("", "m(1, 2, k=3)"), ("a='d'", "m()"), ("a", "m(a=l)"), ("a, b=a", "m(5)"), ("a", "m(1, 2)"), ("a", "m()"),
        ])
        known = len(self.locals)
        self.locals += ["a", "b"]
        extra = self.pick("", "", "{{ varargs }}", "{{ kwargs }}", "{{ varargs | length }}{{ kwargs | dictsort }}", "{{ m.name }}{{ m.arguments }}{{ m.catch_kwargs }}{{ m.catch_varargs }}{{ m.caller }}")
        body = self.block(depth)
        del self.locals[known:]
        return self.tag(f"macro m({parameters})") + body + extra + self.tag("endmacro") + "{{ " + call + " }}"

    def call(self, depth):
        given, taken = self.pick(("", ""), ("(y)", "1"), ("(y, z=3)", "'q'"), ("(y)", ""))
        return (self.tag("macro w(p=1)") + "<{{ p }}{{ caller(" + taken + ") }}>" + self.tag("endmacro") + self.tag(f"call{given} w({self.pick('', '2', 'p=l')})") + self.block(depth)
                + self.pick("", "{{ y }}", "{{ z }}") + self.tag("endcall"))

    def filter_block(self, depth):
        name = self.pick("upper", "trim", "indent(2)", "replace('a', 'b')", "trim | upper", "length", "e", "tojson", "title", "default('x')")
        return self.tag("filter " + name) + self.block(depth) + self.tag("endfilter")

    def with_block(self, depth):
        head = f"with a = {self.expression('any', 1)}" + self.pick("", ", b = a", f", b = {self.expression('any', 1)}")
        known = len(self.locals)
        self.locals += ["a", "b"]
        body = self.block(depth)
        del self.locals[known:]
        return self.tag(head) + body + self.tag("endwith")

    def namespace(self, depth):
        text = self.tag(f"set ns = namespace({self.pick('a=1', 'd', 'a=[], b=none', '{}')})".replace("{}", "{'a': 2}"))
        text += self.tag(f"for x in {self.expression('list', 1)}") + self.tag(f"set ns.{self.pick('a', 'b')} = {self.expression('any', 1)}") + self.literal() + self.tag("endfor")
        self.locals += ["ns.a", "ns.b"]
        return text + "{{ ns.a }}|{{ ns.b }}"

    def small_tag(self, depth):
        return self.random.choice([
            lambda: "{% raw %}{{ x }}{% if %}{% endraw %}", lambda: "{%- raw -%} {# a #} {%- endraw -%}", lambda: "{#" + self.pick("", "-", "+") + " {{ x }} " + self.pick("", "-") + "#}",
            lambda: self.tag("generation") + self.block(depth) + self.tag("endgeneration"), lambda: self.tag(f"do {self.expression('any', 1)}"),
            lambda: self.tag(f"autoescape {self.pick('true', 'false')}") + self.block(depth) + self.tag("endautoescape"), lambda: self.tag(f"print {self.expression('any', 1)}"),
            lambda: self.tag("block q") + self.block(depth) + self.tag("endblock"), lambda: self.tag(f"if {self.expression('bool', 2)}") + "{{ raise_exception('m') }}" + self.tag("endif"),
        ])()
