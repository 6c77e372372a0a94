import MartletCheckpoints
import MartletJSON
import MartletModels
import MartletTestSupport
import Testing

/// Frequencies against `ROPE_INIT_FUNCTIONS` of transformers 5.19.0 (torch 2.13.0), printed with 9 digits.
struct RotaryConfigurationTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let maxPositions: Int
        let parameters: JSONValue
        var position = 0
        let frequencies: [Float]
        var attentionFactor: Float = 1
        var testDescription: String { name }
    }

    static let cases = [
        Case(
            name: "linear",
            maxPositions: 512,
            parameters: ["rope_type": "linear", "factor": 3.0, "rope_theta": 10000.0],
            frequencies: [
                0.333333343, 0.105409257, 0.0333333351, 0.0105409259, 0.00333333318, 0.00105409266, 0.000333333359,
                0.000105409265,
            ]
        ),
        Case(
            name: "llama3",
            maxPositions: 8192,
            parameters: [
                "rope_type": "llama3", "factor": 32.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                "original_max_position_embeddings": 2048, "rope_theta": 500000.0,
            ],
            frequencies: [
                1.0, 0.193922758, 0.0376060307, 0.00347071723, 4.41941702e-05, 8.57025589e-06, 1.66196742e-06,
                3.22293289e-07,
            ]
        ),
        Case(
            name: "yarn",
            maxPositions: 131072,
            parameters: [
                "rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32768, "rope_theta": 1e6,
            ],
            frequencies: [
                1.0, 0.177827939, 0.0316227786, 0.00421755994, 0.000500000024, 4.44569851e-05, 7.90569356e-06,
                1.40585337e-06,
            ],
            attentionFactor: 1.138629436111989
        ),
        Case(
            name: "yarn with magnitudes",
            maxPositions: 4096,
            parameters: [
                "rope_type": "yarn", "factor": 40.0, "original_max_position_embeddings": 256, "rope_theta": 10000.0,
                "mscale": 1.0, "mscale_all_dim": 0.7, "beta_fast": 16, "beta_slow": 2,
            ],
            frequencies: [
                1.0, 0.213453725, 0.0349999964, 0.000790569466, 0.000250000012, 7.90569466e-05, 2.49999994e-05,
                7.90569447e-06,
            ],
            attentionFactor: 1.0879546075066122
        ),
        Case(
            name: "yarn without rounded bounds",
            maxPositions: 4096,
            parameters: [
                "rope_type": "yarn", "factor": 8.0, "original_max_position_embeddings": 512, "rope_theta": 10000.0,
                "truncate": false,
            ],
            frequencies: [
                1.0, 0.298936278, 0.0654650778, 0.0115101226, 0.00124999997, 0.000395284733, 0.000125000006,
                3.95284733e-05,
            ],
            attentionFactor: 1.2079441541679836
        ),
        Case(
            name: "dynamic at the 40th position",
            maxPositions: 64,
            parameters: ["rope_type": "dynamic", "factor": 2.0, "rope_theta": 10000.0],
            position: 39,
            frequencies: [
                1.0, 0.316227764, 0.100000001, 0.0316227786, 0.00999999978, 0.00316227786, 0.00100000005,
                0.000316227786,
            ]
        ),
        Case(
            name: "dynamic at the 100th position",
            maxPositions: 64,
            parameters: ["rope_type": "dynamic", "factor": 2.0, "rope_theta": 10000.0],
            position: 99,
            frequencies: [
                1.0, 0.283945143, 0.0806248412, 0.0228930302, 0.00650036521, 0.001845747, 0.000524090894,
                0.000148813066,
            ]
        ),
    ]

    @Test(arguments: cases)
    func frequencies(example: Case) throws {
        var tiny = TinyModel()
        tiny.headDimension = 16
        tiny.maxPositions = example.maxPositions
        tiny.overrides = ["rope_parameters": example.parameters]
        let folder = try TemporaryFolder()
        try folder.write("config.json", JSONValue.object(tiny.configuration).serialized)
        let rotary = try ModelRegistry.configuration(of: try ModelFolder(path: folder.path)).rotary
        let found = rotary.inverseFrequencies(at: example.position, length: example.maxPositions)
        #expect(found.count == example.frequencies.count)
        for (value, expected) in zip(found, example.frequencies) {
            #expect(abs(value - expected) <= 1e-6 * expected, "\(value) for \(expected)")
        }
        #expect(abs(rotary.attentionFactor(length: example.maxPositions) - example.attentionFactor) < 1e-6)
    }
}
