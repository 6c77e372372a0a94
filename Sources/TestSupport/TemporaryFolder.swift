import Foundation

/// A new folder that is removed when nothing refers to this value any more.
package final class TemporaryFolder: Sendable {
    /// Where it lies.
    package let path: String

    /// Makes a folder of a fresh name.
    package init() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "martlet-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file into the folder.
    package func write(_ name: String, _ bytes: [UInt8]) throws {
        try Data(bytes).write(to: URL(filePath: path).appending(path: name))
    }

    /// Writes a text into the folder.
    package func write(_ name: String, _ text: String) throws { try write(name, Array(text.utf8)) }
}
