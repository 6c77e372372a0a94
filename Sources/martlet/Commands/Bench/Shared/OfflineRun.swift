import Martlet
import MartletEngine
import MartletTokenizers

/// When the tokens of a request came, in seconds since all requests of the run were submitted.
struct TokenTimes: Sendable {
    let promptTokenCount: Int
    let times: [Double]

    /// When the first token came; the end of the run for a request that got none.
    var first: Double { times.first ?? .nan }
    /// When the last token came.
    var last: Double { times.last ?? .nan }
}

/// Requests to a model in this process, all at once.
struct OfflineRun {
    let model: LoadedModel

    /// Requests of given prompts that generate exactly as many tokens as asked for.
    ///
    /// - Parameters:
    ///   - prompts: token ids.
    ///   - outputLengths: the tokens of each completion.
    ///   - name: begins the requests' ids; another one in each run.
    /// - Returns: the requests in the order of the prompts.
    func requests(_ prompts: [[TokenID]], outputLengths: [Int], name: String) -> [GenerationRequest] {
        zip(prompts, outputLengths).enumerated().map { number, pair in
            var parameters = SamplingParameters()
            parameters.temperature = 0
            parameters.ignoreEOS = true
            parameters.maxTokens = pair.1
            return GenerationRequest(
                id: RequestID("\(name)-\(number)"),
                promptTokenIDs: pair.0,
                parameters: parameters
            )
        }
    }

    /// Submits the requests and waits for all; `onFinish` is told of each as it ends.
    ///
    /// - Throws: `EngineError` for a request that cannot be met, `BenchError` where one ended early.
    func run(
        _ requests: [GenerationRequest],
        onFinish: (TokenTimes) -> Void = { _ in }
    ) async throws -> [TokenTimes] {
        let start = ContinuousClock.now
        let streams = try model.engine.submit(requests)
        return try await withThrowingTaskGroup(of: (Int, TokenTimes).self) { group in
            for (number, events) in streams.enumerated() {
                let promptTokenCount = requests[number].promptTokenIDs.count
                group.addTask {
                    var times: [Double] = []
                    for await event in events {
                        let time = (event.time - start) / .seconds(1)
                        for output in event.outputs { times += output.tokens.map { _ in time } }
                    }
                    return (number, TokenTimes(promptTokenCount: promptTokenCount, times: times))
                }
            }
            var results = [TokenTimes?](repeating: nil, count: requests.count)
            for try await (number, times) in group {
                guard times.times.count == requests[number].parameters.maxTokens * requests[number].choiceCount else {
                    throw BenchError.requestEndedEarly(tokenCount: times.times.count)
                }
                results[number] = times
                onFinish(times)
            }
            return results.compactMap { $0 }
        }
    }
}

/// Why a measurement has no result.
enum BenchError: Error, CustomStringConvertible {
    /// A request ended before it had its tokens.
    case requestEndedEarly(tokenCount: Int)
    /// The file of prompts cannot be used.
    case dataset(path: String, reason: String)
    /// The server cannot be asked for its models.
    case server(url: String, reason: String)
    /// No request was answered.
    case allRequestsFailed(String)

    var description: String {
        switch self {
        case .requestEndedEarly(let count): "a request ended after \(count) tokens: the engine failed"
        case .dataset(let path, let reason): "\(path): \(reason)"
        case .server(let url, let reason): "\(url): \(reason); --model names one without asking"
        case .allRequestsFailed(let reason): "all requests failed: \(reason)"
        }
    }
}
