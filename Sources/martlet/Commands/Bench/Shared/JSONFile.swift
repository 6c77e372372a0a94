import Foundation
import MartletJSON

/// Results in files.
enum JSONFile {
    /// Writes a value and a line end.
    ///
    /// - Throws: where the file cannot be written.
    static func write(_ value: JSONValue, to path: String, appending: Bool = false) throws {
        let data = Data((value.serialized + "\n").utf8)
        guard appending, let file = FileHandle(forWritingAtPath: path) else {
            return try data.write(to: URL(filePath: path))
        }
        try file.seekToEnd()
        try file.write(contentsOf: data)
        try file.close()
    }
}
