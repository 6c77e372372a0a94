package import MartletEngine

/// Writes the Prometheus text exposition format, version 1.0.0 of its Python client's output.
///
/// Counters, histograms and summaries tell beside their values when each series began, as `NAME_created`.
package struct PrometheusText {
    /// What tells the series of a family apart, in any order.
    package typealias Labels = [(String, String)]

    /// One series of a family.
    package struct Series<Value> {
        let labels: Labels
        let value: Value
        let created: Double?

        /// A series.
        ///
        /// - Parameters:
        ///   - labels: what tells it apart.
        ///   - value: what has been counted.
        ///   - created: when it began, in seconds since 1970; `nil` for the beginning of the process.
        package init(_ labels: Labels, _ value: Value, created: Double? = nil) {
            self.labels = labels
            self.value = value
            self.created = created
        }
    }

    /// The text so far.
    package private(set) var text = ""
    private let start: Double

    /// Nothing yet.
    ///
    /// - Parameter start: when the process began, in seconds since 1970.
    package init(start: Double) { self.start = start }

    /// The `HELP` and `TYPE` lines of a family.
    package mutating func header(_ name: String, type: String, help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    }

    /// One sample.
    package mutating func sample(_ name: String, _ labels: Labels, _ value: Double) {
        text += name + Self.labels(labels) + " \(Self.number(value))\n"
    }

    /// Values that go up and down.
    package mutating func gauge(_ name: String, _ help: String, _ series: [Series<Double>]) {
        header(name, type: "gauge", help: help)
        for one in series { sample(name, one.labels, one.value) }
    }

    /// Values that only go up, exported as `NAME_total`.
    package mutating func counter(_ name: String, _ help: String, _ series: [Series<Double>]) {
        header(name + "_total", type: "counter", help: help)
        for one in series { sample(name + "_total", one.labels, one.value) }
        created(name, help, series)
    }

    /// Cumulative buckets, count and sum.
    package mutating func histogram(_ name: String, _ help: String, _ series: [Series<Histogram>]) {
        header(name, type: "histogram", help: help)
        for one in series {
            var cumulative = 0
            for (position, count) in one.value.counts.enumerated() {
                cumulative += count
                let bounds = one.value.bounds
                let bound = position < bounds.count ? Self.number(bounds[position]) : "+Inf"
                sample(name + "_bucket", one.labels + [("le", bound)], Double(cumulative))
            }
            sample(name + "_count", one.labels, Double(cumulative))
            sample(name + "_sum", one.labels, one.value.sum)
        }
        created(name, help, series)
    }

    /// Summaries without quantiles: count and sum.
    package mutating func summary(_ name: String, _ help: String, _ series: [Series<(count: Int, sum: Double)>]) {
        header(name, type: "summary", help: help)
        for one in series {
            sample(name + "_count", one.labels, Double(one.value.count))
            sample(name + "_sum", one.labels, one.value.sum)
        }
        created(name, help, series)
    }

    private mutating func created<Value>(_ name: String, _ help: String, _ series: [Series<Value>]) {
        header(name + "_created", type: "gauge", help: help)
        for one in series { sample(name + "_created", one.labels, one.created ?? start) }
    }

    private static func labels(_ labels: Labels) -> String {
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
