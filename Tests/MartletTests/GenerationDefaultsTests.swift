import FoundationEssentials
import Martlet
import MartletJSON
import MartletTestSupport
import MartletTokenizers
import Testing

@Suite struct GenerationDefaultsTests {
    private static let file = """
        {"temperature": 0.6, "top_k": 20, "top_p": 0.95, "min_p": 0.1, "repetition_penalty": 1.1, "max_new_tokens": 9,
         "eos_token_id": [5, 7], "do_sample": true}
        """

    private static func folder(_ text: String?) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        if let text { try folder.write("generation_config.json", text) }
        return folder
    }

    private static func read(
        _ folder: TemporaryFolder,
        source: String = "auto",
        overrides: JSONObject = JSONObject()
    ) throws(LoadError) -> GenerationDefaults {
        try GenerationDefaults(source: source, modelFolder: URL(filePath: folder.path), overrides: overrides)
    }

    @Test func readsTheModelsFile() throws {
        let defaults = try Self.read(try Self.folder(Self.file))
        #expect(defaults.temperature == 0.6)
        #expect(defaults.topK == 20)
        #expect(defaults.topP == 0.95)
        #expect(defaults.minP == 0.1)
        #expect(defaults.repetitionPenalty == 1.1)
        #expect(defaults.presencePenalty == nil)
        #expect(defaults.eosTokenIDs == [TokenID(5), TokenID(7)])
        // the model's own file gives a default, not a bound
        #expect(defaults.maxNewTokens == 9 && !defaults.isMaxNewTokensCap)
    }

    @Test func aSingleEndToken() throws {
        #expect(try Self.read(try Self.folder(#"{"eos_token_id": 3}"#)).eosTokenIDs == [TokenID(3)])
        #expect(try Self.read(try Self.folder(#"{"eos_token_id": null, "top_k": null}"#)) == GenerationDefaults())
    }

    @Test func aMissingFileMeansNoDefaults() throws {
        #expect(try Self.read(try Self.folder(nil)) == GenerationDefaults())
    }

    @Test func vllmMeansNoDefaults() throws {
        #expect(try Self.read(try Self.folder(Self.file), source: "vllm") == GenerationDefaults())
        // a broken file is not looked at
        #expect(try Self.read(try Self.folder("{"), source: "vllm") == GenerationDefaults())
    }

    @Test func aFolderReplacesTheModels() throws {
        let other = try Self.folder(#"{"temperature": 0.1, "max_new_tokens": 4}"#)
        let defaults = try Self.read(try Self.folder(Self.file), source: other.path)
        #expect(defaults.temperature == 0.1 && defaults.topK == nil)
        #expect(defaults.maxNewTokens == 4 && defaults.isMaxNewTokensCap)
    }

    @Test func aFolderWithoutTheFileIsRefused() throws {
        let empty = try Self.folder(nil)
        let error = #expect(throws: LoadError.self) { try Self.read(try Self.folder(Self.file), source: empty.path) }
        #expect(error?.description.contains(empty.path) == true)
    }

    @Test func overridesWin() throws {
        let overrides = JSONObject([("temperature", 0.25), ("max_new_tokens", 6), ("top_k", nil)])
        let defaults = try Self.read(try Self.folder(Self.file), overrides: overrides)
        #expect(defaults.temperature == 0.25)
        #expect(defaults.topK == 20 && defaults.topP == 0.95)
        #expect(defaults.maxNewTokens == 6 && defaults.isMaxNewTokensCap)
    }

    @Test(arguments: [
        ("{", "generation_config.json"), ("[1]", "generation_config.json"), (#"{"temperature": "hot"}"#, "temperature"),
        (#"{"top_k": 1.5}"#, "top_k"), (#"{"top_k": "many"}"#, "top_k"), (#"{"eos_token_id": "x"}"#, "eos_token_id"),
        (#"{"eos_token_id": [1, 99999999999]}"#, "eos_token_id"), (#"{"eos_token_id": [1.5]}"#, "eos_token_id"),
        (#"{"temperature": 1e999}"#, "temperature"),
    ])
    func brokenFilesAreNamed(text: String, word: String) throws {
        let folder = try Self.folder(text)
        let error = #expect(throws: LoadError.self) { try Self.read(folder) }
        #expect(error?.description.contains(word) == true)
    }

    @Test func brokenOverridesNameTheirFlag() throws {
        let folder = try Self.folder(nil)
        let error = #expect(throws: LoadError.self) { try Self.read(folder, overrides: JSONObject([("top_k", "x")])) }
        #expect(error?.description.contains("--override-generation-config") == true)
    }
}
