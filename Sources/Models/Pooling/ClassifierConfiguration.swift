package import MartletCheckpoints
import MartletJSON

/// What a sequence classifier's configuration says of its results.
package struct ClassifierConfiguration: Sendable, Hashable {
    /// What turns scores into results.
    package enum Activation: Sendable, Hashable {
        /// Scores as they are.
        case identity
        /// Each score by itself.
        case sigmoid
        /// Probabilities that sum to 1.
        case softmax
    }

    /// The labels in order.
    package var labels: [String]
    /// What turns scores into results unless a request asks for the scores.
    package var activation: Activation

    /// The most labels that are read.
    private static let maximumLabelCount = 1 << 20

    /// Labels and what turns scores into results.
    package init(labels: [String], activation: Activation) {
        self.labels = labels
        self.activation = activation
    }

    /// Reads `id2label` or `num_labels`, `problem_type` and what sentence-transformers leaves in `config.json`.
    package init(reader: inout ConfigReader) {
        labels = Self.labels(&reader)
        activation = labels.count == 1 ? .sigmoid : .softmax
        if let function = Self.functionName(&reader) {
            switch PooledFunction(torchName: function.name) {
            case .identity: activation = .identity
            case .sigmoid: activation = .sigmoid
            default:
                reader.report(function.key, .unsupported(value: "'\(function.name)'", supported: "Identity, Sigmoid"))
            }
        }
        switch reader.optionalString("problem_type") {
        case "regression": activation = .identity
        case "single_label_classification": activation = labels.count == 1 ? .sigmoid : .softmax
        case "multi_label_classification": activation = .sigmoid
        case nil: break
        case let type?:
            let known = "regression, single_label_classification, multi_label_classification"
            reader.report("problem_type", .unsupported(value: "'\(type)'", supported: known))
        }
    }

    private static func functionName(_ reader: inout ConfigReader) -> (key: String, name: String)? {
        let old = "sbert_ce_default_activation_function"
        var found = reader.optionalString(old).map { (key: old, name: $0) }
        if var nested = reader.optionalObject("sentence_transformers") {
            if let name = nested.optionalString("activation_fn") { found = ("sentence_transformers", name) }
            reader.merge(nested)
        }
        return found
    }

    private static func labels(_ reader: inout ConfigReader) -> [String] {
        guard let map = reader.value("id2label")?.object else {
            let count = reader.integer("num_labels", in: 1...maximumLabelCount, default: 2)
            return (0..<count).map { "LABEL_\($0)" }
        }
        let count = map.count
        guard count > 0, count <= maximumLabelCount else {
            reader.report("id2label", .inconsistent("has \(count) labels"))
            return ["LABEL_0"]
        }
        return (0..<count).map { map["\($0)"]?.string ?? "LABEL_\($0)" }
    }

    /// The results of one sequence's scores.
    package func results(_ scores: [Float]) -> [Float] {
        switch activation {
        case .identity: scores
        case .sigmoid: scores.map(VectorMath.sigmoid)
        case .softmax: VectorMath.softmax(scores)
        }
    }
}
