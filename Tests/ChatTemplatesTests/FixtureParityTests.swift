import Foundation
import MartletChatTemplates
import MartletJSON
import MartletTestSupport
import Testing

/// Parity with jinja2 and transformers over the shared reference outputs.
@Suite(.enabled(if: Fixtures.areExpected))
struct FixtureParityTests {
    private static let clock = TemplateClock(year: 2025, month: 7, day: 4, hour: 13, minute: 5, second: 9)

    private static func json(_ path: String) throws -> JSONValue {
        try JSONParser.parse(Array(Data(contentsOf: try Fixtures.folder(path))))
    }

    @Test func jinjaCases() throws {
        let file = try Self.json("jinja-cases.json")
        let context = try #require(file["context"]?.object)
        let cases = try #require(file["cases"]?.array)
        #expect(!cases.isEmpty)
        for item in cases {
            let source = try #require(item["template"]?.string)
            let rendered = Result { () throws(TemplateError) in
                try ChatTemplate(source: source).render(context, clock: Self.clock).text
            }
            Self.check(rendered, against: item, "\(item["id"]?.string ?? ""): \(source)")
        }
    }

    @Test(arguments: Fixtures.names(in: "template-goldens").filter { !$0.hasPrefix("_") })
    func templates(_ name: String) throws {
        let conversations = try Self.json("template-goldens/_conversations.json")
        let trusted = try #require(conversations["special_tokens"]?.object)
        let file = try Self.json("template-goldens/\(name)")
        let template = try ChatTemplate(source: try #require(file["template"]?.string))
        for item in try #require(file["results"]?.array) {
            let id = try #require(item["id"]?.string)
            let conversation = try #require(conversations["conversations"]?.array?.first { $0["id"]?.string == id })
            let chat = Self.chat(conversation)
            let rendered = Result { () throws(TemplateError) in
                try template.render(chat, trusted: trusted, clock: Self.clock)
            }
            if case .success(let prompt) = rendered { Self.checkRanges(prompt) }
            Self.check(rendered.map(\.text), against: item, "\(name) \(id)")
        }
    }

    private static func chat(_ conversation: JSONValue) -> ChatTemplate.Chat {
        var chat = ChatTemplate.Chat(messages: conversation["messages"]?.array ?? [])
        for member in conversation["kwargs"]?.object ?? JSONObject() {
            switch member.key {
            case "tools": chat.tools = member.value.array
            case "documents": chat.documents = member.value.array
            case "add_generation_prompt": chat.addGenerationPrompt = member.value.bool ?? false
            case "continue_final_message": chat.continueFinalMessage = member.value.bool ?? false
            default: chat.variables[member.key] = member.value
            }
        }
        return chat
    }

    /// Outputs are equal to the byte; errors fail, and those the template raises carry its message.
    private static func check(_ rendered: Result<String, TemplateError>, against item: JSONValue, _ what: String) {
        switch (rendered, item["output"]?.string) {
        case (.success(let text), let output?):
            #expect(Array(text.utf8) == Array(output.utf8), "\(what)")
        case (.failure(let error), let output?): Issue.record("\(what): \(error), expected \(output.prefix(200))")
        case (.success, nil): Issue.record("\(what): expected an error")
        case (.failure(let error), nil):
            #expect(error.phase != .limit, "\(what)")
            if item["error"]?["type"]?.string == "TemplateError" {
                #expect(error.phase == .raised, "\(what)")
                #expect(error.message == item["error"]?["message"]?.string, "\(what)")
            }
        }
    }

    private static func checkRanges(_ prompt: RenderedPrompt) {
        var end = -1
        for range in prompt.contentRanges {
            #expect(range.lowerBound > end && !range.isEmpty)
            end = range.upperBound
        }
        #expect(end <= prompt.text.utf8.count)
    }
}
