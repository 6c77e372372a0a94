import MartletChatTemplates
import MartletJSON
import MartletTestSupport
import Testing

/// No source and no variables crash or hang the interpreter.
struct TemplateFuzzTests {
    private static let pieces = [
        "{{", "}}", "{%", "%}", "{#", "#}", "-", "+", " ", "\n", "if", "for", "in", "endfor", "endif", "else", "elif",
        "set", "macro", "endmacro", "call", "endcall", "recursive", "is", "not", "and", "or", "raw", "endraw", "x", "y",
        "loop", "messages", "namespace", "range", "(", ")", "[", "]", "{", "}", ",", ":", "|", ".", "=", "==", "~",
        "'a'", "\"é\"", "'", "0", "1", "2.5", "1e9", "*", "**", "%", "//", "tojson", "join", "length", "first", "map",
        "format", "split", "replace", "items", "🙂", "\u{0}", "none", "true", "filter", "with", "%-", "\\", "<", "&",
    ]
    private static let variables = JSONObject([
        ("x", "text é 🙂"), ("y", [1, 2.5, nil, "a"]), ("messages", [.object(JSONObject([("role", "user")]))]),
    ])
    private static let limits = TemplateLimits(maximumSteps: 20_000, maximumOutputBytes: 1 << 20)

    @Test(arguments: 0..<4 as Range<UInt64>)
    func randomSources(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<Fuzzing.rounds(1500) {
            var source = ""
            for _ in 0..<Int.random(in: 1...30, using: &generator) {
                source += Self.pieces.randomElement(using: &generator) ?? ""
                if Bool.random(using: &generator) { source += " " }
            }
            _ = try? ChatTemplate(source: source).render(Self.variables, limits: Self.limits)
            let expression = "{{ " + source.filter { !"{}%#".contains($0) } + " }}"
            _ = try? ChatTemplate(source: expression).render(Self.variables, limits: Self.limits)
        }
    }

    @Test func truncatedSources() throws {
        let source = """
            {%- macro m(a, b=[1, {'k': a}]) -%}{{ a|default('x')|tojson(indent=2) }}{%- endmacro -%}
            {% for message in messages if message.role != 'no' %}{{ loop.index ~ message['role'][:-1:2] }}
            {%- if not loop.last %}{% continue %}{% elif x is string %}{{ m(x, b='%s' % y) }}{% endif %}{% endfor %}
            {% set ns = namespace(a=1) %}{% set ns.a = (ns.a + 2) ** 2 %}{# note #}{% raw %}{{ x }}{% endraw %}
            """
        let bytes = Array(source.utf8)
        for count in 0...bytes.count {
            let part = String(decoding: bytes[..<count], as: UTF8.self)
            _ = try? ChatTemplate(source: part).render(Self.variables, limits: Self.limits)
        }
        _ = try ChatTemplate(source: source).render(Self.variables, limits: Self.limits)
    }

    private static let templates = [
        """
        {%- for message in messages %}{{ '<|im_start|>' ~ message.role ~ '\n' }}{% if message.content is string %}
        {{- message.content | trim }}{% else %}{% for part in message['content'] %}{{ part.text or '' }}{% endfor %}
        {%- endif %}{% if message.tool_calls %}{{ message.tool_calls | tojson(indent=2) }}{% endif %}{% endfor %}
        """,
        """
        {% set ns = namespace(n=0, s='') %}{% for m in messages recursive %}{% set ns.n = ns.n + loop.index0 %}
        {{ m.role | default('x', true) | upper }}{% if m.children %}{{ loop(m.children) }}{% endif %}{% endfor %}
        {{ ns.n }}{{ messages | map(attribute='role') | join(',') }}{{ messages | length }}{{ x[:5] ~ y[-1] }}
        """,
        """
        {% macro f(a, b=2) %}{{ a }}{{ caller() if caller }}{% endmacro %}{% call f(messages | first) %}{{ x }}{% endcall %}
        {% filter indent(2) %}{{ x | replace('a', y) | wordwrap(5) }}{% endfilter %}{{ '%s %5d' % (x, y) }}
        {{ messages | selectattr('role', 'equalto', x) | list }}{{ (x * 3).split(y) }}{{ messages | groupby('role') }}
        """,
    ]

    @Test(arguments: 0..<4 as Range<UInt64>)
    func damagedTemplatesWithAnyVariables(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for round in 0..<Fuzzing.rounds(1500) {
            let template = Self.templates[round % Self.templates.count]
            let source =
                round % 4 == 0
                ? template : Fuzzing.damaged(template, with: Self.pieces + Self.templates, using: &random)
            let variables = ["x", "y", "messages", "tools"].map { ($0, Self.value(depth: 3, &random)) }
            let start = ContinuousClock.now
            _ = try? ChatTemplate(source: source).render(JSONObject(variables), limits: Self.limits)
            #expect(ContinuousClock.now - start < .seconds(5), "\(source)")
        }
    }

    private static func value(depth: Int, _ random: inout SeededGenerator) -> JSONValue {
        let keys = ["role", "content", "text", "children", "tool_calls", "a", "", "é"]
        switch Int.random(in: 0..<(depth > 0 ? 14 : 9), using: &random) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &random))
        case 2: return .integer([0, 1, -1, 3, .max, .min].randomElement(using: &random) ?? 0)
        case 3: return .double([0.5, -0.0, 1e300, 1e-300].randomElement(using: &random) ?? 0)
        case 4...8:
            return .string(["", "a", "user", " é\u{301}🙂\n", "<b>&'", "%s{}"].randomElement(using: &random) ?? "")
        case 9...11:
            return .array((0..<Int.random(in: 0...4, using: &random)).map { _ in value(depth: depth - 1, &random) })
        default:
            return .object(
                JSONObject(
                    keys.shuffled(using: &random).prefix(4).map { ($0, value(depth: depth - 1, &random)) }
                )
            )
        }
    }
}
