import MartletJSON
import Testing

@Suite struct JSONParserTests {
    @Test(arguments: [
        ("null", JSONValue.null), (" true ", true), ("[]", .array([])), ("{}", .object(JSONObject())), ("-0", 0),
        ("12", 12),
        ("1.5e2", 150.0), ("9223372036854775807", .integer(.max)),
        ("18446744073709551615", .bigInteger("18446744073709551615")),
        (#""a\u00e9\ud83d\ude00\n""#, "aé😀\n"),
        (#"{"b":1,"a":[true,null]}"#, .object(JSONObject([("b", 1), ("a", .array([true, .null]))]))),
    ])
    func accepts(text: String, expected: JSONValue) throws {
        #expect(try JSONParser.parse(text) == expected)
    }

    @Test(arguments: [
        ("", 0), ("nul", 0), ("[1,]", 3), ("{\"a\" 1}", 5), ("01", 0), ("1.", 0), ("1 2", 2), ("\"\\ud800\"", 1),
        ("\"\\x\"", 1), ("\"a\nb\"", 2), ("{a:1}", 1), ("[", 1), ("\"abc", 0), ("NaN", 0), ("+1", 0), ("1e", 0),
    ])
    func refuses(text: String, offset: Int) {
        let error = #expect(throws: JSONError.self) { try JSONParser.parse(text) }
        #expect(error?.offset == offset)
    }

    @Test func refusesInvalidUTF8() {
        let error = #expect(throws: JSONError.self) { try JSONParser.parse([0x22, 0xFF, 0x22]) }
        #expect(error?.reason == .invalidUTF8)
    }

    @Test func boundsDepth() {
        let text = String(repeating: "[", count: 100_000)
        let error = #expect(throws: JSONError.self) { try JSONParser.parse(text) }
        #expect(error?.reason == .tooDeep(limit: 512))
    }

    @Test func boundsTheNumberOfValues() throws {
        let options = JSONParser.Options(maximumValueCount: 4)
        #expect(try JSONParser.parse("[1,2,3]", options: options) == [1, 2, 3])
        let error = #expect(throws: JSONError.self) { try JSONParser.parse("[1,2,[3]]", options: options) }
        #expect(error?.reason == .tooManyValues(limit: 4))
    }

    @Test func keepsOrderAndLastDuplicate() throws {
        let value = try JSONParser.parse(#"{"z":1,"a":2,"z":3}"#)
        #expect(value.object?.keys == ["z", "a"])
        #expect(value["z"] == 3)
        #expect(value.serialized == #"{"z":3,"a":2}"#)
    }

    @Test func findsMembersOfLargeObjects() throws {
        var object = JSONObject((0..<1000).map { ("k\($0)", .integer($0)) })
        object["k500"] = nil
        #expect(object.count == 999)
        #expect(object["k500"] == nil)
        #expect(object["k999"] == 999)
        let parsed = try JSONParser.parse(JSONValue.object(object).serialized)
        #expect(parsed == .object(object))
        #expect(parsed.object?.keys == object.keys)
    }

    @Test func acceptsNonFiniteNumbersOnRequest() throws {
        let options = JSONParser.Options(allowsNonFiniteNumbers: true)
        #expect(
            try JSONParser.parse("[-Infinity,Infinity]", options: options) == [.double(-.infinity), .double(.infinity)]
        )
        #expect(try JSONParser.parse("NaN", options: options).double?.isNaN == true)
    }

    @Test func reportsLineAndColumn() {
        let error = #expect(throws: JSONError.self) { try JSONParser.parse("{\n  \"a\": ?\n}") }
        #expect(error?.line == 2)
        #expect(error?.column == 8)
    }

    @Test(
        arguments: [
            (#"{"a":1,"b":[{"c":?}]}"#, "b"), (#"{"a":{"c":"\ud800"}}"#, "a"), (#"{"a":1 "b":2}"#, nil),
            (#"{"a":1}?"#, nil),
            (#"[{"a":?}]"#, nil), (#"{"a":[[[[]]]]}"#, "a"),
        ] as [(String, String?)]
    ) func saysInWhichMemberTheFaultIs(_ text: String, member: String?) {
        let error = #expect(throws: JSONError.self) {
            try JSONParser.parse(text, options: .init(maximumDepth: 4))
        }
        #expect(error?.member == member)
    }

    @Test func escapesWhatJSONDemands() throws {
        let text = "\"\\\u{1}\u{1F}\n\té/"
        #expect(JSONValue.string(text).serialized == #""\"\\\u0001\u001f\n\té/""#)
        #expect(try JSONParser.parse(JSONValue.string(text).serialized) == .string(text))
    }
}
