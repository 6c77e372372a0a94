import MartletCheckpoints
import MartletTensors
import Testing

struct SafetensorsFileTests {
    /// A file that must be refused, and what the message must say.
    struct Hostile: Sendable, CustomTestStringConvertible {
        let name: String
        let bytes: [UInt8]
        let says: [String]
        var testDescription: String { name }

        init(_ name: String, _ header: String, data: Int = 0, claiming: UInt64? = nil, says: [String]) {
            self.name = name
            bytes = ScratchFolder.safetensors(header, data: Array(repeating: 1, count: data), claiming: claiming)
            self.says = says
        }

        init(_ name: String, bytes: [UInt8], says: [String]) {
            self.name = name
            self.bytes = bytes
            self.says = says
        }
    }

    private static func one(_ dtype: String, _ shape: String, _ begin: String, _ end: String) -> String {
        #"{"w":{"dtype":"\#(dtype)","shape":\#(shape),"data_offsets":[\#(begin),\#(end)]}}"#
    }

    private static func two(_ first: (Int, Int), _ second: (Int, Int)) -> String {
        func entry(_ range: (Int, Int)) -> String {
            #"{"dtype":"U8","shape":[\#(range.1 - range.0)],"data_offsets":[\#(range.0),\#(range.1)]}"#
        }
        return #"{"a":\#(entry(first)),"b":\#(entry(second))}"#
    }

    static let hostile: [Hostile] = [
        Hostile("an empty file", bytes: [], says: ["0 bytes"]),
        Hostile("a file shorter than the length", bytes: [1, 2, 3], says: ["3 bytes"]),
        Hostile("a header beyond the file", "{}", claiming: 100, says: ["100", "truncated"]),
        Hostile("a header of 2⁶⁴−1 bytes", "{}", claiming: .max, says: ["18446744073709551615"]),
        Hostile("a header of 2⁶³ bytes", "{}", claiming: 1 << 63, says: ["9223372036854775808"]),
        Hostile("a header above the limit", "{}", claiming: 100_000_001, says: ["100000000"]),
        Hostile("no header", "", says: ["not valid JSON"]),
        Hostile("a header that is an array", "[]", says: ["array"]),
        Hostile("a header that is cut", #"{"w":{"dtype""#, says: ["not valid JSON"]),
        Hostile("a header of brackets", String(repeating: "[", count: 100_000), says: ["nested deeper"]),
        Hostile(
            "a header that is not UTF-8",
            bytes: ScratchFolder.safetensors("", claiming: 3) + [0x7B, 0xFF, 0x7D],
            says: ["not valid JSON"]
        ),
        Hostile("two tensors of one name", #"{"w":1,"w":2}"#, says: ["occurs twice", "w"]),
        Hostile("two members of one name", #"{"w":{"dtype":"F32","dtype":"F16"}}"#, says: ["occurs twice"]),
        Hostile("metadata that is a number", #"{"__metadata__":1}"#, says: ["__metadata__"]),
        Hostile("metadata of numbers", #"{"__metadata__":{"a":1}}"#, says: ["__metadata__"]),
        Hostile("a tensor that is a number", #"{"w":1}"#, says: ["'w'", "dtype"]),
        Hostile("no shape", #"{"w":{"dtype":"F32","data_offsets":[0,4]}}"#, data: 4, says: ["'w'", "shape"]),
        Hostile("no offsets", #"{"w":{"dtype":"F32","shape":[1]}}"#, data: 4, says: ["'w'", "data_offsets"]),
        Hostile(
            "three offsets",
            #"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}}"#,
            data: 4,
            says: ["'w'", "data_offsets"]
        ),
        Hostile("an unknown type", one("F33", "[1]", "0", "4"), data: 4, says: ["'w'", "F33"]),
        Hostile("a negative dimension", one("F32", "[-1]", "0", "4"), data: 4, says: ["'w'", "shape"]),
        Hostile("a fractional dimension", one("F32", "[1.0]", "0", "4"), data: 4, says: ["'w'", "shape"]),
        Hostile(
            "a dimension beyond 64 bits",
            one("F32", "[99999999999999999999]", "0", "4"),
            data: 4,
            says: ["'w'", "shape"]
        ),
        Hostile(
            "33 dimensions",
            one("F32", "[\(Array(repeating: "1", count: 33).joined(separator: ","))]", "0", "4"),
            data: 4,
            says: ["'w'", "32"]
        ),
        Hostile("a shape that overflows", one("F32", "[4611686018427387904,4]", "0", "0"), says: ["'w'", "counted"]),
        Hostile(
            "a shape that overflows to 4 bytes",
            one("F32", "[4294967296,4294967296,1]", "0", "4"),
            data: 4,
            says: ["'w'", "counted"]
        ),
        Hostile("negative offsets", one("F32", "[1]", "-4", "0"), data: 4, says: ["'w'", "data_offsets"]),
        Hostile("reversed offsets", one("F32", "[1]", "4", "0"), data: 4, says: ["'w'", "before it begins"]),
        Hostile("offsets beyond the file", one("F32", "[2]", "0", "8"), data: 4, says: ["'w'", "beyond the 4 bytes"]),
        Hostile("an end of 2⁶³−1", one("U8", "[1]", "0", "9223372036854775807"), data: 1, says: ["'w'", "beyond"]),
        Hostile(
            "an end beyond 64 bits",
            one("U8", "[1]", "0", "18446744073709551616"),
            data: 1,
            says: ["'w'", "data_offsets"]
        ),
        Hostile("too few bytes", one("F32", "[2]", "0", "4"), data: 4, says: ["'w'", "need 8 bytes", "has 4"]),
        Hostile("too many bytes", one("BF16", "[1]", "0", "4"), data: 4, says: ["'w'", "need 2 bytes", "has 4"]),
        Hostile("a scalar of no bytes", one("F32", "[]", "0", "0"), says: ["'w'", "need 4 bytes"]),
        Hostile("an empty tensor of 4 bytes", one("F32", "[0]", "0", "4"), data: 4, says: ["'w'", "need 0 bytes"]),
        Hostile("overlapping tensors", two((0, 4), (2, 6)), data: 6, says: ["'b'", "overlaps", "'a'"]),
        Hostile("a tensor inside another", two((0, 6), (2, 4)), data: 6, says: ["'b'", "overlaps", "'a'"]),
        Hostile("the same bytes twice", two((0, 4), (0, 4)), data: 4, says: ["overlaps"]),
        Hostile("a hole", two((0, 2), (4, 6)), data: 6, says: ["2 bytes at offset 2"]),
        Hostile("a hole at the start", one("U8", "[2]", "2", "4"), data: 4, says: ["2 bytes at offset 0"]),
        Hostile("trailing bytes", one("U8", "[2]", "0", "2"), data: 5, says: ["3 bytes at offset 2"]),
        Hostile("data without tensors", "{}", data: 1, says: ["1 bytes at offset 0"]),
    ]

    @Test("a lying file is refused with its name and the reason", arguments: hostile)
    func refuses(file: Hostile) throws {
        let folder = try ScratchFolder()
        try folder.write("model.safetensors", file.bytes)
        let error = try #require(throws: CheckpointError.self) { try Checkpoint(folder: folder.path) }
        for text in file.says + [folder.path + "/model.safetensors"] {
            #expect("\(error)".contains(text), "'\(error)' does not say '\(text)'")
        }
    }

    @Test func readsTensorsInPlace() throws {
        let folder = try ScratchFolder()
        let header =
            #"{"__metadata__":{"format":"pt"},"#
            + #""m":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"#
            + #""empty":{"dtype":"F16","shape":[0,5],"data_offsets":[24,24]},"#
            + #""scalar":{"dtype":"BF16","shape":[],"data_offsets":[24,26]},"#
            + #""ids":{"dtype":"I64","shape":[1],"data_offsets":[26,34]}}   "#
        let padding = String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
        let data = ScratchFolder.floats([1, 2, 3, 4, 5, 6]) + [0x80, 0x3F] + Array(repeating: 0, count: 8)
        try folder.write("model.safetensors", ScratchFolder.safetensors(header + padding, data: data))
        let checkpoint = try Checkpoint(folder: folder.path)
        #expect(checkpoint.names == ["empty", "ids", "m", "scalar"])
        #expect(try SafetensorsFile(path: folder.path + "/model.safetensors").header.metadata == ["format": "pt"])
        let matrix = try checkpoint.tensor("m", shape: [2, 3])
        #expect(matrix.storage === checkpoint.storages[0])
        #expect((0..<6).map { unsafe matrix.hostPointer(as: Float.self)[$0] } == [1, 2, 3, 4, 5, 6])
        let scalar = try checkpoint.tensor("scalar", shape: []).converted(to: .float32)
        #expect(unsafe scalar.hostPointer(as: Float.self)[0] == 1)
        #expect(try checkpoint.tensor("empty", shape: [0, 5]).shape.elementCount == 0)
        // a type without kernels is listed, and refused only when it is asked for
        #expect(checkpoint.entry("ids")?.dtypeName == "I64")
        let unsupported = try #require(throws: CheckpointError.self) { try checkpoint.tensor("ids", shape: [1]) }
        #expect("\(unsupported)".contains("'ids'") && "\(unsupported)".contains("I64"))
        let mismatch = try #require(throws: CheckpointError.self) { try checkpoint.tensor("m", shape: [3, 2]) }
        #expect("\(mismatch)".contains("[2, 3]") && "\(mismatch)".contains("[3, 2]"))
        #expect(throws: CheckpointError.missingTensor(name: "x", folder: folder.path)) {
            try checkpoint.tensor("x", shape: [1])
        }
    }

    @Test func copiesTensorsAtOddAddresses() throws {
        let folder = try ScratchFolder()
        let header =
            #"{"pad":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"#
            + #""w":{"dtype":"F32","shape":[2],"data_offsets":[1,9]}}"#
        let padding = String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
        let data = [7] + ScratchFolder.floats([0.5, -2])
        try folder.write("model.safetensors", ScratchFolder.safetensors(header + padding, data: data))
        let tensor = try Checkpoint(folder: folder.path).tensor("w", shape: [2])
        #expect(unsafe [tensor.hostPointer(as: Float.self)[0], tensor.hostPointer(as: Float.self)[1]] == [0.5, -2])
    }

    @Test("names that Unicode holds equivalent are different tensors")
    func exactNames() throws {
        let folder = try ScratchFolder()
        let header =
            "{\"\u{E9}\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
            + "\"e\u{301}\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]}}"
        try folder.write("model.safetensors", ScratchFolder.safetensors(header, data: [1, 2]))
        let checkpoint = try Checkpoint(folder: folder.path)
        #expect(checkpoint.names.count == 2)
        #expect(checkpoint.entry("\u{E9}")?.byteRange != checkpoint.entry("e\u{301}")?.byteRange)
    }

    @Test("no mutation of a file crashes, and what is accepted lies inside the file")
    func survivesMutations() throws {
        var state: UInt64 = 42
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let valid = ScratchFolder.safetensors(Self.two((0, 4), (4, 12)), data: Array(repeating: 3, count: 12))
        let tokens = [
            #""#, "{", "}", "[", "]", ",", ":", "-", "9", "0", "null", "1e3", "\\u0000", "9223372036854775807",
        ]
        var (accepted, refused, outside) = (0, 0, 0)
        for _ in 0..<20_000 {
            var bytes = valid
            for _ in 0...random(3) {
                let position = random(bytes.count)
                switch random(4) {
                case 0: bytes[position] = UInt8(random(256))
                case 1: bytes.remove(at: position)
                case 2: bytes.insert(contentsOf: Array(tokens[random(tokens.count)].utf8), at: position)
                default: bytes[8 + random(max(1, bytes.count - 8))] = UInt8(ascii: "0") + UInt8(random(10))
                }
            }
            do throws(CheckpointError) {
                let length = try SafetensorsHeader.byteCount(
                    prefix: Array(bytes.prefix(8)),
                    fileByteCount: bytes.count,
                    path: "f"
                )
                let json = Array(bytes[8..<(8 + length)])
                let header = try SafetensorsHeader(json: json, fileByteCount: bytes.count, path: "f")
                accepted += 1
                if header.entries.contains(where: { $0.entry.byteRange.upperBound > bytes.count }) { outside += 1 }
            } catch {
                refused += "\(error)".isEmpty ? 0 : 1
            }
        }
        #expect(accepted > 0 && accepted + refused == 20_000 && outside == 0)
    }
}
