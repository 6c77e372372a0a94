import Foundation
import Testing

@Suite struct SourceRuleTests {
    /// Files longer than the budget, each with the reason.
    private static let longFiles: [String: String] = [:]

    /// Types whose sharing between threads the compiler cannot check; each states its proof beside the declaration.
    private static let uncheckedSendable = 40

    @Test func filesStayWithinTheirBudget() throws {
        for file in try Repository.files(in: "Sources", extensions: ["swift", "c", "h", "inc"]) {
            let count = try Repository.lines(file).count
            #expect(count <= 601 || Self.longFiles[file] != nil, "\(file) has \(count) lines; the budget is 600")
        }
    }

    @Test func functionsStayWithinTheirBudget() throws {
        for file in try Repository.files(in: "Sources", extensions: ["swift"]) {
            for (name, count) in try Self.functions(of: file) {
                #expect(count <= 60, "\(file): \(name) has \(count) lines; the budget is 60")
            }
        }
    }

    @Test func everyUncheckedSendableHasItsProof() throws {
        var found = 0
        for file in try Repository.files(in: "Sources", extensions: ["swift"]) {
            let lines = try Repository.lines(file)
            for (position, line) in lines.enumerated() {
                let code = line.drop { $0 == " " }
                guard !code.hasPrefix("//"),
                    line.contains("@unchecked Sendable") || line.contains("nonisolated(unsafe)")
                else { continue }
                found += 1
                let before = lines[max(0, position - 12)..<position].contains {
                    $0.contains("Sendable`") || $0.contains("unsafe)`")
                }
                #expect(before, "\(file):\(position + 1) has no comment that says why it is safe")
            }
        }
        #expect(found <= Self.uncheckedSendable)
    }

    @Test func nothingIsLeftUndoneInComments() throws {
        for folder in ["Sources", "Tests", "Scripts"] {
            for file in try Repository.files(in: folder, extensions: ["swift", "c", "h", "py", "sh"])
            where file != "Tests/RepositoryTests/SourceRuleTests.swift" {
                let text = try Repository.text(file)
                for word in ["TODO", "FIXME", "XXX"] where text.contains(word + ":") || text.contains(word + " ") {
                    Issue.record("\(file) says \(word)")
                }
            }
        }
    }

    /// Names and lengths of the functions and initializers with a body, found in a formatted file by indentation.
    private static func functions(of path: String) throws -> [(String, Int)] {
        var result: [(String, Int)] = []
        var signature: (name: String, indentation: Int, start: Int)?
        var body: (name: String, indentation: Int, start: Int)?
        for (number, line) in try Repository.lines(path).enumerated() {
            let indentation = line.prefix { $0 == " " }.count
            let code = line.dropFirst(indentation)
            if let open = body {
                if indentation == open.indentation, code.hasPrefix("}") {
                    result.append((open.name, number - open.start + 1))
                    body = nil
                }
                continue
            }
            let begins = (code.contains("func ") || code.contains("init(")) && !code.hasPrefix("//")
            if begins { signature = (String(code.prefix(60)), indentation, number) }
            guard let pending = signature else { continue }
            if code.hasSuffix("{"), indentation == pending.indentation {
                body = pending
                signature = nil
            } else if !begins, indentation <= pending.indentation, !code.hasPrefix(")") {
                // a requirement without a body
                signature = nil
            }
        }
        return result
    }
}
