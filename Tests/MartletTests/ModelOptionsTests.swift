import Martlet
import MartletModels
import MartletTensors
import Testing

@Suite struct ModelOptionsTests {
    @Test(arguments: ModelOptions.QuantizedType.allCases)
    func everyQuantizedTypeIsAFormat(_ type: ModelOptions.QuantizedType) throws {
        var options = ModelOptions()
        #expect(options.loaderOptions.quantization == nil)
        options.quantization = type
        options.quantizationIgnore = ["*.down_proj"]
        let quantization = try #require(options.loaderOptions.quantization)
        #expect(quantization.layers?.name == type.rawValue)
        #expect(quantization.output?.name == (type == .int8 ? "int8" : "int6"))
        #expect(quantization.ignoredModules == ["*.down_proj"])
        options.outputQuantization = .type(.int4)
        #expect(options.loaderOptions.quantization?.output?.name == "int4")
        options.outputQuantization = .asStored
        #expect(options.loaderOptions.quantization?.output == nil)
    }

    @Test(arguments: ModelOptions.DataType.allCases)
    func everyDataTypeIsAnElementType(_ type: ModelOptions.DataType) {
        var options = ModelOptions()
        options.dtype = type
        #expect(options.loaderOptions.dtype?.name == (type == .auto ? nil : type.rawValue))
    }
}
