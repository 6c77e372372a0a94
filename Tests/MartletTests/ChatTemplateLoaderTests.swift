import Foundation
import Martlet
import MartletChatTemplates
import MartletCheckpoints
import MartletJSON
import MartletTestSupport
import Testing

@Suite struct ChatTemplateLoaderTests {
    /// A model folder with these files.
    private static func load(_ files: [(String, String)]) throws -> ChatTemplateSet? {
        let folder = try TemporaryFolder()
        try folder.write("config.json", "{}")
        for (name, text) in files { try folder.write(name, text) }
        return try ChatTemplateLoader.load(try ModelFolder(path: folder.path))
    }

    private static func configuration(_ template: JSONValue) -> (String, String) {
        ("tokenizer_config.json", JSONValue.object(JSONObject([("chat_template", template)])).serialized)
    }

    @Test func theFileWins() throws {
        let set = try Self.load([
            ("chat_template.jinja", "from the file"), Self.configuration("from the configuration"),
        ])
        #expect(try set?.template(hasTools: false).source == "from the file")
    }

    @Test func aTextInTheConfiguration() throws {
        let set = try Self.load([Self.configuration("{{ messages }}")])
        #expect(try set?.template(hasTools: false).source == "{{ messages }}")
    }

    /// Processors of images keep the template in a file of their own.
    @Test func aTextInTheProcessorsFile() throws {
        let file = ("chat_template.json", #"{"chat_template": "{{ messages }}"}"#)
        let set = try Self.load([("tokenizer_config.json", #"{"chat_template": null}"#), file])
        #expect(try set?.template(hasTools: false).source == "{{ messages }}")
        let own = try Self.load([Self.configuration("own"), file])
        #expect(try own?.template(hasTools: false).source == "own")
    }

    @Test func namedTemplates() throws {
        let set = try Self.load([
            Self.configuration([["name": "default", "template": "D"], ["name": "tool_use", "template": "T"]])
        ])
        #expect(try set?.template(hasTools: false).source == "D")
        #expect(try set?.template(hasTools: true).source == "T")
    }

    @Test func namedTemplatesInFiles() throws {
        let folder = try TemporaryFolder()
        try folder.write("config.json", "{}")
        try folder.write("chat_template.jinja", "D")
        try FileManager.default.createDirectory(
            atPath: folder.path + "/additional_chat_templates",
            withIntermediateDirectories: true
        )
        try folder.write("additional_chat_templates/tool_use.jinja", "T")
        try folder.write("additional_chat_templates/rag.jinja", "R")
        try folder.write("additional_chat_templates/notes.txt", "{% if %}")
        let set = try ChatTemplateLoader.load(try ModelFolder(path: folder.path))
        #expect(try set?.template(hasTools: false).source == "D")
        #expect(try set?.template(hasTools: true).source == "T")
        #expect(set?.named("rag")?.source == "R")
        try folder.write("additional_chat_templates/rag.jinja", "{% for %}")
        let error = #expect(throws: LoadError.self) {
            try ChatTemplateLoader.load(try ModelFolder(path: folder.path))
        }
        #expect(error?.description.contains("additional_chat_templates/rag.jinja") == true)
    }

    @Test(.enabled(if: Fixtures.areExpected), arguments: ["tiny-llama-F16", "tiny-qwen3-Q8_0"])
    func theTemplateOfAGGUFFile(name: String) throws {
        let file = try Fixtures.folder("gguf").appending(path: "\(name).gguf")
        let bytes = try Fixtures.contents(of: file)
        let header = try GGUFHeader(bytes, fileByteCount: bytes.count, path: file.path)
        let set = try #require(try ChatTemplateLoader.load(header))
        // the text lies in the file as it is
        let source = try set.template(hasTools: false).source
        #expect(Data(bytes).range(of: Data(source.utf8)) != nil)
        #expect(source.contains("messages"))
    }

    @Test(arguments: [[], [("tokenizer_config.json", "{}")], [("tokenizer_config.json", #"{"chat_template": null}"#)]])
    func none(files: [(String, String)]) throws { #expect(try Self.load(files) == nil) }

    @Test(arguments: [
        ([("chat_template.jinja", "{% if %}")], "chat_template.jinja"),
        ([("tokenizer_config.json", #"{"chat_template": "{{ a"}"#)], "tokenizer_config.json"),
        ([("tokenizer_config.json", #"{"chat_template": [{"name": "x", "template": "{% for %}"}]}"#)], "template x"),
        ([("tokenizer_config.json", #"{"chat_template": 5}"#)], "chat_template"),
        ([("tokenizer_config.json", #"{"chat_template": [{"name": "x"}]}"#)], "chat_template"),
        ([("tokenizer_config.json", "{")], "tokenizer_config.json"),
    ])
    func brokenOnesAreNamed(files: [(String, String)], word: String) throws {
        let error = #expect(throws: LoadError.self) { try Self.load(files) }
        guard case .chatTemplate(let text)? = error else {
            Issue.record("\(String(describing: error)) is no template error")
            return
        }
        #expect(text.contains(word))
    }
}
