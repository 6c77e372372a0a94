package import MartletTensors

/// A mapped safetensors file with its checked header.
package struct SafetensorsFile: Sendable {
    /// Where it lies.
    package let path: String
    /// The whole file, read-only.
    package let storage: Storage
    /// Its tensors.
    package let header: SafetensorsHeader

    /// Maps a file and checks its header.
    package init(path: String) throws(CheckpointError) {
        self.path = path
        storage = try FileSystem.map(path)
        let prefix = Self.bytes(storage, 0..<min(8, storage.byteCount))
        let length = try SafetensorsHeader.byteCount(prefix: prefix, fileByteCount: storage.byteCount, path: path)
        header = try SafetensorsHeader(
            json: Self.bytes(storage, 8..<(8 + length)),
            fileByteCount: storage.byteCount,
            path: path
        )
    }

    private static func bytes(_ storage: Storage, _ range: Range<Int>) -> [UInt8] {
        unsafe Array(UnsafeRawBufferPointer(start: storage.baseAddress + range.lowerBound, count: range.count))
    }
}
