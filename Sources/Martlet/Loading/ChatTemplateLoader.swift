package import MartletChatTemplates
package import MartletCheckpoints
import MartletJSON

/// Finds the chat templates of a model folder.
package enum ChatTemplateLoader {
    /// `chat_template.jinja` where there is one, else `chat_template` of `tokenizer_config.json`: a template, or a list of
    /// named ones.
    ///
    /// - Returns: `nil` for a model without templates.
    /// - Throws: `LoadError.chatTemplate` naming the file, line and column.
    package static func load(_ files: ModelFolder) throws(LoadError) -> ChatTemplateSet? {
        do {
            if let bytes = try files.bytes(of: "chat_template.jinja") {
                return ChatTemplateSet(try compile(String(decoding: bytes, as: UTF8.self), "chat_template.jinja"))
            }
            guard let value = try files.json(of: "tokenizer_config.json")?["chat_template"], !value.isNull else {
                return nil
            }
            return try templates(value)
        } catch let error as LoadError {
            throw error
        } catch {
            throw .chatTemplate("\(error)")
        }
    }

    private static func templates(_ value: JSONValue) throws(LoadError) -> ChatTemplateSet {
        let name = "tokenizer_config.json"
        if let source = value.string { return ChatTemplateSet(try compile(source, name)) }
        var named: [String: ChatTemplate] = [:]
        for element in value.array ?? [] {
            guard let key = element["name"]?.string, let source = element["template"]?.string else { continue }
            named[key] = try compile(source, "\(name), template \(key)")
        }
        guard !named.isEmpty else {
            throw .chatTemplate("\(name): chat_template is neither a text nor a list of objects with name and template")
        }
        return ChatTemplateSet(named: named)
    }

    /// Compiles one template.
    package static func compile(_ source: String, _ name: String) throws(LoadError) -> ChatTemplate {
        do {
            return try ChatTemplate(source: source)
        } catch {
            throw .chatTemplate("\(name): \(error)")
        }
    }
}
