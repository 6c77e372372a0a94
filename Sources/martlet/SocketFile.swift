import ArgumentParser
import Foundation

/// The file of a server's socket.
enum SocketFile {
    /// Removes what an earlier server left at the path; anything but a socket stays and is an error.
    static func prepare(_ path: String) throws {
        // the longest name that the kernel's address has room for
        guard (1..<108).contains(path.utf8.count) else {
            throw ValidationError("--uds \(path): expected a path of 1 to 107 bytes")
        }
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: path) else { return }
        guard attributes[.type] as? FileAttributeType == .typeSocket else {
            throw ValidationError("--uds \(path): there is a file of that name that is no socket")
        }
        try FileManager.default.removeItem(atPath: path)
    }

    /// Removes the socket of a server that has ended.
    static func remove(_ path: String) { try? FileManager.default.removeItem(atPath: path) }
}
