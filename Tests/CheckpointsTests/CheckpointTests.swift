import MartletCheckpoints
import MartletTensors
import Testing

struct CheckpointTests {
    private static func shard(_ name: String, _ value: UInt8) -> [UInt8] {
        ScratchFolder.safetensors(
            #"{"\#(name)":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#,
            data: [value]
        )
    }

    @Test func readsShards() throws {
        let folder = try ScratchFolder()
        try folder.write("model-00001-of-00002.safetensors", Self.shard("a", 1))
        // a snapshot of the hub's cache links to its files
        try folder.write("blob", Self.shard("b", 2))
        try folder.link("model-00002-of-00002.safetensors", to: "blob")
        try folder.write(
            "model.safetensors.index.json",
            #"{"metadata":{"total_size":2},"weight_map":{"a":"model-00001-of-00002.safetensors","#
                + #""b":"model-00002-of-00002.safetensors"}}"#
        )
        let checkpoint = try Checkpoint(folder: folder.path)
        #expect(checkpoint.names == ["a", "b"])
        let values = try ["a", "b"].map { name in
            let tensor = try checkpoint.tensor(name, shape: [1])
            return unsafe tensor.hostPointer(as: UInt8.self)[0]
        }
        #expect(values == [1, 2])
    }

    @Test(
        "an index that lies is refused",
        arguments: [
            (#"{}"#, "weight_map"),
            (#"{"weight_map":[]}"#, "weight_map"),
            (#"{"weight_map":{"a":1}}"#, "'a'"),
            (#"{"weight_map":{"a":"../secret.safetensors"}}"#, "../secret.safetensors"),
            (#"{"weight_map":{"a":"/etc/x.safetensors"}}"#, "/etc/x.safetensors"),
            (#"{"weight_map":{"a":".."}}"#, "'..'"),
            (#"{"weight_map":{"a":"model.bin"}}"#, "model.bin"),
            (#"{"weight_map":{"a":"s.safetensors\u0000.bin"}}"#, "'a'"),
            (#"{"weight_map":{"a":"gone.safetensors"}}"#, "gone.safetensors"),
            (#"{"weight_map":{"x":"s.safetensors"}}"#, "'x'"),
            (#"{"weight_map":"#, "not valid JSON"),
        ]
    )
    func refusesIndex(text: String, says: String) throws {
        let folder = try ScratchFolder()
        try folder.write("s.safetensors", Self.shard("a", 1))
        try folder.write("model.safetensors.index.json", text)
        let error = try #require(throws: CheckpointError.self) { try Checkpoint(folder: folder.path) }
        #expect("\(error)".contains(says) && "\(error)".contains("model.safetensors.index.json"), "\(error)")
    }

    @Test func namesWhatIsMissing() throws {
        let folder = try ScratchFolder()
        #expect(throws: CheckpointError.missingFolder(path: folder.path + "/none")) {
            try Checkpoint(folder: folder.path + "/none")
        }
        #expect(throws: CheckpointError.noWeights(folder: folder.path, pickleFiles: [])) {
            try Checkpoint(folder: folder.path)
        }
        try folder.write("pytorch_model.bin", [0x80, 2])
        let error = try #require(throws: CheckpointError.self) { try Checkpoint(folder: folder.path) }
        #expect("\(error)".contains("pytorch_model.bin") && "\(error)".contains("safetensors"))
        try folder.makeFolder("model.safetensors")
        #expect(throws: CheckpointError.self) { try Checkpoint(folder: folder.path) }
    }
}
