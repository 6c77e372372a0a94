import MartletModels
import Testing

struct ActivationTests {
    @Test(
        "values are torch's",
        arguments: [
            ("silu", -1.5, -0.273_638_47), ("silu", 2.0, 1.761_594_2), ("gelu", -1.5, -0.100_210_8),
            ("gelu", 2.0, 1.954_499_7), ("gelu_pytorch_tanh", -1.5, -0.100_428_4),
            ("gelu_new", 2.0, 1.954_597_7), ("relu", -1.5, 0), ("relu", 2.0, 2),
        ] as [(String, Float, Float)]
    )
    func values(name: String, x: Float, expected: Float) throws {
        let activation = try #require(Activation(name: name))
        #expect(abs(activation.apply(x) - expected) < 2e-6)
    }

    @Test func knowsItsNames() {
        for name in Activation.names.split(separator: ", ") { #expect(Activation(name: String(name)) != nil) }
        #expect(Activation(name: "tanh") == nil)
    }
}
