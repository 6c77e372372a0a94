import MartletChatTemplates
import MartletJSON
import Testing

/// Errors: phase, message and position.
struct TemplateErrorTests {
    private func failure(_ source: String, _ limits: TemplateLimits = TemplateLimits()) -> TemplateError? {
        do throws(TemplateError) {
            _ = try ChatTemplate(source: source).render(JSONObject([("s", "text"), ("none_", nil)]), limits: limits)
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: [
        ("a\n{{ 'x }}", TemplateError.Phase.lexer, 2, 4),
        ("{# open", .lexer, 1, 1),
        ("é{{ 1 ? 2 }}", .lexer, 1, 7),
        ("{% if x %}\n{% for y in x %}\n{% endif %}", .parser, 3, 4),
        ("{{ 1 +\n }}", .parser, 2, 2),
        ("{% nosuch %}", .parser, 1, 4),
        ("{{ x | nosuch }}", .parser, 1, 8),
        ("{% break %}", .parser, 1, 4),
        ("line\n  {{ missing.attribute }}", .runtime, 2, 13),
        ("{% if true %}\n{{ s | nosuch }}{% endif %}", .runtime, 2, 8),
        ("{{ 1 / 0 }}", .runtime, 1, 4),
        ("{{ s.nosuch() }}", .runtime, 1, 12),
        ("{% include 'x' %}", .runtime, 1, 4),
        ("{{ [].append(1) }}", .runtime, 1, 13),
    ])
    func positions(_ source: String, _ phase: TemplateError.Phase, _ line: Int, _ column: Int) throws {
        let error = try #require(failure(source))
        #expect(error.phase == phase, "\(error)")
        #expect(error.line == line && error.column == column, "\(error)")
    }

    @Test(arguments: [
        "{% filter length %}a{% endfilter %}", "{% call range(3) %}{% endcall %}", "{{ [] is filter }}",
        "{{ {} is test }}", "{{ {1: 'x'} | xmlattr }}", "{{ dict(missing) }}", "{{ ''.endswith((1, 'x')) }}",
        "{{ 10 ** 400 / 3 }}", "{{ 10 ** 20 // 0 }}", "{{ 10 ** 20 % 0 }}",
        "{{ 10 ** 400 * 1.0 }}", "{{ {1: 2}.keys() in {} }}", "{{ '{:x}'.format(missing) }}",
        "{% block q %}{% endblock %}{% block q %}{% endblock %}",
        "{% macro m(a) %}{% block q %}{{ a.b }}{% endblock %}{% endmacro %}{{ m({}) }}",
        "{% for in s %}{% endfor %}", "{% for a, in s %}{% endfor %}",
    ])
    func fails(_ source: String) {
        let phase = failure(source)?.phase
        #expect(phase == .runtime || phase == .parser)
    }

    @Test func raisedMessagesAreVerbatim() {
        #expect(failure("{{ raise_exception('No é\n!') }}")?.message == "No é\n!")
        #expect(failure("{{ raise_exception('x') }}")?.phase == .raised)
    }

    @Test(arguments: [
        "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}",
        "{% set ns = namespace(x='ab') %}{% for i in range(99) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
        "{% set ns = namespace(x=[1]) %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
        "{% set ns = namespace(x=[1]) %}{% for i in range(99) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}",
        "{% set ns = namespace(x=[1]) %}{% for i in range(99) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}"
            + "{{ ns.x|tojson }}",
        "{% set ns = namespace(x=[1], y=[1]) %}{% for i in range(99) %}{% set ns.x = [ns.x, ns.x] %}"
            + "{% set ns.y = [ns.y, ns.y] %}{% endfor %}{{ ns.x == ns.y }}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% set ns = namespace() %}{% set ns.ns = ns %}{{ ns }}",
        "{{ 'x' * 1000000000000 }}", "{{ [1] * 1000000000000 }}", "{{ 9 ** 99999999 }}", "{{ range(1000000000) }}",
        "{{ '%1000000000d' % 1 }}", "{{ '{:1000000000}'.format(1) }}", "{{ s.center(1000000000) }}",
        "{{ s | indent(1000000000) }}", "{{ (s * 1000000).replace('', s * 1000000) }}",
        "{% for i in range(100000) %}{{ s * 10000 }}{% endfor %}",
        "{% for a in [1, 2] recursive %}{{ loop([1, 2]) }}{% endfor %}",
    ])
    func limits(_ source: String) throws {
        let error = try #require(failure(source, TemplateLimits(maximumSteps: 500_000, maximumOutputBytes: 4 << 20)))
        #expect(error.phase == .limit, "\(error)")
    }

    @Test func deepSourcesAreRefused() {
        for (opening, closing) in [
            ("(", ")"), ("[", "]"), ("{1:", "}"), ("-", ""), ("not ", ""), ("s[", "]"), ("f(", ")"),
        ] {
            let count = 100_000
            let source =
                "{{ " + String(repeating: opening, count: count) + "1" + String(repeating: closing, count: count)
                + " }}"
            #expect(failure(source)?.phase == .limit, "\(opening)")
        }
        for chain in [" + 1", "|trim", ".a", "[0]", "()", " if 1 else 2", " and 1", " is odd"] {
            let source = "{{ 1" + String(repeating: chain, count: 100_000) + " }}"
            #expect(failure(source) != nil, "\(chain)")
        }
        #expect(failure(String(repeating: "{% if 1 %}", count: 100_000))?.phase == .limit)
    }

    @Test func outputIsBounded() {
        let limits = TemplateLimits(maximumOutputBytes: 10)
        #expect(failure("0123456789", limits) == nil)
        #expect(failure("0123456789{{ s }}", limits)?.phase == .limit)
    }
}
