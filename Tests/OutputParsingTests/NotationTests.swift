import MartletJSON
import MartletOutputParsing
import Testing

@Suite("Notations of arguments")
struct NotationTests {
    @Test("arguments in JSON and in Python's notation come out as Python prints them")
    func goldenNotations() throws {
        let cases = try goldens("notations")
        #expect(cases.count == 300)
        for golden in cases {
            let normal = golden["normal"]?.string ?? ""
            if let json = golden["json"]?.string {
                let text = "<tool_call>{\"name\": \"f\", \"arguments\": \(json)}</tool_call>"
                let configuration = try makeConfiguration(tool: "hermes")
                checkOutputParser(text, configuration, gives: Expected(calls: [["f", normal]]))
                let raw = "[TOOL_CALLS]f\(json)"
                let mistral = parse([raw], try makeConfiguration(tool: "mistral")).toolCalls.first?.arguments
                #expect(try mistral.map { try JSONParser.parse($0) } == JSONParser.parse(normal))
            } else if let call = golden["python"]?.string {
                let configuration = try makeConfiguration(tool: "pythonic")
                checkOutputParser("[\(call)]", configuration, gives: Expected(calls: [["f", normal]]))
            }
        }
    }

    @Test(
        "Python's literals",
        arguments: [
            ("'''a'b''c'''", #""a'b''c""#), (#"r"\d""#, #""\\d""#), ("''", "\"\""),
            (#"'\101\x41\u0041\U00000041'"#, "\"AAAA\""),
            ("1_000", "1000"), ("+5", "5"), ("0b101", "5"), ("0o17", "15"), (".5", "0.5"), ("1e3", "1000.0"),
            ("()", "[]"),
            ("{1: 2, None: true}", #"{"1": 2, "null": true}"#), ("[1,]", "[1]"), ("{}", "{}"), ("null", "null"),
        ]
    )
    func literals(_ python: String, _ json: String) throws {
        let configuration = try makeConfiguration(tool: "pythonic")
        checkOutputParser(
            "[f(a=\(python), b=0)]",
            configuration,
            gives: Expected(calls: [["f", "{\"a\": \(json), \"b\": 0}"]])
        )
    }

    @Test(
        "what is no literal breaks the call",
        arguments: ["x", "1j", "f'a'", "007", "1e999", "[1}", "{[]: 1}", "'\\xg'", "a.b", "lambda: 0"]
    )
    func notLiterals(_ python: String) throws {
        let output = parse(["[f(a=\(python))]"], try makeConfiguration(tool: "pythonic"))
        #expect(output.toolCalls.map(\.isComplete) == [false])
    }
}
