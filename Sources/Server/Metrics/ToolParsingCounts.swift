import MartletOutputParsing
import Synchronization

/// How often generated text was searched for tool calls, and with what outcome.
package final class ToolParsingCounts: Sendable {
    /// What a search is counted as.
    package struct Use: Hashable, Sendable {
        /// The API through which the request came, as the label names it.
        package enum Endpoint: String, CaseIterable, Sendable {
            case chatCompletions = "chat_completions"
            case responses
            case other
        }

        /// Whether the search was for the delta of a stream, else for a whole choice.
        package var isStreamed: Bool
        /// Whether there was a part of a call.
        package var foundCall: Bool
        /// Where the request came from.
        package var endpoint: Endpoint

        static let all = [true, false].flatMap { isStreamed in
            [true, false].flatMap { foundCall in
                Endpoint.allCases.map { Use(isStreamed: isStreamed, foundCall: foundCall, endpoint: $0) }
            }
        }
    }

    private let counts = Mutex<[Use: Int]>([:])

    /// Nothing counted.
    package init() {}

    /// Counts one search.
    package func count(_ use: Use) { counts.withLock { $0[use, default: 0] += 1 } }

    /// Every use with its count, in the order of the exposition.
    package var values: [(Use, Int)] {
        let counts = counts.withLock { $0 }
        return Use.all.map { ($0, counts[$0] ?? 0) }
    }
}

/// Counts the searches of one choice.
struct ToolParsingTally: Sendable {
    fileprivate let counts: ToolParsingCounts
    fileprivate let endpoint: ToolParsingCounts.Use.Endpoint
    fileprivate let isStreamed: Bool

    /// Counts what an output of the engine led to: of a stream always, of a whole choice at its end.
    ///
    /// - Parameters:
    ///   - events: what the output says.
    ///   - callCount: how many calls the choice has so far.
    ///   - isEnd: whether the choice ends with the output.
    func count(_ events: [OutputEvent], callCount: Int, isEnd: Bool) {
        guard isStreamed || isEnd else { return }
        let foundCall = isStreamed ? events.contains(where: \.isOfCall) : callCount > 0
        counts.count(.init(isStreamed: isStreamed, foundCall: foundCall, endpoint: endpoint))
    }
}

extension ToolParsingCounts {
    /// What counts the searches of a choice of an answer.
    func tally(_ endpoint: Use.Endpoint, isStreamed: Bool) -> ToolParsingTally {
        ToolParsingTally(counts: self, endpoint: endpoint, isStreamed: isStreamed)
    }
}

extension OutputEvent {
    fileprivate var isOfCall: Bool {
        switch self {
        case .toolCallBegin, .toolCallArguments, .toolCallEnd: true
        case .reasoning, .content: false
        }
    }
}
