import MartletChatTemplates
import MartletJSON
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
        var generator = SplitMix(state: seed)
        for _ in 0..<2000 {
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
}

/// A small seeded generator.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
