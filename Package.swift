// swift-tools-version: 6.2
import PackageDescription

// The table of targets and of every edge between them; a test compares it with the `import` lines.
// Target `Engine` is the module `MartletEngine` in `Sources/Engine`, tested by `Tests/EngineTests`.

struct Row {
    let name: String
    let imports: [String]
    var packages: [String] = []
    var testImports: [String] = []
    var testPackages: [String] = []
    var testFixtures: [String] = []
}

let rows = [
    Row(name: "JSON", imports: []),
    Row(name: "Tensors", imports: [], testImports: ["TestSupport"]),
    Row(name: "CPUBackend", imports: ["Tensors", "CMartletKernels"], testImports: ["TestSupport"]),
    Row(name: "Checkpoints", imports: ["JSON", "Tensors"]),
    Row(
        name: "Models",
        imports: ["JSON", "Tensors", "Checkpoints"],
        testImports: ["CPUBackend", "TestSupport"],
        testFixtures: ["Fixtures"]
    ),
    Row(name: "Tokenizers", imports: ["JSON"], testImports: ["TestSupport"], testFixtures: ["Fixtures"]),
    Row(name: "ChatTemplates", imports: ["JSON"], testImports: ["TestSupport"]),
    Row(name: "Grammars", imports: ["JSON", "Tokenizers"], testImports: ["TestSupport"], testFixtures: ["Fixtures"]),
    Row(
        name: "OutputParsing",
        imports: ["JSON"],
        testImports: ["Grammars", "TestSupport", "Tokenizers"],
        testFixtures: ["Fixtures"]
    ),
    Row(
        name: "Engine",
        imports: ["Tensors", "Models", "Tokenizers", "Grammars"],
        packages: ["Crypto"],
        testImports: ["CPUBackend", "Checkpoints", "JSON", "TestSupport"]
    ),
    Row(
        name: "Hub",
        imports: ["JSON"],
        packages: ["AsyncHTTPClient", "Crypto", "NIOCore", "NIOHTTP1"]
    ),
    Row(name: "OpenAIAPI", imports: ["JSON"], testImports: ["TestSupport"]),
    Row(
        name: "Martlet",
        imports: [
            "JSON", "Tensors", "CPUBackend", "Checkpoints", "Models", "Tokenizers", "ChatTemplates", "Grammars",
            "OutputParsing", "Engine",
        ],
        testImports: ["TestSupport"]
    ),
    Row(
        name: "Server",
        imports: [
            "JSON", "Tensors", "Models", "Tokenizers", "ChatTemplates", "Grammars", "OutputParsing", "Engine",
            "OpenAIAPI", "Martlet",
        ],
        packages: [
            "Crypto", "HTTPTypes", "Hummingbird", "HummingbirdCore", "HummingbirdHTTP2", "Logging",
            "NIOCore", "NIOHTTP1", "NIOPosix", "NIOSSL", "ServiceLifecycle",
        ],
        testImports: ["TestSupport"],
        testPackages: ["HTTPTypes", "Hummingbird", "HummingbirdTesting", "Logging", "NIOCore", "NIOEmbedded"]
    ),
]

// Builds under a sanitizer take only what needs no HTTP, and so a fraction of the time.
let isWithoutHTTP = Context.environment["MARTLET_WITHOUT_HTTP"] != nil
let built = isWithoutHTTP ? rows.filter { !["Hub", "Server"].contains($0.name) } : rows

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

func module(_ name: String) -> Target.Dependency {
    .target(name: ["Martlet", "CMartletKernels"].contains(name) ? name : "Martlet\(name)")
}

func product(_ name: String) -> Target.Dependency {
    let packages = [
        "ArgumentParser": "swift-argument-parser", "AsyncHTTPClient": "async-http-client", "Crypto": "swift-crypto",
        "HTTPTypes": "swift-http-types", "Hummingbird": "hummingbird", "HummingbirdCore": "hummingbird",
        "HummingbirdHTTP2": "hummingbird", "HummingbirdTesting": "hummingbird",
        "Logging": "swift-log", "NIOCore": "swift-nio", "NIOEmbedded": "swift-nio", "NIOHTTP1": "swift-nio",
        "NIOPosix": "swift-nio", "NIOSSL": "swift-nio-ssl",
        "ServiceLifecycle": "swift-service-lifecycle", "UnixSignals": "swift-service-lifecycle", "Yams": "Yams",
    ]
    return .product(name: name, package: packages[name] ?? name)
}

let libraries: [Target] = built.map { row in
    .target(
        name: row.name == "Martlet" ? row.name : "Martlet\(row.name)",
        dependencies: row.imports.map(module) + row.packages.map(product),
        path: "Sources/\(row.name)",
        swiftSettings: settings
    )
}

let tests: [Target] = built.map { row in
    .testTarget(
        name: "\(row.name)Tests",
        dependencies: ([row.name] + row.imports.filter { $0 != "CMartletKernels" } + row.testImports).map(module)
            + row.testPackages.map(product),
        path: "Tests/\(row.name)Tests",
        exclude: row.testFixtures,
        swiftSettings: settings
    )
}

let support: [Target] = [
    .target(name: "CMartletKernels", path: "Sources/CMartletKernels"),
    .target(
        name: "MartletTestSupport",
        dependencies: ["JSON", "Tensors", "Checkpoints", "Models", "Tokenizers"].map(module),
        path: "Sources/TestSupport",
        swiftSettings: settings
    ),
    .testTarget(name: "RepositoryTests", dependencies: [], path: "Tests/RepositoryTests", swiftSettings: settings),
]

let programs: [Target] = [
    .executableTarget(
        name: "MartletCLI",
        dependencies: rows.map { module($0.name) }
            + [
                "ArgumentParser", "AsyncHTTPClient", "Logging", "NIOCore", "NIOHTTP1", "ServiceLifecycle",
                "UnixSignals", "Yams",
            ].map(product),
        path: "Sources/martlet",
        swiftSettings: settings
    ),
    .executableTarget(
        name: "SamplerBenchmark",
        dependencies: ["CPUBackend", "Engine", "Models", "Tensors", "Tokenizers"].map(module),
        path: "Benchmarks/Sampler",
        swiftSettings: settings
    ),
    .executableTarget(
        name: "TokenizerBenchmark",
        dependencies: ["Tokenizers"].map(module),
        path: "Benchmarks/Tokenizers",
        swiftSettings: settings
    ),
    .executableTarget(
        name: "GrammarBenchmark",
        dependencies: ["Grammars", "JSON", "Tokenizers"].map(module),
        path: "Benchmarks/Grammars",
        swiftSettings: settings
    ),
    .executableTarget(name: "QuickstartExample", dependencies: ["Martlet"], path: "Examples/Quickstart"),
]

let package = Package(
    name: "martlet",
    products: [.library(name: "Martlet", targets: ["Martlet"])]
        + (isWithoutHTTP ? [] : [.executable(name: "martlet", targets: ["MartletCLI"])]),
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: libraries + tests + support + (isWithoutHTTP ? [] : programs),
    swiftLanguageModes: [.v6]
)
