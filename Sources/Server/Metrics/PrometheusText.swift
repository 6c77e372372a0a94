package import MartletEngine

/// Writes the Prometheus text exposition format, version 1.0.0 of its Python client's output.
package struct PrometheusText {
    /// The text so far.
    package private(set) var text = ""

    /// Nothing yet.
    package init() {}

    /// The `HELP` and `TYPE` lines of a family.
    package mutating func header(_ name: String, type: String, help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    }

    /// One sample; labels in the order given.
    package mutating func sample(_ name: String, _ labels: [(String, String)], _ value: Double) {
        text += name + Self.labels(labels) + " \(Self.number(value))\n"
    }

    /// The samples of a histogram: cumulative buckets, count and sum.
    package mutating func histogram(_ name: String, _ labels: [(String, String)], _ histogram: Histogram) {
        var cumulative = 0
        for (position, count) in histogram.counts.enumerated() {
            cumulative += count
            let bound = position < histogram.bounds.count ? Self.number(histogram.bounds[position]) : "+Inf"
            sample(name + "_bucket", labels + [("le", bound)], Double(cumulative))
        }
        sample(name + "_count", labels, Double(cumulative))
        sample(name + "_sum", labels, histogram.sum)
    }

    /// The samples of a summary without quantiles: count and sum.
    package mutating func summary(_ name: String, _ labels: [(String, String)], count: Int, sum: Double) {
        sample(name + "_count", labels, Double(count))
        sample(name + "_sum", labels, sum)
    }

    private static func labels(_ labels: [(String, String)]) -> String {
        if labels.isEmpty { return "" }
        let pairs = labels.sorted { $0.0 < $1.0 }.map { name, value in "\(name)=\"\(escaped(value))\"" }
        return "{" + pairs.joined(separator: ",") + "}"
    }

    private static func escaped(_ value: String) -> String {
        var result = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return "\(value)"
    }
}
