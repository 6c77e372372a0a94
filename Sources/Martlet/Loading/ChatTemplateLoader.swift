import Foundation
package import MartletChatTemplates
package import MartletCheckpoints
import MartletJSON

/// Finds the chat templates of a model folder.
package enum ChatTemplateLoader {
    /// The templates of a GGUF file's metadata: `tokenizer.chat_template`, and others with their names behind it.
    ///
    /// For a folder: the template files where there are any, else `chat_template` of `tokenizer_config.json`, or of
    /// `chat_template.json` which processors of images have: a template, or a list of named ones.
    ///
    /// The files are `chat_template.jinja`, the default, and `additional_chat_templates/NAME.jinja`.
    ///
    /// - Returns: `nil` for a model without templates.
    /// - Throws: `LoadError.chatTemplate` naming the file, line and column.
    package static func load(_ files: ModelFolder) throws(LoadError) -> ChatTemplateSet? {
        if let gguf = files.gguf { return try load(gguf.header) }
        do {
            let named = try templateFiles(files)
            if !named.isEmpty { return ChatTemplateSet(named: named) }
            return try stated(files).map { name, value in try templates(value, name) }
        } catch let error as LoadError {
            throw error
        } catch {
            throw .chatTemplate("\(error)")
        }
    }

    /// Where a folder's default template stands: the file's name.
    package static func fileName(_ files: ModelFolder) -> String? {
        files.contains("chat_template.jinja") ? "chat_template.jinja" : (try? stated(files))?.name
    }

    /// The field of a configuration file that holds templates, and the file's name.
    private static func stated(_ files: ModelFolder) throws(CheckpointError) -> (name: String, value: JSONValue)? {
        for name in ["tokenizer_config.json", "chat_template.json"] {
            guard let value = try files.json(of: name)?["chat_template"], !value.isNull else { continue }
            return (name, value)
        }
        return nil
    }

    /// The chat templates in the metadata of a GGUF file: `tokenizer.chat_template`, and `tokenizer.chat_template.NAME`
    /// for those that have names.
    ///
    /// - Returns: `nil` for a file without templates.
    /// - Throws: `LoadError.chatTemplate` naming the field, line and column.
    package static func load(_ header: GGUFHeader) throws(LoadError) -> ChatTemplateSet? {
        let field = "tokenizer.chat_template"
        var named: [String: ChatTemplate] = [:]
        for (key, value) in header.metadata where key == field || key.hasPrefix(field + ".") {
            guard let source = value.text else { throw .chatTemplate("\(key): expected a text") }
            if named.count == maximumTemplates { throw .chatTemplate("more than \(maximumTemplates) chat templates") }
            named[key == field ? "default" : String(key.dropFirst(field.count + 1))] = try compile(source, key)
        }
        return named.isEmpty ? nil : ChatTemplateSet(named: named)
    }

    /// The templates that have files of their own, by name.
    private static func templateFiles(_ files: ModelFolder) throws -> [String: ChatTemplate] {
        var paths = ["default": "chat_template.jinja"]
        let folder = "additional_chat_templates"
        let others = (try? FileManager.default.contentsOfDirectory(atPath: files.path(of: folder))) ?? []
        for file in others.sorted().prefix(maximumTemplates) where file.hasSuffix(".jinja") {
            paths[String(file.dropLast(".jinja".count))] = "\(folder)/\(file)"
        }
        var named: [String: ChatTemplate] = [:]
        for (name, path) in paths {
            guard let bytes = try files.bytes(of: path) else { continue }
            named[name] = try compile(String(decoding: bytes, as: UTF8.self), path)
        }
        return named
    }

    private static let maximumTemplates = 100

    private static func templates(_ value: JSONValue, _ name: String) throws(LoadError) -> ChatTemplateSet {
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
