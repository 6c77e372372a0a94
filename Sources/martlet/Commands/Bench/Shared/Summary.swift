import MartletJSON

/// Mean, spread and percentiles of a sample, as numpy computes them.
struct Summary {
    /// The values, ascending.
    let values: [Double]

    /// A summary of values in any order; values that are no numbers are left out.
    init(_ values: [Double]) { self.values = values.filter { !$0.isNaN }.sorted() }

    /// The arithmetic mean; 0 for none.
    var mean: Double { values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count) }

    /// The value in the middle, or the mean of the two there; 0 for none.
    var median: Double { percentile(50) }

    /// The population's standard deviation; 0 for none.
    var standardDeviation: Double {
        guard !values.isEmpty else { return 0 }
        let mean = mean
        return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
    }

    /// The value below which that share of the sample (0 to 100) lies, linear between neighbours; 0 for none.
    func percentile(_ percent: Double) -> Double {
        guard let last = values.last else { return 0 }
        let place = percent / 100 * Double(values.count - 1)
        let below = Int(place)
        guard below + 1 < values.count else { return last }
        return values[below] + (values[below + 1] - values[below]) * (place - Double(below))
    }

    /// Percentiles by name: `{"10": …, "99.9": …}`.
    func percentiles(_ percents: [Double]) -> JSONValue {
        .object(JSONObject(percents.map { (Self.name($0), .double(percentile($0))) }))
    }

    /// Mean, median, standard deviation and percentiles as one JSON object.
    func json(_ percents: [Double]) -> JSONValue {
        .object(
            JSONObject([
                ("mean", .double(mean)), ("median", .double(median)), ("std", .double(standardDeviation)),
                ("percentiles", percentiles(percents)),
            ])
        )
    }

    /// A percentage without a fraction where it has none: `99`, `99.9`.
    static func name(_ percent: Double) -> String {
        Int(exactly: percent).map { String($0) } ?? String(percent)
    }
}
