"""jinja2 set up as `render_jinja_template` of transformers sets it up, for comparison."""

import functools
import json
import re
import signal
from datetime import datetime

import jinja2
import jinja2.ext
from jinja2.sandbox import ImmutableSandboxedEnvironment

NOW = "2025-07-04T13:05:09"


class Skipped(Exception):
    """The reference has no answer that another implementation could give."""


# what a Python object without a text of its own prints
_ADDRESS = re.compile(r" at 0x[0-9a-f]+|<Macro |<class |<function |<built-in |<bound method|<generator |_iterator object", re.IGNORECASE)


class Generation(jinja2.ext.Extension):
    """`{% generation %}`: its body, which templates mark for training."""

    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("_body"), [], [], body).set_lineno(line)

    @jinja2.pass_eval_context
    def _body(self, context, caller):
        return caller()


def _raise_exception(message):
    raise jinja2.exceptions.TemplateError(message)


def _to_json(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


@jinja2.pass_context
def _finalize(_context, value):
    """Ends a template that prints an address, which filters may hide; that it takes the context keeps jinja2 from folding."""
    if _ADDRESS.search(str(value)):
        raise Skipped("an object's address is in the text")
    return value


# filters that make text of any value
_TEXT_FILTERS = (
    "capitalize", "center", "e", "escape", "forceescape", "indent", "lower", "replace", "string", "striptags", "title", "trim",
    "truncate", "upper", "urlencode", "urlize", "wordcount", "wordwrap",
)


def _guarded(function):
    """A filter that ends a template where it makes text of an address, which may be cut or counted before it is printed."""
    @functools.wraps(function)
    def guarded(*given, **named):
        for value in given[:2]:  # the first may be jinja2's own
            if not isinstance(value, (str, jinja2.Environment, jinja2.nodes.EvalContext)) and _ADDRESS.search(str(value)):
                raise Skipped("an object's address is in the text")
        return function(*given, **named)
    return guarded


def _environment(extensions):
    # constants are not folded: errors in them would be undefined values or errors of Python's own compiler
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, optimized=False, finalize=_finalize, extensions=extensions)
    environment.filters["tojson"] = _to_json
    for name in _TEXT_FILTERS:
        environment.filters[name] = _guarded(environment.filters[name])
    environment.globals["raise_exception"] = _raise_exception
    environment.globals["strftime_now"] = datetime.fromisoformat(NOW).strftime
    return environment


# Martlet knows `do` too, which transformers does not enable
ENVIRONMENT = _environment([Generation, jinja2.ext.loopcontrols, jinja2.ext.do])


def _alarm(*_):
    raise Skipped("it takes too long")


signal.signal(signal.SIGALRM, _alarm)


def render(source, context, longest=200_000, seconds=2):
    """The text, or `None` when compiling or rendering fails, and the failure."""
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        text = ENVIRONMENT.from_string(source).render(**context)
    except (Skipped, RecursionError, MemoryError) as error:
        raise Skipped(repr(error)) from None
    except Exception as error:  # any failure of the template
        if _ADDRESS.search(str(error)):
            raise Skipped("an object's address is in the error") from None
        return None, f"{type(error).__name__}: {error}"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    if _ADDRESS.search(text):
        raise Skipped("an object's address is in the text")
    if len(text) > longest:
        raise Skipped("the text is too long")
    return text, None
