import MartletCheckpoints
import Testing

/// `quantization_config`: which are taken, and what is said of others.
@Suite struct QuantizationConfigTests {
    static let configurations = [
        #"{"quant_method":"gptq","bits":4,"group_size":128,"desc_act":false,"sym":true}"#,
        #"{"quant_method":"awq","bits":4,"group_size":128,"version":"gemm","zero_point":true}"#,
        #"{"quant_method":"compressed-tensors","format":"pack-quantized","config_groups":{"group_0":{"targets":["Linear"],"#
            + #""weights":{"num_bits":4,"type":"int","group_size":128}}},"ignore":["lm_head"]}"#,
        #"{"quant_method":"fp8","activation_scheme":"dynamic","weight_block_size":[128,128]}"#,
        #"{"quant_method":"mxfp4"}"#,
    ]

    private static func scheme(_ text: String, file: String = "config.json") throws -> String? {
        let folder = try ScratchFolder()
        try folder.write("model.safetensors", ScratchFolder.safetensors("{}"))
        try folder.write("config.json", file == "config.json" ? #"{"quantization_config":\#(text)}"# : "{}")
        if file != "config.json" { try folder.write(file, text) }
        return try Checkpoint(try ModelFolder(path: folder.path)).scheme?.name
    }

    @Test func everySchemeIsFound() throws {
        #expect(
            try Self.configurations.map { try Self.scheme($0) } == [
                "gptq", "awq", "compressed-tensors", "fp8", "mxfp4",
            ]
        )
        #expect(try Self.scheme(#"{"bits":8,"group_size":-1}"#, file: "quantize_config.json") == "gptq")
        #expect(try Self.scheme("null") == nil)
    }

    @Test(
        "what is not supported is named",
        arguments: [
            (#"{"quant_method":"aqlm"}"#, "aqlm"), (#"{"bits":4}"#, "quant_method"),
            (#"{"quant_method":"gptq","bits":3,"group_size":128}"#, "bits"),
            (#"{"quant_method":"gptq","bits":4,"checkpoint_format":"marlin"}"#, "checkpoint_format"),
            (#"{"quant_method":"gptq","bits":4,"dynamic":{"-:lm_head":{}}}"#, "dynamic"),
            (#"{"quant_method":"awq","bits":4,"group_size":128,"version":"gemv"}"#, "gemv"),
            (#"{"quant_method":"awq","bits":4,"group_size":128,"zero_point":false}"#, "zero_point"),
            (#"{"quant_method":"fp8","weight_block_size":[0,128]}"#, "weight_block_size"),
            (#"{"quant_method":"fp8","fmt":"e5m2"}"#, "e5m2"),
            (
                #"{"quant_method":"compressed-tensors","config_groups":{"g":{"weights":{"num_bits":2,"type":"int"}}}}"#,
                "2 bits"
            ),
            (#"{"quant_method":"compressed-tensors","sparsity_config":{"format":"sparse-24-bitmask"}}"#, "sparse-24"),
        ]
    )
    func refuses(text: String, says: String) throws {
        let error = try #require(throws: CheckpointError.self) { try Self.scheme(text) }
        #expect("\(error)".contains(says) && "\(error)".contains("config.json"), "\(error)")
    }

    /// A module `m` of 8 × 32, whose tensors lack something, have another shape, or contradict each other.
    @Test(
        "tensors that do not fit are named",
        arguments: [
            ("gptq", #""m.qweight":["I32",[4,8]]"#, "m.qzeros"),
            ("gptq", #""m.qweight":["I32",[4,9]]"#, "m.qweight"),
            ("gptq", #""m.qweight":["F32",[4,8]]"#, "m.qweight"),
            ("awq", #""m.qweight":["I32",[32,1]],"m.qzeros":["I32",[1,1]],"m.scales":["F16",[2,8]]"#, "m.scales"),
            ("compressed-tensors", #""m.weight_packed":["I32",[8,5]]"#, "neither 4 nor 8 bits"),
            ("compressed-tensors", #""m.weight":["I8",[8,32]],"m.weight_scale":["F32",[8,31]]"#, "groups"),
            ("fp8", #""m.weight":["F8_E4M3",[8,32]],"m.weight_scale":["F32",[2,2]]"#, "m.weight_scale"),
            ("mxfp4", #""m_blocks":["U8",[1,8,2,16]]"#, "blocks of the shape"),
        ]
    )
    func refusesTensors(method: String, tensors: String, says: String) throws {
        let sizes = ["I32": 4, "F32": 4, "F16": 2, "I8": 1, "U8": 1, "F8_E4M3": 1]
        var members: [String] = []
        var data = 0
        for match in tensors.matches(of: /"([^"]+)":\["([^"]+)",\[([0-9,]+)\]\]/) {
            let shape = match.3.split(separator: ",").compactMap { Int($0) }
            let size = shape.reduce(sizes[String(match.2)] ?? 0, *)
            members.append(
                #""\#(match.1)":{"dtype":"\#(match.2)","shape":\#(shape),"data_offsets":[\#(data),\#(data + size)]}"#
            )
            data += size
        }
        let folder = try ScratchFolder()
        let header = "{\(members.joined(separator: ","))}"
        try folder.write(
            "model.safetensors",
            ScratchFolder.safetensors(header, data: [UInt8](repeating: 0, count: data))
        )
        let text = #"{"quantization_config":{"quant_method":"\#(method)","bits":4,"group_size":32}}"#
        try folder.write("config.json", text)
        let checkpoint = try Checkpoint(try ModelFolder(path: folder.path))
        let scheme = try #require(checkpoint.scheme)
        let error = try #require(throws: CheckpointError.self) {
            try scheme.matrix("m", outputs: 8, inputs: 32, in: checkpoint)
        }
        #expect("\(error)".contains(says), "\(error)")
    }
}
