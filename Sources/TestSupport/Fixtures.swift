package import Foundation

/// Where the larger sets of reference outputs lie.
///
/// They are found through `MARTLET_FIXTURES`, else in `../shared/fixtures` beside the checkout. Tests that use them run
/// when the folder is there; with `CI=true` its absence is a failure.
package enum Fixtures {
    /// The checkout's root folder, derived from this file's place.
    package static let repository = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The folder of reference outputs, or `nil` where it is absent.
    package static let shared: URL? = {
        let environment = ProcessInfo.processInfo.environment
        let folder =
            environment["MARTLET_FIXTURES"].map { URL(filePath: $0) }
            ?? repository.appending(path: "../shared/fixtures").standardizedFileURL
        return FileManager.default.fileExists(atPath: folder.path) ? folder : nil
    }()

    /// Whether fixture tests are to run: the folder is there, or a run under `CI=true` must fail for want of it.
    package static let areExpected = shared != nil || ProcessInfo.processInfo.environment["CI"] == "true"

    /// The folder of that name inside the reference outputs.
    ///
    /// - Throws: `MissingFixtures` when the folder is absent.
    package static func folder(_ path: String) throws -> URL {
        guard let shared else { throw MissingFixtures() }
        return shared.appending(path: path)
    }

    /// A file's bytes; one whose name ends in `.gz` is unpacked.
    package static func contents(of file: URL) throws -> [UInt8] {
        guard file.pathExtension == "gz" else { return Array(try Data(contentsOf: file)) }
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", "exec gzip -dc \"$0\"", file.path]
        process.standardOutput = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw UnreadableFixture(path: file.path) }
        return Array(data)
    }

    /// The names of the folders inside that one, sorted; empty where the fixtures are absent.
    package static func names(in path: String) -> [String] {
        guard let shared else { return [] }
        let entries = try? FileManager.default.contentsOfDirectory(atPath: shared.appending(path: path).path)
        return (entries ?? []).filter { !$0.hasPrefix(".") }.sorted()
    }
}

/// The reference outputs are not beside the checkout.
package struct MissingFixtures: Error, CustomStringConvertible {
    /// One sentence that says where they are looked for.
    package var description: String {
        "the reference outputs are neither at MARTLET_FIXTURES nor in ../shared/fixtures beside the checkout"
    }
}

/// A packed reference output that cannot be unpacked.
package struct UnreadableFixture: Error, CustomStringConvertible {
    let path: String

    /// One sentence that names the file.
    package var description: String { "gzip failed on \(path)" }
}
