import MartletEngine
import MartletServer
import Testing

/// A small reader of the exposition format, written from its description.
enum ExpositionReader {
    struct Sample: Equatable {
        var name: String
        var labels: [String: String] = [:]
        var value = 0.0
    }

    /// The samples of a text; `nil` for a line that is neither a comment nor a sample.
    static func samples(_ text: String) -> [Sample]? {
        guard text.isEmpty || text.hasSuffix("\n") else { return nil }
        var samples: [Sample] = []
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            guard let sample = sample(Array(line.unicodeScalars)) else { return nil }
            samples.append(sample)
        }
        return samples
    }

    private static func sample(_ line: [Unicode.Scalar]) -> Sample? {
        var place = 0
        func word(while accepts: (Unicode.Scalar) -> Bool) -> String {
            var text = String.UnicodeScalarView()
            while place < line.count, accepts(line[place]) {
                text.append(line[place])
                place += 1
            }
            return String(text)
        }
        var sample = Sample(
            name: word { $0 == "_" || $0 == ":" || $0.properties.isAlphabetic || ("0"..."9").contains($0) }
        )
        if place < line.count, line[place] == "{" {
            repeat {
                place += 1
                let name = word { $0 != "=" }
                guard place + 1 < line.count, line[place + 1] == "\"" else { return nil }
                place += 2
                var value = String.UnicodeScalarView()
                while place < line.count, line[place] != "\"" {
                    var scalar = line[place]
                    if scalar == "\\" {
                        place += 1
                        guard place < line.count, ["\\", "\"", "n"].contains(line[place]) else { return nil }
                        scalar = line[place] == "n" ? "\n" : line[place]
                    }
                    value.append(scalar)
                    place += 1
                }
                place += 1
                sample.labels[name] = String(value)
            } while place < line.count && line[place] == ","
            guard place < line.count, line[place] == "}" else { return nil }
            place += 1
        }
        guard !sample.name.isEmpty, place < line.count, line[place] == " " else { return nil }
        place += 1
        let number = word { _ in true }
        guard let value = number == "+Inf" ? Double.infinity : Double(number) else { return nil }
        sample.value = value
        return sample
    }
}

@Suite struct PrometheusTextTests {
    @Test(arguments: ["plain", "quo\"te", "back\\slash", "two\nlines", "a=\"b\",c", "\\n", "", "Grüße}"])
    func labelValuesSurvive(value: String) throws {
        var text = PrometheusText(start: 17)
        text.sample("m", [("b", value), ("a", "x")], 1)
        let samples = try #require(ExpositionReader.samples(text.text))
        #expect(samples == [.init(name: "m", labels: ["a": "x", "b": value], value: 1)])
    }

    @Test(arguments: [
        (0.0, "0.0"), (1, "1.0"), (0.25, "0.25"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"),
        (123_456_789, "123456789.0"),
    ])
    func numbers(value: Double, text: String) {
        var exposition = PrometheusText(start: 17)
        exposition.sample("m", [], value)
        #expect(exposition.text == "m \(text)\n")
    }

    @Test func headers() {
        var text = PrometheusText(start: 17)
        text.header("m", type: "counter", help: "What it counts.")
        #expect(text.text == "# HELP m What it counts.\n# TYPE m counter\n")
    }

    @Test func countersTellWhenTheyBegan() {
        var text = PrometheusText(start: 17)
        text.counter("m", "What.", [.init([("k", "a")], 3), .init([("k", "b")], 4, created: 20)])
        #expect(
            text.text == """
                # HELP m_total What.
                # TYPE m_total counter
                m_total{k="a"} 3.0
                m_total{k="b"} 4.0
                # HELP m_created What.
                # TYPE m_created gauge
                m_created{k="a"} 17.0
                m_created{k="b"} 20.0

                """
        )
    }

    @Test func histogramsAccumulate() throws {
        var histogram = Histogram(bounds: [0.5, 1, 2])
        for value in [0.1, 0.5, 0.75, 3, 4] { histogram.observe(value) }
        var text = PrometheusText(start: 17)
        text.histogram("m", "What.", [.init([("k", "v")], histogram)])
        let samples = try #require(ExpositionReader.samples(text.text))
        let buckets = samples.filter { $0.name == "m_bucket" }
        #expect(buckets.map(\.value) == [2, 3, 3, 5])
        #expect(buckets.map { $0.labels["le"] } == ["0.5", "1.0", "2.0", "+Inf"])
        #expect(buckets.allSatisfy { $0.labels["k"] == "v" })
        #expect(samples.first { $0.name == "m_count" }?.value == 5)
        #expect(samples.first { $0.name == "m_sum" }?.value == 8.35)
        #expect(samples.last == .init(name: "m_created", labels: ["k": "v"], value: 17))
    }

    @Test func unknownMethodsShareOneSeries() throws {
        let metrics = HTTPMetrics()
        for index in 0..<50 {
            metrics.record(
                handler: "none",
                method: "M\(index)",
                status: 404,
                duration: .milliseconds(1),
                byteCounts: (3, nil)
            )
        }
        metrics.record(
            handler: "/v1/models",
            method: "GET",
            status: 200,
            duration: .seconds(2),
            byteCounts: (nil, 70)
        )
        var text = PrometheusText(start: 17)
        metrics.export(to: &text)
        let samples = try #require(ExpositionReader.samples(text.text))
        let requests = samples.filter { $0.name == "http_requests_total" }
        #expect(requests.count == 2)
        #expect(requests.first { $0.labels["method"] == "other" }?.value == 50)
        #expect(requests.first { $0.labels["handler"] == "/v1/models" }?.labels["status"] == "2xx")
        func size(_ name: String, _ handler: String) -> Double? {
            samples.first { $0.name == name && $0.labels == ["handler": handler] }?.value
        }
        #expect(size("http_request_size_bytes_count", "none") == 50)
        #expect(size("http_request_size_bytes_sum", "none") == 150)
        #expect(size("http_response_size_bytes_sum", "none") == 0)
        #expect(size("http_response_size_bytes_sum", "/v1/models") == 70)
    }
}
