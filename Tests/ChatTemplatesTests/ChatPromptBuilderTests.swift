import MartletChatTemplates
import MartletJSON
import Testing

/// What happens to messages before the template sees them.
struct ChatPromptBuilderTests {
    private let dumping = "{{ messages | tojson }}"
    private let looping =
        "{% for m in messages %}{% for p in m['content'] %}{{ p.type }}:{{ p.text }};{% endfor %}{% endfor %}"

    private func prompt(_ source: String, _ messages: String, format: ContentFormat? = nil) throws -> String {
        let template = try ChatTemplate(source: source)
        let builder = ChatPromptBuilder(templates: ChatTemplateSet(template), contentFormat: format)
        let list = try #require(try JSONParser.parse(messages).array)
        return try builder.prompt(for: ChatPromptBuilder.Request(messages: list)).text
    }

    @Test(arguments: [
        (#"[{"role":"user","content":"hi"}]"#, #"[{"role": "user", "content": "hi"}]"#),
        (
            #"[{"role":"user","content":[{"type":"text","text":"a"},"b",{"type":"input_text","text":"c"}]}]"#,
            #"[{"role": "user", "content": "a\nb\nc"}]"#
        ),
        (#"[{"role":"developer","content":"d"}]"#, #"[{"role": "system", "content": "d"}]"#),
        (#"[{"role":"wizard","content":"w"}]"#, #"[{"role": "wizard", "content": "w"}]"#),
        (
            #"[{"role":"assistant","content":null,"refusal":null,"tool_calls":[]}]"#,
            #"[{"role": "assistant", "content": ""}]"#
        ),
        (
            #"[{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":"{\"a\": 1}"}}]}]"#,
            #"[{"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": {"a": 1}}}], "content": ""}]"#
        ),
        (
            #"[{"role":"assistant","content":"","tool_calls":[{"function":{"name":"f","arguments":"{oops"}}]}]"#,
            #"[{"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "f", "arguments": {}}}]}]"#
        ),
        (
            #"[{"role":"assistant","content":"x","reasoning_content":"r"}]"#,
            #"[{"role": "assistant", "content": "x", "reasoning_content": "r", "reasoning": "r"}]"#
        ),
    ])
    func messages(_ messages: String, _ expected: String) throws {
        #expect(try prompt(dumping, messages) == expected)
    }

    @Test func contentIsHandedOverAsPartsWhereTheTemplateLoopsOverIt() throws {
        let messages = #"[{"role":"user","content":"a"},{"role":"user","content":[{"type":"text","text":"b"}]}]"#
        #expect(try prompt(looping, messages) == "text:a;text:b;")
        #expect(
            try prompt(dumping, #"[{"content":"a"}]"#, format: .openai)
                == #"[{"content": [{"type": "text", "text": "a"}]}]"#
        )
    }

    @Test(arguments: [
        ("{% for m in messages %}{{ m.content }}{% endfor %}", ContentFormat.string),
        ("{% for m in messages %}{% for c in m.content %}{{ c }}{% endfor %}{% endfor %}", .openai),
        ("{% for m in messages %}{% for c in m['content'] | list %}{{ c }}{% endfor %}{% endfor %}", .openai),
        (
            "{% set all = messages[1:] %}{% for m in all %}{% for c in m.content %}{{ c }}{% endfor %}{% endfor %}",
            .openai
        ),
        (
            "{% for m in messages %}{% if m.content is string %}{{ m.content }}{% else %}"
                + "{% for c in m.content %}{{ c.text }}{% endfor %}{% endif %}{% endfor %}", .openai
        ),
        ("{% for t in tools %}{% for c in t.content %}{{ c }}{% endfor %}{% endfor %}", .string),
        ("{{ messages[0].content }}", .string),
    ])
    func detectsTheContentFormat(_ source: String, _ format: ContentFormat) throws {
        #expect(try ChatTemplate(source: source).contentFormat == format)
    }

    @Test func aTemplateThatKnowsDevelopersGetsThem() throws {
        let source = "{# developer #}{{ messages[0].role }}"
        #expect(try prompt(source, #"[{"role":"developer","content":"d"}]"#) == "developer")
    }

    @Test func variablesReachTheTemplate() throws {
        let template = try ChatTemplate(
            source: "{{ bos_token }}{{ mode }}{{ reasoning_effort }}{{ enable_thinking }}{{ tools }}{{ documents }}"
                + "{{ add_generation_prompt }}"
        )
        let builder = ChatPromptBuilder(
            templates: ChatTemplateSet(template),
            specialTokens: JSONObject([("bos_token", "<s>")]),
            defaultVariables: JSONObject([("mode", "default")])
        )
        var request = ChatPromptBuilder.Request(messages: [.object(JSONObject([("role", "user")]))])
        #expect(try builder.prompt(for: request).text == "<s>defaultNoneNoneTrue")
        request.reasoningEffort = "low"
        request.templateVariables["mode"] = "fast"
        #expect(try builder.prompt(for: request).text == "<s>fastlowTrueNoneNoneTrue")
        #expect(try builder.prompt(for: request).contentRanges == [3..<10])
        // the request's own fields win over its variables, but for what they only imply
        request.templateVariables["reasoning_effort"] = "high"
        request.templateVariables["enable_thinking"] = false
        request.templateVariables["documents"] = ["d"]
        #expect(try builder.prompt(for: request).text == "<s>fastlowFalseNone['d']True")
        request.documents = []
        #expect(try builder.prompt(for: request).text == "<s>fastlowFalseNone[]True")
    }

    @Test func aRequestBringsItsTemplate() throws {
        let set = ChatTemplateSet(named: [
            "default": try ChatTemplate(source: "D"), "rag": try ChatTemplate(source: "R"),
        ])
        let builder = ChatPromptBuilder(templates: set)
        var request = ChatPromptBuilder.Request(messages: [.object(JSONObject([("role", "user")]))])
        #expect(try builder.prompt(for: request).text == "D")
        request.template = "rag"
        #expect(try builder.prompt(for: request).text == "R")
        request.template = "X{{ messages[0].role }}Y"
        #expect(try builder.prompt(for: request).text == "XuserY")
        request.template = "{% if %}"
        let error = #expect(throws: TemplateError.self) { try builder.prompt(for: request) }
        #expect(error?.line == 1)
    }

    @Test func namedTemplatesAreChosenByTools() throws {
        let set = ChatTemplateSet(named: [
            "default": try ChatTemplate(source: "D"), "tool_use": try ChatTemplate(source: "T"),
            "rag": try ChatTemplate(source: "R"),
        ])
        #expect(try set.template(hasTools: false).source == "D")
        #expect(try set.template(hasTools: true).source == "T")
        #expect(set.named("rag")?.source == "R")
        #expect(set.named("other") == nil)
        let only = ChatTemplateSet(named: ["rag": try ChatTemplate(source: "R")])
        #expect(throws: TemplateError.self) { try only.template(hasTools: false) }
    }

    @Test(arguments: [
        ("[{{ messages[0].content }}]END", "tail ", "[tail "),
        ("[{{ messages[0].content | trim }}]END", "tail ", "[tail"),
    ])
    func theLastMessageIsContinued(_ source: String, _ content: String, _ expected: String) throws {
        let builder = ChatPromptBuilder(templates: ChatTemplateSet(try ChatTemplate(source: source)))
        let message = JSONValue.object(JSONObject([("role", "assistant"), ("content", .string(content))]))
        var request = ChatPromptBuilder.Request(messages: [message])
        request.continueFinalMessage = true
        #expect(throws: TemplateError.self) { try builder.prompt(for: request) }
        request.addGenerationPrompt = false
        let prompt = try builder.prompt(for: request)
        #expect(prompt.text == expected)
        #expect(prompt.contentRanges == [1..<expected.utf8.count])
    }
}
