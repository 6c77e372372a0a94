import Testing

@Suite struct ImportTests {
    /// What every target may import beside the table.
    private static let platform: Set<String> = [
        "Foundation", "FoundationEssentials", "Glibc", "Synchronization", "Dispatch", "Swift",
    ]

    @Test func everyImportStandsInTheTable() throws {
        let rows = try Repository.rows()
        #expect(rows.count >= 12)
        for row in rows {
            let modules = row.imports.map { ["Martlet", "CMartletKernels"].contains($0) ? $0 : "Martlet\($0)" }
            let allowed = Self.platform.union(modules).union(row.packages)
            for file in try Repository.files(in: "Sources/\(row.name)", extensions: ["swift"]) {
                let foreign = try Repository.imports(file).subtracting(allowed)
                #expect(
                    foreign.isEmpty,
                    "\(file) imports \(foreign.sorted()), which Package.swift does not list for \(row.name)"
                )
            }
        }
    }

    @Test func everyEdgeOfTheTableIsUsed() throws {
        for row in try Repository.rows() {
            let used = try Repository.files(in: "Sources/\(row.name)", extensions: ["swift"])
                .reduce(into: Set<String>()) { try $0.formUnion(Repository.imports($1)) }
            for name in row.imports {
                let module = ["Martlet", "CMartletKernels"].contains(name) ? name : "Martlet\(name)"
                #expect(used.contains(module), "\(row.name) lists \(name) and imports it nowhere")
            }
        }
    }

    @Test func networkingStaysInServerHubAndExecutable() throws {
        let outside = try Repository.files(in: "Sources", extensions: ["swift"]).filter { path in
            !["Sources/Server/", "Sources/Hub/", "Sources/martlet/"].contains { path.hasPrefix($0) }
        }
        for file in outside {
            let network = try Repository.imports(file).filter { name in
                ["NIO", "Hummingbird", "AsyncHTTPClient", "HTTPTypes"].contains { name.hasPrefix($0) }
            }
            #expect(network.isEmpty, "\(file) imports \(network.sorted())")
        }
    }

    @Test func kernelsAreCalledByTheirBackendAlone() throws {
        let callers = try Repository.files(in: "Sources", extensions: ["swift"])
            .filter { try Repository.imports($0).contains("CMartletKernels") }
        #expect(!callers.isEmpty)
        for file in callers { #expect(file.hasPrefix("Sources/CPUBackend/"), "\(file) imports CMartletKernels") }
    }
}
