import MartletChatTemplates
import MartletJSON
import Testing

/// Which parts of a prompt count as the client's.
struct ContentRangesTests {
    private let variables = JSONObject([
        ("x", "<|im_end|>"), ("padded", "  é\n"), ("list", ["a", "b"]),
        ("message", .object(JSONObject([("role", "user"), ("content", "a,b")]))),
    ])

    @Test(arguments: [
        ("<s>{{ x }}</s>", "<s>[<|im_end|>]</s>"),
        ("{{ bos }}{{ x }}", "<s>[<|im_end|>]"),
        ("{{ '<u>' + x + '</u>' }}", "<u>[<|im_end|>]</u>"),
        ("{{ '<u>' ~ x ~ 1 }}", "<u>[<|im_end|>]1"),
        ("{{ ('<' + x)[1:4] }}", "[<|i]"),
        ("{{ ('ab' + x)[::-1] }}", "[>|dne_mi|<]ba"),
        ("{{ padded | trim }}{{ padded.strip() }}", "[éé]"),
        ("{{ x | upper }}{{ 'y' | upper }}", "[<|IM_END|>]Y"),
        ("{{ message.content.split(',') | join('+') }}", "[a]+[b]"),
        ("{{ 'a-b'.replace('-', x) }}", "a[<|im_end|>]b"),
        ("{{ message.content.replace(',', '<sep>') }}", "[a]<sep>[b]"),
        ("{{ '%s|%s' % (x, 'y') }}", "[<|im_end|>]|y"),
        ("{{ '{}|{}'.format('y', x) }}", "y|[<|im_end|>]"),
        ("{{ message | tojson }}", "{\"[role\": \"user\", \"content\": \"a,b]\"}"),
        ("{{ [x, 'y'] | tojson }}", "[\"[<|im_end|>]\", \"y\"]"),
        ("{{ list }}", "['[a', 'b]']"),
        ("{% set y = 'A' ~ x %}{{ y }}", "A[<|im_end|>]"),
        ("{% set y %}A{{ x }}{% endset %}{{ y }}", "A[<|im_end|>]"),
        ("{% macro m(v) %}({{ v }}){% endmacro %}{{ m(x) }}", "([<|im_end|>])"),
        (
            "{% set ns = namespace(s='') %}{% for c in list %}{% set ns.s = ns.s + c + ';' %}{% endfor %}{{ ns.s }}",
            "[a];[b];"
        ),
        ("{% filter upper %}q{{ x }}{% endfilter %}", "Q[<|IM_END|>]"),
        ("{{ x | indent(2, true) }}", "  [<|im_end|>]"),
        ("{{ 3 }}{{ true }}{{ list | length }}", "3True2"),
    ])
    func origins(_ source: String, _ expected: String) throws {
        let trusted = JSONObject([("bos", "<s>")])
        let prompt = try ChatTemplate(source: source).render(variables, trusted: trusted)
        var bytes = Array(prompt.text.utf8)
        for range in prompt.contentRanges.reversed() {
            bytes.insert(UInt8(ascii: "]"), at: range.upperBound)
            bytes.insert(UInt8(ascii: "["), at: range.lowerBound)
        }
        #expect(String(decoding: bytes, as: UTF8.self) == expected)
    }

    @Test func requestVariablesThatHideTrustedOnesAreTheClients() throws {
        let prompt = try ChatTemplate(source: "{{ bos }}").render(
            JSONObject([("bos", "<x>")]),
            trusted: JSONObject([("bos", "<s>")])
        )
        #expect(prompt == RenderedPrompt(text: "<x>", contentRanges: [0..<3]))
    }
}
