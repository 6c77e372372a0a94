import ArgumentParser

struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure speed: of a model in this process, of a running server, of single kernels.",
        subcommands: [
            BenchLatencyCommand.self, BenchThroughputCommand.self, BenchServeCommand.self, BenchKernelsCommand.self,
        ]
    )
}
