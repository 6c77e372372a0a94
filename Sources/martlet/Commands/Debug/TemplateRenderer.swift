import ArgumentParser
import Foundation
import Martlet
import MartletChatTemplates
import MartletCheckpoints
import MartletJSON
import MartletTokenizers

/// Renders conversations given as JSON, with the reference's own treatment of messages: they reach the template as they are.
struct TemplateRenderer {
    private let templates: ChatTemplateSet
    private let specialTokens: JSONObject
    private let now: TemplateClock?

    /// Finds the templates of a file or of a model folder.
    init(path: String, now: TemplateClock?) throws {
        self.now = now
        guard FileManager.default.fileExists(atPath: path) else {
            throw ValidationError("\(path): no such file or folder")
        }
        let kind = try FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
        guard kind == .typeDirectory || path.hasSuffix(".gguf") else {
            let source = try String(contentsOfFile: path, encoding: .utf8)
            templates = ChatTemplateSet(try ChatTemplateLoader.compile(source, path))
            specialTokens = JSONObject()
            return
        }
        let files = try ModelFolder(path: path)
        guard let found = try ChatTemplateLoader.load(files) else {
            throw ValidationError("\(path) has no chat template")
        }
        templates = found
        if files.gguf != nil {
            let tokens = try TokenizerLoader.load(path).configuration.specialTokens.sorted { $0.key < $1.key }
            specialTokens = JSONObject(tokens.map { ($0.key, .string($0.value)) })
            return
        }
        let configuration = TokenizerConfiguration(
            configuration: try files.json(of: "tokenizer_config.json"),
            specialTokensMap: try files.json(of: "special_tokens_map.json")
        )
        let tokens = configuration.specialTokens.sorted { $0.key < $1.key }
        specialTokens = JSONObject(tokens.map { ($0.key, .string($0.value)) })
    }

    /// The prompt's text, or `{"error": …}`.
    func render(_ line: JSONValue) -> JSONValue {
        do {
            guard var variables = line.object, let messages = variables["messages"]?.array else {
                throw TemplateRequestError(
                    description: "expected an object with a list of messages, found \(line.kind)"
                )
            }
            var chat = ChatTemplate.Chat(messages: messages)
            chat.tools = variables["tools"]?.array
            chat.documents = variables["documents"]?.array
            chat.addGenerationPrompt = variables["add_generation_prompt"]?.bool ?? false
            chat.continueFinalMessage = variables["continue_final_message"]?.bool ?? false
            for name in ["messages", "tools", "documents", "add_generation_prompt", "continue_final_message"] {
                variables[name] = nil
            }
            chat.variables = variables
            let template = try templates.template(hasTools: chat.tools != nil)
            return .string(try template.render(chat, trusted: specialTokens, clock: now ?? .now).text)
        } catch {
            return .object(JSONObject([("error", .string("\(error)"))]))
        }
    }
}

/// A line that is not a conversation.
private struct TemplateRequestError: Error, CustomStringConvertible {
    let description: String
}
