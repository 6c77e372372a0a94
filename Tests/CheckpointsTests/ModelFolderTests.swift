import MartletCheckpoints
import MartletJSON
import Testing

struct ModelFolderTests {
    @Test func readsConfigurations() throws {
        let folder = try ScratchFolder()
        try folder.write("config.json", #"{"eos_token_id": 2, "x": NaN}"#)
        let plain = try ModelFolder(path: folder.path)
        #expect(plain.configuration["eos_token_id"] == 2)
        #expect(plain.generationConfiguration == nil)
        #expect(plain.eosTokenIDs == [2])
        try folder.write("generation_config.json", #"{"eos_token_id": [3, 4]}"#)
        #expect(try ModelFolder(path: folder.path).eosTokenIDs == [3, 4])
        #expect(try plain.json(of: "tokenizer.json") == nil)
    }

    @Test func namesWhatIsWrong() throws {
        let folder = try ScratchFolder()
        #expect(throws: CheckpointError.missingFolder(path: folder.path + "/x")) {
            try ModelFolder(path: folder.path + "/x")
        }
        #expect(throws: CheckpointError.missingFile(name: "config.json", folder: folder.path)) {
            try ModelFolder(path: folder.path)
        }
        for (text, says) in [("[1]", "array"), ("{", "not valid JSON"), ("", "not valid JSON")] {
            try folder.write("config.json", text)
            let error = try #require(throws: CheckpointError.self) { try ModelFolder(path: folder.path) }
            #expect("\(error)".contains(says) && "\(error)".contains("config.json"), "\(error)")
        }
    }
}
