import MartletChatTemplates
import Testing

/// Results that jinja2 3.1.6 on Python 3.11 prints; the shared reference outputs hold many more.
struct JinjaSemanticsTests {
    private static let clock = TemplateClock(year: 2024, month: 12, day: 30, hour: 0, minute: 4, second: 9)

    @Test(arguments: [
        (
            "{{ 2 ** 100 }} {{ -7 // 2 }} {{ 2 ** 64 // 3 }} {{ 12345678901234567890 % 97 }}",
            "1267650600228229401496703205376 -4 6148914691236517205 3"
        ),
        (
            "{{ 0.1 + 0.2 }} {{ 1e16 }} {{ 123456789012345.0 }} {{ 1e-5 }} {{ -0.0 }}",
            "0.30000000000000004 1e+16 123456789012345.0 1e-05 -0.0"
        ),
        ("{{ '%.3g|%e|%08.2f|%+d|%x' % (1234.5, 0.5, -3.14159, 7, 255) }}", "1.23e+03|5.000000e-01|-0003.14|+7|ff"),
        (
            "{{ '{:>6}|{:^7}|{:,}|{:.1%}|{!r}'.format('a', 'b', 1234567, 0.256, 'q') }}",
            "     a|   b   |1,234,567|25.6%|'q'"
        ),
        ("{{ 2.675 | round(2) }} {{ 0.5 | round }} {{ 1.5 | round }}", "2.67 0.0 2.0"),
        ("{{ 'ΑΣ'.lower() }} {{ 'ß'.upper() }} {{ 'ǆ'.title() }} {{ 'e\\u0301' == '\\u00e9' }}", "ας SS ǅ False"),
        ("{{ 'a\\r\\nb' | length }} {{ '👩‍👩‍👧' | length }} {{ '👩‍👩‍👧'[0] }}", "4 5 👩"),
        ("{% for x in [1, 2, 3] %}{% set y = x %}{% endfor %}{{ y is defined }}", "False"),
        ("{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}B{% endmacro %}{{ a() }}", "B"),
        ("{% set x = 1 %}{% macro m() %}{{ x }}{% endmacro %}{% set x = 2 %}{{ m() }}", "2"),
        (
            "{% for a in 'xy' %}{% for b in 'pq' %}{% if b == 'q' %}{% break %}{% endif %}{{ a }}{{ b }}{% endfor %}"
                + "{% endfor %}", "xpyp"
        ),
        ("{{ [1, 2] | map('string') is string }}{% if [] | select %}y{% endif %}", "Falsey"),
        ("{% for x in [1, 2] %}{{ x }}{% continue %}{% else %}e{% endfor %}", "12e"),
        ("{% for x in [1, 2] %}{{ x }}{% if x == 2 %}{% break %}{% endif %}{% else %}e{% endfor %}", "12"),
        ("a{#", "a"),
        ("{{ {1: 'a', true: 'b', 1.0: 'c'} }}", "{1: 'c'}"),
        ("{{ ('<b>' | safe) + '<i>' }}", "<b>&lt;i&gt;"),
        ("{{ strftime_now('%G-W%V-%u %j %-I%p') }}", "2025-W01-1 365 12AM"),
        ("a\r\nb\r{{ 1 }}\n", "a\nb\n1"),
        (
            "{{ 255 / 12345678901234567890 }} {{ 10 ** 400 / 10 ** 399 }} {{ 1 / 10 ** 320 }}",
            "2.0655000185895e-17 10.0 1e-320"
        ),
        ("{{ 9007199254740993 == 9007199254740992.0 }} {{ 9007199254740993 > 9007199254740992.0 }}", "False True"),
        (
            "{{ 9223372036854775807 % -3 }} {{ 9223372036854775807 // -3 }} {{ (-9223372036854775807 - 1) % 10 }} "
                + "{{ (-9223372036854775807 - 1) // -1 }} {{ -7 % 3 }} {{ 7 // -7 }}",
            "-2 -3074457345618258603 2 9223372036854775808 2 -1"
        ),
        ("{{ -5.0 // 1e308 }} {{ 7.5 // -2 }} {{ 0.0 // -3 }}", "-1.0 -4.0 -0.0"),
        ("{{ 'ŉ ǰ ß ẞ Σς ﬀ ᾳ ı İ ſ' .casefold() }}", "ʼn j\u{30C} ss ss σσ ff αι ı i̇ s"),
        ("{{ 'dog. It does, without' | wordwrap(5) }}", "dog.\nIt\ndoes,\nwitho\nut"),
        ("{{ '1.5-0.01e+1003.0' | wordwrap(12, wrapstring='|') }}", "1.5-|0.01e+1003.0"),
        ("{{ 'day, without a' | wordwrap(5) }}", "day, \nwitho\nut a"),
        ("{{ ('a\nb' | e).splitlines()[1] is escaped }}", "True"),
        ("{{ ('a,b' | e).partition(',')[1] is escaped }} {{ ('a' | e).rpartition(',')[0] is escaped }}", "True True"),
        ("{{ ('a b' | e).split()[0] is escaped }} {{ 'a b'.split()[0] is escaped }}", "True False"),
        ("{{ '<a>' | safe | urlize }} {{ '<a>' | urlize }}", "<a> &lt;a&gt;"),
        ("{{ -12345678901234567890 | filesizeformat }}", "-12345678901234567168 Bytes"),
        ("{{ 'inf' | float | filesizeformat }}", "inf YB"),
        ("{{ 9223372036854775807 | round(-1) }} {{ 4 | round(-3) }} {{ true | round(-1) }}", "9223372036854775810 0 0"),
        ("{{ -25 | round(-1) }} {{ 15 | round(-1) }} {{ 25 | round(-1) }} {{ 2 | round }}", "-20 20 20 2"),
        ("{% do [1] %}{% filter upper %}a{% endfilter %}", "A"),
        ("{{ [{'a': 1}, {'a': 2}] | sort(attribute='b') | length }}{{ [none, none] | sort }}", "2[None, None]"),
        ("{{ ('<b>' | e).join([1, '<']) }}{{ ('<' | e)[1:] is escaped }}", "1&lt;b&gt;&lt;True"),
        ("{{ '\\x7f' | tojson(ensure_ascii=true) }}{{ '\\x7f' | tojson == '\"\\x7f\"' }}", "\"\\u007f\"True"),
        ("{{ 'ǅßⓐʰ'.swapcase() }}", "ǅSSⒶʰ"),
        (
            "{{ 'a b \n'.split(maxsplit=1) }} {{ ' a b '.rsplit(none, 1) }} {{ ' a b '.split(none, 0) }}",
            "['a', 'b \\n'] [' a', 'b'] ['a b ']"
        ),
        (
            "{{ '{:010,.2f}|{:010_x}|{:#010x}|{:04,}|{:_b}'.format(-1.5, 48879, 255, 1, 300) }}",
            "-00,001.50|0_0000_beef|0x000000ff|0,001|1_0010_1100"
        ),
        ("{{ '{:<05}|{:05}|{:0=8,}'.format(3, 'a', 1234) }}", "30000|a0000|0,001,234"),
        ("{{ '%a' % 'é👍' }} {{ '{!a}'.format(' é') }}", "'\\xe9\\U0001f44d' '\\u2028\\xe9'"),
        ("{{ '%#06x' % 255 }}", "0x00ff"),
        (
            "{{ -0.0 | round(3, 'floor') }} {{ 100000000000000000000 | round(3, 'floor') }} {{ 17 | "
                + "round(-1, 'ceil') }}",
            "0.0 1e+20 20.0"
        ),
        ("{{ 0 / -100000000000000000000 }}", "-0.0"),
        ("{{ '' | first is undefined }}", "True"),
        (
            "{{ ('a b' | e | indent(2, true)) is escaped }}{{ ('abcdefgh' | e | truncate(5, "
                + "leeway=0)) is escaped }}{{ ('a ' | e).rstrip() is escaped }}",
            "TrueTrueTrue"
        ),
        ("{{ ('<{}>' | safe).format('&') }}{{ ('ab' | safe).replace('b', '<') }}", "<&amp;>a&lt;"),
        (
            "{% autoescape true %}{% for x in [[1], 2] recursive %}<{{ loop(x) if x is iterable "
                + "else x }}>{% endfor %}{% endautoescape %}",
            "<<1>><2>"
        ),
        (
            "{% autoescape true %}{% block b %}{{ '<' }}{% endblock %}{{ '<' }}{% set t | "
                + "replace('a', '<') %}<a>{% endset %}{{ t }}{% endautoescape %}",
            "<&lt;<&lt;>"
        ),
        ("{{ '[{0.zz}]'.format('x') }}{{ true | attr('real') }}{{ missing | reverse | list }}", "[]1[]"),
        (
            "{% set a = 1 %}{% for x in [2] %}{% block q %}{{ a }}{{ x }}{% endblock %}{% block p scoped %}{{ x }}"
                + "{% endblock %}{% endfor %}", "12"
        ),
        ("  {%+ if true %}x{% endif +%}\n y", "  x\n y"),
        ("{%- raw -%} {{ x }} {%- endraw -%} ", "{{ x }}"),
        ("{{ 'x'.join(['a', 'b']) }}{{ ','.join({'k': 1}) }}", "axbk"),
        ("{{ [[1, 'a'], [0, 'b']] | sort | tojson }}", "[[0, \"b\"], [1, \"a\"]]"),
        ("{% set a, (b, c) = 1, (2, 3) %}{{ a }}{{ b }}{{ c }}", "123"),
        (
            "{% autoescape true %}{{ '<' ~ 1 }}|{{ ('<' | safe) ~ '>' }}|{{ ['<', '>' | safe] | join('&') }}|"
                + "{{ ['<'] | join('&') }}{% endautoescape %}", "&lt;1|<&gt;|&lt;&amp;>|&lt;"
        ),
        ("{{ '%s|%r|%d' | safe | format('<', '<', 7) }}", "&lt;|&#39;&lt;&#39;|7"),
        (
            "{{ 'yes--no well-known x-1-y a---b 1--2' | wordwrap(4) }}",
            "yes\n--no\nwell\n-kno\nwn x\n-1-y\na---\nb 1\n--2"
        ),
        ("{{ 'one a\u{A0}b two' | wordwrap(5, break_on_hyphens=false) }}", "one\na\u{A0}b\ntwo"),
        (
            "{{ strftime_now('%_d|%-m|%^a|%#b|%05Y|%10A|%5d|%-5d|%#p|%k|%E|%Q|%5%') }}",
            "30|12|MON|DEC|02024|    Monday|00030|   30|am| 0|%E|%Q|    %"
        ),
        ("{{ strftime_now('%9999999d') }}{{ strftime_now('%999d') | length }}", "999"),
        (
            "{% macro v() %}{{ caller.name }}{{ caller.arguments }}{% endmacro %}{% call(y) v() %}{% endcall %}",
            "None('y',)"
        ),
        (
            "{% set a = 3 | reject('odd') %}{% set b = 3 | items %}{% set c = 1 | batch(2) %}"
                + "{% set d = [[]] | unique %}{% set e = [1] | slice(0) %}{{ 'y' if a }}", "y"
        ),
        ("{{ [1, none] | map('round') | first }}{{ [1, []] | unique | first }}", "11"),
        ("{{ '&AMP;&ltx &#x41&#128;&notit; &nosuch; &#1;&Bcy;' | striptags }}", "&<x A€¬it; &nosuch; Б"),
        ("{{ [3, 1] | slice(-1) | list }}{{ [3, 1] | batch(0) | list }}", "[][[], [3, 1]]"),
    ])
    func prints(_ source: String, _ expected: String) throws {
        try expectText(of: source, expected, clock: Self.clock)
    }

    @Test(arguments: [
        "{{ 'a'.replace(old='a', old='b') }}", "{% call m(caller=1) %}{% endcall %}", "{{ [2, 1] | sort(none) }}",
        "{{ '%x' | safe | format(1) }}", "{{ {'a': 1} | dictsort(by=1) }}", "{{ [1, none] | map('round') | list }}",
        "{% for x in 3 | select %}{% endfor %}", "{{ [1, []] | unique | list }}",
        "{{ ('a' | safe) % 3 }}",
    ])
    func fails(_ source: String) {
        expectFailure(of: source, clock: Self.clock)
    }

    @Test func clocksReadISO8601() {
        #expect(
            TemplateClock("2025-07-04T13:05:09")
                == TemplateClock(year: 2025, month: 7, day: 4, hour: 13, minute: 5, second: 9)
        )
        #expect(TemplateClock("2025-07-04") == TemplateClock(year: 2025, month: 7, day: 4))
        for text in ["", "x", "2025-13-01", "2025-01-01T25:00", "2025-01-01T1", "2025-01-01T10:00Z"] {
            #expect(TemplateClock(text) == nil, "\(text)")
        }
        #expect(TemplateClock.now.year >= 2025)
    }
}
