import MartletChatTemplates
import MartletJSON
import Testing

/// Links that `urlize` of jinja2 3.1.6 makes, and those it does not make.
struct UrlizeTests {
    @Test(arguments: [
        (
            "{{ 'See (http://a.com/x_(y)), www.b.org. and c.net!' | urlize }}",
            "See (<a href=\"http://a.com/x_(y)\" rel=\"noopener\">http://a.com/x_(y)</a>), <a "
                + "href=\"https://www.b.org\" rel=\"noopener\">www.b.org</a>. and c.net!"
        ),
        (
            "{{ 'http://a.com?b=1&c <https://x.y>' | urlize(nofollow=true, target='_top\" ') }}",
            "<a href=\"http://a.com?b=1&amp;c\" rel=\"nofollow noopener\" target=\"_top&#34; "
                + "\">http://a.com?b=1&amp;c</a> &lt;https://x.y&gt;"
        ),
        (
            "{{ 'mailto:a@b.cz, a.b@c-d.info; a@b x@y.z:1 @a@b.c' | urlize(rel='me') }}",
            "<a href=\"mailto:a@b.cz\">a@b.cz</a>, a.b@c-d.info; a@b x@y.z:1 @a@b.c"
        ),
        (
            "{{ 'www.example.com/long example.com' | urlize(11, rel='z a noopener') }}",
            "<a href=\"https://www.example.com/long\" rel=\"a noopener z\">www.example...</a> <a "
                + "href=\"https://example.com\" rel=\"a noopener z\">example.com</a>"
        ),
        (
            "{{ 'http://127.0.0.1:80/ http://[::1]/ http://[1::12345:2:3:4:5:6] http://1.2.3' | urlize }}",
            "<a href=\"http://127.0.0.1:80/\" rel=\"noopener\">http://127.0.0.1:80/</a> <a "
                + "href=\"http://[::1]/\" rel=\"noopener\">http://[::1]/</a> http://[1::12345:2:3:4:5:6] http://1.2.3"
        ),
        (
            "{{ 'HTTP\u{17F}://a.\u{212A}a xn--p1ai http://xn--p1ai münchen.\u{130}nt www.a_b.co:123456' | "
                + "urlize }}",
            "<a href=\"https://HTTP\u{17F}://a.\u{212A}a\" rel=\"noopener\">HTTP\u{17F}://a.\u{212A}a</a> "
                + "xn--p1ai <a href=\"http://xn--p1ai\" rel=\"noopener\">http://xn--p1ai</a> <a "
                + "href=\"https://münchen.\u{130}nt\" rel=\"noopener\">münchen.\u{130}nt</a> www.a_b.co:123456"
        ),
        (
            "{{ 'tel:1 ftp://x.y tel: (tel:2)' | urlize(extra_schemes=['tel:', 'ftp://'], target='<' | e) }}",
            "<a href=\"tel:1\" rel=\"noopener\" target=\"&lt;\">tel:1</a> <a href=\"ftp://x.y\" rel=\"noopener\" "
                + "target=\"&lt;\">ftp://x.y</a> tel: (<a href=\"tel:2\" rel=\"noopener\" target=\"&lt;\">tel:2</a>)"
        ),
        ("{{ 'tel:1' | urlize(extra_schemes=['tel:'] | map('string')) }}{{ 'x' | urlize([]) }}", "tel:1x"),
        (
            "{{ ('<b>http://a.com</b> &lt;a@b.cz&gt; (<http://c.de/(>)' | safe) | urlize }}",
            "<b>http://a.com</b> &lt;<a href=\"mailto:a@b.cz\">a@b.cz</a>&gt; (<<a href=\"http://c.de/(>)\" "
                + "rel=\"noopener\">http://c.de/(>)</a>"
        ),
        (
            "{{ 'http://a.com' | urlize(-1.5) if false }}{{ 'http://a.com' | urlize(true) }}{{ 'http://a.com' | "
                + "urlize(1e3) }}",
            "<a href=\"http://a.com\" rel=\"noopener\">h...</a><a href=\"http://a.com\" "
                + "rel=\"noopener\">http://a.com</a>"
        ),
        (
            "{% autoescape true %}{{ '<a@b.cz>' | urlize }}{{ ('a.com' | urlize) is escaped }}{% endautoescape %}",
            "&lt;<a href=\"mailto:a@b.cz\">a@b.cz</a>&gt;True"
        ),
    ])
    func links(_ source: String, _ expected: String) throws {
        try expectText(of: source, expected)
    }

    @Test(arguments: [
        "{{ 'x' | urlize(rel=1) }}", "{{ 'x' | urlize(extra_schemes='tel:') }}", "{{ 'x' | urlize(extra_schemes=1) }}",
        "{{ 'x' | urlize(extra_schemes=['a:']) }}", "{{ 'x' | urlize(extra_schemes=['ab:///']) }}",
        "{{ 'ab.com' | urlize('5') }}", "{{ 'ab.com' | urlize(2.5) }}", "{{ 'ab.com' | urlize(missing) }}",
    ])
    func fails(_ source: String) {
        expectFailure(of: source)
    }

    /// What is written twice, in the address and in what is shown, is the client's in both places.
    @Test func linksKeepTheOriginOfTheirText() throws {
        let prompt = try ChatTemplate(source: "{{ ('ab.com (' ~ x ~ ')') | urlize(4, target=x) }}")
            .render(JSONObject([("x", "cd.org")]))
        let parts = prompt.contentRanges.map { String(decoding: Array(prompt.text.utf8)[$0], as: UTF8.self) }
        #expect(parts == ["cd.org", "cd.org", "cd.org", "cd.o"], "\(prompt.text)")
    }

    /// Texts that make a backtracking search slow: nothing of them is lost, and they end.
    @Test(
        .timeLimit(.minutes(1)),
        arguments: ["(", ")", "a.", "http://a.", "a@b.", "&lt;", "(((a))) ", "http://[::", "a>("]
    )
    func hostileTextsEnd(_ piece: String) throws {
        let text = String(repeating: piece, count: 400_000 / piece.utf8.count)
        let rendered = try ChatTemplate(source: "{{ x | urlize | length }}").render(JSONObject([("x", .string(text))]))
        #expect(try #require(Int(rendered.text)) >= text.utf8.count)
    }
}
