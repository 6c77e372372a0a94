import Foundation

/// A new folder that is removed with this value.
final class ScratchFolder: Sendable {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "martlet-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ name: String, _ bytes: [UInt8]) throws {
        try Data(bytes).write(to: URL(filePath: path).appending(path: name))
    }

    func write(_ name: String, _ text: String) throws { try write(name, Array(text.utf8)) }

    func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: path + "/" + name, withDestinationPath: target)
    }

    func makeFolder(_ name: String) throws {
        try FileManager.default.createDirectory(atPath: path + "/" + name, withIntermediateDirectories: true)
    }

    /// A safetensors file: length, header, data.
    static func safetensors(_ header: String, data: [UInt8] = [], claiming length: UInt64? = nil) -> [UInt8] {
        let bytes = Array(header.utf8)
        let length = length ?? UInt64(bytes.count)
        return (0..<8).map { UInt8(truncatingIfNeeded: length >> ($0 * 8)) } + bytes + data
    }

    /// The little-endian bytes of float32 values.
    static func floats(_ values: [Float]) -> [UInt8] {
        values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> ($0 * 8)) } }
    }
}
