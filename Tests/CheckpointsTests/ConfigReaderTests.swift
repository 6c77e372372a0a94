import MartletCheckpoints
import MartletJSON
import Testing

struct ConfigReaderTests {
    private func reader(_ value: JSONValue, path: String = "config.json") -> ConfigReader {
        ConfigReader(value.object ?? JSONObject(), path: path)
    }

    @Test func readsTypedFields() throws {
        var reader = self.reader(
            ["i": 3, "whole": 4.0, "n": 0.5, "b": true, "s": "x", "l": ["a", "b"], "o": ["k": 1], "z": nil],
            path: "config.json"
        )
        #expect(reader.integer("i", in: 0...9) == 3)
        #expect(reader.integer("whole", in: 0...9) == 4)
        #expect(reader.integer("none", in: 0...9, default: 7) == 7)
        #expect(reader.integer("z", in: 0...9, default: 7) == 7)
        #expect(reader.optionalInteger("z", in: 0...9) == nil)
        #expect(reader.number("n", in: 0...1) == 0.5)
        #expect(reader.number("i", in: 0...9) == 3)
        #expect(reader.bool("b", default: false) == true)
        #expect(reader.optionalString("s") == "x")
        #expect(reader.optionalStrings("l") == ["a", "b"])
        let object = reader.optionalObject("o")
        var nested = try #require(object)
        #expect(nested.integer("k", in: 0...9) == 1)
        #expect(throws: Never.self) { try reader.finish() }
    }

    @Test("every problem is named, with its key path")
    func collectsProblems() throws {
        var reader = self.reader(
            ["text": "x", "big": 100, "n": "NaN", "half": 1.5, "l": [1], "o": ["k": "v"]],
            path: "dir/config.json"
        )
        _ = reader.integer("gone", in: 0...9)
        _ = reader.integer("text", in: 0...9)
        _ = reader.integer("big", in: 0...9)
        _ = reader.integer("half", in: 0...9)
        _ = reader.number("n", in: 0...1)
        _ = reader.bool("text", default: false)
        _ = reader.optionalStrings("l")
        _ = reader.optionalObject("text")
        let object = reader.optionalObject("o")
        var nested = try #require(object)
        _ = nested.integer("k", in: 0...9)
        reader.merge(nested)
        let error = try #require(throws: CheckpointError.self) { try reader.finish() }
        let text = "\(error)"
        #expect(reader.problems.count == 9)
        for part in ["dir/config.json", "'gone' is missing", "'big' is 100", "'o.k'", "'half'", "not a boolean"] {
            #expect(text.contains(part), "\(text)")
        }
    }

    @Test func refusesNumbersThatAreNotFinite() {
        var reader = self.reader(["a": .double(.nan), "b": .double(.infinity)])
        _ = reader.number("a", in: 0...1)
        _ = reader.number("b", in: 0...1)
        #expect(reader.problems.count == 2)
    }
}
